"""Where the level of a series changed: optimal partitioning with a penalty for each change. Pure.

Source: Jackson et al., "An algorithm for optimal partitioning of data on an interval", IEEE SPL 12, 2005; the penalty
is a multiple of log T as in Killick, Fearnhead and Eckley, JASA 107, 2012.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

MIN_RUNS = 8
"""Fewer say nothing about noise, so nothing about change."""
MIN_SEGMENT = 3
"""Runs on either side of a change: one odd run is no change."""
_PENALTY = 4.0
"""Times log T. Measured on unchanged Gaussian series of 20 to 1,000 runs: docs/analysis.md."""
_ODD_SIGMAS = 4.0
_SIGMAS_PER_MAD = 1.4826


def noise(values: Sequence[float]) -> float:
    """Standard deviation between neighbouring runs, untouched by shifts of level and by single odd runs.

    The intervals of the runs are of no use here: runs on the same recordings share most of what those allow for.
    """
    steps = np.abs(np.diff(np.asarray(values, dtype=np.float64)))
    return float(_SIGMAS_PER_MAD * np.median(steps) / np.sqrt(2)) if steps.size else 0.0


def change_points(values: Sequence[float], sigma: float) -> tuple[int, ...]:
    """Positions at which a new level begins, ascending; none for fewer than `MIN_RUNS` values.

    Args:
        values: in the order of time.
        sigma: noise between runs, above 0.
    """
    if len(values) < MIN_RUNS:
        return ()
    x = without_odd_runs(values, sigma)
    n = x.size
    sums, squares = _cumulative((x - x.mean()) / sigma)
    best = np.full(n + 1, np.inf)
    best[0] = 0.0
    previous = np.zeros(n + 1, dtype=np.intp)
    penalty = _PENALTY * np.log(n)
    for end in range(MIN_SEGMENT, n + 1):
        starts = np.arange(end - MIN_SEGMENT + 1)
        lengths = end - starts
        cost = squares[end] - squares[starts] - (sums[end] - sums[starts]) ** 2 / lengths
        total = best[starts] + cost + penalty
        chosen = int(np.argmin(total))
        best[end], previous[end] = total[chosen], chosen
    return _traced(previous, n)


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
    found = []
    end = n
    while previous[end] > 0:
        end = int(previous[end])
        found.append(end)
    return tuple(reversed(found))
