"""From scored trials to a list of Estimates. Pure and deterministic.

Trials are paired by utterance, never by position. WER is given under three policies, side by side:
answered only (`wer`), failures as all-deleted (`wer.failures_deleted`), and the utterances that every
engine answered (`wer.common`).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import combinations
from typing import TypeAlias

from bench.config import ContrastSpec
from bench.scoring.cells import Order, ScoredRow
from bench.scoring.measures import row_metric
from bench.scoring.pairing import pair_rows
from bench.scoring.rates import accuracy_rates
from bench.scoring.text.score import AKSHARAS, TRANSLITERATED, WITHOUT_VARIANTS
from bench.scoring.timing.metric import Metric
from bench.scoring.timing.metrics import METRICS
from bench.scoring.trial import Counter, Scored, chars, further, words, words_or_all_deleted
from bench.stats.clusters import MIN_CLUSTERS
from bench.stats.intervals import mean_interval, ratio_interval
from bench.stats.percentiles import percentile_interval
from bench.types import Cell, Cluster, Contrast, ErrorCounts, Estimate, FailureKind, Interval

PERCENTILES = {"p50": 0.50, "p90": 0.90, "p95": 0.95, "p99": 0.99}
_CONTRAST_LATENCY = {"batch": "batch_latency_s", "stream": "final_latency_s"}


# -- estimates --------------------------------------------------------------------------------


def estimates(
    scored: Sequence[Scored],
    contrasts: Sequence[ContrastSpec] = (),
    *,
    engines: Sequence[str],
    conditions: Sequence[str],
) -> list[Estimate]:
    """Every number of the report, cells first, then contrasts.

    `engines` and `conditions` give the order; the first condition is what the others are compared with.
    """
    grouped: dict[Cell, list[Scored]] = defaultdict(list)
    for item in sorted(scored, key=lambda item: (item.trial.utterance_id, item.trial.repeat)):
        grouped[item.cell].append(item)
    cells = {cell: grouped[cell] for cell in sorted(grouped, key=Order(engines=engines, conditions=conditions).of)}
    found: list[Estimate] = []
    for cell in cells:
        found += _cell(cell, cells[cell], _common(cells, cell))
    rows = {cell: [item.row for item in items] for cell, items in cells.items()}
    for contrast in _contrasts(rows, contrasts, conditions[0]):
        found += _contrast(contrast, rows)
    return found


def _common(cells: Mapping[Cell, list[Scored]], key: Cell) -> set[str]:
    """Utterances that every engine answered under the same mode, condition, corpus and language."""
    answered = [_answered_ids(items) for other, items in cells.items() if other[1:] == key[1:]]
    return set.intersection(*answered)


def _answered_ids(items: Iterable[Scored]) -> set[str]:
    """Utterances of which every repeat was answered."""
    failed = {item.trial.utterance_id for item in items if not item.answered}
    return {item.trial.utterance_id for item in items} - failed


def _cell(cell: Cell, items: Sequence[Scored], common: set[str]) -> list[Estimate]:
    answered = [item for item in items if item.answered]
    shared = [item for item in answered if item.trial.utterance_id in common]
    n_failed = len(items) - len(answered)
    make = _Maker(cell, len(items), n_failed)
    return [
        make.rate("wer", answered, words),
        make.rate("cer", answered, chars),
        *make.rates(answered),
        make.rate("wer.failures_deleted", items, words_or_all_deleted),
        make.rate("wer.common", shared, words),
        *_further_rates(make, answered),
        *_per_cluster(cell, answered),
        *make.edits(answered),
        make.count("trials.attempted", len(items), "trials"),
        make.count("trials.answered", len(answered), "trials"),
        make.count("trials.empty", sum(item.empty for item in answered), "trials"),
        make.count("trials.failed", n_failed, "trials"),
        make.count("trials.wrong_script", sum(item.score.wrong_script for item in answered), "trials"),
        *(make.count(f"trials.failed.{kind}", number, "trials") for kind, number in _failures(items)),
        *make.trial_metrics(answered),
    ]


_FURTHER = {"wer.without_variants": WITHOUT_VARIANTS, "wer.transliterated": TRANSLITERATED, "aer": AKSHARAS}


def _further_rates(make: _Maker, answered: Sequence[Scored]) -> Iterator[Estimate]:
    """Rates that differ from WER for some answer, or are asked of the language's script."""
    for metric, name in _FURTHER.items():
        if any(name in item.score.further for item in answered):
            yield make.rate(metric, answered, further(name))


def _per_cluster(cell: Cell, items: Sequence[Scored]) -> Iterator[Estimate]:
    """WER of each speaker or conversation, where they are too few for an interval over them."""
    clusters = sorted({item.cluster for item in items})
    if len(clusters) >= MIN_CLUSTERS or len(clusters) == len({item.trial.utterance_id for item in items}):
        return  # enough of them, or no speakers known: an utterance is no group
    for cluster in clusters:
        own = [item for item in items if item.cluster == cluster]
        rate = _Maker(Cluster(cell=cell, cluster=cluster), len(own), 0).rate("wer", own, words)
        yield replace(rate, interval=replace(rate.interval, note=None))


