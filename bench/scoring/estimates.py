"""From scored trials to a list of Estimates. Pure and deterministic.

Trials are paired by utterance, never by position. WER is given under three policies, side by side:
answered only (`wer`), failures as all-deleted (`wer.failures_deleted`), and the utterances that every
engine answered (`wer.common`).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TypeAlias

from bench.config import ContrastSpec
from bench.scoring.cells import Order, ScoredTrial, by_cell
from bench.scoring.feature_estimates import feature_contrast, feature_estimates
from bench.scoring.measures import information_lost, measure
from bench.scoring.pairing import Pair, pair_trials
from bench.scoring.text.score import AKSHARAS, TRANSLITERATED, WITHOUT_VARIANTS
from bench.scoring.timing.metric import Metric
from bench.scoring.timing.metrics import HEADLINE_LATENCY, METRICS
from bench.stats.clusters import MIN_CLUSTERS
from bench.types import Cell, Cluster, Contrast, ErrorCounts, Estimate, FailureKind, Interval


def estimates(trials: Iterable[ScoredTrial], contrasts: Sequence[ContrastSpec] = (), *, order: Order) -> list[Estimate]:
    """Every number of the report that is of a cell or of two, cells first, then contrasts."""
    cells = by_cell(trials, order)
    made: list[Estimate] = []
    common = _common(cells)
    for cell in cells:
        made += _cell(cell, cells[cell], common[cell[1:]])
    for contrast in _contrasts(cells, contrasts, order.conditions[0]):
        made += _contrast(contrast, cells)
    return made


def _common(cells: Mapping[Cell, list[ScoredTrial]]) -> dict[tuple[str, ...], set[str]]:
    """Utterances that every engine answered, by mode, condition, corpus and language."""
    common: dict[tuple[str, ...], set[str]] = {}
    for cell, own in cells.items():
        answered = _answered_ids(own)
        common[cell[1:]] = common[cell[1:]] & answered if cell[1:] in common else answered
    return common


def _answered_ids(trials: Iterable[ScoredTrial]) -> set[str]:
    """Utterances of which every repeat was answered."""
    failed = {trial.utterance_id for trial in trials if not trial.answered}
    return {trial.utterance_id for trial in trials} - failed


def _cell(cell: Cell, trials: Sequence[ScoredTrial], common: set[str]) -> list[Estimate]:
    answered = [trial for trial in trials if trial.answered]
    shared = [trial for trial in answered if trial.utterance_id in common]
    n_failed = len(trials) - len(answered)
    make = _Maker(cell, len(trials), n_failed)
    return [
        *(make.rate(name, answered) for name in ("wer", "cer", "ser", "mer")),
        make.estimate("wil", "ratio", information_lost(answered)),
        make.rate("wer.failures_deleted", trials),
        make.rate("wer", shared, named="wer.common"),
        *(make.rate(name, answered) for name in _further(answered)),
        *_per_cluster(cell, answered),
        *make.edits(answered),
        make.count("trials.attempted", len(trials), "trials"),
        make.count("trials.answered", len(answered), "trials"),
        make.count("trials.empty", sum(trial.empty for trial in answered), "trials"),
        make.count("trials.failed", n_failed, "trials"),
        make.count("trials.wrong_script", sum(trial.wrong_script for trial in answered), "trials"),
        *(make.count(f"trials.failed.{kind}", number, "trials") for kind, number in _failures(trials)),
        *make.trial_metrics(cell, answered),
        *feature_estimates(cell, answered, n_failed),
    ]


_FURTHER = {"wer.without_variants": WITHOUT_VARIANTS, "wer.transliterated": TRANSLITERATED, "aer": AKSHARAS}


def _further(answered: Sequence[ScoredTrial]) -> list[str]:
    """Rates that differ from WER for some answer, or are asked of the language's script."""
    return [name for name, counts in _FURTHER.items() if any(counts in trial.further for trial in answered)]


def _per_cluster(cell: Cell, trials: Sequence[ScoredTrial]) -> Iterator[Estimate]:
    """WER of each speaker or conversation, where they are too few for an interval over them."""
    clusters = sorted({trial.cluster for trial in trials})
    if len(clusters) >= MIN_CLUSTERS or len(clusters) == len({trial.utterance_id for trial in trials}):
        return  # enough of them, or no speakers known: an utterance is no group
    for cluster in clusters:
        own = [trial for trial in trials if trial.cluster == cluster]
        rate = _Maker(Cluster(cell=cell, cluster=cluster), len(own), 0).rate("wer", own)
        yield replace(rate, interval=replace(rate.interval, note=None))


def _failures(trials: Iterable[ScoredTrial]) -> list[tuple[str, int]]:
    kinds = [trial.failure_kind for trial in trials if trial.failure_kind is not None]
    return [(kind.value, kinds.count(kind)) for kind in FailureKind if kind in kinds]


