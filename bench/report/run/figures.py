"""Figures of a run for papers, slides and notebooks, drawn by matplotlib. The page draws its own. Computes nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

from bench.report.figures import COLOURS, MARKERS, STYLE, installed_fonts, saved, svg
from bench.report.names import MODE_NAMES
from bench.report.run.curves import DoseCurve, curves
from bench.report.run.data import RunData, Speech, speech_name
from bench.report.tables import P95_NEEDS
from bench.scoring.timing.frontier import sweeps
from bench.types import Cell, Estimate, Mode, Sweep

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

KINDS = ("svg", "pdf", "png")


def write_figures(data: RunData, folder: Path) -> list[Path]:
    """Each figure as SVG, PDF and PNG in `folder`, which is made; returns the files."""
    folder.mkdir(parents=True, exist_ok=True)
    written = []
    for title, figure in figures(data):
        for kind in KINDS:
            path = folder / f"{title.lower().replace(' ', '-')}.{kind}"
            path.write_bytes(saved(figure, kind))
            written.append(path)
    return written


def svg_figures(data: RunData) -> list[tuple[str, str]]:
    """Title and SVG of each figure."""
    return [(title, svg(figure)) for title, figure in figures(data)]


def figures(data: RunData) -> Iterator[tuple[str, Figure]]:
    """Title and figure, of each that there is something to draw for."""
    import matplotlib as mpl

    with mpl.rc_context({**STYLE, "font.family": installed_fonts() or ["sans-serif"]}):
        if data.cells:
            yield "Word error rate", _by_condition(data, "errors (%)", _draw_rate)
            yield (
                "Latency",
                _by_condition(data, "latency (s): mark is the median, line leads to the p95", _draw_latency),
            )
        for number, curve in enumerate(curves(data.conditions.values()), start=1):
            yield f"Dose and response {number}", _dose_figure(data, curve)
        for number, sweep_place in enumerate(dict.fromkeys(map(_place, data.sweeps)), start=1):
            yield f"Ends of turns {number}", _frontier_figure(data, sweep_place)


_Draw: TypeAlias = Callable[[RunData, "Axes", Cell, float, str, str], None]


def _by_condition(data: RunData, label: str, draw: _Draw) -> Figure:
    """A panel a mode: rows are conditions (and speech), marks are engines."""
    from matplotlib.figure import Figure

    rows = [(speech, condition) for speech in data.speech for condition in data.conditions]
    height = 1.2 + 0.17 * len(rows) * (len(data.engines) + 1)
    figure = Figure(figsize=(4.8 * len(data.modes), height), layout="constrained")
    axes = figure.subplots(1, len(data.modes), squeeze=False, sharey=True)[0]
    for mode, axis in zip(data.modes, axes, strict=True):
        _panel(data, axis, mode, rows, draw)
        axis.set_xlabel(label)
        axis.set_xlim(left=min(0.0, axis.get_xlim()[0]))
    several = len(data.speech) > 1
    names = [f"{condition} ({speech_name(data, speech)})" if several else condition for speech, condition in rows]
    axes[0].set_yticks(range(len(rows)), names)
    axes[0].set_ylim(len(rows) - 0.5, -0.5)
    handles = [
        axes[0].plot([], [], MARKERS[number % len(MARKERS)], color=COLOURS[number % len(COLOURS)], label=engine)[0]
        for number, engine in enumerate(data.engines)
    ]
    figure.legend(handles=handles, loc="outside upper left", ncols=max(1, len(handles)), frameon=False)
    return figure


def _panel(data: RunData, axis: Axes, mode: Mode, rows: Sequence[tuple[Speech, str]], draw: _Draw) -> None:
    timed = draw is _draw_latency
    invalid = timed and data.is_invalid(mode)
    axis.set_title(f"{MODE_NAMES[mode]}{': INVALID' if invalid else ''}", loc="left", fontweight="bold")
    if invalid:
        return  # not the engines' latency: nothing may be read off it
    for number, engine in enumerate(data.engines):
        offset = (number - (len(data.engines) - 1) / 2) * 0.8 / max(len(data.engines), 2)
        for y, (speech, condition) in enumerate(rows):
            cell = Cell(engine, mode, condition, *speech)
            draw(data, axis, cell, y + offset, COLOURS[number % len(COLOURS)], MARKERS[number % len(MARKERS)])


def _draw_rate(data: RunData, axis: Axes, cell: Cell, y: float, colour: str, marker: str) -> None:
    rate = data.number(cell, "wer")
    if rate is None or rate.value is None:
        return
    low = rate.value if rate.low is None else rate.low
    high = rate.value if rate.high is None else rate.high
    error = [[100 * (rate.value - low)], [100 * (high - rate.value)]]
    axis.errorbar([100 * rate.value], [y], xerr=error, fmt=marker, color=colour, capsize=3, markersize=5)


def _draw_latency(data: RunData, axis: Axes, cell: Cell, y: float, colour: str, marker: str) -> None:
    metric = data.latency_metric(cell.mode)
    median, p95 = (data.number(cell, f"{metric}.{name}") for name in ("p50", "p95"))
    if median is None or median.value is None:
        return
    if p95 is not None and p95.value is not None and p95.n >= P95_NEEDS:
        axis.plot([median.value, p95.value], [y, y], "-", color=colour, linewidth=1.5)
    axis.plot([median.value], [y], marker, color=colour, markersize=5)


def _dose_figure(data: RunData, curve: DoseCurve) -> Figure:
    """A panel a mode and speech, a line an engine with the band of its intervals."""
    from matplotlib.figure import Figure

    places = [(mode, speech) for mode in data.modes for speech in data.speech]
    figure = Figure(figsize=(4.8 * len(places), 3.2), layout="constrained")
    axes = figure.subplots(1, len(places), squeeze=False, sharey=True)[0]
    for (mode, speech), axis in zip(places, axes, strict=True):
        for number, engine in enumerate(data.engines):
            cells = [(x, Cell(engine, mode, condition, *speech)) for x, condition in curve.points]
            known = [(x, e) for x, cell in cells if (e := data.number(cell, "wer")) is not None and e.value is not None]
            colour = COLOURS[number % len(COLOURS)]
            marker = MARKERS[number % len(MARKERS)]
            xs = [x for x, _ in known]
            axis.plot(xs, [100 * (e.value or 0.0) for _, e in known], f"{marker}-", color=colour, label=engine)
            if all(e.low is not None and e.high is not None for _, e in known):
                lows, highs = ([100 * (end or 0.0) for end in ends] for ends in _ends(known))
                axis.fill_between(xs, lows, highs, color=colour, alpha=0.15)
        axis.set_title(f"{MODE_NAMES[mode]} · {speech_name(data, speech)}", loc="left", fontweight="bold")
        axis.set_xlabel(curve.label)
        axis.set_ylim(bottom=0)
        if curve.log:
            axis.set_xscale("log")
    axes[0].set_ylabel("errors (%)")
    axes[0].legend(frameon=False)
    return figure


def _ends(known: Sequence[tuple[float, Estimate]]) -> tuple[list[float | None], list[float | None]]:
    return [estimate.low for _, estimate in known], [estimate.high for _, estimate in known]


def _place(sweep: Sweep) -> tuple[Mode, str, str, str]:
    return sweep.mode, sweep.condition, sweep.corpus, sweep.language


def _frontier_figure(data: RunData, sweep_place: tuple[Mode, str, str, str]) -> Figure:
    """A line a sweep: turns cut short against the mean delay after the end, each mark a setting with its number."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(4.8, 3.2), layout="constrained")
    axis = figure.subplots()
    for number, swept in enumerate(sweeps(data.spec.told)):
        cells = [(value, Cell(engine, *sweep_place)) for value, engine in swept.points]
        known = [
            (value, 100 * early, delay_s)
            for value, cell in cells
            if (early := data.value(cell, "early_turn_ends")) is not None
            and (delay_s := data.value(cell, "turn_end_delay_s")) is not None
        ]
        marker, colour = MARKERS[number % len(MARKERS)], COLOURS[number % len(COLOURS)]
        axis.plot([x for _, x, _ in known], [y for *_, y in known], f"{marker}-", color=colour, label=swept.label)
        for value, x, y in known:
            axis.annotate(f"{value:g}", (x, y), xytext=(4, 4), textcoords="offset points", fontsize="small")
    mode, condition, corpus, language = sweep_place
    title = f"{MODE_NAMES[mode]} · {condition} · {speech_name(data, Speech(corpus, language))}"
    axis.set_title(title, loc="left", fontweight="bold")
    axis.set_xlabel("turns cut short (%)")
    axis.set_ylabel("mean delay of the end (s)")
    axis.set_xlim(left=min(0.0, axis.get_xlim()[0]))
    axis.set_ylim(bottom=0)
    axis.legend(frameon=False)
    return figure
