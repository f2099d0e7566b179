"""The sentences that a candidate newly gets wrong, against evidence that keeps counts and no texts. Pure."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass

from bench.scoring.cells import ScoredTrial
from bench.scoring.columns import ScoredColumns
from bench.scoring.pairing import pair_trials, shifts
from bench.types import Cell


@dataclass(frozen=True, slots=True, kw_only=True)
class Broken:
    """A sentence with more word errors than before."""

    utterance_id: str
    cell: Cell
    delta: float
    """Word errors more, averaged over repeats."""
    reference: str
    hypothesis: str | None
    """Of several repeats the one with most errors; `None`: it failed."""


def newly_broken(
    before: Sequence[ScoredTrial],
    after: Sequence[ScoredTrial],
    texts: Callable[[Collection[Cell]], Iterable[ScoredTrial]],
    *,
    most: int,
) -> tuple[tuple[Broken, ...], int]:
    """The worst of them, and how many there are.

    Args:
        before: trials of the baseline, under the candidate's cell names.
        after: those of the candidate.
        texts: trials of the candidate with their texts, of some cells.
        most: so many at most.
    """
    cells_a, cells_b = ScoredColumns.of(before).by_cell(), ScoredColumns.of(after).by_cell()
    worsened = [
        (shift, cell)
        for cell in cells_a
        if cell in cells_b
        for shift in shifts(pair_trials(cells_a[cell], cells_b[cell]))
        if shift.delta > 0
    ]
    worsened.sort(key=lambda each: (-each[0].delta, each[0].utterance_id, each[1]))
    shown = {(shift.utterance_id, cell): shift.delta for shift, cell in worsened[:most]}
    worst: dict[tuple[str, Cell], ScoredTrial] = {}
    for trial in texts({cell for _, cell in shown}) if shown else ():
        key = (trial.utterance_id, trial.cell)
        if key in shown and (key not in worst or _errors(trial) > _errors(worst[key])):
            worst[key] = trial
    broken = tuple(
        Broken(
            utterance_id=key[0],
            cell=key[1],
            delta=delta,
            reference=worst[key].reference.strip(),
            hypothesis=worst[key].hypothesis,
        )
        for key, delta in shown.items()
        if key in worst
    )
    return broken, len(worsened)


def _errors(trial: ScoredTrial) -> float:
    return trial.words_or_all_deleted.errors
