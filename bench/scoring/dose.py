"""What conditions achieved, summed up by cell: achieved SNR, active level, clipped share, loss. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence

from bench.scoring.cells import Order
from bench.scoring.trial import Scored
from bench.types import Cell, Estimate, Interval

_UNITS = {"db": "dB", "dbfs": "dBFS", "lufs": "LUFS", "s": "s", "hz": "Hz", "kbps": "kbit/s"}


def dose_estimates(scored: Sequence[Scored], *, engines: Sequence[str], conditions: Sequence[str]) -> list[Estimate]:
    """Mean, least and largest of each dose in each cell, `dose.snr_db.mean`; over all trials that have it."""
    cells: dict[Cell, list[Scored]] = defaultdict(list)
    for item in scored:
        cells[item.cell].append(item)
    ordered = sorted(cells, key=Order(engines=engines, conditions=conditions).of)
    return [estimate for cell in ordered for estimate in _cell(cell, cells[cell])]


def _cell(cell: Cell, items: Sequence[Scored]) -> Iterator[Estimate]:
    for name in sorted({name for item in items for name in item.dose}):
        # Sorted, so that the sum is the same bytes in whatever order trials come.
        values = sorted(item.dose[name] for item in items if name in item.dose)
        said = {"mean": sum(values) / len(values), "min": values[0], "max": values[-1]}
        for statistic, value in said.items():
            interval = Interval(value=value, n=len(values))
            yield Estimate(metric=f"dose.{name}.{statistic}", unit=dose_unit(name), scope=cell, interval=interval)


def dose_unit(name: str) -> str:
    """By the name's ending; `ratio` for shares, an empty string for what has none."""
    stem = name.rstrip("0123456789").rstrip("_")
    if stem.endswith(("_fraction", "_rate")):
        return "ratio"
    return _UNITS.get(stem.rpartition("_")[2], "")
