"""Figures as inline SVG: the same numbers as the tables, seen. Deterministic bytes for the same numbers."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any

from bench.report.tables import Cells
from bench.scoring.timing.metrics import HEADLINE_LATENCY
from bench.types import Cell, Mode

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

COLOURS = ("#1b6ca8", "#d1603d", "#3a7d44", "#8e4585", "#b08900", "#4a4a4a")
STYLE: Any = {
    "svg.hashsalt": "earwitness",
    "font.size": 9,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "axes.grid.axis": "x",
    "grid.color": "#dddddd",
}


def wer_figure(cells: Cells) -> str:
    """WER of each cell with its interval, by condition, a panel per mode."""
    return _by_mode(cells, "WER (%)", lambda key: interval(cells, key, "wer", 100.0))


def latency_figure(cells: Cells) -> str:
    """The mode's headline latency: p50 as a dot, p90 and p95 to its right, a panel per mode."""

    def spread(key: Cell) -> tuple[float, float, float] | None:
        p50, p95 = (cells.value(key, f"{HEADLINE_LATENCY[key.mode]}.{p}") for p in ("p50", "p95"))
        return None if p50 is None or p95 is None else (p50, p50, p95)

    return _by_mode(cells, "latency (s): dot p50, line to p95", spread)


def interval(cells: Cells, key: Cell, metric: str, scale: float) -> tuple[float, float, float] | None:
    """Value, low and high, times `scale`: the value thrice where there is no interval; `None`: no value."""
    found = cells.get(key, metric)
    if found is None or found.value is None:
        return None
    low = found.value if found.low is None else found.low
    high = found.value if found.high is None else found.high
    return found.value * scale, low * scale, high * scale


def _by_mode(cells: Cells, label: str, spread: Any) -> str:
    """One panel per mode: rows are conditions, colours are engines; `""`: nothing was run."""
    import matplotlib as mpl
    from matplotlib.figure import Figure

    modes = sorted({cell.mode for cell in cells.groups})
    if not modes:
        return ""
    rows = list(dict.fromkeys((key[2], key[3], key[4]) for key in cells.groups))
    engines = sorted({key[0] for key in cells.groups})
    with mpl.rc_context(STYLE):
        height = 1.1 + 0.16 * len(rows) * (len(engines) + 1)
        figure = Figure(figsize=(4.6 * len(modes), height), layout="constrained")
        axes = figure.subplots(1, len(modes), squeeze=False, sharey=True)[0]
        for mode, axis in zip(modes, axes, strict=True):
            _panel(axis, mode, rows, engines, spread)
            axis.set_xlabel(label)
        axes[0].set_yticks(range(len(rows)), _row_labels(rows))
        axes[0].set_ylim(len(rows) - 0.5, -0.5)
        return svg_with_legend(figure, len(engines))


def _panel(axis: Axes, mode: Mode, rows: list[tuple[str, str, str]], engines: list[str], spread: Any) -> None:
    axis.set_title(mode, loc="left", fontweight="bold")
    for number, engine in enumerate(engines):
        offset = (number - (len(engines) - 1) / 2) * 0.8 / max(len(engines), 2)
        points = [
            (place + offset, found)
            for place, row in enumerate(rows)
            if (found := spread(Cell(engine, mode, *row))) is not None
        ]
        if not points:
            continue
        ys = [y for y, _ in points]
        values = [found[0] for _, found in points]
        errors = [[found[0] - found[1] for _, found in points], [found[2] - found[0] for _, found in points]]
        colour = COLOURS[number % len(COLOURS)]
        axis.errorbar(values, ys, xerr=errors, fmt="o", color=colour, label=engine, capsize=3, markersize=5)
    axis.set_xlim(left=min(0.0, axis.get_xlim()[0]))


def _row_labels(rows: list[tuple[str, str, str]]) -> list[str]:
    """The condition, with corpus and language where they differ."""
    several = len({row[1:] for row in rows}) > 1
    return [f"{row[0]} ({row[1]}, {row[2]})" if several else row[0] for row in rows]


def svg_with_legend(figure: Figure, num_engines: int) -> str:
    """The figure as an `<svg>` element, with the first panel's labels above it if there are several engines."""
    handles, labels = figure.axes[0].get_legend_handles_labels()
    if num_engines > 1 and handles:
        figure.legend(handles, labels, loc="outside upper left", ncols=num_engines, frameon=False)
    return svg(figure)


def svg(figure: Figure) -> str:
    """The figure as an `<svg>` element."""
    buffer = io.StringIO()
    figure.savefig(buffer, format="svg", metadata={"Date": None}, transparent=True)
    text = buffer.getvalue()
    return text[text.index("<svg") :]
