"""Intervals of pooled rates and means, and of paired differences, over whole clusters. Pure.

The closed form of the ratio estimator, each cluster's influence found by leaving it out, and Student's t with the
effective number of clusters less one, of a rate on its logarithm and of a share on its logit (`bench.stats.scales`):
over simulated speakers of equal and of unequal size it covers what it says (docs/statistics.md). Percentiles are in
`bench.stats.percentiles`. All inputs of one call are parallel: element i of each belongs to the same utterance.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import stdtr

from bench.stats.clusters import (
    cluster_note,
    cluster_sums,
    code_clusters,
    effective_number,
    enough,
    perfect_bound,
    t_quantile,
)
from bench.stats.scales import ANY, Scale, Within, limits
from bench.types import Interval

_NO_SPREAD = 1e-12
"""Of a value: a standard error below this share of it is rounding."""
_HALF_WRONG = 0.5
"""The error rate of a cluster that fails whole."""


def ratio_interval(
    errors: ArrayLike,
    lengths: ArrayLike,
    clusters: Sequence[str],
    *,
    level: float = 0.95,
    at_most: float = np.inf,
    fails_whole: bool = False,
) -> Interval:
    """Pooled rate sum(errors) / sum(lengths), for counts and lengths of 0 or more, each of shape (n,).

    A rate of 0 has a one-sided bound instead of an interval: what share of clusters may have an error, though none of
    these had. So has a share of exactly 1: what share of clusters may have anything else.

    Args:
        errors: what is counted.
        lengths: out of what.
        clusters: which unit each belongs to.
        level: coverage aimed at.
        at_most: the largest rate there can be; 1 for shares.
        fails_whole: whether a few clusters may be far worse than all others, so that a small sample may hold none of
            them: the upper limit then allows for one more (`_allowing_for_one_more`).

    Source: Cochran, Sampling Techniques, 1977, ch. 6 and 9 (ratio estimator over clusters); Cameron and Miller, J. of
    Human Resources 50, 2015, section VI (leave-one-cluster-out standard errors, effective number of clusters); Hanley
    and Lippman-Hand, JAMA 249, 1983 (nothing seen in n: at most about 3 / n).
    """
    codes, n_clusters, (e, n) = parallel(clusters, errors, lengths)
    if n.sum() == 0:
        return empty_interval(level, e.size, n_clusters, "no reference tokens")
    rate, influence, sizes = ratio_influence(e, n, codes, n_clusters)
    effective = effective_number(sizes)
    if rate == 0 or rate == at_most == 1:
        return _unvaried(rate, effective, level, e.size, n_clusters)
    within = (0.0, at_most)
    interval = t_interval(rate, influence, effective, level=level, n=e.size, within=within)
    if not fails_whole or interval.high is None:
        return interval
    return _allowing_for_one_more(interval, cluster_sums(e, codes, n_clusters), sizes, within)


def paired_ratio_difference(
    errors_a: ArrayLike,
    lengths_a: ArrayLike,
    errors_b: ArrayLike,
    lengths_b: ArrayLike,
    clusters: Sequence[str],
    *,
    level: float = 0.95,
    times_b: float = 1.0,
) -> Interval:
    """Pooled rate A - `times_b` * pooled rate B on the same utterances. Identical inputs give exactly 0.

    `times_b` above 1 asks a relative question: 1.1 whether A exceeds B by more than a tenth. Where an utterance counts
    on one side only (two groups of speakers), the side with fewer effective clusters decides.
    """
    codes, n_clusters, (ea, na, eb, nb) = parallel(clusters, errors_a, lengths_a, errors_b, lengths_b)
    if na.sum() == 0 or nb.sum() == 0:
        return empty_interval(level, ea.size, n_clusters, "no reference tokens")
    rate_a, influence_a, sizes_a = ratio_influence(ea, na, codes, n_clusters)
    rate_b, influence_b, sizes_b = ratio_influence(eb, nb, codes, n_clusters)
    effective = min(effective_number(sizes_a), effective_number(sizes_b))
    influence = influence_a - times_b * influence_b
    return t_interval(rate_a - times_b * rate_b, influence, effective, level=level, n=ea.size)


def mean_interval(values: ArrayLike, clusters: Sequence[str], *, level: float = 0.95) -> Interval:
    """Mean over utterances of `values` of shape (n,); for paired differences pass the differences."""
    codes, n_clusters, (v,) = parallel(clusters, values)
    if v.size == 0:
        return empty_interval(level, 0, 0, "no values")
    mean, influence, sizes = ratio_influence(v, np.ones_like(v), codes, n_clusters)
    return t_interval(mean, influence, effective_number(sizes), level=level, n=v.size)


def statistic_interval(
    columns: ArrayLike,
    statistic: Callable[[NDArray[np.float64]], NDArray[np.float64]],
    clusters: Sequence[str],
    *,
    level: float = 0.95,
    within: Within = ANY,
    groups: Sequence[Sequence[int]] = (),
    is_share: bool = False,
) -> Interval:
    """A smooth function of column sums (WIL, F1), by the same leaving out of clusters as a rate.

    Args:
        columns: shape (n, n_columns), one row per utterance.
        statistic: from sums of shape (..., n_columns) to values of shape (...).
        clusters: the unit of each row.
        level: coverage aimed at.
        within: the least and the largest value there can be.
        groups: columns that each need clusters enough by themselves, as the classes of a mean over classes do; the
            one with the fewest decides. Empty: all columns together.
        is_share: whether 1 says that all is right and 0 that nothing is; either then has a one-sided bound, as a rate
            has.

    Source: Efron and Stein, Annals of Statistics 9, 1981 (jackknife), over whole clusters.
    """
    rows = np.asarray(columns, dtype=np.float64)
    codes, n_clusters, _ = parallel(clusters, rows[:, 0])
    sums = np.zeros((n_clusters, rows.shape[1]))
    np.add.at(sums, codes, rows)
    total = sums.sum(axis=0)
    value = float(statistic(total))
    effective = min(effective_number(sums[:, list(group)].sum(axis=1)) for group in groups or [range(sums.shape[1])])
    if is_share and value in (0.0, 1.0):
        return _unvaried(value, effective, level, rows.shape[0], n_clusters)
    if n_clusters < 2:
        return t_interval(value, np.zeros(n_clusters), effective, level=level, n=rows.shape[0])
    return t_interval(value, value - statistic(total - sums), effective, level=level, n=rows.shape[0], within=within)


def p_value(interval: Interval) -> float | None:
    """Two-sided, of no difference: Student's t over clusters; `None` where there are too few for an interval."""
    if interval.value is None or interval.standard_error is None:
        return None
    freedom = degrees_of_freedom(interval)
    if interval.standard_error == 0:
        # Every cluster differs by the same: as likely as that all fall on one side.
        return 1.0 if interval.value == 0 else min(1.0, 2 * 0.5 ** (freedom + 1))
    t = abs(interval.value if interval.centre is None else interval.centre) / interval.standard_error
    return float(2 * stdtr(freedom, -t))