def _failures(items: Iterable[Scored]) -> list[tuple[str, int]]:
    kinds = [item.score.failure_kind for item in items if item.score.failure_kind is not None]
    return [(kind.value, kinds.count(kind)) for kind in FailureKind if kind in kinds]


@dataclass(frozen=True, slots=True)
class _Maker:
    """Makes the Estimates of one cell."""

    scope: Cell | Cluster
    n: int
    n_failed: int

    def rate(self, metric: str, items: Sequence[Scored], counter: Counter) -> Estimate:
        counts = [counter(item) for item in items]
        interval = ratio_interval(
            [count.errors for count in counts],
            [count.reference_length for count in counts],
            [item.cluster for item in items],
        )
        return self._estimate(metric, "ratio", interval)

    def rates(self, items: Sequence[Scored]) -> list[Estimate]:
        found = accuracy_rates([words(item) for item in items], [item.cluster for item in items])
        return [self._estimate(name, "ratio", interval) for name, interval in found.items()]

    def edits(self, items: Sequence[Scored]) -> Iterator[Estimate]:
        total = sum((words(item) for item in items), ErrorCounts())
        yield self.count("words.substitutions", total.substitutions, "words")
        yield self.count("words.deletions", total.deletions, "words")
        yield self.count("words.insertions", total.insertions, "words")
        yield self.count("words.hits", total.hits, "words", lower_is_better=False)

    def count(self, metric: str, number: int, unit: str, *, lower_is_better: bool = True) -> Estimate:
        return Estimate(
            metric=metric,
            unit=unit,
            scope=self.scope,
            interval=Interval(value=float(number), n=self.n),
            n_failed=self.n_failed,
            lower_is_better=lower_is_better,
        )

    def trial_metrics(self, items: Sequence[Scored]) -> Iterator[Estimate]:
        """What is said of each metric of the mode; where no trial has it, one line saying why."""
        mode = items[0].trial.mode if items else None
        for metric in METRICS.values():
            if mode not in metric.modes:
                continue
            having = [item for item in items if item.score.metrics.get(metric.name) is not None]
            if having:
                yield from self._statistics(metric, having)
            elif items:
                reason = next(item.score.reasons.get(metric.name) for item in items)
                missing = Interval(value=None, note=reason)
                yield Estimate(metric=metric.name, unit=metric.unit, scope=self.scope, interval=missing)

    def _statistics(self, metric: Metric, items: Sequence[Scored]) -> Iterator[Estimate]:
        values = [float(item.score.metrics[metric.name] or 0.0) for item in items]
        clusters = [item.cluster for item in items]
        for label in metric.statistics:
            if label == "mean":
                interval = mean_interval(values, clusters)
            else:
                interval = percentile_interval(values, clusters, PERCENTILES[label])
            yield self._estimate(f"{metric.name}.{label}", metric.unit, interval, metric.lower_is_better)

    def _estimate(self, metric: str, unit: str, interval: Interval, lower_is_better: bool = True) -> Estimate:
        return Estimate(
            metric=metric,
            unit=unit,
            scope=self.scope,
            interval=interval,
            n_failed=self.n_failed,
            lower_is_better=lower_is_better,
        )


# -- contrasts --------------------------------------------------------------------------------

_Cells: TypeAlias = Mapping[Cell, list[ScoredRow]]


def _contrasts(cells: _Cells, wanted: Sequence[ContrastSpec], first_condition: str) -> Iterator[Contrast]:
    """Condition - first, stream - batch, engine - engine, then the config's."""
    for cell in cells:
        base = cell._replace(condition=first_condition)
        if cell != base and base in cells:
            yield Contrast(name=f"{cell.condition} - {first_condition}", of=cell, minus=base)
    for cell in cells:
        batch = cell._replace(mode="batch")
        if cell.mode == "stream" and batch in cells:
            yield Contrast(name="stream - batch", of=cell, minus=batch)
    for first, second in combinations(cells, 2):
        if first[1:] == second[1:]:
            yield Contrast(name=f"{first.engine} - {second.engine}", of=first, minus=second)
    for spec in wanted:
        for cell in cells:
            other = _substituted(cell, spec)
            if other is not None and other in cells:
                yield Contrast(name=spec.name, of=cell, minus=other)


def _substituted(cell: Cell, spec: ContrastSpec) -> Cell | None:
    """The cell to subtract from `cell`, if it is one that the contrast speaks of."""
    if any(getattr(cell, name, None) != value for name, value in spec.of.items()):
        return None
    return Cell(*({**cell._asdict(), **spec.minus}[name] for name in Cell._fields))


def _contrast(contrast: Contrast, cells: _Cells) -> Iterator[Estimate]:
    """Over the utterances that both answered: error rates, and the headline latency where both have the same one."""
    pairs = pair_rows(cells[contrast.minus], cells[contrast.of]).answered
    for metric in ("wer", "cer"):
        interval = row_metric(metric).difference(pairs)
        yield Estimate(metric=f"{metric}.difference", unit="ratio", scope=contrast, interval=interval)
    if contrast.of.mode != contrast.minus.mode:
        return
    for label in ("p50", "p95"):
        metric = f"{_CONTRAST_LATENCY[contrast.of.mode]}.{label}"
        interval = row_metric(metric).difference(pairs)
        if interval.n:
            yield Estimate(metric=f"{metric}.difference", unit="s", scope=contrast, interval=interval)
