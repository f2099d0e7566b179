"""Ranks that the data allow: paired differences between engines, tested together. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import combinations
from typing import TypeAlias

from bench.leaderboard.counts import Counts
from bench.stats.intervals import p_value, paired_ratio_difference
from bench.stats.multiple import holm
from bench.types import Interval

Pair: TypeAlias = tuple[str, str]


def differences(counts: Mapping[str, Counts], clusters: Mapping[str, str]) -> Iterator[tuple[Pair, Interval]]:
    """Rate of the first minus rate of the second, for each two engines, over the same utterances."""
    for a, b in combinations(sorted(counts), 2):
        first, second = counts[a], counts[b]
        labels = first.labels(clusters)
        yield (
            (a, b),
            paired_ratio_difference(first.errors, first.lengths, second.errors, second.lengths, labels),
        )


def decided(tested: Sequence[tuple[Pair, Interval]], alpha: float) -> list[Pair | None]:
    """For each difference, in its order, (better, worse) where Holm over all of them allows it, else `None`."""
    p_values = [p_value(interval) for _, interval in tested]
    adjusted = iter(holm([p for p in p_values if p is not None]))
    return [
        _ordered(pair, interval) if p is not None and next(adjusted) < alpha else None
        for (pair, interval), p in zip(tested, p_values, strict=True)
    ]


def _ordered(pair: Pair, interval: Interval) -> Pair:
    return pair if (interval.value or 0.0) < 0 else (pair[1], pair[0])


def rank_sets(engines: Sequence[str], beaten: Sequence[Pair]) -> dict[str, tuple[int, int]]:
    """(best, worst) rank of each engine: 1 + those shown to be better, and as many from the end as shown to be worse.

    With differences tested together at alpha, all true ranks lie in their sets with probability 1 - alpha or more.
    Source: Mogstad, Romano, Shaikh and Wilhelm, "Inference for Ranks", Rev. Econ. Stud. 91, 2024.
    """
    return {
        engine: (
            1 + sum(worse == engine for _, worse in beaten),
            len(engines) - sum(better == engine for better, _ in beaten),
        )
        for engine in engines
    }
