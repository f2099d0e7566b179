"""Ends of turns on logs whose times are known."""

from dataclasses import replace

import pytest

from bench.scoring.cells import ScoredTrial
from bench.scoring.measures import measure
from bench.scoring.tally import Heard
from bench.scoring.text.normalize import get_normalizer
from bench.scoring.timing.turns import MEASURES, tally
from bench.types import Cell, Event, Recognised, Segment, Timing, Transcript, Utterance, Word
from tests.scoring.tallied import value_of

TURN = Utterance(
    id="u",
    corpus="c",
    audio="u.wav",
    sha256="0" * 64,
    sample_rate_hz=8000,
    num_samples=8000 * 6,
    text="well I think so",
    language="en",
    words=(
        Word(text="well", start_s=0.5, end_s=0.9),
        Word(text="I", start_s=1.8, end_s=1.9),
        Word(text="think", start_s=1.95, end_s=2.3),
        Word(text="so", start_s=2.5, end_s=3.0),
    ),
    turn_end_s=3.0,
)
STREAM = Timing(chunk_s=0.1)


def tallied(events, timing=STREAM, utterance=TURN):
    answer = Transcript(recognised=Recognised(text=TURN.text), timing=timing, events=tuple(events))
    tallies: dict[str, float] = {}
    reasons: dict[str, str] = {}
    heard = Heard(utterance=utterance, transcript=answer, normalizer=get_normalizer("earwitness"))
    tally(heard, tallies, reasons)
    return tallies, reasons


def final(t_s, **more):
    return Event(t_s=t_s, kind="final", text="x", **more)


def ended(t_s):
    return Event(t_s=t_s, kind="vad", text="speech_ended")


@pytest.mark.parametrize(
    ("events", "expected"),
    [
        ([final(3.4)], {"early_turn_ends": 0, "pauses_taken_for_ends": 0, "missed_turn_ends": 0}),
        # In the pause after "well": one of its two pauses of 100 ms or more.
        ([final(1.5), final(3.2)], {"early_turn_ends": 1, "pauses_taken_for_ends": 1 / 2}),
        ([], {"missed_turn_ends": 1, "early_turn_ends": 0}),
        ([final(5.5)], {"missed_turn_ends": 1}),
        # It says when turns end, so that its finals, cut by number of words, are no ends.
        ([final(1.5), ended(3.5), final(3.6)], {"early_turn_ends": 0, "turns_ended_within_600_ms": 1}),
        (
            [final(1.5, extras={"speech_final": False}), final(3.2, extras={"speech_final": True})],
            {"early_turn_ends": 0},
        ),
        ([final(1.5), final(3.1)], {"turns_ended_within_300_ms": 0}),
    ],
)
def test_what_was_declared_is_judged_against_when_they_had_finished(events, expected):
    tallies, _ = tallied(events)
    assert {name: value_of(MEASURES, name, tallies) for name in expected} == pytest.approx(expected)


def test_an_end_that_arrives_in_the_next_word_belongs_to_the_pause_before_it():
    tallies, _ = tallied([final(1.85), final(3.2)])
    assert (tallies["turn.pauses"], tallies["turn.pauses_cut"]) == (2, 1)


def test_pauses_lie_between_segments_where_words_have_no_times():
    segments = (Segment(text="well", start_s=0.5, end_s=0.9), Segment(text="I think so", start_s=1.8, end_s=3.0))
    utterance = replace(TURN, words=None, segments=segments)
    tallies, _ = tallied([final(1.5), final(3.2)], utterance=utterance)
    assert (tallies["turn.pauses"], tallies["turn.pauses_cut"]) == (1, 1)


def test_a_turn_that_is_never_ended_counts_as_two_seconds():
    assert value_of(MEASURES, "turn_end_delay_s", tallied([])[0]) == 2.0
    assert value_of(MEASURES, "turn_end_delay_s", tallied([final(1.5), final(3.4)])[0]) == pytest.approx(0.4)


def test_delay_is_of_the_first_end_after_the_true_one():
    trial = ScoredTrial(
        utterance_id="u",
        cluster="s",
        cell=Cell("e", "stream", "clean", "c", "en"),
        duration_s=6.0,
        reference_words=4,
        words=None,
        tallies=tallied([final(1.5), final(3.42), final(4.0)])[0],
    )
    assert measure("turn_end_delay_p50_s").of([trial]).value == pytest.approx(0.42, abs=0.0051)


def test_only_streams_in_real_time_have_an_end_of_turn():
    assert tallied([final(3.4)], replace(STREAM, chunk_s=None)) == ({}, {})
    assert "real time" in tallied([final(3.4)], replace(STREAM, speed=2.0))[1]["end of turn"]
    assert tallied([final(3.4)], utterance=replace(TURN, turn_end_s=None)) == ({}, {})
