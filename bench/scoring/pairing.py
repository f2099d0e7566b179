"""Rows of two runs brought together by utterance: what both answered, and why the rest is left out. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from bench.scoring.cells import ScoredRow


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """All repeats of one utterance in a baseline (`a`) and a candidate (`b`)."""

    utterance_id: str
    a: tuple[ScoredRow, ...]
    b: tuple[ScoredRow, ...]

    @property
    def cluster(self) -> str:
        return self.b[0].cluster

    @property
    def both_answered(self) -> bool:
        """Every repeat on both sides has an answer."""
        return all(row.words is not None for row in (*self.a, *self.b))


@dataclass(frozen=True, slots=True, kw_only=True)
class Pairing:
    """Utterances of one cell in two runs, in the order of their ids."""

    pairs: tuple[Pair, ...]
    only_a: tuple[str, ...]
    only_b: tuple[str, ...]
    changed: tuple[str, ...]
    """Utterances whose references differ in length, so that their counts cannot be compared."""

    @property
    def answered(self) -> tuple[Pair, ...]:
        """The subset that both answered."""
        return tuple(pair for pair in self.pairs if pair.both_answered)


@dataclass(frozen=True, slots=True, kw_only=True)
class Shift:
    """An utterance whose word errors, averaged over repeats, changed by `delta` (positive: worse)."""

    utterance_id: str
    delta: float
    failed: bool
    """One side has no answer; then `delta` counts its reference words as deleted."""


def pair_rows(a: Iterable[ScoredRow], b: Iterable[ScoredRow]) -> Pairing:
    """Pair the rows of one cell by utterance, never by position."""
    rows_a, rows_b = _by_utterance(a), _by_utterance(b)
    shared = sorted(rows_a.keys() & rows_b.keys())
    pairs = tuple(Pair(utterance_id=id, a=tuple(rows_a[id]), b=tuple(rows_b[id])) for id in shared)
    return Pairing(
        pairs=pairs,
        only_a=tuple(sorted(rows_a.keys() - rows_b.keys())),
        only_b=tuple(sorted(rows_b.keys() - rows_a.keys())),
        changed=tuple(p.utterance_id for p in pairs if len({row.reference_words for row in (*p.a, *p.b)}) > 1),
    )


def shifts(pairing: Pairing) -> tuple[Shift, ...]:
    """Utterances that changed: newly broken first (largest `delta`), newly fixed last."""
    found = [
        Shift(
            utterance_id=pair.utterance_id,
            delta=_mean_errors(pair.b) - _mean_errors(pair.a),
            failed=not pair.both_answered,
        )
        for pair in pairing.pairs
    ]
    return tuple(sorted((s for s in found if s.delta), key=lambda s: (-s.delta, s.utterance_id)))


def _mean_errors(rows: Sequence[ScoredRow]) -> float:
    return sum(row.words_or_all_deleted.errors for row in rows) / len(rows)


def _by_utterance(rows: Iterable[ScoredRow]) -> dict[str, list[ScoredRow]]:
    found: dict[str, list[ScoredRow]] = defaultdict(list)
    for row in rows:
        found[row.utterance_id].append(row)
    return found