@dataclass(frozen=True, slots=True)
class _Maker:
    """Makes the Estimates of one cell, or of a cluster of it."""

    scope: Cell | Cluster
    n: int
    n_failed: int

    def rate(self, name: str, trials: Sequence[ScoredTrial], *, named: str | None = None) -> Estimate:
        return self.estimate(named or name, "ratio", measure(name).of(trials))

    def edits(self, trials: Sequence[ScoredTrial]) -> Iterator[Estimate]:
        total = sum((trial.words for trial in trials if trial.words is not None), ErrorCounts())
        yield self.count("words.substitutions", total.substitutions, "words")
        yield self.count("words.deletions", total.deletions, "words")
        yield self.count("words.insertions", total.insertions, "words")
        yield self.count("words.hits", total.hits, "words", lower_is_better=False)

    def count(self, metric: str, number: int, unit: str, *, lower_is_better: bool = True) -> Estimate:
        return self.estimate(metric, unit, Interval(value=float(number), n=self.n), lower_is_better)

    def trial_metrics(self, cell: Cell, answered: Sequence[ScoredTrial]) -> Iterator[Estimate]:
        """What is said of each metric of the mode; where no trial has it, one line saying why."""
        for metric in METRICS.values():
            if not answered or cell.mode not in metric.modes:
                continue
            if any(trial.metrics.get(metric.name) is not None for trial in answered):
                yield from self._statistics(metric, answered)
            else:
                missing = Interval(value=None, note=answered[0].reasons.get(metric.name))
                yield Estimate(metric=metric.name, unit=metric.unit, scope=self.scope, interval=missing)

    def _statistics(self, metric: Metric, trials: Sequence[ScoredTrial]) -> Iterator[Estimate]:
        for label in metric.statistics:
            name = f"{metric.name}.{label}"
            yield self.estimate(name, metric.unit, measure(name).of(trials), metric.lower_is_better)

    def estimate(self, metric: str, unit: str, interval: Interval, lower_is_better: bool = True) -> Estimate:
        return Estimate(
            metric=metric,
            unit=unit,
            scope=self.scope,
            interval=interval,
            n_failed=self.n_failed,
            lower_is_better=lower_is_better,
        )


# -- contrasts --------------------------------------------------------------------------------

_Cells: TypeAlias = Mapping[Cell, list[ScoredTrial]]


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
    for first, second in _two_engines(cells):
        yield Contrast(name=f"{first.engine} - {second.engine}", of=first, minus=second)
    for spec in wanted:
        for cell in cells:
            other = _substituted(cell, spec)
            if other is not None and other in cells:
                yield Contrast(name=spec.name, of=cell, minus=other)


def _two_engines(cells: _Cells) -> Iterator[tuple[Cell, Cell]]:
    """Every two cells that differ in the engine alone, in the order of the first."""
    alike: dict[tuple[str, ...], list[Cell]] = defaultdict(list)
    for cell in cells:
        alike[cell[1:]].append(cell)
    for first in cells:
        others = alike[first[1:]]
        yield from ((first, second) for second in others[others.index(first) + 1 :])


def _substituted(cell: Cell, spec: ContrastSpec) -> Cell | None:
    """The cell to subtract from `cell`, if it is one that the contrast speaks of."""
    if any(getattr(cell, name, None) != value for name, value in spec.of.items()):
        return None
    return Cell(*({**cell._asdict(), **spec.minus}[name] for name in Cell._fields))


def _contrast(contrast: Contrast, cells: _Cells) -> Iterator[Estimate]:
    """Over the utterances that both answered; where one side failed more of what both were sent, each says so."""
    pairing = pair_trials(cells[contrast.minus], cells[contrast.of])
    differing = pairing.failing_otherwise
    for estimate in _differences(contrast, pairing.answered):
        interval = estimate.interval
        note = "; ".join(part for part in (interval.note, differing) if part) or None
        yield replace(estimate, interval=replace(interval, note=note))


def _differences(contrast: Contrast, pairs: Sequence[Pair]) -> Iterator[Estimate]:
    """Of error rates, of what is tallied, and of the headline latency where both have the same one."""
    for name in ("wer", "cer"):
        interval = measure(name).difference(pairs)
        yield Estimate(metric=f"{name}.difference", unit="ratio", scope=contrast, interval=interval)
    yield from feature_contrast(contrast, pairs)
    if contrast.of.mode != contrast.minus.mode:
        return
    for label in ("p50", "p95"):
        name = f"{HEADLINE_LATENCY[contrast.of.mode]}.{label}"
        interval = measure(name).difference(pairs)
        if interval.n:
            yield Estimate(metric=f"{name}.difference", unit="s", scope=contrast, interval=interval)


# -- doses ------------------------------------------------------------------------------------

DOSE_UNITS = {"db": "dB", "dbfs": "dBFS", "lufs": "LUFS", "s": "s", "hz": "Hz", "kbps": "kbit/s"}


def dose_estimates(trials: Iterable[ScoredTrial], *, order: Order) -> Iterator[Estimate]:
    """Mean, least and largest of what conditions achieved in each cell, `dose.snr_db.mean`; failed trials included."""
    for cell, own in by_cell(trials, order).items():
        for name in sorted({name for trial in own for name in trial.dose}):
            # Sorted, so that the sum is the same bytes in whatever order trials come.
            values = sorted(trial.dose[name] for trial in own if name in trial.dose)
            summed_up = {"mean": sum(values) / len(values), "min": values[0], "max": values[-1]}
            for statistic, value in summed_up.items():
                interval = Interval(value=value, n=len(values))
                yield Estimate(metric=f"dose.{name}.{statistic}", unit=dose_unit(name), scope=cell, interval=interval)


def dose_unit(name: str) -> str:
    """By the name's ending; `ratio` for shares, an empty string for what has none."""
    stem = name.rstrip("0123456789").rstrip("_")
    if stem.endswith(("_fraction", "_rate")):
        return "ratio"
    return DOSE_UNITS.get(stem.rpartition("_")[2], "")
