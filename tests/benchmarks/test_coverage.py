"""The judge of intervals must itself fail what does not hold, and pass what does."""

import numpy as np
import pytest

from bench.types import Interval
from benchmarks.coverage import HIGHEST, LOWEST, Cell, allow_for_chance, together


def cell(covers, *, repeats=1000, seed=0, given=1.0, must=False):
    made, rng = Cell(name="WER", sizes="equal", speakers=20), np.random.default_rng(seed)
    for _ in range(repeats):
        if rng.random() >= given:
            made.add(Interval(value=0.0), 0.0, must=must)
        else:
            low = -1.0 if rng.random() < covers else 0.5
            made.add(Interval(value=0.0, low=low, high=1.0), 0.0, must=must)
    return made


@pytest.mark.parametrize(("covers", "fails"), [(0.80, True), (0.89, True), (0.93, False), (0.97, False), (1.0, True)])
def test_a_cell_fails_where_it_lies_beyond_what_chance_explains(covers, fails):
    assert cell(covers).failed == fails


def test_to_withhold_an_interval_is_no_way_to_pass():
    assert cell(0.95, given=0.5, must=True).failed
    assert not cell(0.95, given=0.5).failed
    assert cell(0.95, given=0.5).withheld == pytest.approx(0.5, abs=0.05)


def test_few_repeats_of_many_cells_pass_where_all_hold_and_fail_where_one_kind_does_not():
    right = [cell(0.95, repeats=60, seed=seed) for seed in range(100)]
    allow_for_chance(right)
    assert not any(one.failed for one in right)
    wrong = [*right[:99], cell(0.55, repeats=60)]  # one speaker with two thirds of the speech, as it was
    allow_for_chance(wrong)
    assert [one.failed for one in wrong] == [False] * 99 + [True]


def test_what_is_a_little_too_narrow_everywhere_is_seen_over_all_cells():
    narrow = together([cell(0.86, repeats=60, seed=seed) for seed in range(10)])
    allow_for_chance(narrow)
    assert len(narrow) == 1
    assert narrow[0].failed
    assert LOWEST < HIGHEST


def test_what_is_not_asked_is_shown_and_fails_nothing():
    shown = cell(0.78)
    shown.asked = False
    assert not shown.failed
    assert "%~ " in str(shown)
    assert together([shown]) == []


def test_what_moves_in_steps_may_hold_too_often_but_not_too_seldom():
    always, seldom = cell(1.0), cell(0.85)
    always.most = seldom.most = 1.0
    assert not always.failed
    assert seldom.failed
    assert not any(pooled.failed for pooled in together([always]))