def degrees_of_freedom(interval: Interval) -> float:
    """Those it says, else one fewer than its clusters."""
    return interval.n_clusters - 1 if interval.degrees_of_freedom is None else interval.degrees_of_freedom


def parallel(
    clusters: Sequence[str], *columns: ArrayLike
) -> tuple[NDArray[np.intp], int, tuple[NDArray[np.float64], ...]]:
    """Codes, number of clusters, and the columns as float arrays.

    Raises:
        ValueError: for columns of other lengths than `clusters`, and for values that are not finite.
    """
    codes, n_clusters = code_clusters(clusters)
    arrays = tuple(np.asarray(column, dtype=np.float64) for column in columns)
    for array in arrays:
        if array.shape != codes.shape:
            raise ValueError(f"expected one value per cluster label ({codes.shape}), got shape {array.shape}")
        if not np.isfinite(array).all():
            raise ValueError("expected finite values, got nan or infinity; leave out what has no value")
    return codes, n_clusters, arrays


def left_out(influence: NDArray[np.float64], sizes: NDArray[np.float64]) -> NDArray[np.float64]:
    """What the statistic loses when each cluster is left out, from what each adds; both of shape (n_clusters,).

    A cluster that is all there is has nothing to be compared with, and adds nothing.
    """
    rest = sizes.sum() - sizes
    lost: NDArray[np.float64] = np.divide(influence * sizes.sum(), rest, out=np.zeros_like(influence), where=rest > 0)
    return lost


