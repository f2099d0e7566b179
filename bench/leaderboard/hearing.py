"""Which errors are played to whoever reads a leaderboard: drawn by seed, of every engine as many. Pure."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Collection, Iterable

from bench.scoring.cells import ScoredTrial


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

    def rank(trial: ScoredTrial) -> tuple[bool, str]:
        drawn = hashlib.sha256(f"{seed}/{trial.cell.engine}/{trial.trial_id}".encode()).hexdigest()
        return trial.utterance_id not in audible, drawn

    by_engine: dict[str, list[ScoredTrial]] = defaultdict(list)
    for trial in trials:
        if trial.words is not None and trial.words.errors:
            by_engine[trial.cell.engine].append(trial)
    return _in_turn({engine: sorted(by_engine[engine], key=rank) for engine in sorted(by_engine)}, number)


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
