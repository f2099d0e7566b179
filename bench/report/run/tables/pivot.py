"""A table of a run's page: rows are what was measured, columns the engines, one table a mode, condition and speech.

The page shows those of the mode, condition and speech that are chosen. Formats; computes nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, TypeAlias

from bench.report.phrases import plural
from bench.report.run.data import RunData
from bench.report.run.numbers import Places
from bench.report.tables import percent, with_interval
from bench.types import Cell, Estimate

Json: TypeAlias = dict[str, Any]


def entry(text: str, *, hint: str = "", search: str = "", struck: bool = False) -> Json:
    """One place of a table. `search`: a click looks for it among all utterances."""
    cell: Json = {"t": text}
    if hint:
        cell["hint"] = hint
    if search:
        cell["search"] = search
    if struck:
        cell["struck"] = True
    return cell


def pivot(
    title: str,
    rows: Sequence[Json],
    columns: Sequence[Json],
    *,
    corner: str = "",
    note: str = "",
    where: Mapping[str, int] | None = None,
    folded: bool = False,
    is_text: bool = False,
) -> Json:
    """A table. `where`: the `m`ode, `c`ondition and `s`peech that it is of; those left out match all."""
    return {
        "title": title,
        "rows": list(rows),
        "columns": list(columns),
        "corner": corner,
        "note": note,
        "folded": folded,
        "text": is_text,
        **(where or {}),
    }


def row(text: str, cells: Iterable[Json | None], *, hint: str = "") -> Json:
    return {"text": text, "hint": hint, "cells": list(cells)}


def engine_columns(data: RunData) -> list[Json]:
    return [{"e": k, "text": name} for k, name in enumerate(data.engines)]


def blocks(data: RunData, places: Places) -> Iterator[tuple[dict[str, int], list[Cell]]]:
    """Every mode, condition and speech, with its cell for each engine."""
    for speech in data.speech:
        for mode in data.modes:
            for condition in data.conditions:
                cells = [Cell(engine, mode, condition, *speech) for engine in data.engines]
                if any(data.number(cell, "wer") for cell in cells):
                    yield {name: places.of(cells[0])[name] for name in ("m", "c", "s")}, cells


def rate(estimate: Estimate | None) -> Json | None:
    """A rate with its interval; on hover, of how many utterances."""
    return None if estimate is None else entry(with_interval(estimate, percent), hint=plural(estimate.n, "utterance"))
