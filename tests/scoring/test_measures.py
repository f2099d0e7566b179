from __future__ import annotations

from dataclasses import replace

import jiwer
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench.errors import UnknownNameError
from bench.scoring.cells import ScoredTrial
from bench.scoring.measures import information_lost, measure
from bench.scoring.pairing import pair_trials
from bench.scoring.text.align import count_edits
from bench.types import Cell, ErrorCounts, FailureKind


def row(i, *, errors=1, seconds=None, repeat=0, chars=None):
    words = None if errors is None else ErrorCounts(substitutions=errors, hits=10 - errors)
    return ScoredTrial(
        utterance_id=f"u{i:02}",
        cluster=f"s{i % 10}",
        cell=Cell("e", "stream", "clean", "c", "en"),
        repeat=repeat,
        duration_s=1.0,
        reference_words=10,
        words=words,
        chars=chars,
        failure_kind=FailureKind.TIMEOUT if errors is None else None,
        metrics={"final_latency_s": seconds},
    )


ROWS = [row(i, errors=i % 3, seconds=0.1 * i) for i in range(40)]


def test_rates_pool_counts_over_the_rows_that_have_them():
    failed = [*ROWS, row(41, errors=None)]
    assert measure("wer").of(failed).value == pytest.approx(39 / 400)
    assert measure("wer.failures_deleted").of(failed).value == pytest.approx(49 / 410)
    assert measure("cer").of(ROWS).value is None


def test_values_are_taken_where_they_exist():
    some = [*ROWS, row(41, seconds=None)]
    assert measure("final_latency_s.mean").of(some).value == pytest.approx(1.95)
    assert measure("final_latency_s.p50").of(some).value == pytest.approx(1.9)
    assert measure("final_latency_s.p95").of(some).n == 40


def test_the_unit_decides_what_is_resampled():
    assert measure("wer").of(ROWS).n_clusters == 10
    assert measure("wer").of(ROWS, unit="utterance").n_clusters == 40


@pytest.mark.parametrize("name", ["wer", "final_latency_s.mean", "final_latency_s.p90"])
def test_a_difference_is_paired_signed_and_exactly_zero_against_itself(name):
    worse = [row(i, errors=i % 3 + 1, seconds=0.1 * i + 0.5) for i in range(40)]
    metric = measure(name)
    assert metric.difference(pair_trials(ROWS, ROWS).pairs).value == 0.0
    gap = metric.difference(pair_trials(ROWS, list(reversed(worse))).pairs)
    assert gap.value == pytest.approx(0.1 if name == "wer" else 0.5)
    assert gap.low == pytest.approx(gap.high)


def test_repeats_of_an_utterance_are_pooled_before_pairing():
    repeats = [
        row(i, errors=errors, seconds=s, repeat=r) for i in range(10) for r, errors, s in ((0, 1, 1.0), (1, 3, 2.0))
    ]
    once = [row(i, errors=2, seconds=1.5) for i in range(10)]
    pairs = pair_trials(repeats, once).pairs
    assert measure("wer").difference(pairs).value == pytest.approx(0.0)
    assert measure("final_latency_s.mean").difference(pairs).value == pytest.approx(0.0)


@pytest.mark.parametrize(
    "name", ["werr", "final_latency_s", "final_latency_s.p0", "final_latency_s.p100", "x.px", ".p50"]
)
def test_unknown_names_are_refused(name):
    with pytest.raises(UnknownNameError, match="expected one of"):
        measure(name)


# MER and WIL against jiwer; SER by counting; and what is said where there is nothing to divide.

WORDS = st.lists(st.sampled_from("abc"), max_size=6)
PAIRS = st.lists(st.tuples(WORDS.filter(bool), WORDS), min_size=1, max_size=12)


def rates(counts, clusters):
    pairs = enumerate(zip(counts, clusters, strict=True))
    trials = [replace(row(i), words=words, cluster=name) for i, (words, name) in pairs]
    return {**{name: measure(name).of(trials) for name in ("ser", "mer")}, "wil": information_lost(trials)}


@given(PAIRS)
def test_mer_equals_jiwers_and_ser_is_the_share_of_wrong_answers(pairs):
    counts = [count_edits(reference, hypothesis) for reference, hypothesis in pairs]
    found = rates(counts, [str(number) for number in range(len(pairs))])
    total = sum(counts, ErrorCounts())
    assert found["mer"].value == pytest.approx(total.errors / (total.errors + total.hits))
    assert found["ser"].value == pytest.approx(sum(a != b for a, b in pairs) / len(pairs))


def test_mer_and_wil_equal_jiwers_where_the_alignment_is_unique():
    references = ["the cat sat", "on a mat", "all day long"]
    hypotheses = ["the cat sat", "on mat", "all the day wrong"]
    counts = [count_edits(a.split(), b.split()) for a, b in zip(references, hypotheses, strict=True)]
    found = rates(counts, ["x", "y", "z"])
    expected = jiwer.process_words(references, hypotheses)
    assert found["mer"].value == pytest.approx(expected.mer)
    assert found["wil"].value == pytest.approx(expected.wil)


def test_intervals_hold_the_value_where_there_are_speakers_enough():
    counts = [ErrorCounts(substitutions=i % 3, hits=10) for i in range(40)]
    for name, interval in rates(counts, [f"s{i % 20}" for i in range(40)]).items():
        assert interval.low < interval.value < interval.high, name


def test_all_is_lost_where_nothing_was_answered_and_nothing_can_be_said_without_references():
    silent = [ErrorCounts(deletions=3)] * 10
    found = rates(silent, [str(i) for i in range(10)])
    assert (found["ser"].value, found["mer"].value, found["wil"].value) == (1.0, 1.0, 1.0)
    assert rates([ErrorCounts()], ["a"])["wil"].value is None
    assert rates([], [])["ser"].value is None
