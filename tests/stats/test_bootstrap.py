from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from bench.stats.bootstrap import bootstrap_interval, rate, word_information_lost
from bench.stats.intervals import ratio_interval
from tests.stats.simulation import simulate


@pytest.fixture(scope="module")
def corpus():
    return simulate(np.random.default_rng(5), speakers=60, utterances=10)


@pytest.mark.parametrize("method", ["percentile", "bca"])
def test_cluster_bootstrap_confirms_the_closed_form(corpus, method):
    columns = np.column_stack([corpus.errors_a, corpus.lengths])
    drawn = bootstrap_interval(columns, rate, corpus.clusters, method=method, seed=1)
    closed = ratio_interval(corpus.errors_a, corpus.lengths, corpus.clusters)
    half = (closed.high - closed.low) / 2
    assert drawn.value == closed.value
    assert drawn.low == pytest.approx(closed.low, abs=0.15 * half)
    assert drawn.high == pytest.approx(closed.high, abs=0.15 * half)
    assert drawn.standard_error == pytest.approx(closed.standard_error, rel=0.05)


@pytest.mark.parametrize("method", ["percentile", "bca"])
def test_grouped_utterance_bootstrap_equals_scipys(corpus, method):
    errors, lengths = corpus.errors_a, corpus.lengths
    ours = bootstrap_interval(np.column_stack([errors, lengths]), rate, None, method=method, seed=2)
    theirs = stats.bootstrap(
        (errors, lengths),
        lambda e, n, axis=-1: e.sum(axis=axis) / n.sum(axis=axis),
        paired=True,
        n_resamples=4000,
        method="percentile" if method == "percentile" else "BCa",
        rng=np.random.default_rng(3),
        batch=500,
    )
    half = (theirs.confidence_interval.high - theirs.confidence_interval.low) / 2
    assert ours.low == pytest.approx(theirs.confidence_interval.low, abs=0.08 * half)
    assert ours.high == pytest.approx(theirs.confidence_interval.high, abs=0.08 * half)
    assert ours.standard_error == pytest.approx(theirs.standard_error, rel=0.05)


def test_bca_moves_a_skewed_interval_the_way_scipys_does():
    values = np.random.default_rng(6).lognormal(0, 1, 40).round(2)
    columns = np.column_stack([values, np.ones(40)])
    ours = bootstrap_interval(columns, rate, None, method="bca", resamples=40_000)
    theirs = stats.bootstrap(
        (values,), np.mean, method="BCa", n_resamples=40_000, rng=np.random.default_rng(7), batch=4000
    ).confidence_interval
    plain = bootstrap_interval(columns, rate, None, resamples=40_000)
    assert ours.high == pytest.approx(theirs.high, rel=0.02)
    assert ours.low == pytest.approx(theirs.low, rel=0.02)
    assert ours.low > plain.low


def test_statistics_of_pooled_counts():
    sums = np.array([[1.0, 2.0, 3.0, 4.0]])
    assert word_information_lost(sums)[0] == pytest.approx(1 - 16 / (7 * 8))


def test_few_clusters_give_no_bootstrap_interval():
    interval = bootstrap_interval([[1, 10], [2, 10]], rate, ["a", "b"])
    assert (interval.value, interval.low, interval.standard_error) == (pytest.approx(0.15), None, None)


def test_units_without_spread_give_an_interval_of_no_width():
    for method in ("percentile", "bca"):
        interval = bootstrap_interval([[1, 10]] * 12, rate, None, method=method, resamples=100)
        assert interval.low == interval.high == pytest.approx(0.1)
