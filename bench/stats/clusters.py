"""Clusters: the units that share causes (speaker, else recording, else utterance) and are resampled whole. Pure.

Clusters of unequal size count as fewer than they are: where one speaker has most of the speech, the others can say
little of how much speakers differ. All thresholds and degrees of freedom go by that effective number.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr, stdtrit

MIN_CLUSTERS = 8
"""Below this effective number, rounded, no interval is given: the spread between so few units says too little."""
FEW_CLUSTERS = 30
"""Below this an interval is given, and said to rest on few units."""


def code_clusters(clusters: Sequence[str]) -> tuple[NDArray[np.intp], int]:
    """(codes of shape (n,), number of clusters), numbered in order of first appearance."""
    index: dict[str, int] = {}
    codes = [index.setdefault(cluster, len(index)) for cluster in clusters]
    return np.array(codes, dtype=np.intp), len(index)


def cluster_sums(values: NDArray[np.float64], codes: NDArray[np.intp], n_clusters: int) -> NDArray[np.float64]:
    """Sum of `values` of shape (n,) within each cluster; shape (n_clusters,)."""
    return np.bincount(codes, weights=values, minlength=n_clusters).astype(np.float64)


def effective_number(sizes: NDArray[np.float64]) -> float:
    """How many clusters of equal size say as much as these; 0.0 without any.

    Source: Kish, Survey Sampling, 1965, section 8.2: (sum of sizes)² / sum of squared sizes.
    """
    squares = float(np.square(sizes).sum())
    return float(sizes.sum()) ** 2 / squares if squares else 0.0


def enough(effective: float) -> bool:
    """Whether so many clusters allow an interval. Eight speakers of nearly equal size are eight."""
    return effective > MIN_CLUSTERS - 0.5


def cluster_note(n_clusters: int, effective: float | None = None) -> str | None:
    """What a reader must be told about this many clusters, which count as `effective` ones; `None`: nothing."""
    effective = n_clusters if effective is None else effective
    unequal = round(effective) < n_clusters
    if not enough(effective):
        plural = "" if n_clusters == 1 else "s"
        if unequal and n_clusters >= MIN_CLUSTERS:
            said = f"{n_clusters} clusters (speakers) of very unequal size count as {effective:.1f}"
        else:
            said = f"only {n_clusters} cluster{plural} (speaker{plural})"
        return f"{said}: no interval; per-cluster values instead"
    if effective < FEW_CLUSTERS:
        of_all = f" of {n_clusters}, by their sizes" if unequal else ""
        return f"few clusters ({round(effective)}{of_all}): the interval is rough"
    return None


def t_quantile(level: float, degrees_of_freedom: float) -> float:
    """Half-width of a two-sided interval in standard errors, by Student's t."""
    if not 0 < level < 1:
        raise ValueError(f"level: expected a number between 0 and 1, got {level}")
    return float(stdtrit(degrees_of_freedom, (1 + level) / 2))


def tail_probability(level: float, effective: float) -> float:
    """Lower tail at which to read a bootstrap distribution over `effective` units.

    Resampling G units understates the variance by (G - 1) / G and ignores that it is estimated;
    reading further out makes up for both.
    Source: Hesterberg, "What Teachers Should Know About the Bootstrap", 2015, section 5.3 (expanded percentile).
    """
    return float(ndtr(-t_quantile(level, effective - 1) * np.sqrt(effective / (effective - 1))))


def perfect_bound(effective: float, level: float = 0.95) -> float:
    """One-sided upper bound of the share of clusters that have an event at all, where none of them had one."""
    return float(1 - (1 - level) ** (1 / effective))
