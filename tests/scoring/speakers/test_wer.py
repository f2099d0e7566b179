"""cpWER and tcpWER against meeteval, on conversations with overlaps, repeats and odd numbers of speakers."""

import warnings

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from meeteval.wer import cp_word_error_rate
from meeteval.wer.wer.time_constrained import tcp_word_error_rate

from bench.scoring.speakers.turns import Turn
from bench.scoring.speakers.wer import MOST_TIMED_STREAMS, cp_edits, tcp_edits, timed_orc_edits
from tests.scoring.speakers.references import lists

WORDS = ["a", "bb", "ccc", "dd", "é", "हाँ", "12", "zzzzzzzz"]


@st.composite
def sessions(draw, speakers="ABCD"):
    turns = []
    for _ in range(draw(st.integers(0, 8))):
        start = draw(st.integers(0, 400)) / 10
        length = draw(st.sampled_from([0.1, 0.5, 2, 7, 30]))
        words = tuple(draw(st.lists(st.sampled_from(WORDS), min_size=1, max_size=7)))
        turns.append(Turn(speaker=draw(st.sampled_from(speakers)), start_s=start, end_s=start + length, words=words))
    return turns


@settings(max_examples=150, deadline=None)
@given(sessions(), sessions("wxyzv"))
def test_cp_errors_are_meetevals(reference, hypothesis):
    if not reference:
        return
    theirs = cp_word_error_rate(lists(reference), lists(hypothesis))
    ours = cp_edits(reference, hypothesis)
    assert (ours.counts.errors, ours.counts.reference_length) == (theirs.errors, theirs.length)


@settings(max_examples=200, deadline=None)
@given(sessions(), sessions("wxyzv"), st.sampled_from([0.1, 1, 5, 1000]))
def test_tcp_errors_are_meetevals(reference, hypothesis, collar):
    if not reference:
        return
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        theirs = tcp_word_error_rate(lists(reference), lists(hypothesis), collar=collar)
    ours = tcp_edits(reference, hypothesis, collar_s=collar)
    assert (ours.counts.errors, ours.counts.reference_length) == (theirs.errors, theirs.length)


@given(sessions(), sessions("wxyz"))
def test_what_must_hold(reference, hypothesis):
    free, timed = cp_edits(reference, hypothesis), tcp_edits(reference, hypothesis, collar_s=0.5)
    assert free.counts.errors <= timed.counts.errors
    assert cp_edits(reference, reference).counts.errors == 0
    assert cp_edits(reference, []).counts.deletions == sum(len(turn.words) for turn in reference)
    renamed = [Turn(speaker=f"new-{t.speaker}", start_s=t.start_s, end_s=t.end_s, words=t.words) for t in reference]
    same = tcp_edits(reference, renamed)
    assert same.counts.errors == 0
    assert {pair for pair in same.assignment if pair[0]} == {(t.speaker, f"new-{t.speaker}") for t in reference}


def test_two_speakers_taken_for_one_are_counted():
    reference = [
        Turn(speaker="a", start_s=0, end_s=1, words=("x", "y")),
        Turn(speaker="b", start_s=1, end_s=2, words=("z",)),
    ]
    merged = [Turn(speaker="0", start_s=0, end_s=2, words=("x", "y", "z"))]
    edits = cp_edits(reference, merged)
    assert (edits.counts.insertions, edits.counts.deletions, edits.counts.hits) == (1, 1, 2)
    assert edits.assignment == (("a", "0"), ("b", None))


def test_a_turn_that_ends_before_it_starts_is_refused():
    with pytest.raises(ValueError, match="expected an end at or after 2"):
        Turn(speaker="a", start_s=2, end_s=1)


@pytest.mark.slow
def test_three_hours_of_six_speakers_agree_with_meeteval():
    rng = np.random.default_rng(3)
    vocabulary = [f"w{n}" for n in range(400)]
    reference, hypothesis, clock = [], [], 0.0
    while sum(len(turn.words) for turn in reference) < 10_000:
        words = tuple(rng.choice(vocabulary, rng.integers(1, 30)))
        speaker, length = int(rng.integers(6)), 1.05 * len(words)
        reference.append(Turn(speaker=f"r{speaker}", start_s=clock, end_s=clock + length, words=words))
        heard = tuple(word if rng.random() > 0.1 else "x" for word in words if rng.random() > 0.05)
        said_by = speaker if rng.random() > 0.08 else int(rng.integers(6))
        hypothesis.append(Turn(speaker=f"h{said_by}", start_s=clock + 0.1, end_s=clock + length, words=heard))
        clock += length + rng.normal(0, 1)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        theirs = tcp_word_error_rate(lists(reference), lists(hypothesis), collar=5)
    assert tcp_edits(reference, hypothesis).counts.errors == theirs.errors


def crowd(voices, words=1, *, apart_s=0.0):
    """Each voice says its own words in a second, one after the other or all at once."""
    return [
        Turn(speaker=f"v{k}", start_s=k * apart_s, end_s=k * apart_s + 1, words=(f"w{k}",) * words)
        for k in range(voices)
    ]


def test_more_voices_than_meeteval_takes_are_told_and_not_tried():
    told = timed_orc_edits(crowd(3), crowd(MOST_TIMED_STREAMS + 1))
    assert told == f"ORC-WER is given up to {MOST_TIMED_STREAMS} voices, not of {MOST_TIMED_STREAMS + 1}"
    silent = [Turn(speaker=f"s{k}", start_s=0.0, end_s=1.0) for k in range(20)]
    assert timed_orc_edits(crowd(2), [*crowd(2), *silent]) == (0, 2)


def test_voices_that_say_too_much_at_once_are_told_and_not_tried():
    assert "at the same time" in timed_orc_edits(crowd(8, 20), crowd(8, 20))
    assert timed_orc_edits(crowd(8, 20, apart_s=30), crowd(8, 20, apart_s=30)) == (0, 160)


def test_a_thousand_voices_are_assigned():
    """Those without a partner count in full, whatever their number."""
    best = cp_edits(crowd(3), crowd(1000))
    assert (best.counts.hits, best.counts.insertions) == (3, 997)
    timed = tcp_edits(crowd(3, apart_s=30), crowd(1000, apart_s=30))
    assert (timed.counts.hits, timed.counts.insertions) == (3, 997)
