"""Estimates of word times below the aligner's own error say so, and no others do."""

import pytest

from bench.scoring.timing.reference_error import ReferenceError, held_to_reference
from bench.types import Cell, Contrast, Estimate, Interval

ERRORS = {"c": ReferenceError(aligner="a@1", median_s=0.02, p95_s=0.08), "u": ReferenceError(aligner="b@1")}


def noted(metric, value, corpus="c", minus=None):
    cell = Cell("e", "batch", "clean", corpus, "en")
    scope = cell if minus is None else Contrast(name="e - f", of=cell, minus=cell._replace(engine="f", corpus=minus))
    estimate = Estimate(metric=metric, unit="s", scope=scope, interval=Interval(value=value, note="first"))
    held = held_to_reference(estimate, ERRORS)
    assert held.value == value
    assert (held.interval.note or "").startswith("first")
    return (held.interval.note or "").removeprefix("first").removeprefix("; ")


@pytest.mark.parametrize(
    ("metric", "value", "below"),
    [
        ("word_start_error_p50_s", 0.015, True),
        ("word_start_error_p50_s", 0.025, False),
        ("word_start_error_p95_s", 0.075, True),
        ("word_end_error_p90_s", 0.075, True),
        ("word_end_error_p90_s", 0.085, False),
        ("word_start_bias_s", -0.01, True),
        ("word_start_bias_s", -0.03, False),
        ("word_shift_s", 0.019, True),
        ("words_within_50_ms", 0.9, True),
        ("words_within_100_ms", 0.01, False),
        ("word_times_matched", 0.001, False),
        ("word_time_violations", 0.001, False),
        ("wer", 0.001, False),
        ("jer", None, False),
    ],
)
def test_below_the_aligners_error_nothing_is_claimed(metric, value, below):
    said = "no claim: below the error of a@1"
    assert noted(metric, value).startswith(said) == below
    assert noted(f"{metric}.difference", value, minus="c").startswith(said) == below


def test_an_aligner_that_nobody_measured_bears_no_claim():
    assert "b@1, whose own error was never measured" in noted("word_shift_s", 5.0, corpus="u")
    assert "b@1" in noted("word_shift_s.difference", 5.0, minus="u")


def test_a_corpus_with_times_of_its_own_is_taken_at_its_word():
    assert noted("word_shift_s", 0.001, corpus="own") == ""
