"""Rank sets hold the truth as often as they say."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench.leaderboard.counts import Counts
from bench.leaderboard.ranks import decided, differences, rank_sets
from bench.stats.intervals import p_value


@given(st.sets(st.tuples(st.integers(0, 4), st.integers(0, 4)).filter(lambda pair: pair[0] < pair[1])))
def test_a_rank_set_is_what_the_decided_pairs_leave_open(beaten):
    engines = list(range(5))
    for engine, (low, high) in rank_sets(engines, list(beaten)).items():
        assert low - 1 == len({better for better, worse in beaten if worse == engine})
        assert 5 - high == len({worse for better, worse in beaten if better == engine})
        assert 1 <= low <= engine + 1 <= high <= 5


def counted(pairs):
    """(errors, reference length) by key, as columns."""
    keys = sorted(pairs)
    errors, lengths = np.array([pairs[key] for key in keys], np.int64).T
    return Counts(np.array(keys, object), errors, lengths)


def test_an_engine_against_itself_is_never_decided():
    counts = {f"u{i}": (i % 3, 10) for i in range(40)}
    [(pair, interval)] = differences({"a": counted(counts), "b": counted(counts)}, {key: key for key in counts})
    assert (interval.value, p_value(interval)) == (0.0, 1.0)
    assert decided([(pair, interval)], 0.05) == [None]


def world(rng, rates, n_speakers=24, per_speaker=6):
    """Counts of engines that share how hard each speaker is."""
    hardness = rng.gamma(4, 1 / 4, n_speakers)
    clusters = {f"{s}-{u}": str(s) for s in range(n_speakers) for u in range(per_speaker)}
    return {
        engine: counted(
            {key: (int(rng.binomial(12, min(1.0, rate * hardness[int(clusters[key])]))), 12) for key in clusters}
        )
        for engine, rate in rates.items()
    }, clusters


@pytest.mark.parametrize("rates", [{"a": 0.1, "b": 0.1, "c": 0.1}, {"a": 0.06, "b": 0.1, "c": 0.1}])
def test_true_ranks_lie_in_their_sets_in_95_of_100_worlds(rates):
    """Over all engines at once; 200 worlds, so 95 % must show as 91 % or more (three standard errors)."""
    rng = np.random.default_rng(5)
    held = 0
    for _ in range(200):
        counts, clusters = world(rng, rates)
        tested = list(differences(counts, clusters))
        sets = rank_sets(list(rates), [pair for pair in decided(tested, 0.05) if pair is not None])
        held += all(
            low <= 1 + sum(other < rate for other in rates.values())
            and high >= sum(other <= rate for other in rates.values())
            for rate, (low, high) in ((rates[engine], sets[engine]) for engine in rates)
        )
    assert held / 200 >= 0.91
