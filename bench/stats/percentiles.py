"""Percentiles of trials and their differences, with intervals over whole clusters. Pure.

One percentile has the interval of its rank: how many of the values may lie below it, by the binomial, with as many
independent values as the clusters leave. No density is guessed, and where the values beyond are too few to bound it
there is no interval. A difference of two percentiles has no rank, so it is studentised: the influence of each trial on
the smooth estimate of Harrell and Davis, summed within clusters, so that what two runs share cancels. Simulated
coverage of both: docs/statistics.md.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.optimize import brentq
from scipy.special import betainc, betaln, ndtri

from bench.stats.clusters import cluster_note, cluster_sums, code_clusters, effective_number, enough, t_quantile
from bench.stats.intervals import empty_interval, jackknife_error, left_out, parallel, t_interval
from bench.stats.ranks import nearest_rank
from bench.types import Interval

_MIN_BEYOND = 5
"""Fewer values beyond a percentile make it shaky, and the note says so; of a difference they give no interval."""


def percentile(values: ArrayLike, q: float) -> float:
    """The smallest value that at least a share `q` (0..1) of the values does not exceed (nearest rank)."""
    given = np.asarray(values, dtype=np.float64)
    rank = nearest_rank(given.size, q)
    return float(np.partition(given, rank)[rank])


def least_values(q: float) -> int:
    """How many values percentile `q` needs to be more than the extreme of them: 10, 20 (p95), 100; a median 1."""
    return 1 if q == 0.5 else int(np.ceil(1 / min(q, 1 - q) - 1e-9))


def percentile_interval(values: ArrayLike, clusters: Sequence[str], q: float, *, level: float = 0.95) -> Interval:
    """Percentile `q` (0..1, nearest rank) of `values` of shape (n,).

    No value of fewer than `least_values`; no interval where the values, as far as clusters leave them independent,
    are too few to have one beyond (`q` to their number is above half of 1 - `level`).

    Source: Korn and Graubard, Survey Methodology 24, 1998 (intervals of proportions in clustered samples, effective
    sample size); Woodruff, JASA 47, 1952 (from the proportion to the percentile).
    """
    codes, n_clusters, (v,) = parallel(clusters, values)
    if (missing := _missing(v.size, q)) is not None:
        return empty_interval(level, v.size, n_clusters, missing)
    value = percentile(v, q)
    sizes = cluster_sums(np.ones_like(v), codes, n_clusters)
    effective = effective_number(sizes)
    notes = [cluster_note(n_clusters, effective), _beyond_note(v.size, q)]
    low = high = error = freedom = None
    if enough(effective):
        freedom = effective - 1
        fewer = (ndtri((1 + level) / 2) / t_quantile(level, freedom)) ** 2
        independent = fewer * _independent(v <= value, codes, sizes, q)
        low, high = _bounds(np.sort(v), independent, q, level)
        if low is None or high is None:
            notes, low, high = [_too_few(q, level, independent)], None, None
        else:
            error = max(high - value, value - low) / t_quantile(level, freedom)
    interval = Interval(
        value=value,
        low=low,
        high=high,
        level=level,
        n=v.size,
        n_clusters=n_clusters,
        note="; ".join(note for note in notes if note) or None,
        standard_error=error,
        degrees_of_freedom=freedom if error is not None else None,
    )
    return _without_width(interval)


@dataclass(frozen=True, slots=True, kw_only=True)
class Trials:
    """Values of trials and the cluster of each, parallel. Repeats of an utterance are several trials."""

    values: ArrayLike
    clusters: Sequence[str]


def percentile_difference(a: Trials, b: Trials, q: float, *, level: float = 0.95, times_b: float = 1.0) -> Interval:
    """Percentile `q` of the trials of A - `times_b` * percentile `q` of the trials of B, over clusters of both.

    The value is the difference of the two nearest-rank percentiles. The interval is built around the difference of
    their Harrell-Davis estimates (`centre`), which moves less, and is widened to hold the value. Identical trials give
    exactly 0.

    Source: Harrell and Davis, Biometrika 69, 1982; Huber, Robust Statistics, 1981, section 3.3 (their influence).
    """
    codes, n_clusters = code_clusters([*a.clusters, *b.clusters])
    (values_a, codes_a), (values_b, codes_b) = _split(codes, a, b)
    n = min(values_a.size, values_b.size)
    if (missing := _missing(n, q)) is not None:
        return empty_interval(level, n, n_clusters, missing)
    value = percentile(values_a, q) - times_b * percentile(values_b, q)
    smooth_a, influence_a, sizes_a = _smooth(values_a, codes_a, n_clusters, q)
    smooth_b, influence_b, sizes_b = _smooth(values_b, codes_b, n_clusters, q)
    centre, influence = smooth_a - times_b * smooth_b, influence_a - times_b * influence_b
    effective = min(effective_number(sizes_a), effective_number(sizes_b))
    interval = replace(t_interval(centre, influence, effective, level=level, n=n), value=value)
    if min(q, 1 - q) * n < _MIN_BEYOND:
        few = f"{_beyond_note(n, q)}: a difference needs {_MIN_BEYOND} beyond for an interval"
        return replace(interval, low=None, high=None, standard_error=None, degrees_of_freedom=None, note=few)
    if interval.low is None or interval.high is None:
        return interval
    return replace(interval, centre=centre, low=min(interval.low, value), high=max(interval.high, value))


def _split(
    codes: NDArray[np.intp], a: Trials, b: Trials
) -> tuple[tuple[NDArray[np.float64], NDArray[np.intp]], tuple[NDArray[np.float64], NDArray[np.intp]]]:
    _, _, (values_a,) = parallel(a.clusters, a.values)
    _, _, (values_b,) = parallel(b.clusters, b.values)
    return (values_a, codes[: values_a.size]), (values_b, codes[values_a.size :])


def _independent(below: NDArray[np.bool_], codes: NDArray[np.intp], sizes: NDArray[np.float64], q: float) -> float:
    """How many independent values would know the share below the percentile as well, by its variance over clusters.

    Few clusters know that variance badly; for that they count for less still (in `percentile_interval`).
    """
    share = below.mean()
    added = cluster_sums(below - share, codes, sizes.size) / below.size
    variance = jackknife_error(left_out(added, sizes)) ** 2
    free = q * (1 - q)
    return float(below.size if variance == 0 else min(below.size, free / variance))


def _bounds(
    ordered: NDArray[np.float64], independent: float, q: float, level: float
) -> tuple[float | None, float | None]:
    """The values between whose ranks percentile `q` lies; `None` beyond the first or last, but never of a median.

    Of m independent values, k or more lie at or below the percentile with probability I_q(k, m - k + 1).
    """
    tail, m, n = (1 - level) / 2, independent, ordered.size
    low = high = None
    if q**m <= tail:
        rank = brentq(lambda k: float(betainc(k, m - k + 1, q)) - tail, 1e-9, m)
        high = float(ordered[min(n - 1, int(np.ceil(rank / m * n)) - 1)])
    if (1 - q) ** m <= tail:
        rank = brentq(lambda k: 1 - float(betainc(k, m - k + 1, q)) - tail, 1e-9, m)
        low = float(ordered[max(0, int(np.floor(rank / m * n)) - 1)])
    if q == 0.5:  # enough clusters, and each of them may be on either side: the extremes are the widest there is
        return (float(ordered[0]) if low is None else low), (float(ordered[-1]) if high is None else high)
    return low, high


def _smooth(
    values: NDArray[np.float64], codes: NDArray[np.intp], n_clusters: int, q: float
) -> tuple[float, NDArray[np.float64], NDArray[np.float64]]:
    """The Harrell-Davis estimate, how far it moves when each cluster is left out, and the clusters' sizes."""
    n = values.size
    order = np.argsort(values, kind="stable")
    ordered = values[order]
    alpha, beta = q * (n + 1), (1 - q) * (n + 1)
    weights = np.diff(betainc(alpha, beta, np.arange(n + 1) / n))
    inner = np.arange(1, n) / n
    density = np.exp((alpha - 1) * np.log(inner) + (beta - 1) * np.log1p(-inner) - betaln(alpha, beta))
    steps = density * np.diff(ordered)
    above = np.append(np.cumsum(steps[::-1])[::-1], 0.0)
    influence = np.empty(n)
    influence[order] = (inner * steps).sum() - above
    sizes = cluster_sums(np.ones(n), codes, n_clusters)
    added = cluster_sums(influence, codes, n_clusters) / n
    return float(weights @ ordered), left_out(added, sizes), sizes


