"""The mean over languages: its value, its interval's coverage, and what it refuses."""

import numpy as np
import pytest

from bench.stats.intervals import ratio_interval
from bench.stats.strata import mean_of_rates


def stratum(rng, clusters, rate, per_cluster=4):
    """Counts of speakers whose rates differ; shape (clusters * per_cluster,)."""
    own = np.repeat(rng.beta(rate * 8, (1 - rate) * 8, clusters), per_cluster)
    lengths = rng.integers(5, 20, own.size)
    labels = [str(number) for number in np.repeat(np.arange(clusters), per_cluster)]
    return rng.binomial(lengths, own), lengths, labels


def test_strata_count_alike_whatever_their_size():
    found = mean_of_rates({"a": ([1] * 10, [10] * 10, list("abcdefghij")), "b": ([5, 4], [10, 10], ["a", "b"])})
    assert found.value == pytest.approx((0.1 + 0.45) / 2)
    assert (found.n, found.n_clusters) == (12, 12)


def test_a_single_stratum_is_the_ratio_estimator():
    errors, lengths, labels = stratum(np.random.default_rng(1), 12, 0.2)
    found, expected = mean_of_rates({"a": (errors, lengths, labels)}), ratio_interval(errors, lengths, labels)
    assert (found.value, found.low, found.high) == pytest.approx((expected.value, expected.low, expected.high))


@pytest.mark.parametrize("clusters", [(12, 12, 12), (4, 6, 30), (3,) * 9])
def test_the_interval_covers_the_truth(clusters):
    rng = np.random.default_rng(20261123)
    rates = np.linspace(0.1, 0.4, len(clusters))
    hits = 0
    for _ in range(400):
        strata = {str(i): stratum(rng, size, rate) for i, (size, rate) in enumerate(zip(clusters, rates, strict=True))}
        found = mean_of_rates(strata)
        hits += found.low <= rates.mean() <= found.high
    assert 0.91 <= hits / 400 <= 0.98


def test_what_cannot_be_said_is_not_said():
    few = mean_of_rates({"a": ([1, 2], [9, 9], ["x", "y"]), "b": ([1, 0], [9, 9], ["x", "y"])})
    assert (few.low, few.note) == (None, "too few clusters for an interval")
    lone = mean_of_rates({"a": ([1], [9], ["x"]), "b": ([1, 0] * 5, [9] * 10, [str(n) for n in range(10)])})
    assert lone.low is None
    silent = mean_of_rates({"a": ([1], [0], ["x"]), "b": ([1], [9], ["x"])})
    assert (silent.value, silent.note) == (None, "no reference tokens in a")
    perfect = mean_of_rates(
        {"a": ([0] * 9, [9] * 9, list("abcdefghi")), "b": ([1, 0] * 5, [9] * 10, list("abcdefghij"))}
    )
    assert perfect.low is not None
    assert "no errors in a" in perfect.note