def ratio_influence(
    numerator: NDArray[np.float64], denominator: NDArray[np.float64], codes: NDArray[np.intp], n_clusters: int
) -> tuple[float, NDArray[np.float64], NDArray[np.float64]]:
    """The ratio of the sums; of each cluster, how far the ratio moves without it, and its size, shape (n_clusters,)."""
    total = denominator.sum()
    ratio = numerator.sum() / total
    sizes = cluster_sums(denominator, codes, n_clusters)
    added = cluster_sums(numerator - ratio * denominator, codes, n_clusters) / total
    return float(ratio), left_out(added, sizes), sizes


def t_interval(
    value: float,
    influence: NDArray[np.float64],
    effective: float,
    *,
    level: float,
    n: int,
    within: Within = ANY,
) -> Interval:
    """The interval of a value that moves by `influence` (shape (n_clusters,)) as each cluster is left out.

    With G clusters: SE = sqrt((G - 1) / G * sum of squares), and value ± t(effective - 1) SE, on the scale of what
    there can be (`within`). No interval where nothing varies: that so few show no spread does not mean that there is
    none.
    """
    n_clusters = influence.size
    low = high = error = freedom = None
    note = cluster_note(n_clusters, effective)
    if enough(effective):
        error, freedom = jackknife_error(influence), effective - 1
        if error <= _NO_SPREAD * max(1.0, abs(value)):
            error, note = 0.0, "nothing varies between clusters: no interval can be estimated"
        else:
            low, high = limits(value, t_quantile(level, freedom) * error, within)
    return Interval(
        value=value,
        low=low,
        high=high,
        level=level,
        n=n,
        n_clusters=n_clusters,
        note=note,
        standard_error=error,
        degrees_of_freedom=freedom,
    )


def jackknife_error(influence: NDArray[np.float64]) -> float:
    """Standard error of a value that moves by `influence` as each cluster is left out."""
    n_clusters = influence.size
    return float(np.sqrt((n_clusters - 1) / n_clusters * np.square(influence).sum()))


def _allowing_for_one_more(
    interval: Interval, errors: NDArray[np.float64], sizes: NDArray[np.float64], within: Within
) -> Interval:
    """With an upper limit that holds though the sample may hold none of the clusters that fail whole.

    Of G clusters seen, the next is expected to be unlike any of them once in G + 1 (Laplace's rule of succession): the
    limit is that of the rate with one cluster more, of mean size and half wrong (what is left where two voices are
    taken for one), or the worst one twice where that is more; never below the limit without either.
    `errors` and `sizes`: of each cluster.
    Simulated: `benchmarks.coverage`, rows "one session in ten swapped" (docs/measures.md).
    """
    rate, scale = interval.value, Scale(within)
    if rate is None or interval.high is None or not interval.standard_error or not scale.has(rate):
        return interval
    worst = int(np.argmax(errors - rate * sizes))
    wrong, size = errors.sum(), sizes.sum()
    unseen = (wrong + _HALF_WRONG * sizes.mean()) / (size + sizes.mean())
    again = (wrong + errors[worst]) / (size + sizes[worst])
    more = max(float(unseen), float(again))
    if not scale.has(more):
        return replace(interval, high=within[1])
    half = t_quantile(interval.level, degrees_of_freedom(interval)) * interval.standard_error
    return replace(interval, high=max(interval.high, scale.value(scale.place(more) + scale.error(rate, half))))


def _unvaried(value: float, effective: float, level: float, n: int, n_clusters: int) -> Interval:
    """Nothing, or all: no spread to estimate, but a bound of how many clusters may be otherwise."""
    low = high = freedom = None
    note = cluster_note(n_clusters, effective)
    if enough(effective):
        bound, freedom = perfect_bound(effective, level), effective - 1
        low, high = (0.0, bound) if value == 0 else (1 - bound, 1.0)
        what, other = ("no errors", "none had any") if value == 0 else ("all of it", "none had anything else")
        note = f"{what}: one-sided {level:.0%} bound over {round(effective)} clusters (speakers), of which {other}"
    return Interval(
        value=value,
        low=low,
        high=high,
        level=level,
        n=n,
        n_clusters=n_clusters,
        note=note,
        degrees_of_freedom=freedom,
    )


def empty_interval(level: float, n: int, n_clusters: int, note: str) -> Interval:
    """Of nothing to measure."""
    return Interval(value=None, low=None, high=None, level=level, n=n, n_clusters=n_clusters, note=note)
