"""Word times against times that were shifted by known amounts."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bench.scoring.cells import ScoredTrial
from bench.scoring.measures import measure
from bench.scoring.tally import Heard, bin_of
from bench.scoring.text.normalize import get_normalizer
from bench.scoring.timing.words import tally, violations
from bench.types import Cell, Recognised, Timing, Transcript, Utterance, Word

RULES = get_normalizer("earwitness")
TRUE = tuple(
    Word(text=text, start_s=0.5 * k, end_s=0.5 * k + 0.4)
    for k, text in enumerate(["the", "quick", "brown", "fox", "jumps"])
)
SAID = Utterance(
    id="u",
    corpus="c",
    audio="u.wav",
    sha256="0" * 64,
    sample_rate_hz=8000,
    num_samples=8000 * 3,
    text="the quick brown fox jumps",
    language="en",
    words=TRUE,
)


def tallied(words, *, utterance=SAID, scale=1.0, offset_s=0.0):
    said = Recognised(text=" ".join(word.text for word in words or ()), words=words)
    answer = Transcript(recognised=said, timing=Timing())
    heard = Heard(utterance=utterance, transcript=answer, normalizer=RULES, scale=scale, offset_s=offset_s)
    tallies: dict[str, float] = {}
    reasons: dict[str, str] = {}
    tally(heard, tallies, reasons)
    trial = ScoredTrial(
        utterance_id="u",
        cluster="s",
        cell=Cell("e", "batch", "clean", "c", "en"),
        duration_s=3.0,
        reference_words=5,
        words=None,
        tallies=tallies,
        reasons=reasons,
    )
    return trial


def shifted(by_start, by_end, words=TRUE):
    return tuple(
        replace(word, start_s=(word.start_s or 0) + by_start, end_s=(word.end_s or 0) + by_end) for word in words
    )


@settings(max_examples=40, deadline=None)
@given(st.floats(0, 0.3), st.floats(0, 0.3))
def test_a_known_shift_is_what_is_measured(start_s, end_s):
    trial = tallied(shifted(start_s, end_s))
    assert measure("word_start_bias_s").of([trial]).value == pytest.approx(start_s)
    assert measure("word_end_bias_s").of([trial]).value == pytest.approx(end_s)
    assert measure("word_shift_s").of([trial]).value == pytest.approx((start_s + end_s) / 2)
    assert measure("word_start_error_p50_s").of([trial]).value == pytest.approx(start_s, abs=0.0051)
    within = float(max(start_s, end_s) <= 0.1 + 1e-9)
    assert measure("words_within_100_ms").of([trial]).value == within


def test_early_is_negative():
    assert measure("word_start_bias_s").of([tallied(shifted(-0.1, -0.1, TRUE[1:]))]).value == pytest.approx(-0.1)


def test_wrong_words_have_no_time_and_lower_the_share_matched():
    trial = tallied((replace(TRUE[0], text="a"), *TRUE[1:4]))
    assert measure("word_times_matched").of([trial]).value == pytest.approx(3 / 5)
    assert measure("word_shift_s").of([trial]).value == 0


def test_a_stretched_recording_stretches_the_truth():
    words = tuple(replace(w, start_s=2 * (w.start_s or 0) + 1, end_s=2 * (w.end_s or 0) + 1) for w in TRUE)
    assert measure("word_shift_s").of([tallied(words, scale=2.0, offset_s=1.0)]).value == pytest.approx(0)


def test_an_answer_without_times_has_a_reason():
    trial = tallied(None)
    assert not trial.tallies
    assert "word_timestamps" in trial.reasons["word times"]


@pytest.mark.parametrize(
    ("times", "wrong"),
    [
        ([(0, 1), (1, 2)], 0),
        ([(1, 0.5)], 1),
        ([(1, 2), (0.5, 0.7)], 1),
        ([(9, 11)], 1),
        ([(-1, 1)], 1),
        ([(None, None)], 0),
    ],
)
def test_times_that_cannot_be_are_counted(times, wrong):
    assert violations([Word(text="x", start_s=a, end_s=b) for a, b in times], 10.0) == wrong


@given(st.floats(0, 100))
def test_a_bin_holds_its_duration(seconds):
    middle = float(bin_of(seconds))
    assert abs(middle - seconds) <= (0.0051 if seconds < 1 else 0.0501) or (middle == 10 and seconds >= 10)
