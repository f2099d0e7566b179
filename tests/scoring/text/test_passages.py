"""Entities and languages that mix, counted against what can be counted by hand."""

from dataclasses import replace

import pytest

from bench.scoring.tally import Heard
from bench.scoring.text.align import align_counted
from bench.scoring.text.normalize import get_normalizer
from bench.scoring.text.passages import MEASURES, near_switches, tally
from bench.types import Passage, Recognised, Timing, Transcript, Utterance
from tests.scoring.tallied import value_of

RULES = get_normalizer("earwitness")
SAID = Utterance(
    id="u",
    corpus="c",
    audio="u.wav",
    sha256="0" * 64,
    sample_rate_hz=8000,
    num_samples=8000,
    text="call Jon Smith in New York",
    language="en",
    entities=(
        Passage(kind="person", text="Jon Smith", forms=("John Smith",)),
        Passage(kind="place", text="New York"),
    ),
)


def tallied(answer, utterance=SAID):
    reference, hypothesis = (RULES.words(text, utterance.language) for text in (utterance.text, answer))
    heard = Heard(
        utterance=utterance,
        transcript=Transcript(recognised=Recognised(text=answer), timing=Timing()),
        normalizer=RULES,
        reference=reference,
        hypothesis=hypothesis,
        path=align_counted(reference, hypothesis)[0],
    )
    tallies: dict[str, float] = {}
    tally(heard, tallies, {})
    return tallies


@pytest.mark.parametrize(
    ("answer", "recall", "cer"),
    [
        ("call Jon Smith in New York", 1, 0),
        ("call John Smith in New York", 1, 0),
        ("call Jon Smyth in New York", 1 / 2, 1 / 15),
        ("", 0, 1),
    ],
)
def test_an_entity_is_found_whole_or_not_at_all(answer, recall, cer):
    tallies = tallied(answer)
    assert value_of(MEASURES, "entity_recall", tallies) == pytest.approx(recall)
    assert value_of(MEASURES, "entity_cer", tallies) == pytest.approx(cer)


MIXED = replace(
    SAID,
    text="please book दो टिकट for tomorrow morning at nine",
    language="multi",
    entities=(),
    languages=(
        Passage(kind="en", text="please book"),
        Passage(kind="hi", text="दो टिकट"),
        Passage(kind="en", text="for tomorrow morning at nine"),
    ),
)


def test_errors_are_counted_by_the_language_of_the_word():
    tallies = tallied("please book टिकट for tomorrow morning at nine", MIXED)
    if not tallies:
        pytest.fail("the normaliser reads the parts otherwise than the whole")
    assert tallies["switching.hi.errors"] == 1
    assert tallies["switching.en.errors"] == 0
    assert value_of(MEASURES, "wer.away_from_switches", tallies) == 0
    assert value_of(MEASURES, "wer.near_switches", tallies) == pytest.approx(1 / 6)
    assert value_of(MEASURES, "foreign_script_words", tallies) == 0


def test_a_third_script_is_foreign():
    assert tallied("please book دو ٹکٹ for tomorrow morning at nine", MIXED)["switching.foreign"] == 2


def test_two_words_on_each_side_of_a_switch_are_near_it():
    assert near_switches(["en"] * 4 + ["hi"] * 4) == {2, 3, 4, 5}