def _without_width(interval: Interval) -> Interval:
    """An interval between two equal values says only that values are tied there."""
    if interval.low is None or interval.low != interval.high:
        return interval
    note = "the values around it are all equal: no interval can be estimated"
    return replace(interval, low=None, high=None, note=note, standard_error=0.0)


def _missing(n: int, q: float) -> str | None:
    """Why so many values have no percentile `q`; `None`: they have one."""
    if not 0 < q < 1:
        raise ValueError(f"q: expected a share between 0 and 1 (0.95 for p95), got {q}")
    if n == 0:
        return "no values"
    return f"{_name(q)} needs {least_values(q)} values; there are {n}" if n < least_values(q) else None


def _too_few(q: float, level: float, independent: float) -> str:
    needed = np.ceil(np.log((1 - level) / 2) / np.log(max(q, 1 - q)))
    return f"{_name(q)} needs {needed:.0f} independent values for an interval; these count as {independent:.0f}"


def _name(q: float) -> str:
    return f"p{100 * q:g}"


def _beyond_note(n: int, q: float) -> str | None:
    """A percentile rests on the values beyond it; say when they are few."""
    beyond = min(q, 1 - q) * n
    return f"percentile {100 * q:g} rests on {beyond:.0f} of {n} values" if beyond < _MIN_BEYOND else None
