"""Texts of a scored run's trials, and what their calls say, as columns: a million texts as one stretch of memory.

What shows a few thousand trials at a time asks for their texts, and lets go of them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

from bench.store.index import LinePlaces

if TYPE_CHECKING:
    import pyarrow

_SCORED = ("reference", "hypothesis", "path")
_TOGETHER = 20_000


class TrialTexts(NamedTuple):
    """Of one trial, as `ScoredTrial` has them, and the answer as it came."""

    reference: str
    hypothesis: str | None
    path: str
    reply: str | None
    """`None`: it failed, or was not asked for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Calls:
    """What the calls of trials were like. Arrays of one length, in the order of the trials they were asked for."""

    attempts: NDArray[np.int64]
    """1 where there is no result."""
    cost: NDArray[np.float64]
    """In the config's currency; NaN: not known."""
    version: Sequence[str | None]
    """Of the engine, where it says."""

    @classmethod
    def unknown(cls, number: int) -> Calls:
        """Of trials whose results are not there to be looked at."""
        return cls(attempts=np.ones(number, np.int64), cost=np.full(number, np.nan), version=[None] * number)


class ScoredTexts:
    """Texts of trials by their ids."""

    def __init__(self, scores: Path) -> None:
        """Those of a table of scores.

        Raises:
            ValueError: if its trials are not in the order of their ids, or one has no reference.
        """
        import pyarrow
        import pyarrow.parquet

        table = pyarrow.parquet.read_table(scores, columns=["trial_id", *_SCORED])
        if any(table[name].null_count for name in ("trial_id", "reference", "path")):
            raise ValueError("trial_id, reference or path is missing")
        self._ids = _bytes(table["trial_id"])
        if (self._ids[1:] <= self._ids[:-1]).any():
            raise ValueError("trial_id: not in order, or twice")
        self._columns = {name: _joined(table[name]) for name in _SCORED}
        self._replies = _joined(pyarrow.chunked_array([pyarrow.nulls(len(table), pyarrow.large_string())]))

    def add_replies(self, results: LinePlaces) -> Calls:
        """Take in the answers as they came; returns what their calls say, in the order of the table."""
        import pyarrow

        calls = Calls.unknown(len(self._ids))
        versions: dict[str, str] = {}
        texts: list[str | None] = [None] * len(self._ids)
        rows = self._rows(results.ids)
        for index, reply in results.replies():
            row = rows[index]
            if row < 0:
                continue
            texts[row], calls.attempts[row] = reply.text, reply.attempts
            calls.cost[row] = np.nan if reply.cost is None else reply.cost
            if reply.version is not None:
                calls.version[row] = versions.setdefault(reply.version, reply.version)  # type: ignore[index]
        self._replies = pyarrow.array(texts, pyarrow.large_string())
        return calls

    def _rows(self, ids: NDArray[np.bytes_]) -> NDArray[np.int64]:
        """Where each id stands in the table; -1: nowhere."""
        if not len(self._ids):
            return np.full(len(ids), -1)
        places = np.minimum(np.searchsorted(self._ids, ids), len(self._ids) - 1)
        return np.where(self._ids[places] == ids, places, -1)

    def of(self, trial_ids: Sequence[str]) -> list[TrialTexts]:
        """Texts of these trials, in their order.

        Raises:
            KeyError: if one is not in the table.
        """
        import pyarrow

        rows = self._rows(np.array([id.encode() for id in trial_ids], dtype=np.bytes_))
        if (rows < 0).any():
            raise KeyError(trial_ids[int(np.argmax(rows < 0))])
        taken = [column.take(pyarrow.array(rows)).to_pylist() for column in (*self._columns.values(), self._replies)]
        return list(map(TrialTexts._make, zip(*taken, strict=True)))


def _bytes(column: pyarrow.ChunkedArray) -> NDArray[np.bytes_]:
    parts = (column.slice(begin, _TOGETHER).to_pylist() for begin in range(0, len(column), _TOGETHER))
    each = [np.array([id.encode() for id in part], dtype=np.bytes_) for part in parts]
    return np.concatenate(each) if each else np.array([], dtype="S1")


def _joined(column: pyarrow.ChunkedArray) -> pyarrow.Array:
    import pyarrow

    joined = column.cast(pyarrow.large_string()).combine_chunks()
    return joined.chunk(0) if isinstance(joined, pyarrow.ChunkedArray) else joined
