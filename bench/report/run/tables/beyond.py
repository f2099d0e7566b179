"""What engines say beyond words, as tables: one a family of measures, then who was taken for whom. Computes nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import groupby

import numpy as np

from bench.report.names import metric_name
from bench.report.phrases import noted, plural
from bench.report.run.data import RunData
from bench.report.run.numbers import Places
from bench.report.run.tables.pivot import Json, blocks, engine_columns, entry, pivot, row
from bench.report.tables import NONE, count, percent, ratio, seconds, with_interval
from bench.scoring.features import TALLIED, of_kind
from bench.scoring.tally import Tallied, add, better
from bench.scoring.timing import frontier, words
from bench.scoring.timing.reference_error import NO_CLAIM
from bench.types import Cell, Estimate

_CONFUSED = ("emotion", "gender", "age", "language", "speaker_count")
_NUMBERS = {"ratio": percent, "s": seconds}


def tables(data: RunData, places: Places) -> list[Json]:
    """Every family that some cell has an estimate of."""
    pivots: list[Json] = []
    for where, block in blocks(data, places):
        columns = engine_columns(data)
        for family, measures in groupby(sorted(_told(data, block), key=_order), key=lambda measure: measure.family):
            rows = [made for measure in measures if (made := _measure(data, measure, block)) is not None]
            if rows:
                note = _no_claims(data, block) if family == words.FAMILY else ""
                pivots.append(pivot(family.capitalize(), rows, columns, corner="measure", note=note, where=where))
        pivots += _confusions(data, block, columns, where)
        pivots += _taken(data, block, columns, where)
        pivots += _sweeps(data, block, where)
    return pivots


def _no_claims(data: RunData, block: Sequence[Cell]) -> str:
    """Which word times are below the error of the aligner that set the reference's."""
    below: dict[str, dict[str, None]] = {}
    for measure in words.MEASURES:
        for cell in block:
            estimate = data.number(cell, measure.name)
            for part in (estimate.note or "").split("; ") if estimate is not None else ():
                if part.startswith(NO_CLAIM):
                    below.setdefault(part, {})[metric_name(measure.name)] = None
    return " ".join(f"{said[:1].upper()}{said[1:]}. So {', '.join(names)}." for said, names in below.items())


_FAMILIES = list(dict.fromkeys(measure.family for measure in TALLIED))


def _told(data: RunData, block: Sequence[Cell]) -> Iterator[Tallied]:
    """Every measure, those of a kind after the one of all kinds."""
    metrics = dict.fromkeys(metric for cell, metric in data.cell_metrics if cell in block and ":" in metric)
    yield from TALLIED
    yield from filter(None, map(of_kind, metrics))


def _order(measure: Tallied) -> int:
    return _FAMILIES.index(measure.family)


def _measure(data: RunData, measure: Tallied, block: Sequence[Cell]) -> Json | None:
    entries = [_entry(data.number(cell, measure.name), _NUMBERS.get(measure.unit, ratio)) for cell in block]
    if not any(entries):
        return None
    unit = "" if measure.unit == "ratio" else f"{measure.unit}; "
    way = f"{better(measure.lower_is_better, measure.best)} is better"
    hint = f"{measure.definition} ({unit}{way}; {measure.source}; {measure.name})"
    return row(metric_name(measure.name), entries, hint=hint)


def _entry(estimate: Estimate | None, number: Callable[[float | None], str]) -> Json | None:
    """A value with its interval; on hover, of how many and what must be said of it."""
    if estimate is None:
        return None
    if estimate.value is None:
        return entry(NONE, hint=noted(estimate.note))
    hint = "; ".join(part for part in (plural(estimate.n, "value"), noted(estimate.note)) if part)
    return entry(with_interval(estimate, number), hint=hint)


def _summed(data: RunData, cell: Cell, prefix: str) -> dict[str, float]:
    """Tallies of a cell that begin so, by the rest of their names."""
    total: dict[str, float] = {}
    own = data.rows.rows_of(cell)
    for column in data.rows.columns:
        name = column.removeprefix("tallies.")
        if name != column and name.startswith(prefix):
            numbers = data.rows.numbers(column)[own]
            for number in numbers[~np.isnan(numbers)].tolist():
                add(total, name.removeprefix(prefix), number)
    return total


def _confusions(data: RunData, block: Sequence[Cell], columns: Sequence[Json], where: dict[str, int]) -> Iterator[Json]:
    """How often each true class was claimed to be each."""
    for kind in _CONFUSED:
        sums = [_summed(data, cell, f"{kind}:") for cell in block]
        pairs = sorted({name for total in sums for name in total})
        if pairs:
            rows = [
                row(name.replace(">", " → "), [entry(count(total.get(name, 0.0))) if total else None for total in sums])
                for name in pairs
            ]
            title = f"{kind.replace('_', ' ').capitalize()}: true → claimed"
            yield pivot(title, rows, columns, corner="answers", where=where, folded=True)


def _taken(data: RunData, block: Sequence[Cell], columns: Sequence[Json], where: dict[str, int]) -> Iterator[Json]:
    """Who was taken for whom: seconds in which each true speaker spoke and each voice of the answer was said to."""
    sums = [_summed(data, cell, "taken_s:") for cell in block]
    pairs = sorted({name for total in sums for name in total})
    if pairs:
        rows = [
            row(_pair(name), [entry(seconds(total.get(name, 0.0))) if total else None for total in sums])
            for name in pairs
        ]
        note = "Numbered in each recording in the order in which they first speak, true speakers and voices apart."
        yield pivot("Who was taken for whom", rows, columns, corner="seconds together", note=note, where=where)


def _pair(name: str) -> str:
    true, _, heard = name.partition(">")
    return f"speaker {true} → voice {heard}"


_FRONTIER = {measure.name: measure for measure in frontier.MEASURES}


def _sweeps(data: RunData, block: Sequence[Cell], where: dict[str, int]) -> Iterator[Json]:
    """What each sweep of this mode, condition and speech reaches at a given share of turns cut short, or a delay."""
    sweep_place = block[0][1:]
    own = {
        sweep.name: {estimate.metric: estimate for estimate in estimates}
        for sweep, estimates in data.sweeps.items()
        if (sweep.mode, sweep.condition, sweep.corpus, sweep.language) == sweep_place
    }
    if own:
        rows = [_frontier(name, own.values()) for name in _FRONTIER]
        columns = [{"text": name} for name in own]
        note = "On the straight lines between settings that no other beats; the settings' own rows are above."
        yield pivot("Ends of turns, over settings", rows, columns, corner="sweep", note=note, where=where)


def _frontier(name: str, sweeps: Iterable[Mapping[str, Estimate]]) -> Json:
    declared = _FRONTIER[name]
    number = _NUMBERS[declared.unit]
    entries = [_entry(sweep.get(name), number) for sweep in sweeps]
    return row(metric_name(name), entries, hint=f"{declared.definition} ({declared.source}; {name})")
