from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench.stats.percentiles import Trials, least_values, percentile, percentile_difference, percentile_interval

values = st.lists(st.tuples(st.floats(0, 9), st.sampled_from("abcdefghijkl")), min_size=1)


def alone(n):
    return [str(i) for i in range(n)]


def test_percentile_is_the_nearest_rank_and_says_on_how_many_values_it_rests():
    assert percentile([1.0, 2.0, 3.0, 4.0], 0.5) == 2.0
    interval = percentile_interval(range(80), alone(80), 0.95)
    assert interval.value == 75.0
    assert interval.note == "percentile 95 rests on 4 of 80 values"


@pytest.mark.parametrize(("q", "n"), [(0.1, 10), (0.9, 10), (0.95, 20), (0.99, 100)])
def test_a_percentile_needs_a_value_beyond_it(q, n):
    assert least_values(q) == n
    assert percentile_interval(range(n), alone(n), q).value is not None
    fewer = percentile_interval(range(n - 1), alone(n - 1), q)
    assert fewer.value is None
    assert fewer.note == f"p{100 * q:g} needs {n} values; there are {n - 1}"


def test_no_interval_is_given_of_values_too_few_to_have_one_beyond_it():
    interval = percentile_interval(range(60), alone(60), 0.95)
    assert (interval.value, interval.low, interval.high) == (56.0, None, None)
    assert interval.note == "p95 needs 72 independent values for an interval; these count as 57"


@pytest.mark.parametrize("q", [0.5, 0.95])
def test_of_independent_values_the_bounds_are_the_order_statistics_of_the_binomial(q):
    from scipy.stats import binom

    n = 4000
    interval = percentile_interval(np.arange(n) + 1, alone(n), q)
    assert interval.low == pytest.approx(binom.ppf(0.025, n, q), abs=2)
    assert interval.high == pytest.approx(binom.ppf(0.975, n, q) + 1, abs=2)


@pytest.mark.parametrize("q", [0.5, 0.9, 0.95])
def test_intervals_cover_the_truth_as_often_as_they_say(q):
    rng = np.random.default_rng(24)

    def latencies():
        return (rng.normal(0, 0.3, (30, 1)) + rng.normal(0, 0.4, (30, 20))).ravel()

    truth = np.quantile(rng.normal(0, 0.5, 1_000_000), q)
    clusters = [f"s{i // 20}" for i in range(600)]
    intervals = [percentile_interval(latencies(), clusters, q) for _ in range(300)]
    assert sum(interval.low is None for interval in intervals) < 15
    share = np.mean([interval.low <= truth <= interval.high for interval in intervals if interval.low is not None])
    assert 0.92 - 0.03 <= share <= 0.995  # two standard errors of 300


@pytest.mark.parametrize("shared", [0.2, 0.95])
def test_differences_cover_nothing_as_often_as_they_say_and_no_more(shared):
    """They covered 99 to 100 %: too wide to find anything."""
    rng = np.random.default_rng(25)
    clusters = [f"s{i // 25}" for i in range(500)]

    def two():
        both = rng.normal(0, 0.15, 20).repeat(25) + shared**0.5 * rng.normal(0, 0.35, 500)
        return [np.exp(both + (1 - shared) ** 0.5 * rng.normal(0, 0.35, 500)) for _ in range(2)]

    found = [
        percentile_difference(*(Trials(values=side, clusters=clusters) for side in two()), 0.95) for _ in range(300)
    ]
    share = np.mean([interval.low <= 0 <= interval.high for interval in found])
    assert 0.92 - 0.03 <= share <= 0.98 + 0.016


def test_a_percentile_is_of_trials_not_of_means_of_repeats():
    """Means of repeats have lighter tails: an unchanged system would seem slower than its baseline of three runs."""
    rng, labels = np.random.default_rng(26), [f"s{i // 15}" for i in range(300)]
    runs = [rng.exponential(0.2, 300) + 0.3 for _ in range(4)]
    baseline = Trials(values=np.concatenate(runs[:3]), clusters=labels * 3)
    difference = percentile_difference(Trials(values=runs[3], clusters=labels), baseline, 0.95)
    assert difference.value == percentile(runs[3], 0.95) - percentile(np.concatenate(runs[:3]), 0.95)
    assert difference.low < 0 < difference.high


@given(values)
def test_a_run_against_itself_differs_by_exactly_nothing(rows):
    trials = Trials(values=[value for value, _ in rows], clusters=[cluster for _, cluster in rows])
    difference = percentile_difference(trials, trials, 0.5)
    assert difference.value in {0.0, None}
    assert (difference.low, difference.high) == (None, None)


@given(values, st.sampled_from([0.1, 0.5, 0.9]))
def test_an_interval_holds_its_value_and_only_values_that_occurred(rows, q):
    given_values, clusters = [value for value, _ in rows], [cluster for _, cluster in rows]
    interval = percentile_interval(given_values, clusters, q)
    if interval.low is not None:
        assert interval.low <= interval.value <= interval.high
        assert {interval.low, interval.value, interval.high} <= set(given_values)


def test_a_difference_moves_with_what_is_added_and_scales_with_what_is_multiplied():
    rng, labels = np.random.default_rng(27), [f"s{i // 20}" for i in range(400)]
    a, b = rng.gamma(2, 1, 400), rng.gamma(2, 1, 400)
    trials = [Trials(values=each, clusters=labels) for each in (a, b, 10 * a + 3, 10 * b)]
    plain, changed = percentile_difference(*trials[:2], 0.9), percentile_difference(*trials[2:], 0.9)
    assert changed.value == pytest.approx(10 * plain.value + 3)
    assert changed.standard_error == pytest.approx(10 * plain.standard_error)


def test_values_tied_around_the_percentile_give_no_interval_of_width_zero():
    interval = percentile_interval([1.0] * 90 + [2.0] * 10, alone(100), 0.5)
    assert (interval.value, interval.low, interval.high) == (1.0, None, None)
    assert "all equal" in interval.note


@pytest.mark.parametrize("q", [0.0, 1.0, 95])
def test_a_percentile_outside_0_to_1_is_refused(q):
    with pytest.raises(ValueError, match="share between 0 and 1"):
        percentile_interval([1.0], ["a"], q)
