"""How small a difference a corpus can show, and how much speech a given difference needs. Pure.

Everything rests on the standard error of a paired difference that has been measured (`Interval.standard_error`), over
whole clusters; more of the same kind of clusters shrinks it with the square root of their number. What was measured on
few clusters is itself uncertain: with `known_by`, the chance is averaged over what the true one may be.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from math import ceil, inf
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import brentq
from scipy.special import chdtri, nctdtr, stdtrit

from bench.stats.clusters import MIN_CLUSTERS

Growth: TypeAlias = Callable[[float], float]
"""From a true difference to how many times the variance then is that of no difference."""

_QUANTILES = 64
_CERTAIN = 30.0
"""Standard errors at which everything is found; far beyond, the noncentral t is not computed."""
_FARTHEST = 1e6
"""Standard errors beyond which nothing is looked for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Needed:
    """How much speech a test needs, at the present utterances and seconds per cluster."""

    clusters: int
    utterances: int
    hours: float | None
    """`None`: the present amount of audio was not given."""


def power(
    effect: float,
    standard_error: float,
    n_clusters: float,
    *,
    alpha: float = 0.05,
    two_sided: bool = True,
    known_by: float | None = None,
) -> float:
    """Chance that a true difference of `effect` is found (in its own direction), by the noncentral t.

    Args:
        effect: the true difference.
        standard_error: of the measured one.
        n_clusters: the effective number, where clusters are of unequal size.
        alpha: chance of a false finding.
        two_sided: whether the test is.
        known_by: degrees of freedom by which the standard error was estimated; `None`: it is the true one.

    Source: Cohen, Statistical Power Analysis, 1988, ch. 2; averaged over s² df / chi²(df): O'Hagan, Stevens and
    Campbell, Pharmaceutical Statistics 4, 2005 (assurance).
    """
    critical = float(stdtrit(n_clusters - 1, 1 - (alpha / 2 if two_sided else alpha)))
    distances = np.minimum(abs(effect) / standard_error * _may_be(known_by), _CERTAIN)
    return float(np.mean(1 - nctdtr(n_clusters - 1, distances, critical)))


def _may_be(known_by: float | None) -> NDArray[np.float64]:
    """Equally likely ratios of a measured standard error to the true one."""
    if known_by is None:
        return np.ones(1)
    upper_tails = 1 - (np.arange(_QUANTILES) + 0.5) / _QUANTILES
    ratios: NDArray[np.float64] = np.sqrt(chdtri(known_by, upper_tails) / known_by)
    return ratios


def minimum_detectable(
    standard_error: float,
    n_clusters: float,
    *,
    alpha: float = 0.05,
    target: float = 0.8,
    two_sided: bool = True,
    known_by: float | None = None,
    grows: Growth | None = None,
) -> float:
    """The true difference found with probability `target`, in the unit of `standard_error`; infinite if there is none.

    Args as for `power`; `grows`: what the difference does to the variance. `None`: nothing.
    """

    def shortfall(effect: float) -> float:
        error = standard_error if grows is None else standard_error * grows(effect) ** 0.5
        return power(effect, error, n_clusters, alpha=alpha, two_sided=two_sided, known_by=known_by) - target

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
    known_by: float | None = None,
) -> Needed:
    """The corpus that finds a true difference of `effect` with probability `target`.

    For a gate, `effect` is the margin and the test one-sided: as much as it takes to pass a system that has not
    changed, and to catch one that is worse by twice the margin. Never fewer than `MIN_CLUSTERS` effective clusters;
    more clusters are taken to be of the same unequal sizes as those there are (`effective` of `n_clusters`). `known_by`
    as for `power`.

    Raises:
        ValueError: for an effect of 0, which no amount of speech can show.
    """
    if effect == 0:
        raise ValueError("effect: expected a difference other than 0; no amount of speech shows one of 0")

    of_each = 1.0 if effective is None else effective / n_clusters

    def enough(clusters: int) -> bool:
        scaled, counts_as = standard_error * (n_clusters / clusters) ** 0.5, clusters * of_each
        return power(effect, scaled, counts_as, alpha=alpha, two_sided=two_sided, known_by=known_by) >= target

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
        if upper > _FARTHEST * scale:
            return inf
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
