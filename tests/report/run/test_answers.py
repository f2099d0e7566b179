"""Every sentence of the answer, and every limit, over runs of each kind, held to golden files.

`python -m tests.report.run.test_answers` writes the files anew; read the difference before you commit it.
"""

from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from bench.report.run.answers import answer, answer_of
from bench.report.run.limits import limits
from tests.report.phrases import phrases
from tests.report.run import made, seldom

GOLDEN = Path("tests/golden/answers")
KINDS = (*made.KINDS, *seldom.SELDOM)
NAMES = [kind.__name__ for kind in KINDS]
ROOM = Path("bench/report/run")
SPEAK = [*sorted(ROOM.glob("answers/*.py")), ROOM / "limits.py"]
"""Modules that make sentences of the answer and of what a run cannot say."""


def told(data):
    """Sentences and limits as lines."""
    lines = [f"{s.tone}: {s.head} | {s.detail}" for s in answer(data)]
    for speech in data.speech if len(data.speech) > 1 else ():
        lines += ["", f"[{speech.language}]", *(f"{s.tone}: {s.head} | {s.detail}" for s in answer_of(data, speech))]
    for limit in limits(data):
        lines += ["", f"cannot say: {limit.about}{' (grave)' if limit.grave else ''}", *limit.texts]
    return "\n".join(lines) + "\n"


@pytest.mark.parametrize("name", NAMES)
def test_sentences_are_those_that_were_read_and_found_true(runs, name):
    assert told(runs(name)) == (GOLDEN / f"{name}.txt").read_text(encoding="utf-8")


def test_no_kind_of_sentence_is_without_a_golden_file():
    assert sorted(path.stem for path in GOLDEN.glob("*.txt")) == sorted(NAMES)


def test_every_phrase_of_every_sentence_is_in_a_golden_file():
    """A sentence that no golden file has was never read by anybody."""
    singular = "set of recordings"  # of which a sentence has the plural
    told = singular + "\n".join(path.read_text(encoding="utf-8") for path in GOLDEN.glob("*.txt"))
    assert {path.name: [text for text in phrases(path) if text not in told] for path in SPEAK} == {
        path.name: [] for path in SPEAK
    }


def test_a_difference_is_said_plainly_only_where_its_interval_leaves_out_nought(runs):
    for name in NAMES:
        for sentence in answer(runs(name)):
            if sentence.tone == "good" and not sentence.head.startswith("Target"):
                assert "95 % interval" in sentence.detail or "shown in" in sentence.detail


def test_an_invalid_run_states_no_latency_of_its_streams(runs):
    data = runs("invalid")
    assert not any("after speech ends" in sentence.head for sentence in answer(data))
    assert limits(data)[0].grave


if __name__ == "__main__":
    GOLDEN.mkdir(parents=True, exist_ok=True)
    for kind in KINDS:
        with TemporaryDirectory() as folder:
            (GOLDEN / f"{kind.__name__}.txt").write_text(told(kind(Path(folder))), encoding="utf-8")
