"""Scores of a part of a run, a range of trial ids: a function of the part alone, so it may be scored anywhere.

What a part leaves is a table of its own, and facts that add up over parts: how the harness kept time, how streams
fared while they went on, and what a second opinion said. Rows hang on the run and not on how many processes score it.
"""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from dataclasses import dataclass
from itertools import islice
from multiprocessing import active_children, get_context
from typing import Protocol, TypeVar

import numpy as np

from bench.drivers.children import leave_with_parent, starting_children
from bench.machine import collecting_seldom
from bench.scoring.cells import ScoredTrial
from bench.scoring.second_opinion import SecondOpinion, second_opinion
from bench.scoring.term_estimates import with_terms
from bench.scoring.text.lattice import WILDCARD
from bench.scoring.text.normalize import get_normalizer
from bench.scoring.timing.log import Log
from bench.scoring.timing.metrics import trial_log
from bench.scoring.timing.over_time import Marks, marks
from bench.scoring.timing.validity import Paces, paces_by_node
from bench.scoring.trial import score_trial
from bench.store import RunFolder
from bench.store.index import LinePlaces
from bench.store.scores import score_table
from bench.types import Cell, Result, Transcript, Trial, Utterance

J = TypeVar("J")
R = TypeVar("R")
T = TypeVar("T")

TRIALS = 2_000
"""Of a part; the same for every run, since parts decide how the stored table is cut."""
AHEAD = 2
"""Parts that wait for each process: more would only take memory."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ScoringRules:
    """By what every part of a run is scored."""

    normalizer: str
    transliterating: bool
    terms: Mapping[str, Sequence[str]]
    """By corpus."""
    checked_share: float
    """Of the texts that get a second opinion."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """Trials that have a result, and all it takes to score them; it can be sent to a process."""

    number: int
    trials: tuple[Trial, ...]
    """By trial id."""
    utterances: Mapping[str, Utterance]
    """Of these trials, by key."""
    places: LinePlaces
    """Of their results, in the same order."""
    rules: ScoringRules


@dataclass(frozen=True, slots=True, kw_only=True)
class ScoredPart:
    """What a part leaves."""

    number: int
    table: bytes
    """Its scores (`store.scores.score_table`); whoever keeps it takes it out."""
    paces: Mapping[str | None, Paces]
    """By node; `None`: the one machine of the run."""
    marks: Mapping[Cell, Marks]
    opinion: SecondOpinion


def parts(folder: RunFolder, utterances: Mapping[str, Utterance], rules: ScoringRules) -> Iterator[Part]:
    """The run in ranges of trial ids; trials without a result are in none."""
    planned = {trial.id: trial for trial in folder.trials()}
    places = folder.places()
    for number, begin in enumerate(range(0, len(places), TRIALS)):
        some = places[begin : begin + TRIALS]
        known = [id in planned for id in some.trial_ids()]
        some = some[np.array(known, dtype=np.bool_)]
        trials = tuple(planned[id] for id in some.trial_ids())
        used = {trial.utterance_id: utterances[trial.utterance_id] for trial in trials}
        yield Part(number=number, trials=trials, utterances=used, places=some, rules=rules)


def score_part(part: Part) -> ScoredPart:
    """Score a part."""
    rules = part.rules
    normalizer = get_normalizer(rules.normalizer)
    results = list(part.places.results())
    scored = [
        score_trial(
            trial, part.utterances[trial.utterance_id], result, normalizer, transliterating=rules.transliterating
        )
        for trial, result in zip(part.trials, results, strict=True)
    ]
    scored = list(with_terms(scored, rules.terms, normalizer))
    checked = (trial for trial in scored if not _has_wildcard(trial, part.utterances))
    return ScoredPart(
        number=part.number,
        table=score_table(scored),
        paces=paces_by_node(results),
        marks=marks(_logs(scored, part.utterances, results)),
        opinion=second_opinion(checked, share=rules.checked_share),
    )


def _has_wildcard(trial: ScoredTrial, utterances: Mapping[str, Utterance]) -> bool:
    """What a wildcard took is cut out of the answer, so the texts left over no longer say where it was."""
    return WILDCARD in utterances[trial.utterance_id].text


def _logs(
    trials: Sequence[ScoredTrial], utterances: Mapping[str, Utterance], results: Sequence[Result]
) -> Iterator[tuple[Cell, Log]]:
    """The log of every answered stream, with its cell."""
    for trial, result in zip(trials, results, strict=True):
        cell = trial.cell
        if cell.mode == "stream" and isinstance(result.outcome, Transcript):
            yield cell, trial_log(utterances[trial.utterance_id], result.outcome, cell.mode, result.dose)


# -- over processes ---------------------------------------------------------------------------


class PartScorer(Protocol):
    """Scores parts, wherever it does, and yields what each leaves in their order.

    `parts` are made as they are needed; `number`: how many they are; `workers`: at a time, `None`: as many as pays.
    """

    def __call__(self, parts: Iterable[Part], *, number: int, workers: int | None) -> Iterator[ScoredPart]:
        """Begin with the first when it is asked for."""


def score_parts(parts: Iterable[Part], *, number: int, workers: int | None) -> Iterator[ScoredPart]:
    """Over processes of this machine: `workers`, and 1 is this one; `None`: one for each processor where that pays."""
    wanted = min(number, workers or (os.cpu_count() or 1))
    yield from over_processes(score_part, parts, processes=1 if workers is None and number <= wanted else wanted)


def over_processes(function: Callable[[J], R], jobs: Iterable[J], *, processes: int) -> Iterator[R]:
    """What a function makes of each job, in their order; in this process, if one is enough."""
    if processes <= 1:
        yield from map(function, jobs)
        return
    others = set(active_children())
    with ProcessPoolExecutor(processes, get_context("spawn"), leave_with_parent) as pool:

        def begin(job: J) -> Future[R]:
            with starting_children():  # a pool starts its processes as work comes
                return pool.submit(_seldom_collecting, function, job)

        try:
            yield from in_order(jobs, begin, Future.result, at_once=processes * (1 + AHEAD))
        except BaseException:  # nobody wants what they are at; the pool itself would wait for it
            for worker in set(active_children()) - others:
                worker.terminate()
            raise
        finally:
            pool.shutdown(cancel_futures=True)


def _seldom_collecting(function: Callable[[J], R], job: J) -> R:
    """As whoever asked for it does."""
    with collecting_seldom():
        return function(job)


def in_order(jobs: Iterable[J], begin: Callable[[J], T], end: Callable[[T], R], *, at_once: int) -> Iterator[R]:
    """What becomes of each job, with so many begun ahead of the one that is waited for."""
    remaining = iter(jobs)
    waiting = deque(begin(job) for job in islice(remaining, at_once))
    while waiting:
        yield end(waiting.popleft())
        waiting.extend(begin(job) for job in islice(remaining, 1))
