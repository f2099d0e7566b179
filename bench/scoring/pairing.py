"""Trials of two runs brought together by utterance: what both answered, and why the rest is left out. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from bench.scoring.cells import ScoredTrial, failing_otherwise

FAILURES_DELETED = "wer.failures_deleted"
"""The measure that has a value for trials that failed, too."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """All repeats of one utterance in a baseline (`a`) and a candidate (`b`)."""

    utterance_id: str
    a: tuple[ScoredTrial, ...]
    b: tuple[ScoredTrial, ...]

    @property
    def cluster(self) -> str:
        return self.b[0].cluster

    @property
    def both_answered(self) -> bool:
        """Every repeat on both sides has an answer."""
        return all(trial.words is not None for trial in (*self.a, *self.b))


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

    @property
    def failing_otherwise(self) -> str | None:
        """What must be said where one side failed more of the utterances that both were sent."""
        sides = ([t for pair in self.pairs for t in pair.a], [t for pair in self.pairs for t in pair.b])
        return failing_otherwise(*sides)

    def measured_by(self, metric: str) -> tuple[Pair, ...]:
        """What both answered; where failures count as deleted, everything."""
        return self.pairs if metric == FAILURES_DELETED else self.answered


@dataclass(frozen=True, slots=True, kw_only=True)
class Shift:
    """An utterance whose word errors, averaged over repeats, changed by `delta` (positive: worse)."""

    utterance_id: str
    delta: float
    failed: bool
    """One side has no answer; then `delta` counts its reference words as deleted."""


def pair_trials(a: Iterable[ScoredTrial], b: Iterable[ScoredTrial]) -> Pairing:
    """Pair the trials of one cell by utterance, never by position."""
    trials_a, trials_b = _by_utterance(a), _by_utterance(b)
    shared = sorted(trials_a.keys() & trials_b.keys())
    pairs = tuple(Pair(utterance_id=id, a=tuple(trials_a[id]), b=tuple(trials_b[id])) for id in shared)
    return Pairing(
        pairs=pairs,
        only_a=tuple(sorted(trials_a.keys() - trials_b.keys())),
        only_b=tuple(sorted(trials_b.keys() - trials_a.keys())),
        changed=tuple(p.utterance_id for p in pairs if len({trial.reference_words for trial in (*p.a, *p.b)}) > 1),
    )


def shifts(pairing: Pairing) -> tuple[Shift, ...]:
    """Utterances that changed: newly broken first (largest `delta`), newly fixed last."""
    changed = [
        Shift(
            utterance_id=pair.utterance_id,
            delta=_mean_errors(pair.b) - _mean_errors(pair.a),
            failed=not pair.both_answered,
        )
        for pair in pairing.pairs
    ]
    return tuple(sorted((s for s in changed if s.delta), key=lambda s: (-s.delta, s.utterance_id)))


def _mean_errors(trials: Sequence[ScoredTrial]) -> float:
    return sum(trial.words_or_all_deleted.errors for trial in trials) / len(trials)


def _by_utterance(trials: Iterable[ScoredTrial]) -> dict[str, list[ScoredTrial]]:
    of_utterance: dict[str, list[ScoredTrial]] = defaultdict(list)
    for trial in trials:
        of_utterance[trial.utterance_id].append(trial)
    return of_utterance
