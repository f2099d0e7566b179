"""Two runs side by side: differences with intervals, and the utterances that changed, by cause. Pure.

Paired on what both answered, in the cells (engine, mode, condition, corpus, language) that both have; utterances that
one side failed count as changed too, with their words deleted.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple, TypeAlias

from bench.scoring.cells import ScoredTrial, failing_otherwise, of_unknown_speakers
from bench.scoring.columns import ScoredColumns
from bench.scoring.definitions import defined_as
from bench.scoring.errors.causes import Cause, causes
from bench.scoring.errors.confusions import Classify, WordPair
from bench.scoring.measures import measure
from bench.scoring.pairing import FAILURES_DELETED, Pair, Pairing, Shift, pair_trials, shifts
from bench.scoring.timing.metrics import METRICS
from bench.stats.intervals import p_value
from bench.stats.multiple import benjamini_hochberg
from bench.types import Cell, Interval

ReadTexts: TypeAlias = Callable[[Collection[str]], Mapping[str, ScoredTrial]]
"""Trials with their texts, by their ids."""

_RATES = ("wer", "cer", FAILURES_DELETED)
_PERCENTILES = ("p50", "p95")


@dataclass(frozen=True, slots=True, kw_only=True)
class MetricDelta:
    """One metric in one cell: `b` - `a`."""

    metric: str
    cell: Mapping[str, str]
    a: float
    b: float
    difference: Interval
    p: float | None
    """Two-sided, adjusted by Benjamini-Hochberg over all deltas shown; `None`: it has no standard error."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """An utterance whose word errors changed."""

    utterance_id: str
    cell: Mapping[str, str]
    delta: float
    """Word errors more than before, averaged over repeats; negative: fewer."""
    causes: tuple[Cause, ...]
    """Of the worse side, the gravest first."""
    before: ScoredTrial
    after: ScoredTrial
    """Of several repeats the one with most errors."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    deltas: tuple[MetricDelta, ...]
    broken: tuple[Change, ...]
    """Newly broken: more errors than before, worst first."""
    fixed: tuple[Change, ...]
    """Newly fixed: fewer, best first."""
    notes: tuple[str, ...] = ()
    """What was left out, and why."""
    invalid: tuple[str, ...] = ()
    """Those of the notes that say why latency is left out: a run whose pacing was late."""


def compare(
    a: Sequence[ScoredTrial],
    b: Sequence[ScoredTrial],
    classify: Callable[[Cell], Classify],
    *,
    without: Mapping[str, str] | None = None,
    texts: tuple[ReadTexts, ReadTexts] | None = None,
) -> Comparison:
    """Everything that changed from `a` to `b`, in the cells both have.

    Args:
        a: trials of the earlier run.
        b: those of the later one, under the same cell names.
        classify: for a cell, the classes of its words (`word_kinds`).
        without: metrics that are not the same quantity in the two, and why.
        texts: of trials of either run by their ids, asked once for all that changed; `None`: the trials have theirs.
    """
    texts = texts or (_own_texts(a), _own_texts(b))
    cells_a, cells_b, without = ScoredColumns.of(a).by_cell(), ScoredColumns.of(b).by_cell(), without or {}
    shared = [cell for cell in cells_a if cell in cells_b]
    deltas: list[MetricDelta] = []
    shifted: list[_Shifted] = []
    cautions: list[str] = []
    for cell in shared:
        of_cell = _OfCell.of(cell, cells_a[cell], cells_b[cell])
        deltas += (delta for delta in of_cell.deltas if defined_as(delta.metric) not in without)
        shifted += of_cell.shifted
        cautions += of_cell.cautions
    changes = _changes(shifted, classify, texts)
    return Comparison(
        deltas=tuple(_adjusted(deltas)),
        broken=tuple(change for change in changes if change.delta > 0),
        fixed=tuple(change for change in changes if change.delta < 0),
        notes=(*_not_shown(shared, without), *_left_out(cells_a, cells_b), *cautions),
    )


def _not_shown(cells: Sequence[Cell], without: Mapping[str, str]) -> Iterator[str]:
    for name in dict.fromkeys(defined_as(name) for cell in cells for name in _compared(cell.mode)):
        if name in without:
            yield without[name]


def _own_texts(trials: Sequence[ScoredTrial]) -> ReadTexts:
    return lambda trial_ids: {trial.trial_id: trial for trial in trials if trial.trial_id in trial_ids}


