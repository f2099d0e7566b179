"""What was sent, what came back, what it cost, and every message of failure."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator, Sequence

from bench.report.names import MODE_NAMES
from bench.report.run.data import RunData
from bench.report.run.numbers import Places
from bench.report.run.tables.pivot import Json, engine_columns, entry, pivot, row
from bench.report.tables import count
from bench.types import FailureKind, Mode


def failures(data: RunData, places: Places) -> list[Json]:
    """Per mode what was sent, what came back, what it cost; then every message of failure with how often it came."""
    pivots = [_outcomes(data, mode, places.mode[mode]) for mode in data.modes]
    return [*pivots, *_messages(data)]


def _outcomes(data: RunData, mode: Mode, number: int) -> Json:
    columns: list[list[Json | None]] = []
    kinds = sorted({trial.failure_kind for trial in data.rows if trial.failure_kind and trial.cell.mode == mode})
    labels = ["trials", "answered", "of these without a word", *(f"failed: {kind}" for kind in kinds)]
    labels += ["requests sent again", "paid", "paid per hour of audio"]
    for engine in data.engines:
        columns.append(_of_engine(data, engine, mode, kinds))
    rows = [row(label, [column[k] for column in columns]) for k, label in enumerate(labels)]
    shown = [made for made in rows if any(cell is not None for cell in made["cells"])]
    return pivot(f"What came back · {MODE_NAMES[mode]}", shown, engine_columns(data), where={"m": number})


def _of_engine(data: RunData, engine: str, mode: Mode, kinds: Sequence[FailureKind]) -> list[Json | None]:
    own = [k for k, trial in enumerate(data.rows) if trial.cell.engine == engine and trial.cell.mode == mode]
    trials = [data.rows[k] for k in own]
    failed = Counter(trial.failure_kind for trial in trials if trial.failure_kind is not None)
    again = int((data.calls.attempts[own] - 1).sum())
    costs = [cost for cost in data.calls.cost[own].tolist() if not math.isnan(cost)]
    hours = sum(data.utterances[trial.utterance_id].duration_s for trial in trials) / 3600
    currency = data.spec.config.currency
    return [
        entry(count(len(trials))),
        entry(count(len(trials) - failed.total())),
        entry(count(sum(trial.empty for trial in trials))),
        *(entry(count(failed[kind])) for kind in kinds),
        entry(count(again)),
        entry(f"{sum(costs):,.4f} {currency}") if costs else None,
        entry(f"{sum(costs) / hours:,.2f} {currency}") if costs and hours else None,
    ]


def _messages(data: RunData) -> Iterator[Json]:
    counts = Counter(
        (trial.cell.engine, trial.failure_kind, trial.failure) for trial in data.rows if trial.failure_kind is not None
    )
    rows = [
        row(engine, [entry(kind or ""), entry(message or ""), entry(count(number))])
        for (engine, kind, message), number in sorted(
            counts.items(), key=lambda entry_count: (-entry_count[1], str(entry_count[0]))
        )[:15]
    ]
    if rows:
        columns = [{"text": text} for text in ("kind", "message", "times")]
        yield pivot("Messages of failures", rows, columns, corner="engine", is_text=True)
