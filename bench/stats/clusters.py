"""Clusters: the units that share causes (speaker, else recording, else utterance) and are resampled whole. Pure."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr, stdtrit

MIN_CLUSTERS = 8
"""Below this no interval is given: the spread between so few units says too little."""
FEW_CLUSTERS = 30
"""Below this an interval is given, and said to rest on few units."""


def code_clusters(clusters: Sequence[str]) -> tuple[NDArray[np.intp], int]:
    """(codes of shape (n,), number of clusters), numbered in order of first appearance."""
    index: dict[str, int] = {}
    codes = [index.setdefault(cluster, len(index)) for cluster in clusters]
    return np.array(codes, dtype=np.intp), len(index)


def cluster_sums(values: NDArray[np.float64], codes: NDArray[np.intp], n_clusters: int) -> NDArray[np.float64]:
    """Sum of `values` of shape (n,) within each cluster; shape (n_clusters,)."""
    sums = np.zeros(n_clusters)
    np.add.at(sums, codes, values)
    return sums


def cluster_note(n_clusters: int) -> str | None:
    """What a reader must be told about this many clusters; `None`: nothing."""
    if n_clusters < MIN_CLUSTERS:
        plural = "" if n_clusters == 1 else "s"
        return f"only {n_clusters} cluster{plural} (speaker{plural}): no interval; per-cluster values instead"
    if n_clusters < FEW_CLUSTERS:
        return f"few clusters ({n_clusters}): the interval is rough"
    return None


def t_quantile(level: float, n_clusters: int) -> float:
    """Half-width of a two-sided interval in standard errors: Student's t with n_clusters - 1 degrees of freedom."""
    if not 0 < level < 1:
        raise ValueError(f"level: expected a number between 0 and 1, got {level}")
    return float(stdtrit(n_clusters - 1, (1 + level) / 2))


def tail_probability(level: float, n_clusters: int) -> float:
    """Lower tail at which to read a bootstrap distribution over `n_clusters` units.

    Resampling G units understates the variance by (G - 1) / G and ignores that it is estimated;
    reading further out makes up for both.
    Source: Hesterberg, "What Teachers Should Know About the Bootstrap", 2015, section 5.3 (expanded percentile).
    """
    return float(ndtr(-t_quantile(level, n_clusters) * np.sqrt(n_clusters / (n_clusters - 1))))
