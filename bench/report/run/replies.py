"""What the page keeps of the answers: of each its text and what it cost, of the streams that can be replayed all.

Answers of streams hold every event; tens of thousands of them do not fit, and the page shows few. Pure.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from sys import intern
from typing import NamedTuple

from bench.scoring.cells import ScoredTrial
from bench.types import Failure, Result, Transcript

STREAMS = 48
"""Most streams that can be replayed in the page."""


class ShownReply(NamedTuple):
    """An answer without its events."""

    text: str | None
    """As it came; `None`: it failed."""
    attempts: int
    cost: float | None
    version: str | None
    """Of the engine, where it says."""


def kept(results: Iterable[Result], replayed: Collection[str]) -> tuple[dict[str, ShownReply], dict[str, Transcript]]:
    """Every reply, and the transcripts of the trials in `replayed`, by trial id; each result is let go of at once."""
    replies: dict[str, ShownReply] = {}
    transcripts: dict[str, Transcript] = {}
    for result in results:
        outcome = result.outcome
        text = None if isinstance(outcome, Failure) else outcome.text
        version = None if result.engine_version is None else intern(result.engine_version)
        replies[result.trial_id] = ShownReply(text, result.attempts, result.cost, version)
        if result.trial_id in replayed and isinstance(outcome, Transcript):
            transcripts[result.trial_id] = outcome
    return replies, transcripts


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
