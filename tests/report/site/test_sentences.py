"""Every sentence of a site, and every limit, over sites of each kind, held to golden files.

`python -m tests.report.site.test_sentences` writes the files anew; read the difference before you commit it.
"""

from pathlib import Path

import pytest

from bench.report.site.sentences import answer_of, limits_of, overview
from bench.report.site.views import language_view
from tests.report.phrases import phrases
from tests.report.site.said import SITES

GOLDEN = Path("tests/golden/site-sentences")
NAMES = [kind.__name__ for kind in SITES]
SPEAK = Path("bench/report/site/sentences.py")
KINDS = {kind.__name__: kind for kind in SITES}


def told(data):
    """Overview and limits of the site, then of each language."""
    lines = [*map(_line, overview(data)), *_limits(limits_of(data))]
    for language in data.languages:
        own = [_line(said) for board in data.boards_of(language) for said in answer_of(board, data.units[language])]
        lines += ["", f"[{language}]", *own, *_limits(limits_of(data, language))]
    return "\n".join(lines) + "\n"


def _line(sentence):
    return f"{sentence.tone}: {sentence.head} | {sentence.detail}"


def _limits(limits):
    for limit in limits:
        yield from ("", f"cannot say: {limit.about}{' (grave)' if limit.grave else ''}", *limit.texts)


@pytest.mark.parametrize("name", NAMES)
def test_sentences_are_those_that_were_read_and_found_true(name):
    assert told(KINDS[name]()) == (GOLDEN / f"{name}.txt").read_text(encoding="utf-8")


def test_no_kind_of_site_is_without_a_golden_file():
    assert sorted(path.stem for path in GOLDEN.glob("*.txt")) == sorted(NAMES)


def test_every_phrase_of_every_sentence_is_in_a_golden_file():
    """A sentence that no golden file has was never read by anybody."""
    read = "\n".join(path.read_text(encoding="utf-8") for path in GOLDEN.glob("*.txt"))
    assert [text for text in phrases(SPEAK) if text not in read] == []


@pytest.mark.parametrize("name", NAMES)
def test_nobody_is_ahead_by_the_value_alone(name):
    """Good is said only where one engine alone may be first."""
    data = KINDS[name]()
    for board in data.boards:
        for sentence in answer_of(board, "words"):
            if sentence.tone == "good":
                assert board.has_places
                assert sum(row.rank_low == 1 for row in board.rows) == 1


def test_the_unit_is_said():
    assert "of characters wrong" in next(answer_of(KINDS["clear"]().boards[0], "characters")).head


def test_dashes_of_a_ranking_are_explained_where_there_are_some():
    few = language_view(KINDS["small"](), "en").rankings[0]
    assert few.note.endswith(
        "A dash stands for: place: fewer than 8 speakers, or not known who they are; 95 % within: fewer than 20 values."
    )
    silent = language_view(KINDS["silent"](), "en").rankings[0]
    assert "nothing was answered; median: nothing was timed" in silent.note
    assert language_view(KINDS["clear"](), "en").rankings[0].note == ""


if __name__ == "__main__":
    GOLDEN.mkdir(parents=True, exist_ok=True)
    for name, kind in KINDS.items():
        (GOLDEN / f"{name}.txt").write_text(told(kind()), encoding="utf-8")
