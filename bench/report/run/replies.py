"""Which streams the page replays: answers of streams hold every event, and the page shows few of them. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from bench.scoring.cells import ScoredTrial

STREAMS = 48
"""Most streams that can be replayed in the page."""


def replayed(rows: Iterable[ScoredTrial], engines: Sequence[str]) -> list[ScoredTrial]:
    """Streams to replay: of each engine in turn those that lost their end, then those with most errors."""
    by_engine: dict[str, list[ScoredTrial]] = {engine: [] for engine in engines}
    for row in rows:
        if row.cell.mode == "stream" and row.failure_kind is None:
            by_engine[row.cell.engine].append(row)
    for own in by_engine.values():
        own.sort(key=lambda row: (-tail_lost(row), -row.words.errors if row.words else 0, row.trial_id))
    turns = [own[k] for k in range(STREAMS) for own in by_engine.values() if k < len(own)]
    return sorted(turns[:STREAMS], key=lambda row: (row.utterance_id, engines.index(row.cell.engine)))


def tail_lost(trial: ScoredTrial) -> int:
    """Words at the end of the reference with nothing in their place; 0: the text was whole, or it is no stream."""
    return int(trial.metrics.get("tail_loss_words") or 0) if trial.metrics.get("tail_lost") else 0
