"""How small a difference a corpus can show, and how much speech a given difference needs. Pure.

Everything rests on the standard error of a paired difference that has been measured (`Interval.standard_error`), over
whole clusters; more of the same kind of clusters shrinks it with the square root of their number.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from math import ceil

from scipy.optimize import brentq
from scipy.special import nctdtr, stdtrit

from bench.stats.clusters import MIN_CLUSTERS


@dataclass(frozen=True, slots=True, kw_only=True)
class Needed:
    """How much speech a test needs, at the present utterances and seconds per cluster."""

    clusters: int
    utterances: int
    hours: float | None
    """`None`: the present amount of audio was not given."""


def power(
    effect: float, standard_error: float, n_clusters: float, *, alpha: float = 0.05, two_sided: bool = True
) -> float:
    """Chance that a true difference of `effect` is found (in its own direction), by the noncentral t.

    `n_clusters`: the effective number, where clusters are of unequal size.

    Source: Cohen, Statistical Power Analysis, 1988, ch. 2.
    """
    critical = float(stdtrit(n_clusters - 1, 1 - (alpha / 2 if two_sided else alpha)))
    return float(1 - nctdtr(n_clusters - 1, abs(effect) / standard_error, critical))


def minimum_detectable(
    standard_error: float, n_clusters: float, *, alpha: float = 0.05, target: float = 0.8, two_sided: bool = True
) -> float:
    """The true difference found with probability `target`, in the unit of `standard_error`."""

    def shortfall(effect: float) -> float:
        return power(effect, standard_error, n_clusters, alpha=alpha, two_sided=two_sided) - target

    return _root(shortfall, standard_error)


def needed(
    effect: float,
    standard_error: float,
    *,
    n_clusters: int,
    effective: float | None = None,
    n_utterances: int,
    audio_s: float | None = None,
    alpha: float = 0.05,
    target: float = 0.8,
    two_sided: bool = True,
) -> Needed:
    """The corpus that finds a true difference of `effect` with probability `target`.

    For a gate, `effect` is the margin and the test one-sided: as much as it takes to pass a system that has not
    changed, and to catch one that is worse by twice the margin. Never fewer than `MIN_CLUSTERS` effective clusters;
    more clusters are taken to be of the same unequal sizes as those there are (`effective` of `n_clusters`).

    Raises:
        ValueError: for an effect of 0, which no amount of speech can show.
    """
    if effect == 0:
        raise ValueError("effect: expected a difference other than 0; no amount of speech shows one of 0")

    of_each = 1.0 if effective is None else effective / n_clusters

    def enough(clusters: int) -> bool:
        scaled, counts_as = standard_error * (n_clusters / clusters) ** 0.5, clusters * of_each
        return minimum_detectable(scaled, counts_as, alpha=alpha, target=target, two_sided=two_sided) <= abs(effect)

    clusters = _smallest(enough, ceil(MIN_CLUSTERS / of_each))
    growth = clusters / n_clusters
    return Needed(
        clusters=clusters,
        utterances=ceil(n_utterances * growth),
        hours=None if audio_s is None else audio_s * growth / 3600,
    )


def _root(function: Callable[[float], float], scale: float) -> float:
    if scale <= 0:
        return 0.0
    upper = 4 * scale
    while function(upper) < 0:
        upper *= 2
    return float(brentq(function, 0.0, upper, xtol=1e-9 * scale))


def _smallest(enough: Callable[[int], bool], start: int) -> int:
    """The smallest whole number from `start` on that is `enough`, which is so for all larger ones."""
    upper = start
    while not enough(upper):
        upper *= 2
    lower = max(start, upper // 2)
    while lower < upper:
        middle = (lower + upper) // 2
        lower, upper = (lower, middle) if enough(middle) else (middle + 1, upper)
    return upper
