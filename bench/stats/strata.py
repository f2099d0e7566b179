"""Mean of the pooled rates of several strata (languages), each with its own clusters. Pure.

Every stratum counts alike, or by a weight of its own, however much of it was recorded. Strata are taken to be
independent: a speaker of two languages is two clusters.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from math import inf

import numpy as np
from numpy.typing import ArrayLike

from bench.stats.clusters import cluster_note, effective_number, enough, t_quantile
from bench.stats.intervals import empty_interval, jackknife_error, parallel, ratio_influence
from bench.stats.scales import limits
from bench.types import Interval

_NO_SPREAD = 1e-24
"""A variance below this is rounding."""

Stratum = tuple[ArrayLike, ArrayLike, Sequence[str]]
"""Errors, lengths and cluster labels of its utterances, each of shape (n,)."""


def mean_of_rates(
    strata: Mapping[str, Stratum], *, weights: Mapping[str, float] | None = None, level: float = 0.95
) -> Interval:
    """Mean over strata of sum(errors) / sum(lengths), weighted; `weights` above 0 by stratum, `None`: all alike.

    Each stratum's variance v is that of the ratio estimator over its clusters (`ratio_interval`); the mean has
    sum(w^2 v) / (sum w)^2, and t has the degrees of freedom of Satterthwaite, from each stratum's effective number of
    clusters less one. A stratum without errors adds nothing to the variance, so the note names it. Limits are on the
    logarithm, as of one rate, but for fewer than `MIN_CLUSTERS` - 1 degrees of freedom, whose t the exponential would
    carry beyond all measure.
    Source: Cochran, Sampling Techniques, 1977, ch. 5 and 6; Satterthwaite, Biometrics Bulletin 2, 1946.

    Returns:
        No value if a stratum has no reference tokens. No interval below `MIN_CLUSTERS` effective clusters in all or
        below two clusters in any stratum, and none where nothing varies.
    """
    parts = {name: _part(*stratum) for name, stratum in strata.items()}
    n = sum(np.size(stratum[0]) for stratum in strata.values())
    n_clusters = sum(part.n_clusters for part in parts.values())
    silent = [name for name, part in parts.items() if part.rate is None]
    if silent or not parts:
        note = f"no reference tokens in {', '.join(silent)}" if silent else "no strata"
        return empty_interval(level, n, n_clusters, note)
    w = np.array([1.0 if weights is None else weights[name] for name in parts])
    value = float(w @ np.array([part.rate for part in parts.values()], dtype=np.float64) / w.sum())
    variances = w**2 * np.array([part.variance for part in parts.values()])
    perfect = sorted(name for name, part in parts.items() if part.rate == 0)
    notes = [f"no errors in {', '.join(perfect)}, whose spread is unknown"] if perfect else []
    few = not enough(sum(part.effective for part in parts.values())) or min(p.n_clusters for p in parts.values()) < 2
    blank = Interval(value=value, low=None, high=None, level=level, n=n, n_clusters=n_clusters)
    if few or variances.sum() <= _NO_SPREAD:
        notes.append("too few clusters for an interval" if few else "nothing varies: no interval can be estimated")
        return replace(blank, note="; ".join(notes))
    error = float(np.sqrt(variances.sum()) / w.sum())
    each = np.array([max(part.effective - 1, 1.0) for part in parts.values()])
    freedom = float(variances.sum() ** 2 / np.sum(variances**2 / each))
    half = t_quantile(level, freedom) * error
    plain = max(0.0, value - half), value + half
    low, high = limits(value, half, (0.0, inf)) if enough(freedom + 1) else plain
    caution = cluster_note(n_clusters, freedom + 1) if enough(freedom + 1) else "few clusters: the interval is rough"
    return replace(
        blank,
        low=low,
        high=high,
        note="; ".join([*notes, caution] if caution else notes) or None,
        standard_error=error,
        degrees_of_freedom=freedom,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Part:
    """One stratum; `rate` is `None` without tokens."""

    rate: float | None
    variance: float
    effective: float
    n_clusters: int


def _part(errors: ArrayLike, lengths: ArrayLike, clusters: Sequence[str]) -> _Part:
    codes, n_clusters, (e, n) = parallel(clusters, errors, lengths)
    if not n.sum():
        return _Part(rate=None, variance=0.0, effective=0.0, n_clusters=n_clusters)
    rate, influence, sizes = ratio_influence(e, n, codes, n_clusters)
    variance = jackknife_error(influence) ** 2
    return _Part(rate=rate, variance=variance, effective=effective_number(sizes), n_clusters=n_clusters)
