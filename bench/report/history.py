"""Series over runs as tables, CSV and figures. Formats; computes nothing."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from bench.history.changes import MIN_RUNS
from bench.history.series import Change, Series
from bench.report.escape import csv_text
from bench.report.figures import svg
from bench.report.page import Page, Section
from bench.report.tables import Table, count, percent, points, ratio, seconds, with_interval
from bench.types import Cell

FIGURES = 24
"""Series drawn, those with changes first; the tables hold all."""
_CELL = Cell._fields


def to_csv(found: Sequence[Series]) -> str:
    """One line per run and series, oldest first, numbers unrounded; `change` marks the first run of a new level."""
    values = ("started_at", "run", "value", "low", "high", "n", "n_failed")
    rows: list[tuple[object, ...]] = [("metric", "unit", *_CELL, "material", *values, "change")]
    for series in found:
        marks = {change.position: "worse" if change.worse else "better" for change in series.changes}
        for position, point in enumerate(series.points):
            interval = point.interval
            own = (point.started_at, point.run, point.value, interval.low, interval.high, interval.n, point.n_failed)
            place = (point.metric, point.unit, *point.cell, point.material)
            rows.append((*place, *own, marks.get(position, "")))
    return csv_text(rows)


def to_page(found: Sequence[Series], n_runs: int) -> Page:
    """Changes first, then every series, then the figures."""
    ordered = sorted(found, key=lambda series: -len(series.changes))
    drawn = ordered[:FIGURES]
    figures = tuple((_title(series), _figure(series)) for series in drawn)
    left_out = f" Drawn: {len(drawn)} of {len(found)}." if len(drawn) < len(found) else ""
    about = (
        f"{count(n_runs)} runs, {count(len(found))} series. A series holds runs on the same utterances, references and "
        "normaliser; where one of these changed, a new series begins. The noise between runs, not the interval of "
        f"each, decides what is a change; fewer than {MIN_RUNS} runs are not searched."
    )
    return Page(
        title="History",
        about=about,
        sections=(
            Section(title="Changes", tables=(_changes(found),)),
            Section(title="Series", tables=(_summary(found),)),
            Section(
                title="Over time",
                about=f"Line: value; band: interval of each run; dashed: a new level begins.{left_out}",
                figures=figures,
            ),
        ),
    )


def _number(unit: str) -> Callable[[float | None], str]:
    return {"ratio": percent, "s": seconds}.get(unit, ratio)


def _difference(series: Series, change: Change) -> str:
    signed = {"ratio": points, "s": _signed_seconds}.get(series.first.unit, ratio)
    return with_interval(change.difference, signed)


def _signed_seconds(value: float | None) -> str:
    return seconds(value, signed=True)


def _cells(series: Series) -> tuple[str, ...]:
    return (series.first.metric, *series.first.cell)


def _changes(found: Sequence[Series]) -> Table:
    columns = ("metric", *_CELL, "since", "run", "before", "after", "difference", "")
    rows = [
        (
            *_cells(series),
            series.points[change.position].started_at[:16],
            series.points[change.position].run,
            _number(series.first.unit)(change.before),
            _number(series.first.unit)(change.after),
            _difference(series, change),
            "worse" if change.worse else "better",
        )
        for series in found
        for change in series.changes
    ]
    rows.sort(key=lambda row: row[6], reverse=True)
    note = "" if rows else "No change of level was found."
    table = Table(
        title="Changes of level",
        columns=columns,
        rows=tuple(rows),
        numeric=frozenset(("before", "after", "difference")),
        note=note,
    )
    return table.without_constant(("corpus", "language"))


def _summary(found: Sequence[Series]) -> Table:
    columns = ("metric", *_CELL, "runs", "first", "last", "since last change", "noise", "changes")
    rows = tuple((*_cells(series), *_trend(series)) for series in found)
    table = Table(title="Every series", columns=columns, rows=rows, numeric=frozenset(columns[6:]))
    return table.without_constant(("corpus", "language"))


def _trend(series: Series) -> tuple[str, ...]:
    number = _number(series.first.unit)
    level = number(series.changes[-1].after) if series.changes else "–"
    return (
        count(len(series.points)),
        *(with_interval(point.interval, number) for point in (series.first, series.last)),
        level,
        number(series.noise),
        str(len(series.changes)),
    )


# -- figures ----------------------------------------------------------------------------------


def _title(series: Series) -> str:
    return ", ".join(_cells(series))


def _figure(series: Series) -> str:
    import matplotlib as mpl
    from matplotlib.figure import Figure

    scale = 100.0 if series.first.unit == "ratio" else 1.0
    values = [point.value * scale for point in series.points]
    lows, highs = (
        [scale * (p.value if getattr(p.interval, end) is None else getattr(p.interval, end)) for p in series.points]
        for end in ("low", "high")
    )
    with mpl.rc_context({"svg.hashsalt": "earwitness", "font.size": 9}):
        figure = Figure(figsize=(11, 1.9), layout="constrained")
        axis = figure.subplots()
        runs = range(len(values))
        axis.fill_between(runs, lows, highs, color="#1b6ca8", alpha=0.15, linewidth=0)
        axis.plot(runs, values, color="#1b6ca8", linewidth=1.2, marker="." if len(values) < 100 else None)
        for change in series.changes:
            axis.axvline(change.position - 0.5, color="#b3261e" if change.worse else "#1b6e3c", linestyle="--")
        axis.set_title(_title(series), loc="left", fontsize=9)
        axis.set_ylabel("%" if series.first.unit == "ratio" else series.first.unit)
        axis.set_xticks(*_ticks(series))
        axis.spines[["top", "right"]].set_visible(False)
        return svg(figure)


def _ticks(series: Series) -> tuple[list[int], list[str]]:
    """Up to six days, evenly spread."""
    last = len(series.points) - 1
    places = sorted({round(last * step / 5) for step in range(6)})
    return places, [series.points[place].started_at[:10] for place in places]
