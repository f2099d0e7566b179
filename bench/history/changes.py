"""Where the level of a series changed: optimal partitioning with a penalty for each change. Pure.

A service that is slow today is slow tomorrow: such a series wanders without a change, and is cut into many if its runs
are taken to be independent. So correlated runs, and a steady drift, are weighed as other explanations.

Source: Jackson et al., "An algorithm for optimal partitioning of data on an interval", IEEE SPL 12, 2005; the penalty
is a multiple of log T as in Killick, Fearnhead and Eckley, JASA 107, 2012.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

MIN_RUNS = 8
"""Fewer say nothing about noise, so nothing about change."""
MIN_SEGMENT = 3
"""Runs on either side of a change: one odd run is no change."""
_PENALTY = 4.0
"""Times log T. Measured on unchanged Gaussian series of 20 to 1,000 runs: docs/analysis.md."""
_COST, _SHORT, _LINE = 3.0, 8.0, 2.0
"""Things assumed by a change (more of them in a short series), and by a straight line. Simulated: docs/analysis.md."""
_CORRELATIONS = (0.0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95)
_ODD_SIGMAS = 4.0
_SIGMAS_PER_MAD = 1.4826


def noise(values: Sequence[float]) -> float:
    """Standard deviation between neighbouring runs, untouched by shifts of level and by single odd runs.

    The intervals of the runs are of no use here: runs on the same recordings share most of what those allow for.
    """
    steps = np.abs(np.diff(np.asarray(values, dtype=np.float64)))
    return float(_SIGMAS_PER_MAD * np.median(steps) / np.sqrt(2)) if steps.size else 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Levels:
    """What explains a series best."""

    changes: tuple[int, ...]
    """Positions at which a new level begins, ascending."""
    correlation: float
    """Of one run with the next, about their level; 0 where runs are independent."""
    sigma: float
    """Standard deviation of a run that a mean of runs may be judged by: the square root of the long-run variance."""


def levels(values: Sequence[float], least_sigma: float) -> Levels:
    """Whether a series has changes of level, or only wanders (each run is like the last), or drifts steadily.

    Changes are believed where they explain it better than correlation between neighbours or a straight line does, by
    the likelihood with a penalty for each thing assumed. None for fewer than `MIN_RUNS` values.

    Args:
        values: in the order of time.
        least_sigma: above 0; a smaller wobble is never called a change.
    """
    if len(values) < MIN_RUNS:
        return Levels(changes=(), correlation=0.0, sigma=max(noise(values), least_sigma))
    x = without_odd_runs(values, max(noise(values), least_sigma))
    x = x - x.mean()
    candidates: list[tuple[float, Levels]] = []
    for correlation in _CORRELATIONS:
        innovations = x[1:] - correlation * x[:-1]
        sigma = max(noise(np.append(x[0], innovations).tolist()), least_sigma)
        changes, left = _partition(x, sigma, correlation)
        long_run = sigma / (1 - correlation)
        each = _COST * (1 + _SHORT / x.size)
        stepped = _badness(left, x.size, least_sigma, correlation, each * len(changes), len(changes) + 1)
        candidates.append((stepped, Levels(changes=changes, correlation=correlation, sigma=long_run)))
        straight = _badness(_about_a_line(innovations), x.size, least_sigma, correlation, _LINE)
        candidates.append((straight, Levels(changes=(), correlation=correlation, sigma=long_run)))
    return min(candidates, key=lambda candidate: candidate[0])[1]


def _badness(
    left: float, count: int, least_sigma: float, correlation: float, assumed: float, segments: int = 1
) -> float:
    """Minus twice the log-likelihood of what is `left` (squares), and log n for each thing assumed."""
    fit = count * np.log(max(left / count, least_sigma**2)) - segments * np.log(1 - correlation**2)
    return float(fit + (assumed + (correlation > 0)) * np.log(count))


def _about_a_line(innovations: NDArray[np.float64]) -> float:
    """Sum of squares about the straight line through them, as if there were one more."""
    time = np.arange(innovations.size) - (innovations.size - 1) / 2
    slope = time @ innovations / (time @ time)
    squares = float(np.square(innovations - innovations.mean() - slope * time).sum())
    return squares * (innovations.size + 1) / innovations.size


def _partition(x: NDArray[np.float64], sigma: float, correlation: float) -> tuple[tuple[int, ...], float]:
    """The cheapest segmentation, and the squares left in it, where neighbours within a segment are correlated.

    Within a segment, x[t] - c x[t - 1] are independent about (1 - c) times its level, and its first value, scaled by
    sqrt(1 - c²), is as they are.
    """
    n, first, later = x.size, (1 - correlation**2) ** 0.5, 1 - correlation
    sums, squares = _cumulative(np.concatenate(([0.0], x[1:] - correlation * x[:-1])))
    best, left = np.full(n + 1, np.inf), np.zeros(n + 1)
    best[0] = 0.0
    previous = np.zeros(n + 1, dtype=np.intp)
    penalty = _PENALTY * np.log(n)
    for end in range(MIN_SEGMENT, n + 1):
        starts = np.arange(end - MIN_SEGMENT + 1)
        moment = first**2 * x[starts] + later * (sums[end] - sums[starts + 1])
        weight = first**2 + later**2 * (end - starts - 1)
        about_level = first**2 * x[starts] ** 2 + squares[end] - squares[starts + 1] - moment**2 / weight
        total = best[starts] + about_level / sigma**2 + penalty
        chosen = int(np.argmin(total))
        best[end], previous[end] = total[chosen], chosen
        left[end] = left[chosen] + about_level[chosen]
    return _traced(previous, n), float(left[n])


def without_odd_runs(values: Sequence[float], sigma: float) -> NDArray[np.float64]:
    """Values further than `_ODD_SIGMAS` from the median of their neighbourhood become that median.

    The neighbourhood is too wide for fewer than `MIN_SEGMENT` runs to fill half of it, and it leaves steps where they
    are.
    """
    x = np.asarray(values, dtype=np.float64)
    reach = MIN_SEGMENT - 1
    windows = np.lib.stride_tricks.sliding_window_view(np.pad(x, reach, mode="reflect"), 2 * reach + 1)
    middle = np.median(windows, axis=1)
    return np.where(np.abs(x - middle) > _ODD_SIGMAS * sigma, middle, x)


def _cumulative(z: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    return np.concatenate(([0.0], np.cumsum(z))), np.concatenate(([0.0], np.cumsum(z**2)))


def _traced(previous: NDArray[np.intp], n: int) -> tuple[int, ...]:
    changes = []
    end = n
    while previous[end] > 0:
        end = int(previous[end])
        changes.append(end)
    return tuple(reversed(changes))
