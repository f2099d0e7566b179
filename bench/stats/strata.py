"""Mean of the pooled rates of several strata (languages), each with its own clusters. Pure.

Every stratum counts alike, or by a weight of its own, however much of it was recorded. Strata are taken to be
independent: a speaker of two languages is two clusters.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import stdtrit

from bench.stats.clusters import MIN_CLUSTERS, cluster_note, cluster_sums, code_clusters
from bench.types import Interval

Stratum = tuple[ArrayLike, ArrayLike, Sequence[str]]
"""Errors, lengths and cluster labels of its utterances, each of shape (n,)."""


def mean_of_rates(
    strata: Mapping[str, Stratum], *, weights: Mapping[str, float] | None = None, level: float = 0.95
) -> Interval:
    """Mean over strata of sum(errors) / sum(lengths), weighted; `weights` above 0 by stratum, `None`: all alike.

    Each stratum's variance is that of the ratio estimator over its clusters, v = G / (G - 1) * sum r_g^2 / (sum N)^2;
    the mean has sum(w^2 v) / (sum w)^2, and t has the degrees of freedom of Satterthwaite. A stratum without errors
    adds nothing to the variance, so the note names it.
    Source: Cochran, Sampling Techniques, 1977, ch. 5 and 6; Satterthwaite, Biometrics Bulletin 2, 1946.

    Returns:
        No value if a stratum has no reference tokens. No interval below `MIN_CLUSTERS` clusters in all or below two in
        any stratum.
    """
    parts = {name: _part(*stratum) for name, stratum in strata.items()}
    n = sum(np.size(stratum[0]) for stratum in strata.values())
    n_clusters = sum(influence.size for _, influence in parts.values())
    silent = [name for name, (rate, _) in parts.items() if rate is None]
    if silent or not parts:
        note = f"no reference tokens in {', '.join(silent)}" if silent else "no strata"
        return Interval(value=None, low=None, high=None, level=level, n=n, n_clusters=n_clusters, note=note)
    w = np.array([1.0 if weights is None else weights[name] for name in parts])
    rates = np.array([rate for rate, _ in parts.values() if rate is not None])
    value = float((w * rates).sum() / w.sum())
    sizes = [influence.size for _, influence in parts.values()]
    variances = w**2 * np.array([_variance(influence) for _, influence in parts.values()])
    perfect = sorted(name for name, (rate, _) in parts.items() if rate == 0)
    notes = [f"no errors in {', '.join(perfect)}, whose spread is unknown"] if perfect else []
    if n_clusters < MIN_CLUSTERS or min(sizes) < 2 or not variances.sum():
        return Interval(
            value=value,
            low=None,
            high=None,
            level=level,
            n=n,
            n_clusters=n_clusters,
            note="; ".join([*notes, "too few clusters for an interval"]),
        )
    error = float(np.sqrt(variances.sum()) / w.sum())
    freedom = variances.sum() ** 2 / np.sum(variances**2 / (np.array(sizes) - 1))
    half = float(stdtrit(freedom, (1 + level) / 2)) * error
    caution = cluster_note(int(freedom) + 1) if freedom + 1 >= MIN_CLUSTERS else "few clusters: the interval is rough"
    return Interval(
        value=value,
        low=max(0.0, value - half),
        high=value + half,
        level=level,
        n=n,
        n_clusters=n_clusters,
        note="; ".join([*notes, caution] if caution else notes) or None,
        standard_error=error,
    )


def _part(errors: ArrayLike, lengths: ArrayLike, clusters: Sequence[str]) -> tuple[float | None, NDArray[np.float64]]:
    """The rate (`None` without tokens), and what each cluster adds to its deviation."""
    e, n = np.asarray(errors, dtype=np.float64), np.asarray(lengths, dtype=np.float64)
    codes, n_clusters = code_clusters(clusters)
    total = n.sum()
    if not total:
        return None, np.zeros(n_clusters)
    rate = float(e.sum() / total)
    return rate, cluster_sums(e - rate * n, codes, n_clusters) / total


def _variance(influence: NDArray[np.float64]) -> float:
    size = influence.size
    return float(size / (size - 1) * np.square(influence).sum()) if size > 1 else 0.0
