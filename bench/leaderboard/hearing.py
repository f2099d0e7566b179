"""Which errors are played to whoever reads a leaderboard: drawn by seed, of every engine as many. Pure."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Collection, Iterable
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from bench.scoring.cells import ScoredTrial
from bench.scoring.columns import ScoredColumns


def errors_to_hear(
    trials: Iterable[ScoredTrial], audible: Collection[str], *, number: int, seed: int = 0
) -> tuple[ScoredTrial, ...]:
    """Answers with at least one word wrong: in turn one of each engine, in an order that the seed alone decides.

    Those that can be heard come first; an utterance comes a second time only when no other is left.

    Args:
        trials: with their texts.
        audible: keys of utterances that have a recording.
        number: at most so many.
        seed: of the order.
    """

    def rank(trial: ScoredTrial) -> _Rank:
        return _rank(trial.cell.engine, trial.trial_id, trial.utterance_id in audible, seed)

    by_engine: dict[str, list[ScoredTrial]] = defaultdict(list)
    for trial in trials:
        if trial.words is not None and trial.words.errors:
            by_engine[trial.cell.engine].append(trial)
    return _in_turn({engine: sorted(by_engine[engine], key=rank) for engine in sorted(by_engine)}, number)


def may_be_heard(trials: ScoredColumns, audible: Collection[str], *, number: int, seed: int = 0) -> ScoredColumns:
    """The few of many trials that `errors_to_hear` may choose, of these or of these and others.

    While fewer than `number` utterances are chosen, an engine's next error is among those of its first `number`.
    """
    engines, kept = trials.texts("engine"), np.zeros(len(trials), np.bool_)
    for engine in engines.used():
        kept[_first_of(trials, np.flatnonzero(engines.are(engine) & (trials.errors > 0)), audible, number, seed)] = True
    return trials.taken(kept)


def _first_of(
    trials: ScoredColumns, rows: NDArray[np.intp], audible: Collection[str], number: int, seed: int
) -> list[int]:
    """Of the rows of one engine, by rank, those until so many utterances are among them."""
    own = trials.taken(rows)
    keys, [engine] = own.texts("utterance_id").texts(), own.texts("engine").used() or [""]
    ranks = [_rank(engine, id.decode(), key in audible, seed) for id, key in zip(own.trial_ids, keys, strict=True)]
    first: list[int] = []
    utterances: set[str] = set()
    for place in sorted(range(len(ranks)), key=ranks.__getitem__):
        if len(utterances) == number:
            break
        first.append(int(rows[place]))
        utterances.add(keys[place])
    return first


_Rank: TypeAlias = tuple[bool, str]


def _rank(engine: str, trial_id: str, is_audible: bool, seed: int) -> _Rank:
    return not is_audible, hashlib.sha256(f"{seed}/{engine}/{trial_id}".encode()).hexdigest()


def _in_turn(waiting: dict[str, list[ScoredTrial]], number: int) -> tuple[ScoredTrial, ...]:
    """The first `number`, each engine in turn, utterances that were not chosen yet before those that were."""
    chosen: list[ScoredTrial] = []
    used: set[str] = set()
    while len(chosen) < number and any(waiting.values()):
        for own in waiting.values():
            if own and len(chosen) < number:
                fresh = next((trial for trial in own if trial.utterance_id not in used), own[0])
                own.remove(fresh)
                used.add(fresh.utterance_id)
                chosen.append(fresh)
    return tuple(chosen)
