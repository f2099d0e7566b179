"""Estimates of what is judged beyond words, of a cell and of two; a feature no reference speaks of has none. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from bench.scoring.cells import ScoredTrial
from bench.scoring.features import declared
from bench.scoring.measures import measure
from bench.scoring.pairing import Pair
from bench.scoring.tally import Tallied
from bench.scoring.timing.shared_words import on_shared_words
from bench.types import Cell, Contrast, Estimate, Interval


def feature_estimates(cell: Cell, answered: Sequence[ScoredTrial], n_failed: int) -> Iterator[Estimate]:
    """Every measure that some answer has tallies for; one that only reasons speak of has no value, and a note."""
    names = {name for trial in answered for name in trial.tallies}
    reasons = {name: why for trial in reversed(answered) for name, why in trial.reasons.items()}
    for tallied in declared(names):
        if _is_tallied(tallied, names):
            interval = measure(tallied.name).of(answered)
        elif tallied.family in reasons:
            interval = Interval(value=None, note=reasons[tallied.family])
        else:
            continue
        yield _estimate(tallied, tallied.name, cell, interval, n_failed)


def feature_contrast(contrast: Contrast, pairs: Sequence[Pair]) -> Iterator[Estimate]:
    """What both sides have tallies for, on the same utterances."""
    of, minus = ({name for trial in side for name in trial.tallies} for side in _sides(pairs))
    timed, said = on_shared_words(pairs)  # once for all measures of them
    for tallied in declared(of & minus):
        if _is_tallied(tallied, of) and _is_tallied(tallied, minus):
            if tallied.of_shared_words:
                interval = replace(measure(tallied.name), of_shared_words=False).difference(timed).noting(said)
            else:
                interval = measure(tallied.name).difference(pairs)
            yield _estimate(tallied, f"{tallied.name}.difference", contrast, interval, 0)


def _sides(pairs: Sequence[Pair]) -> tuple[list[ScoredTrial], list[ScoredTrial]]:
    return [trial for pair in pairs for trial in pair.b], [trial for pair in pairs for trial in pair.a]


def _is_tallied(tallied: Tallied, names: set[str]) -> bool:
    if tallied.top:
        return any(name in names for name in tallied.bottom)
    return any(name.startswith(tallied.prefix) for name in names)


def _estimate(tallied: Tallied, name: str, scope: Cell | Contrast, interval: Interval, n_failed: int) -> Estimate:
    return Estimate(
        metric=name,
        unit=tallied.unit,
        scope=scope,
        interval=interval,
        n_failed=n_failed,
        lower_is_better=tallied.lower_is_better,
    )
