"""What conditions achieved, summed up by cell: achieved SNR, active level, clipped share, loss. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence

from bench.scoring.estimates import group_of
from bench.scoring.trial import Scored
from bench.types import Estimate

_UNITS = {"db": "dB", "dbfs": "dBFS", "lufs": "LUFS", "s": "s", "hz": "Hz", "kbps": "kbit/s"}


def dose_estimates(scored: Sequence[Scored], *, engines: Sequence[str], conditions: Sequence[str]) -> list[Estimate]:
    """Mean, least and largest of each dose in each cell, `dose.snr_db.mean`; over all trials that have it."""
    cells: dict[tuple[str, ...], list[Scored]] = defaultdict(list)
    for item in scored:
        cells[tuple(group_of(item).values())].append(item)
    ordered = sorted(cells, key=lambda key: (engines.index(key[0]), key[1], *key[3:], conditions.index(key[2])))
    return [estimate for key in ordered for estimate in _cell(group_of(cells[key][0]), cells[key])]


def _cell(group: Mapping[str, str], items: Sequence[Scored]) -> Iterator[Estimate]:
    for name in sorted({name for item in items for name in item.dose}):
        # Sorted, so that the sum is the same bytes in whatever order trials come.
        values = sorted(item.dose[name] for item in items if name in item.dose)
        said = {"mean": sum(values) / len(values), "min": values[0], "max": values[-1]}
        for statistic, value in said.items():
            yield Estimate(
                metric=f"dose.{name}.{statistic}", unit=dose_unit(name), group=group, value=value, n=len(values)
            )


def dose_unit(name: str) -> str:
    """By the name's ending; `ratio` for shares, an empty string for what has none."""
    stem = name.rstrip("0123456789").rstrip("_")
    if stem.endswith(("_fraction", "_rate")):
        return "ratio"
    return _UNITS.get(stem.rpartition("_")[2], "")
