"""Entities and languages that mix, counted against what can be counted by hand."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import precision_recall_fscore_support

from bench.scoring.cells import ScoredTrial
from bench.scoring.feature_estimates import feature_estimates
from bench.scoring.measures import measure
from bench.scoring.tally import Heard
from bench.scoring.text.align import align_counted
from bench.scoring.text.normalize import get_normalizer
from bench.scoring.text.passages import MEASURES, near_switches, tally
from bench.types import Cell, ErrorCounts, Passage, Recognised, Timing, Transcript, Utterance
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


@pytest.mark.parametrize(
    ("answer", "recall", "precision"),
    [
        ("ada met ada in paris", 1, 1),
        ("ada met anna in paris", 2 / 3, 1),
        ("ada met ada in paris ada", 1, 3 / 4),
        ("paris paris paris", 1 / 3, 1 / 3),
        ("anna met anna", 0, None),
    ],
)
def test_an_entity_is_right_as_often_as_it_was_said(answer, recall, precision):
    names = tuple(
        Passage(kind=kind, text=text) for kind, text in (("person", "Ada"), ("person", "Ada"), ("place", "Paris"))
    )
    tallies = tallied(answer, replace(SAID, text="Ada met Ada in Paris", entities=names))
    assert value_of(MEASURES, "entity_recall", tallies) == pytest.approx(recall)
    assert value_of(MEASURES, "entity_precision", tallies) == (None if precision is None else pytest.approx(precision))
    scores = (2 * recall * precision / (recall + precision)) if precision else 0
    assert value_of(MEASURES, "entity_f1", tallies) == pytest.approx(scores)


def test_entities_are_counted_by_kind():
    tallies = tallied("call Jon Smyth in New York")
    trial = ScoredTrial(
        utterance_id="u",
        cluster="s",
        cell=Cell("e", "batch", "clean", "c", "en"),
        duration_s=1.0,
        reference_words=6,
        words=ErrorCounts(hits=6),
        tallies=tallies,
    )
    assert measure("entity_recall:person").of([trial]).value == 0
    assert measure("entity_recall:place").of([trial]).value == 1
    assert measure("entity_cer:person").of([trial]).value == pytest.approx(1 / 8)
    made = {e.metric: e.value for e in feature_estimates(trial.cell, [trial], 0)}
    assert made["entity_precision:place"] == 1
    assert "entity_recall:date" not in made


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
    assert tallies["switching.in hi.errors"] == 1
    assert tallies["switching.in en.errors"] == 0
    assert value_of([m.of("hi") for m in MEASURES if m.is_each], "wer.reference_words:hi", tallies) == 1 / 2
    assert value_of(MEASURES, "wer.away_from_switches", tallies) == 0
    assert value_of(MEASURES, "wer.near_switches", tallies) == pytest.approx(1 / 6)
    assert value_of(MEASURES, "foreign_script_words", tallies) == 0


def test_a_third_script_is_foreign():
    assert tallied("please book دو ٹکٹ for tomorrow morning at nine", MIXED)["switching.foreign"] == 2


def test_two_words_on_each_side_of_a_switch_are_near_it():
    assert near_switches(["en"] * 4 + ["hi"] * 4) == {2, 3, 4, 5}


NAMES = ["alder", "birch", "cedar", "maple"]
COUNTS = st.lists(st.integers(0, 2), min_size=len(NAMES), max_size=len(NAMES))


@settings(max_examples=60, deadline=None)
@given(COUNTS.filter(any), COUNTS)
def test_precision_recall_and_f1_are_those_of_scikit_learn(said, shown):
    """Each mention is one decision: of a name said twice and shown once, one is right and one is missed."""
    mentions = [name for name, count in zip(NAMES, said, strict=True) for _ in range(count)]
    answer = [name for name, count in zip(NAMES, shown, strict=True) if name in mentions for _ in range(count)]
    utterance = replace(
        SAID, text=" ".join(mentions), entities=tuple(Passage(kind="tree", text=name) for name in mentions)
    )
    tallies = tallied(" ".join(answer), utterance)
    true, claimed = [], []
    for name in set(mentions):
        both, either = sorted((mentions.count(name), answer.count(name)))
        more_said = mentions.count(name) > answer.count(name)
        true += [1] * both + [int(more_said)] * (either - both)
        claimed += [1] * both + [int(not more_said)] * (either - both)
    theirs = precision_recall_fscore_support(true, claimed, average="binary", zero_division=0)
    for name, value in zip(("precision", "recall", "f1"), theirs, strict=False):
        ours = value_of(MEASURES, f"entity_{name}", tallies)
        assert (ours or 0) == pytest.approx(value), name
