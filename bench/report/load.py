"""The report of a load test: a table and a figure of accuracy, failures and latency against load. Computes nothing."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from bench.load.curve import Accuracy, Curve, Point
from bench.report.figures import COLOURS, STYLE, svg
from bench.report.page import Page, Section
from bench.report.tables import Table, count, percent, points, ratio, seconds, with_interval

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_INVALID_COLOUR = "#9aa3ae"
KINDS = {"sessions": "sessions at once", "arrivals_per_s": "sessions begun a second"}


def load_table(curves: Sequence[Curve]) -> Table:
    """One row per engine and level."""
    first = curves[0].points[0]
    stream = first.mode == "stream"
    columns = (
        *("engine", KINDS[first.kind], "going on", "begun/s", "counted", "failed", "empty"),
        *("utterances", "WER", "WER less first level's"),
        *(("first partial p50", "first partial p95") if stream else ()),
        *("latency p50", "latency p95", "latency p99"),
        *(("connect p95",) if stream else ()),
        *("requests/s", "audio h/h", "valid"),
    )
    rows = tuple(
        _row(point, accuracy, stream)
        for curve in curves
        for point, accuracy in zip(curve.points, curve.accuracy, strict=True)
    )
    numeric = frozenset(columns) - {"engine", "valid"}
    table = Table(title="Load", columns=columns, rows=rows, numeric=numeric, note=_note(first))
    return table.without_constant(("engine",))


def _note(point: Point) -> str:
    due = ", from when the request was due" if point.kind == "arrivals_per_s" else ""
    latency = "final after end of speech" if point.mode == "stream" else f"round trip{due}"
    return (
        f"Latency: {latency}. Counted: sessions that began in the window after the warm-up. Going on, requests/s and "
        "audio h/h (hours of audio an hour): of all sessions, by the share of their time in the window. WER: over the "
        "utterances that every level answered which does not fail, each once."
    )


def _row(point: Point, accuracy: Accuracy, stream: bool) -> tuple[str, ...]:
    def timed(*values: float | None) -> tuple[str, ...]:
        """Of an invalid level: the harness's own lateness, not the engine's latency."""
        return tuple(seconds(value) if point.valid else "INVALID" for value in values)

    partials = timed(point.first_partial_p50_s, point.first_partial_p95_s) if stream else ()
    latencies = timed(point.latency_p50_s, point.latency_p95_s, point.latency_p99_s)
    connect = timed(point.connect_p95_s) if stream else ()
    return (
        *(point.engine, f"{point.level:g}", ratio(point.concurrency), ratio(point.begun_per_s)),
        *(count(point.trials), count(point.failed), count(point.empty), count(accuracy.wer.n)),
        *(with_interval(accuracy.wer, percent), with_interval(accuracy.change, points)),
        *(*partials, *latencies, *connect),
        *(ratio(point.requests_per_s), ratio(point.audio_hours_per_hour), "yes" if point.valid else "INVALID"),
    )


def findings(curves: Sequence[Curve]) -> list[tuple[str, str]]:
    """(engine, the knee and the first failure, what was not counted and what was invalid), in words."""
    return [(curve.engine, line) for curve in curves for line in _findings(curve)]


def _findings(curve: Curve) -> Iterator[str]:
    what = KINDS[curve.points[0].kind]
    if curve.knee_unknown is not None:
        knee = f"not measurable ({curve.knee_unknown})"
    elif curve.knee == curve.points[-1].level:
        knee = f"beyond {curve.knee:g} {what}, the most put on"
    else:
        knee = "none" if curve.knee is None else f"at {curve.knee:g} {what}"
    first = "none seen" if curve.first_failure is None else f"{curve.first_failure:g}"
    yield f"knee {knee}; first failure at: {first}"
    uncounted = [f"{point.level:g}" for point in curve.points if point.trials == 0]
    if uncounted:
        yield (
            f"nothing counted at {', '.join(uncounted)} {what}: no session began in the window after "
            "the warm-up; raise load.duration_s beyond the length of the recordings"
        )
    if curve.first_invalid is not None:
        reasons = next(point.reasons for point in curve.points if not point.valid)
        yield (
            f"INVALID from {curve.first_invalid:g} {what} on: this machine could not drive the "
            f"load in time, so what is beyond says nothing of the engine ({'; '.join(reasons)})"
        )


def load_figure(curves: Sequence[Curve]) -> str:
    """Latency, accuracy and failures against load, as inline SVG. Grey crosses, on no line: invalid levels."""
    import matplotlib as mpl
    from matplotlib.figure import Figure

    stream = curves[0].points[0].mode == "stream"
    with mpl.rc_context({**STYLE, "axes.grid.axis": "both"}):
        figure = Figure(figsize=(11.0, 3.4), layout="constrained")
        latency, accuracy, failures = figure.subplots(1, 3)
        for colour, curve in zip(COLOURS * len(curves), curves, strict=False):
            _line(latency, curve, colour, [point.latency_p50_s for point in curve.points], f"{curve.engine} p50", "-")
            _line(latency, curve, colour, [point.latency_p95_s for point in curve.points], f"{curve.engine} p95", "--")
            _line(accuracy, curve, colour, [_hundred(found.wer.value) for found in curve.accuracy], curve.engine, "-")
            _line(failures, curve, colour, [_hundred(_lost(point)) for point in curve.points], curve.engine, "-")
            if curve.knee is not None and curve.knee < curve.points[-1].level:
                latency.axvline(curve.knee, color=colour, linewidth=0.8, linestyle=":")
        latency.set_title("final after end of speech (s)" if stream else "round trip (s)", loc="left", fontsize=9)
        accuracy.set_title("WER on shared utterances (%)", loc="left", fontsize=9)
        failures.set_title("failed or empty (%)", loc="left", fontsize=9)
        for axis in (latency, accuracy, failures):
            axis.set_xlabel(KINDS[curves[0].points[0].kind])
            axis.margins(y=0.1)
            if axis.dataLim.y0 >= 0:  # a final may come before the end of speech
                axis.set_ylim(bottom=0, top=max(1.1 * axis.dataLim.y1, 1e-3 if axis is latency else 1.0))
        latency.legend(frameon=False, fontsize=8)
        return svg(figure)


def _lost(point: Point) -> float | None:
    return (point.failed + point.empty) / point.trials if point.trials else None


def _hundred(share: float | None) -> float | None:
    return None if share is None else 100 * share


def _line(axis: Axes, curve: Curve, colour: str, values: Sequence[float | None], label: str, style: str) -> None:
    shown = [(point, value) for point, value in zip(curve.points, values, strict=True) if value is not None]
    valid = [(point.level, value) for point, value in shown if point.valid]
    axis.plot([level for level, _ in valid], [value for _, value in valid], style, color=colour, label=label)
    for point, value in shown:
        if point.valid:
            axis.plot(point.level, value, "o", color=colour, markersize=5)
        else:
            axis.plot(point.level, value, "x", color=_INVALID_COLOUR, markersize=6)


def _warnings(curves: Sequence[Curve]) -> Iterator[str]:
    for curve in curves:
        invalid = [f"{point.level:g}" for point in curve.points if not point.valid]
        if invalid:
            every = "every level" if len(invalid) == len(curve.points) else f"level {', '.join(invalid)}"
            yield (
                f"{curve.engine}: INVALID at {every}. This machine could not drive the load in time, so that no "
                "latency is given there and crosses in the figure are on no line."
            )


def load_page(title: str, curves: Sequence[Curve]) -> Page:
    """load.html and load.md."""
    found = Table(title="Knee and first failure", columns=("engine", "what was found"), rows=tuple(findings(curves)))
    figure = ("Latency, accuracy and failures against load", load_figure(curves))
    return Page(
        title=f"{title}: load",
        about="",
        warnings=tuple(_warnings(curves)),
        sections=(
            Section(title="At a glance", figures=(figure,), tables=(found,)),
            Section(title="Every level", tables=(load_table(curves),)),
        ),
    )
