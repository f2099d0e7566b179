"""Conditions that differ in one number, as a curve: WER against the dose, with intervals. Formats; computes nothing."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from bench.report.figures import COLOURS, STYLE, interval, svg_with_legend
from bench.report.tables import Cells
from bench.scoring.estimates import dose_unit
from bench.types import Cell, Condition, Mode

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_FEWEST = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Curve:
    """Conditions alike in all but one number."""

    label: str
    """What the number is: `noise snr_db (dB)`."""
    points: tuple[tuple[float, str], ...]
    """(the number, the condition's id), ascending."""
    log: bool = False
    """Whether the numbers are better seen on a logarithmic scale."""


def curves(conditions: Iterable[Condition]) -> tuple[Curve, ...]:
    """Every set of two or more conditions that differ in one number of one step, or of the request."""
    sets: dict[str, dict[float, str]] = {}
    for condition in conditions:
        for label, number, rest in _numbers(condition):
            sets.setdefault(json.dumps([label, rest], sort_keys=True, default=str), {})[number] = condition.id
    return tuple(
        Curve(label=json.loads(key)[0], points=(points := tuple(sorted(found.items()))), log=_spans(points))
        for key, found in sets.items()
        if len(found) >= _FEWEST
    )


def _numbers(condition: Condition) -> Iterator[tuple[str, float, Any]]:
    """Each number of a condition, named, and all else of it: conditions that share the rest differ in it alone."""
    parts = [(step.name, dict(step.params)) for step in condition.steps] + [("request", asdict(condition.request))]
    for place, (name, params) in enumerate(parts):
        for key, value in params.items():
            if isinstance(value, int | float) and not isinstance(value, bool):
                others = {other: params[other] for other in params if other != key}
                unit = f" ({dose_unit(key)})" if dose_unit(key) not in {"", "ratio"} else ""
                yield f"{name} {key}{unit}", float(value), [*parts[:place], (name, others), *parts[place + 1 :]]


def _spans(points: tuple[tuple[float, str], ...]) -> bool:
    """Ten to one and more, all above nought."""
    return points[0][0] > 0 and points[-1][0] / points[0][0] >= 10


def dose_figure(cells: Cells, found: Iterable[Curve]) -> str:
    """A panel a curve and mode, a line an engine, dashed where the first condition of the run lies; `""`: no curves."""
    import matplotlib as mpl
    from matplotlib.figure import Figure

    places = list(dict.fromkeys((cell.mode, cell.corpus, cell.language) for cell in cells.groups))
    panels = [(curve, place) for curve in found for place in places]
    if not panels:
        return ""
    engines = sorted({cell.engine for cell in cells.groups})
    width = min(2, len(panels))
    height = -(-len(panels) // width)
    with mpl.rc_context({**STYLE, "axes.grid.axis": "y"}):
        figure = Figure(figsize=(4.6 * width, 3.0 * height + 0.3), layout="constrained")
        axes = list(figure.subplots(height, width, squeeze=False).flat)
        for axis, (curve, place) in zip(axes, panels, strict=False):
            _panel(axis, cells, curve, place, engines, several=len(places) > 1)
        for axis in axes[len(panels) :]:
            axis.set_visible(False)
        return svg_with_legend(figure, len(engines))


def _panel(
    axis: Axes, cells: Cells, curve: Curve, place: tuple[Mode, str, str], engines: list[str], *, several: bool
) -> None:
    mode, *where = place
    first = next(iter(cells.groups)).condition
    for number, engine in enumerate(engines):
        colour = COLOURS[number % len(COLOURS)]
        points = [
            (x, spread)
            for x, condition in curve.points
            if (spread := interval(cells, Cell(engine, mode, condition, *where), "wer", 100.0)) is not None
        ]
        if not points:
            continue
        xs, values = [x for x, _ in points], [spread[0] for _, spread in points]
        errors = [[s[0] - s[1] for _, s in points], [s[2] - s[0] for _, s in points]]
        axis.errorbar(xs, values, yerr=errors, fmt="o-", color=colour, label=engine, capsize=3, markersize=5)
        base = interval(cells, Cell(engine, mode, first, *where), "wer", 100.0)
        if base is not None and first not in {condition for _, condition in curve.points}:
            axis.axhline(base[0], color=colour, linestyle="--", linewidth=1)
    axis.set_title(" · ".join([mode, *(where if several else [])]), loc="left", fontweight="bold")
    axis.set_xlabel(f"{curve.label}; dashed: {first}")
    axis.set_ylabel("WER (%)")
    axis.set_ylim(bottom=0)
    if curve.log:
        axis.set_xscale("log")
