"""Errors counted in other ways, and what each condition did to the audio."""

from __future__ import annotations

from collections.abc import Iterator

from bench.report.phrases import plural
from bench.report.run.data import RunData
from bench.report.run.numbers import Places
from bench.report.run.tables.pivot import Json, blocks, engine_columns, entry, pivot, rate, row
from bench.report.settings import setting_name
from bench.report.tables import count, percent
from bench.scoring.estimates import dose_unit
from bench.types import Cell

_COUNTED = (
    ("characters wrong", "cer", "grapheme clusters replaced, left out and added, for 100 that were said"),
    ("utterances with an error", "ser", "the share of utterances that are not wholly right"),
    ("failures as all words lost", "wer.failures_deleted", "a failed trial counts as every word left out"),
    ("answered by every engine", "wer.common", "only utterances that every engine answered"),
    ("first spelling only", "wer.without_variants", "without the other spellings that the references accept"),
    ("syllables (aksharas) wrong", "aer", "orthographic syllables of Indic scripts"),
    ("wrong script transliterated", "wer.transliterated", "answers in another script, after transliteration"),
)


def counted_otherwise(data: RunData, places: Places) -> Iterator[Json]:
    """Other ways to count errors, beside the word error rate."""
    for where, cells in blocks(data, places):
        rows = [
            row(text, [rate(data.number(cell, metric)) for cell in cells], hint=hint)
            for text, metric, hint in _COUNTED
            if any(data.value(cell, metric) is not None for cell in cells)
        ]
        rows.insert(0, row("replaced, left out, added", [_edits(data, cell) for cell in cells]))
        yield pivot("Counted otherwise", rows, engine_columns(data), corner="", where=where, folded=True)


def _edits(data: RunData, cell: Cell) -> Json:
    names = ("substitutions", "deletions", "insertions")
    return entry(" / ".join(count(data.value(cell, f"words.{name}")) for name in names))


_FIRST_DOSES = ("snr_db", "active_level_dbfs", "clipped_fraction", "loss_rate")


def doses(data: RunData, places: Places) -> Iterator[Json]:
    """What each condition achieved in the audio: all engines were sent the same."""
    named = sorted({metric.split(".")[1] for _, metric in data.cell_metrics if metric.startswith("dose.")})
    names = [name for name in _FIRST_DOSES if name in named] + [name for name in named if name not in _FIRST_DOSES]
    if len(names) <= 1:  # the level after everything is known of clean recordings too
        return
    for number, speech in enumerate(data.speech):
        rows = []
        for condition in data.conditions:
            cells = [Cell(engine, mode, condition, *speech) for engine in data.engines for mode in data.modes]
            best = max(cells, key=lambda cell: max((_dose_n(data, cell, name) for name in names), default=0))
            rows.append(row(condition, [_dose(data, best, name) for name in names]))
        columns = [{"text": _dose_name(name)} for name in names]
        note = "Mean over recordings [least, largest]; noise is held against the active speech level."
        where = {"s": number}
        yield pivot(
            "What was done to the audio", rows, columns, corner="condition", note=note, where=where, folded=True
        )


def _dose_n(data: RunData, cell: Cell, name: str) -> int:
    estimate = data.number(cell, f"dose.{name}.mean")
    return 0 if estimate is None else estimate.n


def _dose_name(name: str) -> str:
    said, unit = setting_name(name)
    return f"{said} ({unit})" if unit else said


def _dose(data: RunData, cell: Cell, name: str) -> Json | None:
    mean, low, high = (data.value(cell, f"dose.{name}.{which}") for which in ("mean", "min", "max"))
    if mean is None:
        return None
    text = _dose_text(name, mean)
    ends = [_dose_text(name, end).removesuffix(" %") for end in (low, high) if end is not None]
    between = f" [{', '.join(ends)}]" if len(ends) == 2 and ends[0] != ends[1] else ""
    return entry(text + between, hint=plural(_dose_n(data, cell, name), "recording"))


def _dose_text(name: str, value: float) -> str:
    if dose_unit(name) == "ratio":
        return percent(value)
    text = f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.1f}" if abs(value) >= 1 else f"{value + 0.0:.2f}"
    return text.removeprefix("-") if not text.strip("-0.,") else text.replace("-", "\N{MINUS SIGN}")
