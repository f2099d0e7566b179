"""What was sent, what came back, what it cost, and every message of failure."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator, Sequence

import numpy as np

from bench.report.names import MODE_NAMES
from bench.report.run.data import RunData
from bench.report.run.numbers import Places
from bench.report.run.tables.pivot import Json, engine_columns, entry, pivot, row
from bench.report.tables import NONE, count
from bench.types import FailureKind, Mode

_MESSAGES = 15


def failures(data: RunData, places: Places) -> list[Json]:
    """Per mode what was sent, what came back, what it cost; then the messages of failures with how often they came."""
    pivots = [_outcomes(data, mode, places.mode[mode]) for mode in data.modes]
    return [*pivots, *_messages(data)]


def _outcomes(data: RunData, mode: Mode, number: int) -> Json:
    columns: list[list[Json | None]] = []
    failed = data.rows.texts("failure_kind").counted(data.rows.texts("mode").are(mode))
    kinds = sorted(map(FailureKind, failed))
    labels = ["trials", "answered", "of these without a word", *(f"failed: {kind}" for kind in kinds)]
    labels += ["requests sent again", "paid", "paid per hour of audio"]
    for engine in data.engines:
        columns.append(_of_engine(data, engine, mode, kinds))
    rows = [row(label, [column[k] for column in columns]) for k, label in enumerate(labels)]
    shown = [_with_reasons(made) for made in rows if any(cell is not None for cell in made["cells"])]
    return pivot(f"What came back · {MODE_NAMES[mode]}", shown, engine_columns(data), where={"m": number})


def _of_engine(data: RunData, engine: str, mode: Mode, kinds: Sequence[FailureKind]) -> list[Json | None]:
    asked = data.rows.texts("engine").are(engine) & data.rows.texts("mode").are(mode)
    own, number = np.flatnonzero(asked), int(asked.sum())
    failed = data.rows.texts("failure_kind").counted(asked)
    again = int((data.calls.attempts[own] - 1).sum())
    costs = [cost for cost in data.calls.cost[own].tolist() if not math.isnan(cost)]
    utterances = data.rows.texts("utterance_id")
    durations_s = np.array([data.utterances[key].duration_s for key in utterances.names])
    priced = own[~np.isnan(data.calls.cost[own])]
    hours = sum(durations_s[utterances.codes[priced]].tolist()) / 3600
    currency = data.spec.config.currency
    return [
        entry(count(number)),
        entry(count(number - sum(failed.values()))),
        entry(count(int((asked & data.rows.empty).sum()))),
        *(entry(count(failed.get(kind, 0))) for kind in kinds),
        entry(count(again)),
        entry(f"{sum(costs):,.4f} {currency}", hint=_of(len(costs), number)) if costs else None,
        entry(f"{sum(costs) / hours:,.2f} {currency}", hint=_of(len(costs), number)) if costs and hours else None,
    ]


def _of(priced: int, number: int) -> str:
    return "" if priced == number else f"of the {count(priced)} of {count(number)} trials that have a price"


def _with_reasons(made: Json) -> Json:
    return {**made, "cells": [cell or entry(NONE, hint="the config gives it no price") for cell in made["cells"]]}


def _messages(data: RunData) -> Iterator[Json]:
    failed = data.rows.taken(data.rows.failed)
    named = (failed.texts(name).texts().tolist() for name in ("engine", "failure_kind", "failure"))
    counts = Counter(zip(*named, strict=True))
    rows = [
        row(engine, [entry(kind or "not said"), entry(message or "no message"), entry(count(number))])
        for (engine, kind, message), number in sorted(
            counts.items(), key=lambda entry_count: (-entry_count[1], str(entry_count[0]))
        )[:_MESSAGES]
    ]
    if rows:
        columns = [{"text": text} for text in ("kind", "message", "times")]
        note = f"The {_MESSAGES} that came most often, of {count(len(counts))}." if len(counts) > _MESSAGES else ""
        yield pivot("Messages of failures", rows, columns, corner="engine", note=note, is_text=True)
