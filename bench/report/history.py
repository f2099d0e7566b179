"""Series over runs as sentences, tables, CSV and figures. Formats; computes nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

from bench.history.changes import MIN_RUNS
from bench.history.read import find_runs, read_points
from bench.history.series import LevelChange, MetricSeries, Point
from bench.history.series import series as series_of
from bench.report.escape import csv_text
from bench.report.glossary import words
from bench.report.names import language_name, metric_meaning, metric_name, mode_name
from bench.report.page import Box, Page, Section, page_html
from bench.report.phrases import plain_points, plural
from bench.report.redaction import redacted_points
from bench.report.sentences import Limit, Sentence, limit
from bench.report.tables import Missing, Table, count, percent, points, ratio, seconds, with_interval
from bench.report.terminal import plain_table, wrapped
from bench.types import Cell

FIGURES = 48
"""Series drawn, those with changes first; the tables hold all."""
_CELL = Cell._fields
_NAMED = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class WrittenHistory:
    """What was written, and of what."""

    page: Path
    series: Sequence[MetricSeries]


def write_history(folder: Path, metrics: Sequence[str], out: Path, *, redact: bool = False) -> WrittenHistory:
    """Write `history.html` and `history.csv` of all scored runs below a folder.

    Args:
        folder: to look through.
        metrics: names or patterns.
        out: folder to write.
        redact: runs are their numbers.

    Raises:
        BenchError: if there are no scored runs or no such metrics, or the extra `history` is not installed.
    """
    runs = find_runs(folder)
    points = read_points(runs, metrics)
    all_series = series_of(redacted_points(points) if redact else points)
    out.mkdir(parents=True, exist_ok=True)
    (out / "history.csv").write_text(to_csv(all_series), encoding="utf-8")
    page = out / "history.html"
    page.write_text(page_html(to_page(all_series, len(runs))), encoding="utf-8")
    return WrittenHistory(page=page, series=all_series)


def to_csv(all_series: Sequence[MetricSeries]) -> str:
    """One line per run and series, oldest first, numbers unrounded; `change` marks the first run of a new level."""
    values = ("started_at", "run", "value", "low", "high", "n", "n_failed")
    rows: list[tuple[object, ...]] = [("metric", "unit", *_CELL, "material", *values, "change")]
    for series in all_series:
        marks = {change.position: "worse" if change.worse else "better" for change in series.changes}
        for position, point in enumerate(series.points):
            interval = point.interval
            own = (point.started_at, point.run, point.value, interval.low, interval.high, interval.n, point.n_failed)
            prefix = (point.metric, point.unit, *point.cell, point.material)
            rows.append((*prefix, *own, marks.get(position, "")))
    return csv_text(rows)


def to_page(all_series: Sequence[MetricSeries], n_runs: int) -> Page:
    """What changed, then every series as a figure and in a table for each metric."""
    names = cell_names(all_series)
    ordered = sorted(all_series, key=lambda series: -len(series.changes))
    drawn = ordered[:FIGURES]
    left_out = (
        f" Drawn: {len(drawn)} of {len(all_series)}; the tables hold all." if len(drawn) < len(all_series) else ""
    )
    return Page(
        title="History",
        description=(
            "Runs on the same utterances, references, text rules and definitions of metrics, in the order in which "
            "they began. The noise between runs, not the interval of each, decides what is a change."
        ),
        facts=(plural(n_runs, "run"), f"{len(all_series):,} series", _period(all_series)),
        boxes=(Box(sentences=tuple(answer(all_series))),),
        cannot="What this history cannot say",
        limits=tuple(limits(all_series)),
        no_limits="Nothing stands out: every series is long enough to be searched.",
        sections=(
            Section(
                id="trends",
                title="Over time",
                short="Over time",
                lead="Line: value of each run; band: its interval; dashed, upright: a new level begins there."
                + left_out,
                draw="lines",
                content={"charts": [_chart(series, names) for series in drawn]},
            ),
            Section(id="changes", title="Changes of level", short="Changes", tables=(_changes(all_series, names),)),
            Section(
                id="series",
                title="Every series",
                short="Every series",
                lead="First and last run, and what happened between them.",
                tables=tuple(_summaries(all_series, names)),
            ),
        ),
        glossary=words(
            *("series", "change of level", "noise", "word error rate (WER)", "points (pp)", "95 % interval"),
            *("median, 95 % within", "INVALID"),
        ),
        measured=(
            ("change", f"searched in series of {MIN_RUNS} runs or more, against the noise between neighbouring runs"),
            ("latency", "what an INVALID run timed is left out"),
        ),
        downloads=(("history.csv", "a line a run and series, numbers unrounded"),),
    )


def _period(all_series: Sequence[MetricSeries]) -> str:
    moments = sorted(point.started_at[:10] for series in all_series for point in series.points)
    return f"{moments[0]} to {moments[-1]}" if moments else "no runs"


def cell_names(all_series: Sequence[MetricSeries]) -> dict[Cell, str]:
    """Each cell by what tells it from the others: `anna · real time · noise`."""
    cells = list(dict.fromkeys(series.first.cell for series in all_series))
    varying = [key for key in _CELL if key == "engine" or len({getattr(cell, key) for cell in cells}) > 1]
    return {cell: " · ".join(_part(key, getattr(cell, key)) for key in varying) for cell in cells}


def _part(key: str, value: str) -> str:
    return mode_name(value) if key == "mode" else language_name(value) if key == "language" else value


# -- the answer -------------------------------------------------------------------------------


def answer(all_series: Sequence[MetricSeries]) -> list[Sentence]:
    """The latest changes of level, for the worse first; or that there are none."""
    names = cell_names(all_series)
    changes = [(series, change) for series in all_series for change in series.changes]
    changes.sort(key=lambda pair: (pair[1].worse, pair[0].points[pair[1].position].started_at), reverse=True)
    told = [_told(series, change, names) for series, change in changes[:_NAMED]]
    if len(changes) > _NAMED:
        worse = sum(change.worse for _, change in changes[_NAMED:])
        rest = f"{worse:,} for the worse, {len(changes) - _NAMED - worse:,} for the better"
        told.append(
            Sentence(tone="plain", head=f"{len(changes) - _NAMED:,} more changes", detail=rest, section="changes")
        )
    searched = [series for series in all_series if len(series.points) >= MIN_RUNS]
    still = sum(not series.changes for series in searched)
    if still:
        head = f"No change of level in {still:,} of {len(searched):,} series"
        detail = "beyond what neighbouring runs differ by"
        told.append(Sentence(tone="unsure" if not changes else "plain", head=head, detail=detail, section="series"))
    if not searched:
        head = "Too few runs to find a change"
        told.append(Sentence(tone="unsure", head=head, detail=f"a series is searched from {MIN_RUNS} runs on"))
    return told


def _told(series: MetricSeries, change: LevelChange, names: Mapping[Cell, str]) -> Sentence:
    point = series.points[change.position]
    number = _number(point.unit)
    name = f"{names[point.cell]}: {metric_name(point.metric)}"
    return Sentence(
        tone="bad" if change.worse else "good",
        head=f"{name} {'worse' if change.worse else 'better'} since {point.started_at[:10]}, "
        f"{number(change.before)} → {number(change.after)}",
        detail=f"difference {_plain_difference(series, change)}, from run {point.run} on",
        section="changes",
    )


def limits(all_series: Sequence[MetricSeries]) -> list[Limit]:
    """Series too short to be searched, and those that wander."""
    short = sum(len(series.points) < MIN_RUNS for series in all_series)
    texts = [
        f"{short:,} of {len(all_series):,} series have fewer than {MIN_RUNS} runs and were not searched for changes."
    ]
    broken = len({(series.first.metric, series.first.cell) for series in all_series})
    parted = [
        f"{plural(len(all_series) - broken, 'time')} the utterances, references, text rules or a metric's definition "
        "changed: numbers before and after cannot be compared, and a new series begins."
    ]
    made = (limit("Short series", texts if short else ()), limit("Breaks", parted if broken < len(all_series) else ()))
    return [each for each in made if each is not None]


# -- numbers and tables -----------------------------------------------------------------------


def _number(unit: str) -> Callable[[float | None], str]:
    return {"ratio": percent, "s": seconds}.get(unit, ratio)


def _spread(unit: str) -> Callable[[float | None], str]:
    """How far values lie from each other: of rates in points."""
    return partial(plain_points, signed=False) if unit == "ratio" else _number(unit)


def _difference(series: MetricSeries, change: LevelChange) -> str:
    signed: dict[str, Callable[[float | None], str]] = {"ratio": points, "s": partial(seconds, signed=True)}
    return with_interval(change.difference, signed.get(series.first.unit, partial(ratio, signed=True)))


def _plain_difference(series: MetricSeries, change: LevelChange) -> str:
    """`+4.1 points (95 % interval +3.8 to +4.4)`."""
    text, _, between = _difference(series, change).replace(" pp", " points").partition(" [")
    low, _, high = between.removesuffix("]").partition(", ")
    return f"{text} ({change.difference.level * 100:g} % interval {low} to {high})" if high else text


def _changes(all_series: Sequence[MetricSeries], names: Mapping[Cell, str]) -> Table:
    columns = ("where", "measure", "verdict", "since", "run", "before", "after", "change")
    rows = [
        (
            names[series.first.cell],
            metric_name(series.first.metric),
            "worse" if change.worse else "better",
            series.points[change.position].started_at[:16].replace("T", " "),
            series.points[change.position].run,
            _number(series.first.unit)(change.before),
            _number(series.first.unit)(change.after),
            _difference(series, change),
        )
        for series in all_series
        for change in series.changes
    ]
    rows.sort(key=lambda row: row[3], reverse=True)
    note = "" if rows else "No change of level was found."
    numeric = frozenset(("before", "after", "change"))
    return Table(
        title="Changes of level, the latest first", columns=columns, rows=tuple(rows), numeric=numeric, note=note
    )


def _summaries(all_series: Sequence[MetricSeries], names: Mapping[Cell, str]) -> Iterator[Table]:
    """One table a metric, a row a series."""
    columns = ("where", "runs", "first", "last", "since last change", "noise", "changes")
    for metric in dict.fromkeys(series.first.metric for series in all_series):
        own = [series for series in all_series if series.first.metric == metric]
        yield Table(
            title=metric_name(metric).capitalize(),
            columns=columns,
            rows=tuple((names[series.first.cell], *_trend(series)) for series in own),
            numeric=frozenset(columns[1:]),
            note=metric_meaning(metric),
            folded=metric != "wer",
        )


def _trend(series: MetricSeries) -> tuple[str, ...]:
    number = _number(series.first.unit)
    level = number(series.changes[-1].after) if series.changes else Missing("its level did not change")
    return (
        count(len(series.points)),
        *(with_interval(point.interval, number) for point in (series.first, series.last)),
        level,
        _spread(series.first.unit)(series.noise),
        str(len(series.changes)),
    )


# -- figures ----------------------------------------------------------------------------------


def _chart(series: MetricSeries, names: Mapping[Cell, str]) -> dict[str, Any]:
    number = _number(series.first.unit)
    return {
        "title": f"{names[series.first.cell]}: {metric_name(series.first.metric)}",
        "unit": series.first.unit if series.first.unit in {"ratio", "s"} else "",
        "x": "runs",
        "ticks": [[k, point.started_at[:10]] for k, point in enumerate(series.points)],
        "breaks": [
            {"x": change.position - 0.5, "worse": change.worse, "text": _told(series, change, names).head}
            for change in series.changes
        ],
        "lines": [{"e": 0, "points": [_point(k, point, number) for k, point in enumerate(series.points)]}],
    }


def _point(k: int, point: Point, number: Callable[[float | None], str]) -> dict[str, Any]:
    text = f"{point.started_at[:16].replace('T', ' ')}, {point.run}: {with_interval(point.interval, number)}"
    return {"x": k, "y": point.value, "lo": point.interval.low, "hi": point.interval.high, "t": text}


def to_terminal(all_series: Sequence[MetricSeries], *, width: int) -> str:
    """Sentences, and the latest changes; the files hold the rest."""
    lines = []
    for sentence in answer(all_series):
        lines += wrapped(f"{_TONES[sentence.tone]} {sentence.head}", width, rest="  ")
        lines += wrapped(sentence.detail, width, first="    ", rest="    ")
    for each in limits(all_series):
        lines += [line for text in each.texts for line in wrapped(f"! {text}", width, rest="  ")]
    for table in _summaries(all_series, cell_names(all_series)):
        if not table.folded:
            lines += ["", *plain_table(_narrow(table), width)]
    return "\n".join(lines)


def _narrow(table: Table) -> Table:
    """The columns that a terminal has room for."""
    kept = [k for k, name in enumerate(table.columns) if name not in {"noise", "since last change"}]
    columns = tuple(table.columns[k] for k in kept)
    return replace(table, columns=columns, rows=tuple(tuple(row[k] for k in kept) for row in table.rows), note="")


_TONES = {"good": "+", "bad": "!", "unsure": "?", "plain": "-"}