class _Shifted(NamedTuple):
    """An utterance that changed, with the ids of the trials to show of it."""

    shift: Shift
    cell: Cell
    before: str
    after: str

    @classmethod
    def of(cls, shift: Shift, cell: Cell, pair: Pair) -> _Shifted:
        return cls(shift, cell, _worst(pair.a).trial_id, _worst(pair.b).trial_id)


class _OfCell(NamedTuple):
    """What changed in a cell, without the trials that did not."""

    deltas: list[MetricDelta]
    shifted: list[_Shifted]
    cautions: list[str]

    @classmethod
    def of(cls, cell: Cell, a: Sequence[ScoredTrial], b: Sequence[ScoredTrial]) -> _OfCell:
        pairing = pair_trials(a, b)
        pairs = {pair.utterance_id: pair for pair in pairing.pairs}
        shifted = [_Shifted.of(shift, cell, pairs[shift.utterance_id]) for shift in shifts(pairing)]
        return cls([*_deltas(cell, pairing)], shifted, [*_cautions(cell, a, b)])


def _left_out(a: Mapping[Cell, object], b: Mapping[Cell, object]) -> Iterator[str]:
    for cell in sorted(a.keys() ^ b.keys()):
        yield f"{', '.join(cell)}: only in {'the first run' if cell in a else 'the second run'}"


def _cautions(cell: Cell, a: Sequence[ScoredTrial], b: Sequence[ScoredTrial]) -> Iterator[str]:
    """Where one run failed more, or nobody gave the speakers."""
    for caution in (failing_otherwise(a, b), of_unknown_speakers(b)):
        if caution is not None:
            yield f"{', '.join(cell)}: {caution}"


def _compared(mode: str) -> list[str]:
    headline = [metric.name for metric in METRICS.values() if metric.headline and mode in metric.modes]
    return [*_RATES, *(f"{name}.{percentile}" for name in headline for percentile in _PERCENTILES)]


def _deltas(cell: Cell, pairing: Pairing) -> Iterator[MetricDelta]:
    for name in _compared(cell.mode):
        used = pairing.measured_by(name)
        if name == FAILURES_DELETED and len(pairing.answered) == len(pairing.pairs):
            continue  # says the same as wer
        measured = measure(name)
        before = measured.of([trial for pair in used for trial in pair.a]).value
        after = measured.of([trial for pair in used for trial in pair.b]).value
        difference = measured.difference(used)
        if before is not None and after is not None and difference.value is not None:
            yield MetricDelta(
                metric=name, cell=cell._asdict(), a=before, b=after, difference=difference, p=p_value(difference)
            )


def _adjusted(deltas: Sequence[MetricDelta]) -> Iterator[MetricDelta]:
    adjusted = iter(benjamini_hochberg([delta.p for delta in deltas if delta.p is not None]))
    for delta in deltas:
        yield delta if delta.p is None else replace(delta, p=next(adjusted))


def _changes(
    shifted: list[_Shifted], classify: Callable[[Cell], Classify], texts: tuple[ReadTexts, ReadTexts]
) -> list[Change]:
    """The largest first."""
    shifted.sort(key=lambda each: (-abs(each.shift.delta), each.shift.utterance_id, each.cell))
    before, after = texts[0]({each.before for each in shifted}), texts[1]({each.after for each in shifted})
    cells = {cell: cell._asdict() for cell in dict.fromkeys(each.cell for each in shifted)}
    kinds = {cell: classify(cell) for cell in cells}
    changes = []
    for each in shifted:
        old, new = before[each.before], after[each.after]
        worse = new if each.shift.delta > 0 else old
        changes.append(
            Change(
                utterance_id=each.shift.utterance_id,
                cell=cells[each.cell],
                delta=each.shift.delta,
                causes=causes(WordPair.of(worse) if worse.answered else None, kinds[each.cell]),
                before=old,
                after=new,
            )
        )
    return changes


def _worst(trials: Sequence[ScoredTrial]) -> ScoredTrial:
    return max(trials, key=lambda trial: (trial.words_or_all_deleted.errors, -trial.repeat))


def by_cause(changes: Sequence[Change]) -> dict[Cause, list[Change]]:
    """Changes under their gravest cause, causes in order of gravity."""
    of_cause = {cause: [change for change in changes if change.causes[:1] == (cause,)] for cause in Cause}
    return {cause: own for cause, own in of_cause.items() if own}
