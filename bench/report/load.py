"""The report of a load test: a table and a figure of accuracy, failures and latency against load. Computes nothing."""

from __future__ import annotations

import html
import io
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from bench.report.figures import COLOURS, STYLE
from bench.report.markdown import table_to_markdown
from bench.report.tables import NONE, Table, count, percent, ratio, seconds
from bench.scoring.load import Curve, Point

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_STYLESHEET = (
    "body{font:15px/1.5 system-ui,sans-serif;margin:2em auto;max-width:1200px}svg{max-width:100%;height:auto}"
    "table{border-collapse:collapse;font-size:13.5px}th,td{padding:5px 10px;border-bottom:1px solid #dfe4ea;"
    "text-align:right}"
)
_LOAD = {"sessions": "sessions at once", "arrivals_per_s": "sessions begun a second"}


def load_table(curves: Sequence[Curve]) -> Table:
    """One row per engine and level."""
    points = [point for curve in curves for point in curve.points]
    kind, mode = points[0].kind, points[0].mode
    stream = mode == "stream"
    columns = (
        *("engine", _LOAD[kind], "going on", "counted", "WER", "empty", "failed"),
        *(("first partial p50", "first partial p95") if stream else ()),
        *("latency p50", "latency p95", "latency p99"),
        *(("connect p95",) if stream else ()),
        *("requests/s", "audio h/h", "valid"),
    )
    rows = tuple(_row(point, stream) for point in points)
    what = "final after end of speech" if stream else "round trip, from when the request was due"
    note = f"Latency: {what}. Sessions that began in the warm-up are not counted. audio h/h: hours of audio an hour."
    numeric = frozenset(columns) - {"engine", "valid"}
    return Table(title="Load", columns=columns, rows=rows, numeric=numeric, note=note).without_constant(("engine",))


def _row(point: Point, stream: bool) -> tuple[str, ...]:
    wer = percent(point.wer)
    if point.wer_low is not None and point.wer_high is not None:
        wer = f"{wer} [{percent(point.wer_low).removesuffix(' %')}, {percent(point.wer_high).removesuffix(' %')}]"
    partials = (seconds(point.first_partial_p50_s), seconds(point.first_partial_p95_s)) if stream else ()
    latencies = (seconds(point.latency_p50_s), seconds(point.latency_p95_s), seconds(point.latency_p99_s))
    connect = (seconds(point.connect_p95_s),) if stream else ()
    return (
        *(point.engine, f"{point.level:g}", ratio(point.concurrency), count(point.trials)),
        *(wer, count(point.empty), count(point.failed), *partials, *latencies, *connect),
        *(ratio(point.requests_per_s), ratio(point.audio_hours_per_hour), "yes" if point.valid else "INVALID"),
    )


def findings(curves: Sequence[Curve]) -> list[str]:
    """The knee, the first failure and what was invalid, in words."""
    said = []
    for curve in curves:
        what = _LOAD[curve.points[0].kind]
        knee = NONE if curve.knee is None else f"{curve.knee:g}"
        first = "none seen" if curve.first_failure is None else f"{curve.first_failure:g}"
        said.append(f"{curve.engine}: knee at {knee} {what}; first failure at: {first}")
        if curve.first_invalid is not None:
            reasons = next(point.reasons for point in curve.points if not point.valid)
            said.append(
                f"{curve.engine}: INVALID from {curve.first_invalid:g} {what} on: this machine could not drive the "
                f"load in time, so what is beyond says nothing of the engine ({'; '.join(reasons)})"
            )
    return said


def load_figure(curves: Sequence[Curve]) -> str:
    """Latency, accuracy and failures against load, as inline SVG. Hollow markers: invalid levels."""
    import matplotlib as mpl
    from matplotlib.figure import Figure

    stream = curves[0].points[0].mode == "stream"
    with mpl.rc_context({**STYLE, "axes.grid.axis": "both"}):
        figure = Figure(figsize=(11.0, 3.4), layout="constrained")
        latency, accuracy, failures = figure.subplots(1, 3)
        for colour, curve in zip(COLOURS * len(curves), curves, strict=False):
            _line(latency, curve, colour, lambda point: point.latency_p50_s, f"{curve.engine} p50", "-")
            _line(latency, curve, colour, lambda point: point.latency_p95_s, f"{curve.engine} p95", "--")
            _line(accuracy, curve, colour, lambda point: _times(point.wer, 100), curve.engine, "-")
            _line(failures, curve, colour, lambda point: 100 * _lost(point), curve.engine, "-")
            if curve.knee is not None:
                latency.axvline(curve.knee, color=colour, linewidth=0.8, linestyle=":")
        latency.set_title("final after end of speech (s)" if stream else "round trip (s)", loc="left", fontsize=9)
        accuracy.set_title("WER (%)", loc="left", fontsize=9)
        failures.set_title("failed or empty (%)", loc="left", fontsize=9)
        for axis in (latency, accuracy, failures):
            axis.set_xlabel(_LOAD[curves[0].points[0].kind])
            axis.set_ylim(bottom=0)
        latency.legend(frameon=False, fontsize=8)
        buffer = io.StringIO()
        figure.savefig(buffer, format="svg", metadata={"Date": None}, transparent=True)
    text = buffer.getvalue()
    return text[text.index("<svg") :]


def _lost(point: Point) -> float:
    return (point.failed + point.empty) / point.trials if point.trials else 1.0


def _times(value: float | None, factor: float) -> float | None:
    return None if value is None else value * factor


def _line(axis: Axes, curve: Curve, colour: str, value: Any, label: str, style: str) -> None:
    shown = [(point, found) for point in curve.points if (found := value(point)) is not None]
    axis.plot([point.level for point, _ in shown], [y for _, y in shown], style, color=colour, label=label)
    for point, y in shown:
        axis.plot(point.level, y, "o", color=colour, markersize=5, fillstyle="full" if point.valid else "none")


def to_markdown(title: str, curves: Sequence[Curve]) -> str:
    """load.md."""
    said = "\n".join(f"- {line}" for line in findings(curves))
    return f"# {title}: load\n\n{said}\n\n{table_to_markdown(load_table(curves))}\n"


def to_html(title: str, curves: Sequence[Curve]) -> str:
    """load.html: one page that opens from disk."""
    table = load_table(curves)
    head = "".join(f"<th>{html.escape(column)}</th>" for column in table.columns)
    rows = "".join("<tr>" + "".join(f"<td>{html.escape(cell)}</td>" for cell in row) + "</tr>" for row in table.rows)
    said = "".join(f"<li>{html.escape(line)}</li>" for line in findings(curves))
    return (
        f'<!doctype html>\n<html lang="en"><head><meta charset="utf-8"><title>{html.escape(title)}: load</title>'
        f"<style>{_STYLESHEET}</style></head><body><h1>{html.escape(title)}: load</h1><ul>{said}</ul>"
        f"<figure>{load_figure(curves)}</figure><table><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>"
        f"<p>{html.escape(table.note)}</p></body></html>\n"
    )
