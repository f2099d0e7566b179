from __future__ import annotations

import pytest

from bench.errors import UnknownNameError
from bench.scoring.cells import ScoredRow
from bench.scoring.measures import row_metric
from bench.scoring.pairing import pair_rows
from bench.types import ErrorCounts, FailureKind


def row(i, *, errors=1, seconds=None, repeat=0, chars=None):
    words = None if errors is None else ErrorCounts(substitutions=errors, hits=10 - errors)
    return ScoredRow(
        utterance_id=f"u{i:02}",
        cluster=f"s{i % 10}",
        engine="e",
        mode="stream",
        condition="clean",
        corpus="c",
        language="en",
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
    assert row_metric("wer").of_rows(failed).value == pytest.approx(39 / 400)
    assert row_metric("wer.failures_deleted").of_rows(failed).value == pytest.approx(49 / 410)
    assert row_metric("cer").of_rows(ROWS).value is None


def test_values_are_taken_where_they_exist():
    some = [*ROWS, row(41, seconds=None)]
    assert row_metric("final_latency_s.mean").of_rows(some).value == pytest.approx(1.95)
    assert row_metric("final_latency_s.p50").of_rows(some).value == pytest.approx(1.9)
    assert row_metric("final_latency_s.p95").of_rows(some).n == 40


def test_the_unit_decides_what_is_resampled():
    assert row_metric("wer").of_rows(ROWS).n_clusters == 10
    assert row_metric("wer").of_rows(ROWS, unit="utterance").n_clusters == 40


@pytest.mark.parametrize("name", ["wer", "final_latency_s.mean", "final_latency_s.p90"])
def test_a_difference_is_paired_signed_and_exactly_zero_against_itself(name):
    worse = [row(i, errors=i % 3 + 1, seconds=0.1 * i + 0.5) for i in range(40)]
    metric = row_metric(name)
    assert metric.difference(pair_rows(ROWS, ROWS).pairs).value == 0.0
    gap = metric.difference(pair_rows(ROWS, list(reversed(worse))).pairs)
    assert gap.value == pytest.approx(0.1 if name == "wer" else 0.5)
    assert gap.low == pytest.approx(gap.high)


def test_repeats_of_an_utterance_are_pooled_before_pairing():
    repeats = [
        row(i, errors=errors, seconds=s, repeat=r) for i in range(10) for r, errors, s in ((0, 1, 1.0), (1, 3, 2.0))
    ]
    once = [row(i, errors=2, seconds=1.5) for i in range(10)]
    pairs = pair_rows(repeats, once).pairs
    assert row_metric("wer").difference(pairs).value == pytest.approx(0.0)
    assert row_metric("final_latency_s.mean").difference(pairs).value == pytest.approx(0.0)


@pytest.mark.parametrize(
    "name", ["werr", "final_latency_s", "final_latency_s.p0", "final_latency_s.p100", "x.px", ".p50"]
)
def test_unknown_names_are_refused(name):
    with pytest.raises(UnknownNameError, match="expected one of"):
        row_metric(name)
