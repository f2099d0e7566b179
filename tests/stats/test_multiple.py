from __future__ import annotations

from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import false_discovery_control

from bench.stats.multiple import benjamini_hochberg, holm

p_values = st.lists(st.floats(0, 1), min_size=1, max_size=7)


@given(p_values)
def test_holm_is_the_closed_test_over_bonferroni(p):
    """Independent definition: the worst Bonferroni p over every subset that contains the hypothesis."""
    indices = range(len(p))
    subsets = [s for size in range(1, len(p) + 1) for s in combinations(indices, size)]
    expected = [min(1.0, max(len(s) * min(p[j] for j in s) for s in subsets if i in s)) for i in indices]
    assert holm(p) == pytest.approx(expected)


@given(p_values)
def test_benjamini_hochberg_equals_scipys(p):
    assert benjamini_hochberg(p) == pytest.approx(list(false_discovery_control(p)))


def test_no_tests_no_adjustment():
    assert holm([]) == benjamini_hochberg([]) == []
