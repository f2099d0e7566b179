from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from bench.stats.intervals import mean_interval
from bench.stats.noninferiority import NO_NOISE, RunNoise, bounds, filled_up, margin_test, run_noise, stated_noise
from bench.types import Interval


def interval(value, standard_error, n_clusters=20):
    return Interval(
        value=value, low=None, high=None, level=0.95, n=100, n_clusters=n_clusters, standard_error=standard_error
    )


def test_equals_the_one_sided_t_test_against_the_margin():
    values = np.random.default_rng(1).normal(0.01, 0.02, 15)
    difference = mean_interval(values, [str(i) for i in range(15)])
    test = margin_test(difference, 0.02)
    assert test.p_within == pytest.approx(stats.ttest_1samp(values, 0.02, alternative="less").pvalue)
    assert test.p_beyond == pytest.approx(stats.ttest_1samp(values, 0.02, alternative="greater").pvalue)


@pytest.mark.parametrize("alpha", [0.05, 0.01])
def test_a_bound_on_the_margin_has_a_p_value_of_alpha(alpha):
    difference = interval(0.01, 0.004)
    low, high = bounds(difference, margin_test(difference, 0.0), alpha)
    assert margin_test(difference, high).p_within == pytest.approx(alpha)
    assert margin_test(difference, low).p_beyond == pytest.approx(alpha)


def test_without_spread_all_clusters_lie_on_one_side_which_has_a_chance_of_its_own():
    within, beyond = margin_test(interval(0.0, 0.0, 10), 0.0), margin_test(interval(0.1, 0.0, 10), 0.0)
    assert (within.p_within, within.p_beyond) == (0.5**10, 1.0)
    assert (beyond.p_within, beyond.p_beyond) == (1.0, 0.5**10)
    assert bounds(interval(0.1, 0.0), beyond, 0.05) == (None, None)


def test_without_a_standard_error_there_is_no_test():
    assert margin_test(interval(0.1, None), 0.0) is None


def test_noise_between_runs_widens_the_bounds_and_lowers_the_certainty():
    noise = RunNoise(variance=0.01**2, n_runs=4)
    quiet, noisy = margin_test(interval(0.02, 0.005), 0.0), margin_test(interval(0.02, 0.005), 0.0, noise)
    assert noisy.standard_error == pytest.approx((0.005**2 + 0.01**2) ** 0.5)
    assert noisy.degrees_of_freedom < quiet.degrees_of_freedom
    assert noisy.p_beyond > quiet.p_beyond


def test_drift_between_runs_is_recovered_and_none_is_found_where_there_is_none():
    rng = np.random.default_rng(2)

    def estimated(drift_sd):
        found = []
        for _ in range(200):
            runs = rng.normal(0, drift_sd, (6, 1)) + rng.normal(0, 0.05, (6, 25))
            ids = [str(i) for i in range(25)]
            pairs = [mean_interval(runs[i] - runs[j], ids) for i in range(6) for j in range(i)]
            found.append(run_noise(pairs, 6).variance)
        return np.mean(found)

    assert estimated(0.05) == pytest.approx(2 * 0.05**2, rel=0.2)
    assert estimated(0.0) < 0.2 * 2 * 0.05**2 / 25 * 5
    assert run_noise([], 0).variance == 0.0


def test_three_runs_show_their_noise_and_fewer_are_filled_up_by_what_is_stated():
    assert filled_up(NO_NOISE, 0.0) == NO_NOISE
    assert filled_up(RunNoise(variance=0.0, n_runs=3), 0.01) == NO_NOISE
    assert filled_up(NO_NOISE, 0.01).variance == pytest.approx(2 * 0.01**2), "of a difference of two runs"
    assert filled_up(RunNoise(variance=0.0, n_runs=2), 0.01).variance == pytest.approx(0.01**2)


def test_where_nothing_varies_but_runs_the_stated_noise_alone_is_tested_by():
    still = interval(0.02, 0.0)
    test = margin_test(still, 0.0, stated_noise(0.01))
    assert test.p_beyond == pytest.approx(1 - 0.92135, abs=1e-4)
