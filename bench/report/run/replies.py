"""Which streams the page replays: answers of streams hold every event, and the page shows few of them. Pure."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from bench.scoring.cells import ScoredTrial
from bench.scoring.columns import ScoredColumns

STREAMS = 48
"""Most streams that can be replayed in the page."""


def replayed(rows: ScoredColumns, engines: Sequence[str]) -> list[ScoredTrial]:
    """Streams to replay: of each engine in turn those that lost their end, then those with most errors."""
    lost, errors, ids = tails_lost(rows), rows.errors, rows.trial_ids
    streamed = (rows.modes == "stream") & ~rows.failed
    by_engine = []
    for engine in engines:
        own = np.flatnonzero(streamed & rows.texts("engine").are(engine))
        order = np.lexsort((ids[own], -errors[own], -lost[own]))[:STREAMS]
        by_engine.append(own[order].tolist())
    turns = [own[k] for k in range(STREAMS) for own in by_engine if k < len(own)]
    chosen = rows.trials(np.array(turns[:STREAMS], np.intp))
    return sorted(chosen, key=lambda row: (row.utterance_id, engines.index(row.cell.engine)))


def tails_lost(rows: ScoredColumns) -> NDArray[np.int64]:
    """Of each trial the words at the end of the reference with nothing in their place; 0: the text was whole, or it is
    no stream.
    """
    lost, words = (np.nan_to_num(rows.numbers(f"metrics.{name}")) for name in ("tail_lost", "tail_loss_words"))
    return np.where(lost != 0, words, 0).astype(np.int64)


def tail_lost(trial: ScoredTrial) -> int:
    """Of one trial."""
    return int(trial.metrics.get("tail_loss_words") or 0) if trial.metrics.get("tail_lost") else 0
