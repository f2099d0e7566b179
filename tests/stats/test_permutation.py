from __future__ import annotations

from itertools import product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from bench.stats.permutation import paired_permutation


def by_enumeration(differences):
    observed = abs(sum(differences))
    sums = [
        abs(sum(s * d for s, d in zip(signs, differences, strict=True)))
        for signs in product((1, -1), repeat=len(differences))
    ]
    return np.mean(np.array(sums) >= observed)


@given(st.lists(st.integers(-6, 6), min_size=1, max_size=9))
def test_p_value_is_exact(differences):
    zeros = [0] * len(differences)
    ours = paired_permutation(differences, zeros, [str(i) for i in range(len(differences))])
    assert ours == pytest.approx(by_enumeration(differences), abs=1e-12)


def test_equals_scipys_permutation_test():
    differences = np.random.default_rng(1).integers(-4, 6, 14)
    theirs = stats.permutation_test((differences,), np.sum, permutation_type="samples", n_resamples=2**15).pvalue
    assert paired_permutation(differences, np.zeros(14), [str(i) for i in range(14)]) == pytest.approx(theirs)


def test_clusters_flip_as_one():
    a, b = [1, 1, 1, 1, 0, 0], [0, 0, 0, 0, 2, 2]
    clusters = ["x", "x", "y", "y", "z", "z"]
    assert paired_permutation(a, b, clusters) == pytest.approx(by_enumeration([2, 2, -4]))


def test_many_small_differences_agree_with_the_normal_limit():
    rng = np.random.default_rng(2)
    differences = rng.integers(-3, 4, 20_000)
    ours = paired_permutation(differences, np.zeros(20_000), [str(i) for i in range(20_000)])
    z = (abs(differences.sum()) - 0.5) / np.sqrt(np.square(differences).sum())
    assert ours == pytest.approx(2 * stats.norm.sf(z), abs=0.002)


def test_no_difference_has_p_of_one_and_fractions_are_refused():
    assert paired_permutation([2, 3], [2, 3], ["a", "b"]) == 1.0
    with pytest.raises(ValueError, match="whole error counts"):
        paired_permutation([0.5], [0], ["a"])
