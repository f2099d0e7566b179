"""Every sentence of a site, over tables that are clear, close, too small, of one engine, failing and silent."""

import pytest

from bench.leaderboard.build import Options, build
from bench.report.site.sentences import answer_of
from tests.leaderboard.worlds import rows, run

MANY = [0.05] * 12


def board(*groups):
    """The only table of these rows."""
    return build([run("anna", *groups)], Options()).boards[0]


def every(engine):
    return {row.utterance_id for row in rows(engine, MANY)}


CASES = {
    "clear": (
        lambda: board(rows("a", [0.05] * 12), rows("b", [0.5] * 12)),
        [("good", "Batch, clean: a is ahead with "), ],
    ),
    "close": (
        lambda: board(rows("a", MANY), rows("b", MANY)),
        [("unsure", "Batch, clean: a and b are not told apart at the top")],
    ),
    "small": (
        lambda: board(rows("a", [0.05] * 3), rows("b", [0.5] * 3)),
        [("unsure", "Batch, clean: no places; 3 speakers, and places need 8")],
    ),
    "nameless": (
        lambda: board(rows("a", [0.05] * 12, named=False), rows("b", [0.5] * 12, named=False)),
        [("unsure", "Batch, clean: no places; 60 recordings of speakers nobody named, and places need 8 known")],
    ),
    "one": (lambda: board(rows("a", MANY)), [("plain", "Batch, clean: a gets ")]),
    "failing": (
        lambda: board(rows("a", [0.05] * 12, failed={"en/s0-0", "en/s1-0"}), rows("b", [0.5] * 12)),
        [("good", "Batch, clean: a is ahead"), ("bad", "Batch, clean: trials failed, a 2 of 60")],
    ),
    "silent": (lambda: board(rows("a", MANY, failed=every("a"))), [("bad", "Batch, clean: no engine gave an answer")]),
}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_sentences(name):
    make, expected = CASES[name]
    found = list(answer_of(make(), "words"))
    assert [sentence.tone for sentence in found] == [tone for tone, _ in expected]
    for sentence, (_, head) in zip(found, expected, strict=True):
        assert sentence.head.startswith(head)


def test_nobody_is_ahead_by_the_value_alone():
    """Good is said only where one engine alone may be first."""
    for make, _ in CASES.values():
        made = make()
        for sentence in answer_of(made, "words"):
            if sentence.tone == "good":
                assert made.has_places
                assert sum(row.rank_low == 1 for row in made.rows) == 1


def test_the_unit_is_said():
    made = CASES["clear"][0]()
    assert "of characters wrong" in next(answer_of(made, "characters")).head
