"""What a run says while it goes on: its answers are scored as they come, some at each look, and kept without texts.

Numbers are those that `bench score` will make of the same trials; none is written anywhere.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from bench.report.names import MODE_NAMES, language_name
from bench.report.tables import percent, seconds, with_interval
from bench.scoring.cells import ScoredTrial, by_cell, coverage
from bench.scoring.measures import measure
from bench.scoring.text.normalize import get_normalizer
from bench.scoring.timing.metrics import HEADLINE_LATENCY
from bench.scoring.timing.validity import Paces, Validity, added_by_node, judge_paces, paces_by_node
from bench.scoring.trial import score_trial
from bench.store import RunFolder
from bench.store.index import LinePlaces
from bench.types import Cell, Result, Trial

LOOK_S = 0.7
"""How long a look scores: what the page waits for. Where more came, the next look goes on."""


class SoFar:
    """Counts and scores of a run's results, each looked at once; a result that takes another's place, again."""

    def __init__(self, folder: RunFolder) -> None:
        self._folder = folder
        self._spec = folder.spec()
        self._trials = {trial.id: trial for trial in folder.trials()}
        self._utterances = folder.utterances()
        self._normalizer = get_normalizer(self._spec.config.normalizer)
        self._seen: dict[str, tuple[bool, str, int, bool]] = {}
        self._rows: dict[str, ScoredTrial] = {}
        self._costs: dict[str, float] = {}
        self._paces: dict[str | None, Paces] = {}

    @property
    def trials(self) -> Mapping[str, Trial]:
        """The plan, by trial id."""
        return self._trials

    @property
    def costs(self) -> Mapping[str, float]:
        """Of the trials that were scored and have a price, by trial id."""
        return self._costs

    @property
    def rows(self) -> Mapping[str, ScoredTrial]:
        """Scored so far, by trial id, without texts."""
        return self._rows

    def look(self) -> Counter[str]:
        """Score some of what came since the last look; returns how many results each engine has."""
        places = self._folder.places()
        places = places[np.array([id in self._trials for id in places.trial_ids()], dtype=np.bool_)]
        marks = list(_marks(places))
        is_new = [self._is_new(id, mark) for id, mark in zip(places.trial_ids(), marks, strict=True)]
        new = places[np.array(is_new, dtype=np.bool_)]
        fresh = (mark for mark, wanted in zip(marks, is_new, strict=True) if wanted)
        until = time.monotonic() + LOOK_S
        taken = []
        for result, mark in zip(new.results(), fresh, strict=True):
            self._seen[result.trial_id] = mark
            self._take(result)
            taken.append(result)
            if time.monotonic() > until:
                break
        self._paces = added_by_node([self._paces, paces_by_node(taken)])
        return Counter(self._trials[id].engine_id for id in places.trial_ids())

    def _is_new(self, id: str, mark: tuple[bool, str, int, bool]) -> bool:
        """Whether its result was not seen yet; one that was only sealed was."""
        seen, (answered, _, _, sealed) = self._seen.get(id), mark
        return seen is None or seen[0] != answered or (not sealed and seen != mark)

    def _take(self, result: Result) -> None:
        trial = self._trials[result.trial_id]
        row = score_trial(trial, self._utterances[trial.utterance_id], result, self._normalizer)
        self._rows[trial.id] = replace(row, reference="", hypothesis=None, path="", reasons={}, tags={}, failure=None)
        if result.cost is not None:
            self._costs[trial.id] = result.cost

    def validity(self) -> Validity:
        """Whether the harness kept its pace until now."""
        return judge_paces(self._spec.config.validity, self._paces, self._folder.looks())

    def cells(self) -> list[dict[str, Any]]:
        """Each cell that has a result, as the page shows it."""
        planned: dict[Cell, int] = {}
        for trial in self._trials.values():
            utterance = self._utterances[trial.utterance_id]
            cell = Cell(trial.engine_id, trial.mode, trial.condition_id, utterance.corpus, utterance.language)
            planned[cell] = planned.get(cell, 0) + 1
        judged = self.validity()
        late = set() if judged.valid else set(judged.judged)
        rows = by_cell(self._rows.values())
        return [_shown(cell, rows[cell], number, cell.mode in late) for cell, number in planned.items() if cell in rows]


def _marks(places: LinePlaces) -> Iterator[tuple[bool, str, int, bool]]:
    """Of each result: whether it is an answer, where it lies, and whether that is a sealed part."""
    for answered, file, offset, length in zip(
        places.answered.tolist(), places.file.tolist(), places.offset.tolist(), places.length.tolist(), strict=True
    ):
        yield answered, places.files[file], offset, not length


def _shown(cell: Cell, rows: list[ScoredTrial], planned: int, late: bool) -> dict[str, Any]:
    count, latency = coverage(rows), f"{HEADLINE_LATENCY[cell.mode]}.p50"
    unit = "characters" if get_normalizer("earwitness").unit(cell.language) == "char" else "words"
    return {
        "engine": cell.engine,
        "mode": MODE_NAMES[cell.mode],
        "condition": cell.condition,
        "speech": f"{language_name(cell.language)}, {cell.corpus}",
        "scored": count.attempted,
        "planned": planned,
        "failed": count.attempted - count.answered,
        "empty": count.empty,
        "wrong": with_interval(measure("wer").of(rows), percent),
        "unit": unit,
        "latency": with_interval(measure(latency).of(rows), seconds),
        "late": late,
    }


def failures(rows: Mapping[str, ScoredTrial], engine: str) -> dict[str, int]:
    """How many trials of an engine failed, by kind."""
    counts: dict[str, int] = {}
    for row in rows.values():
        if row.cell.engine == engine and row.failure_kind is not None:
            counts[row.failure_kind.value] = counts.get(row.failure_kind.value, 0) + 1
    return dict(sorted(counts.items()))
