"""A metric by its name in `estimates.json` (`wer`, `final_latency_s.p95`), of rows and of pairs of rows. Pure."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

from bench.errors import UnknownNameError
from bench.scoring.cells import ScoredRow
from bench.scoring.pairing import Pair
from bench.stats.intervals import mean_interval, paired_ratio_difference, ratio_interval
from bench.stats.percentiles import Trials, percentile_difference, percentile_interval
from bench.types import ErrorCounts, Interval

Unit: TypeAlias = Literal["cluster", "utterance"]
"""What is taken to be a sample of what is to come: new speakers, or only more speech of these speakers."""

_Counter: TypeAlias = Callable[[ScoredRow], ErrorCounts | None]
_COUNTERS: dict[str, _Counter] = {
    "wer": lambda row: row.words,
    "cer": lambda row: row.chars,
    "wer.failures_deleted": lambda row: row.words_or_all_deleted,
}
_FORMS = ("NAME.mean", "NAME.p50", "NAME.p95")


@dataclass(frozen=True, slots=True)
class RowMetric:
    """How to measure rows. Exactly one of `counter` (a pooled rate) and `values_of` (one number a row) is set."""

    name: str
    counter: _Counter | None = None
    values_of: str | None = None
    q: float | None = None
    """Percentile as a share; `None`: the mean."""

    def of_rows(self, rows: Sequence[ScoredRow], *, unit: Unit = "cluster", level: float = 0.95) -> Interval:
        """The metric over the rows that have it."""
        clusters = [row.cluster if unit == "cluster" else row.utterance_id for row in rows]
        if self.counter is not None:
            counted = [(self.counter(row), cluster) for row, cluster in zip(rows, clusters, strict=True)]
            kept = [(counts, cluster) for counts, cluster in counted if counts is not None]
            errors, lengths = [c.errors for c, _ in kept], [c.reference_length for c, _ in kept]
            return ratio_interval(errors, lengths, [cluster for _, cluster in kept], level=level)
        found = [(self._value(row), cluster) for row, cluster in zip(rows, clusters, strict=True)]
        having = [(value, cluster) for value, cluster in found if value is not None]
        values, having_clusters = [value for value, _ in having], [cluster for _, cluster in having]
        if self.q is None:
            return mean_interval(values, having_clusters, level=level)
        return percentile_interval(values, having_clusters, self.q, level=level)

    def difference(
        self, pairs: Sequence[Pair], *, times_a: float = 1.0, unit: Unit = "cluster", level: float = 0.95
    ) -> Interval:
        """The metric in `b` - `times_a` * the metric in `a`, over the pairs where every row has it."""
        kept = [pair for pair in pairs if self._measurable(pair)]
        clusters = [pair.cluster if unit == "cluster" else pair.utterance_id for pair in kept]
        if self.counter is not None:
            a = [self._pooled(pair.a, self.counter) for pair in kept]
            b = [self._pooled(pair.b, self.counter) for pair in kept]
            return paired_ratio_difference(
                [counts.errors for counts in b],
                [counts.reference_length for counts in b],
                [counts.errors for counts in a],
                [counts.reference_length for counts in a],
                clusters,
                level=level,
                times_b=times_a,
            )
        if self.q is not None:
            before, after = (self._trials(side, clusters) for side in ([p.a for p in kept], [p.b for p in kept]))
            return percentile_difference(after, before, self.q, level=level, times_b=times_a)
        values_a, values_b = [self._mean(pair.a) for pair in kept], [self._mean(pair.b) for pair in kept]
        ones = [1.0] * len(kept)
        return paired_ratio_difference(values_b, ones, values_a, ones, clusters, level=level, times_b=times_a)

    def _value(self, row: ScoredRow) -> float | None:
        return row.metrics.get(self.values_of or "")

    def _measurable(self, pair: Pair) -> bool:
        measure = self.counter or self._value
        return all(measure(row) is not None for row in (*pair.a, *pair.b))

    def _trials(self, repeats: Sequence[Sequence[ScoredRow]], clusters: Sequence[str]) -> Trials:
        """Every repeat of every utterance: a percentile is of trials, and that of means of repeats is another."""
        each = [
            (self._value(row) or 0.0, cluster) for rows, cluster in zip(repeats, clusters, strict=True) for row in rows
        ]
        return Trials(values=[value for value, _ in each], clusters=[cluster for _, cluster in each])

    def _mean(self, rows: Sequence[ScoredRow]) -> float:
        return sum(self._value(row) or 0.0 for row in rows) / len(rows)

    @staticmethod
    def _pooled(rows: Sequence[ScoredRow], counter: _Counter) -> ErrorCounts:
        return sum((counts for row in rows if (counts := counter(row)) is not None), ErrorCounts())


def row_metric(name: str) -> RowMetric:
    """The metric of that name.

    Raises:
        UnknownNameError: for a name of no known form.
    """
    if name in _COUNTERS:
        return RowMetric(name, counter=_COUNTERS[name])
    values_of, _, statistic = name.rpartition(".")
    if values_of and statistic == "mean":
        return RowMetric(name, values_of=values_of)
    if values_of and statistic[:1] == "p" and statistic[1:].isascii() and statistic[1:].isdecimal():
        share = int(statistic[1:]) / 100
        if 0 < share < 1:
            return RowMetric(name, values_of=values_of, q=share)
    raise UnknownNameError("metric", name, (*_COUNTERS, *_FORMS))
