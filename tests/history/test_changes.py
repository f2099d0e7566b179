"""Changes that are there are found where they are; changes that are not are not."""

from itertools import combinations, pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench.history.changes import MIN_RUNS, MIN_SEGMENT, _partition, levels, noise, without_odd_runs


def cost(values, positions):
    """Penalised cost of a segmentation, from the definition."""
    bounds = [0, *positions, len(values)]
    parts = [values[a:b] for a, b in pairwise(bounds)]
    return sum(float(np.square(part - part.mean()).sum()) for part in map(np.array, parts)) + 4 * np.log(
        len(values)
    ) * len(parts)


@given(st.lists(st.integers(-20, 20), min_size=MIN_RUNS, max_size=11))
def test_no_other_segmentation_is_cheaper(values):
    values = without_odd_runs(values, 1.0)
    found, left = _partition(values - values.mean(), 1.0, 0.0)
    assert left + 4 * np.log(len(values)) * (len(found) + 1) == pytest.approx(cost(values, found))
    every = (
        positions
        for size in range(4)
        for positions in combinations(range(MIN_SEGMENT, len(values) - MIN_SEGMENT + 1), size)
        if all(b - a >= MIN_SEGMENT for a, b in pairwise(positions))
    )
    assert cost(values, found) == pytest.approx(min(cost(values, positions) for positions in every))


@pytest.mark.slow
def test_unchanged_series_show_a_change_in_fewer_than_5_of_100():
    rng = np.random.default_rng(3)
    alarms = [bool(levels(x, 1e-6).changes) for x in rng.normal(0.1, 0.01, (300, 50))]
    assert np.mean(alarms) < 0.05


def test_steps_of_three_sigma_are_found_where_they_are():
    rng = np.random.default_rng(4)
    for _ in range(20):
        values = rng.normal(0.1, 0.01, 60)
        values[20:40] += 0.03
        found = levels(values, 1e-6).changes
        assert len(found) == 2
        assert abs(found[0] - 20) <= 2
        assert abs(found[1] - 40) <= 2


def wandering(rng, count, correlation):
    values = rng.normal(0, 0.01, count)
    for place in range(1, count):
        values[place] = correlation * values[place - 1] + (1 - correlation**2) ** 0.5 * values[place]
    return values + 0.1


@pytest.mark.parametrize(("correlation", "count"), [(0.0, 20), (0.0, 60), (0.3, 60), (0.6, 20), (0.6, 60), (0.8, 60)])
def test_an_unchanged_series_that_wanders_has_no_change(correlation, count):
    """With a correlation of 0.6, 56 to 91 % of unchanged series were said to have changed."""
    rng = np.random.default_rng(7)
    alarms = [bool(levels(wandering(rng, count, correlation), 1e-6).changes) for _ in range(60)]
    assert np.mean(alarms) <= 0.05 + 2 * (0.05 * 0.95 / 60) ** 0.5


def test_a_steady_drift_is_not_cut_into_steps():
    rng = np.random.default_rng(8)
    drifting = [levels(rng.normal(0, 0.01, 60) + np.linspace(0.1, 0.15, 60), 1e-6).changes for _ in range(30)]
    assert sum(map(bool, drifting)) <= 3


def test_a_step_of_five_sigma_is_found_where_it_is_among_twenty_runs():
    rng, found = np.random.default_rng(9), []
    for _ in range(30):
        values = rng.normal(0.1, 0.01, 20)
        values[10:] += 0.05
        found.append(levels(values, 1e-6).changes)
    assert sum(len(each) == 1 and abs(each[0] - 10) <= 1 for each in found) >= 26


def test_one_odd_run_is_no_change_and_few_runs_are_not_searched():
    values = np.random.default_rng(5).normal(0, 1, 30)
    values[15] += 8
    assert levels(values, 1e-6).changes == ()
    assert levels([0.0] * 3 + [9.0] * 4, 1.0).changes == ()


def test_noise_is_that_between_neighbours_whatever_the_level_does():
    rng = np.random.default_rng(6)
    values = rng.normal(0, 0.02, 2000) + np.repeat([0, 5], 1000)
    assert noise(values) == pytest.approx(0.02, rel=0.1)
    assert noise([1.0]) == 0.0
