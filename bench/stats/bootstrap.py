"""Bootstrap of any statistic of pooled counts: confirmation of the closed forms, and for what has none. Pure, seeded.

A statistic is a function of summed columns (errors and lengths, or S, D, I and hits), so only sums are resampled.
Units with the same sums are exchangeable: one multinomial over the distinct rows, weighted by how often each occurs,
is the exact bootstrap at a cost that hardly grows with the number of units.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Literal, TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import ndtr, ndtri

from bench.stats.clusters import cluster_note, code_clusters, effective_number, enough, tail_probability
from bench.types import Interval

Floats: TypeAlias = NDArray[np.float64]
Statistic: TypeAlias = Callable[[Floats], Floats]
"""From sums of shape (..., n_columns) to values of shape (...)."""

_BLOCK_ELEMENTS = 4_000_000


def rate(sums: Floats) -> Floats:
    """Column 0 over column 1."""
    return np.asarray(sums[..., 0] / sums[..., 1])


def word_information_lost(sums: Floats) -> Floats:
    """WIL of columns S, D, I, hits."""
    s, d, i, hits = np.moveaxis(sums, -1, 0)
    return np.asarray(1 - hits**2 / ((s + d + hits) * (s + i + hits)))


def bootstrap_interval(
    columns: ArrayLike,
    statistic: Statistic,
    clusters: Sequence[str] | None,
    *,
    level: float = 0.95,
    resamples: int = 10_000,
    seed: int = 0,
    method: Literal["percentile", "bca"] = "percentile",
) -> Interval:
    """Interval of `statistic` of the column sums.

    Args:
        columns: shape (n, n_columns), one row per utterance.
        statistic: what is estimated.
        clusters: the resampled unit of each row; `None`: each utterance alone, which is right only where
            utterances share no causes.
        level: coverage aimed at.
        resamples: number of draws.
        seed: same seed, same draws.
        method: `percentile` (read further out for few units, Hesterberg 2015) or `bca`.

    Source: Bisani and Ney, ICASSP 2004; Liu and Peng, arXiv 1912.09508 (blocks); Efron, JASA 82, 1987 (BCa).
    """
    rows = np.asarray(columns, dtype=np.float64)
    units, n_units = _unit_sums(rows, clusters)
    value = float(statistic(rows.sum(axis=0)))
    effective = effective_number(units.sum(axis=1))
    low = high = error = freedom = None
    if enough(effective):
        freedom = effective - 1
        distinct, multiplicity = np.unique(units, axis=0, return_counts=True)
        draws = _draw(distinct, multiplicity, statistic, resamples, np.random.default_rng(seed))
        tails = _tails(draws, value, distinct, multiplicity, statistic, level) if method == "bca" else None
        tail = tail_probability(level, effective)
        low, high = (float(bound) for bound in np.quantile(draws, tails or (tail, 1 - tail)))
        error = float(draws.std() * np.sqrt(n_units / (n_units - 1)))
    return Interval(
        value=value,
        low=low,
        high=high,
        level=level,
        n=rows.shape[0],
        n_clusters=n_units,
        note=cluster_note(n_units, effective),
        standard_error=error,
        degrees_of_freedom=freedom,
    )


def _unit_sums(rows: Floats, clusters: Sequence[str] | None) -> tuple[Floats, int]:
    if clusters is None:
        return rows, rows.shape[0]
    codes, n_clusters = code_clusters(clusters)
    sums = np.zeros((n_clusters, rows.shape[1]))
    np.add.at(sums, codes, rows)
    return sums, n_clusters


def _draw(
    distinct: Floats, multiplicity: NDArray[np.intp], statistic: Statistic, resamples: int, rng: np.random.Generator
) -> Floats:
    """`resamples` values of the statistic, shape (resamples,)."""
    n_units = int(multiplicity.sum())
    values = np.empty(resamples)
    block = max(1, _BLOCK_ELEMENTS // multiplicity.size)
    for start in range(0, resamples, block):
        size = min(block, resamples - start)
        weights = rng.multinomial(n_units, multiplicity / n_units, size=size)
        values[start : start + size] = statistic(weights @ distinct)
    return values


def _tails(
    draws: Floats,
    value: float,
    distinct: Floats,
    multiplicity: NDArray[np.intp],
    statistic: Statistic,
    level: float,
) -> tuple[float, float]:
    """Where to read the draws so that bias and skew are made up for (BCa); the jackknife leaves out whole units."""
    bias = ndtri(np.clip(((draws < value).mean() + (draws <= value).mean()) / 2, 1 / draws.size, 1 - 1 / draws.size))
    left_out = statistic((multiplicity[:, None] * distinct).sum(axis=0) - distinct)
    pull = np.average(left_out, weights=multiplicity) - left_out
    spread = float(multiplicity @ pull**2)
    skew = float(multiplicity @ pull**3) / (6 * spread**1.5) if spread > 0 else 0.0
    z = ndtri(np.array([(1 - level) / 2, (1 + level) / 2])) + bias
    lower, upper = ndtr(bias + z / (1 - skew * z))
    return float(lower), float(upper)
