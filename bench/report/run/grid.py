"""One table of a run for terminals and Markdown: a line an engine and condition, with what matters most. Formats."""

from __future__ import annotations

from collections.abc import Sequence

from bench.report.names import MODE_NAMES
from bench.report.run.data import RunData, Speech, speech_name
from bench.report.tables import NONE, Table, count, percent, seconds
from bench.types import Cell, Mode

NAMES = ("speech", "engine", "condition")
COLUMNS = (*NAMES, "wrong", "95 % interval", "failed", "empty", "median")
LATENCY_NOTES: dict[Mode, str] = {
    "batch": "median: round trip of a request",
    "stream": "median: text complete after the end of speech",
}


def grids(data: RunData, *, every_condition: bool = True) -> list[Table]:
    """A table for each mode. `every_condition`: else the first one alone."""
    tables = []
    conditions = list(data.conditions) if every_condition else [data.base]
    for mode in data.modes:
        cells = [
            Cell(engine, mode, condition, *speech)
            for speech in data.speech
            for engine in data.engines
            for condition in conditions
        ]
        rows = [_row(data, cell) for cell in cells if data.number(cell, "trials.attempted") is not None]
        if rows:
            tables.append(_table(data, mode, rows))
    return tables


def _table(data: RunData, mode: Mode, rows: Sequence[tuple[str, ...]]) -> Table:
    table = Table(
        title=MODE_NAMES[mode],
        columns=COLUMNS,
        rows=tuple(rows),
        numeric=frozenset(COLUMNS[len(NAMES) :]),
        note="latency INVALID: the harness was late" if data.is_invalid(mode) else LATENCY_NOTES[mode],
    )
    return table.without_constant(("speech", "condition") if len(data.conditions) == 1 else ("speech",))


def _row(data: RunData, cell: Cell) -> tuple[str, ...]:
    wer = data.number(cell, "wer")
    median = data.number(cell, f"{data.latency_metric(cell.mode)}.p50")
    interval = NONE
    if wer is not None and wer.low is not None and wer.high is not None:
        interval = f"{wer.low * 100:.1f} to {wer.high * 100:.1f}"
    latency = NONE if median is None else seconds(median.value)
    return (
        speech_name(data, Speech(cell.corpus, cell.language)),
        cell.engine,
        cell.condition,
        percent(None if wer is None else wer.value),
        interval,
        count(data.value(cell, "trials.failed")),
        count(data.value(cell, "trials.empty")),
        "INVALID" if data.is_invalid(cell.mode) else latency,
    )
