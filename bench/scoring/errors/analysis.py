"""What went wrong in each cell, for which words, where, and in which speech; and which references are doubtful. Pure.

Everything is made of counts by utterance, so that each part has an interval over whole clusters. Works on normalised
words; the store keeps the result, the report formats it.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache, lru_cache, partial
from itertools import chain, pairwise
from operator import attrgetter
from typing import Protocol, TypeAlias, TypeVar

import numpy as np

from bench.scoring.cells import Coverage, Order, ScoredTrial, alarms, by_cell, coverage
from bench.scoring.errors.causes import MIN_LOST_WORDS
from bench.scoring.errors.confusions import (
    Classify,
    WordConfusion,
    WordPair,
    errors_by_class,
    errors_by_position,
    frequency_classes,
    lost_words,
    top_confusions,
    top_errors,
)
from bench.scoring.errors.hallucination import Hallucinations, pooled
from bench.scoring.errors.suspects import Suspect, suspects
from bench.scoring.errors.word_kinds import word_kinds
from bench.scoring.text.align import edits_of
from bench.scoring.text.normalize import Normalizer
from bench.stats.intervals import ratio_interval
from bench.types import EDITS, Cell, ErrorCounts, Interval, Utterance

TOP = 15
"""Entries of each list of frequent errors."""
EXAMPLES = 5
"""Utterances named with each of them."""
MAX_SUSPECTS = 500
POSITIONS = 10
AT_A_TIME = 50_000
"""Trials of which the texts are held, or those of one cell."""
READ = ("tallies.private.cards_leaked", "dose.snr_db")
"""Of the mappings of a trial, what is read."""
DURATION_EDGES_S = (2.0, 5.0, 10.0, 20.0)
SPEECH_RATE_EDGES = (1.5, 2.5, 3.5, 4.5)
"""Reference words per second of speech."""
SNR_EDGES_DB = (0.0, 5.0, 10.0, 15.0, 20.0)

CorpusLanguage: TypeAlias = tuple[str, str]
J = TypeVar("J")
R = TypeVar("R")


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One class of words or of utterances, pooled."""

    label: str
    counts: ErrorCounts
    rate: Interval
    """WER over the utterances in it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Breakdown:
    """The errors of a cell by one property."""

    by: str
    unit: str
    parts: tuple[Part, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class CutOff:
    """Answers that miss at least `MIN_LOST_WORDS` words at the start or the end with nothing heard in their place."""

    starts: int = 0
    start_words: int = 0
    tails: int = 0
    tail_words: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class CellAnalysis:
    """One engine x mode x condition x corpus x language."""

    cell: Cell
    coverage: Coverage
    alarms: tuple[str, ...]
    substitutions: tuple[WordConfusion, ...]
    deletions: tuple[WordConfusion, ...]
    insertions: tuple[WordConfusion, ...]
    confusions: tuple[WordConfusion, ...]
    breakdowns: tuple[Breakdown, ...]
    cut_off: CutOff
    hallucinations: Hallucinations


@dataclass(frozen=True, slots=True, kw_only=True)
class Analysis:
    cells: tuple[CellAnalysis, ...]
    suspects: tuple[Suspect, ...]


WithTexts: TypeAlias = Callable[[Collection[Cell]], Iterable[ScoredTrial]]
"""The trials of some cells, with their texts."""


class Each(Protocol):
    """Calls a function with each of some jobs, in this process or in others, and yields what it returns in order."""

    def __call__(self, function: Callable[[J], R], jobs: Iterable[J], /) -> Iterable[R]:
        """As `map`."""


def analyse(
    trials: Sequence[ScoredTrial],
    utterances: Mapping[str, Utterance],
    normalizer: Normalizer,
    *,
    order: Order,
    with_texts: WithTexts | None = None,
    each: Each = map,
) -> Analysis:
    """The analysis of a run from its scored trials and its utterances by key; cells in the order of the tables.

    Args:
        trials: of the run.
        utterances: by key.
        normalizer: that they were scored by.
        order: of the tables.
        with_texts: where to have the texts from, some cells at a time; `None`: the trials have theirs.
        each: by whom cells are analysed; they need nothing of each other.
    """
    cells = by_cell(trials, order)
    load = with_texts or (lambda wanted: (trial for cell in wanted for trial in cells[cell]))
    spoken: dict[CorpusLanguage, set[str]] = defaultdict(set)
    for cell, own in cells.items():
        spoken[cell.corpus, cell.language].update(trial.utterance_id for trial in own)
    kinds = {key: word_kinds([utterances[id] for id in sorted(own)], normalizer) for key, own in spoken.items()}
    jobs = (
        _Cells(
            cells=group,
            load=load,
            order=order,
            kinds={(cell.corpus, cell.language): kinds[cell.corpus, cell.language] for cell in group},
            speech_s={
                trial.utterance_id: _speech_s(utterances[trial.utterance_id]) for cell in group for trial in cells[cell]
            },
        )
        for group in _groups(cells)
    )
    first = [cell for cell in cells if cell.condition == order.conditions[0]]
    doubts = (partial(_suspected, engines, load) for engines in _heard_by_several(first))
    # In one row, so that no process waits while another is at the suspects, which read most.
    parts = list(each(_call, chain(doubts, (partial(_analysed, job) for job in jobs))))
    return Analysis(
        cells=tuple(cell for part in parts for cell in part.cells), suspects=_gravest(part.suspects for part in parts)
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Cells:
    """Some cells, and all it takes to analyse them."""

    cells: tuple[Cell, ...]
    load: WithTexts
    order: Order
    kinds: Mapping[CorpusLanguage, Classify]
    speech_s: Mapping[str, float]
    """By utterance key."""


def _groups(cells: Mapping[Cell, Sequence[ScoredTrial]]) -> Iterator[tuple[Cell, ...]]:
    """Of small cells many together, large ones alone."""
    waiting: list[Cell] = []
    for cell in cells:
        if waiting and sum(len(cells[each]) for each in (*waiting, cell)) > AT_A_TIME:
            yield tuple(waiting)
            waiting = []
        waiting.append(cell)
    if waiting:
        yield tuple(waiting)


def _call(job: Callable[[], Analysis]) -> Analysis:
    return job()


def _analysed(job: _Cells) -> Analysis:
    cells = (
        _cell(cell, own, job.kinds[cell.corpus, cell.language], job.speech_s)
        for cell, own in by_cell(job.load(job.cells), job.order).items()
    )
    return Analysis(cells=tuple(cells), suspects=())


def _speech_s(utterance: Utterance) -> float:
    """From the first to the last word; where that is not known, the whole recording."""
    start_s, end_s = utterance.speech_start_s, utterance.speech_end_s
    return utterance.duration_s if start_s is None or end_s is None else end_s - start_s


_Answered: TypeAlias = tuple[ScoredTrial, WordPair]


def _cell(cell: Cell, trials: Sequence[ScoredTrial], kind: Classify, speech_s: Mapping[str, float]) -> CellAnalysis:
    answered = [(trial, WordPair.of(trial)) for trial in trials if trial.answered]
    pairs = [pair for _, pair in answered]
    return CellAnalysis(
        cell=cell,
        coverage=coverage(trials),
        alarms=alarms(trials),
        substitutions=_shown(top_errors(pairs, "substitute", limit=TOP)),
        deletions=_shown(top_errors(pairs, "delete", limit=TOP)),
        insertions=_shown(top_errors(pairs, "insert", limit=TOP)),
        confusions=_shown(top_confusions(pairs, limit=TOP)),
        breakdowns=_breakdowns(answered, kind, speech_s),
        cut_off=_cut_off(pairs),
        hallucinations=pooled((pair, trial.duration_s) for trial, pair in answered),
    )


def _shown(confusions: Iterable[WordConfusion]) -> tuple[WordConfusion, ...]:
    return tuple(replace(each, utterance_ids=each.utterance_ids[:EXAMPLES]) for each in confusions)


def _cut_off(pairs: Iterable[WordPair]) -> CutOff:
    lost = [lost_words(pair) for pair in pairs if pair.hypothesis]
    starts = [head for head, _ in lost if head >= MIN_LOST_WORDS]
    tails = [tail for _, tail in lost if tail >= MIN_LOST_WORDS]
    return CutOff(starts=len(starts), start_words=sum(starts), tails=len(tails), tail_words=sum(tails))


# -- errors by a property ---------------------------------------------------------------------

_Split: TypeAlias = Callable[[_Answered], Mapping[str, ErrorCounts]]
"""The counts of one utterance by label."""


def _breakdowns(answered: Sequence[_Answered], kind: Classify, speech_s: Mapping[str, float]) -> tuple[Breakdown, ...]:
    kind = cache(kind)
    frequency = cache(frequency_classes({pair.utterance_id: pair.reference for _, pair in answered}.values()))
    tenths = tuple(f"{10 * i}–{10 * (i + 1)} %" for i in range(POSITIONS))
    rates = _labels(SPEECH_RATE_EDGES)
    ways: tuple[tuple[str, str, tuple[str, ...], _Split], ...] = (
        ("position in the utterance", "", tenths, _by_position(tenths)),
        ("kind of word", "", ("number", "term", "name", "other"), lambda answer: errors_by_class(answer[1], kind)),
        (
            "how often the word occurs in these references",
            "times",
            ("unseen", "once", "2-9", "10-99", "100+"),
            lambda answer: errors_by_class(answer[1], frequency),
        ),
        ("duration", "s", _labels(DURATION_EDGES_S), _by_quantity(lambda trial: trial.duration_s, DURATION_EDGES_S)),
        ("speech rate", "words/s", rates, _by_quantity(_speech_rate(speech_s), SPEECH_RATE_EDGES)),
        ("SNR", "dB", _labels(SNR_EDGES_DB), _by_quantity(lambda trial: trial.dose.get("snr_db"), SNR_EDGES_DB)),
    )
    made = (Breakdown(by=by, unit=unit, parts=_parts(answered, labels, split)) for by, unit, labels, split in ways)
    return tuple(breakdown for breakdown in made if breakdown.parts)


def _parts(answered: Sequence[_Answered], labels: Sequence[str], split: _Split) -> tuple[Part, ...]:
    """Of each label that occurs, in the order given."""
    of_label: dict[str, list[tuple[str, ErrorCounts]]] = {label: [] for label in labels}
    for trial, pair in answered:
        for label, counts in split((trial, pair)).items():
            of_label[label].append((trial.cluster, counts))
    return tuple(_part(label, clustered) for label, clustered in of_label.items() if clustered)


def _part(label: str, clustered: Sequence[tuple[str, ErrorCounts]]) -> Part:
    counts = np.array([_NUMBERS(count) for _, count in clustered], dtype=np.int64)
    substitutions, deletions, insertions, hits = counts.T
    interval = ratio_interval(
        substitutions + deletions + insertions, substitutions + deletions + hits, [cluster for cluster, _ in clustered]
    )
    total = dict(zip(EDITS, counts.sum(axis=0).tolist(), strict=True))
    return Part(label=label, counts=ErrorCounts(**total), rate=interval)


_NUMBERS = attrgetter(*EDITS)


def _by_position(labels: Sequence[str]) -> _Split:
    @lru_cache(50_000)
    def of_path(path: str) -> dict[str, ErrorCounts]:
        counts = errors_by_position(edits_of(path), bins=len(labels))
        return {label: count for label, count in zip(labels, counts, strict=True) if count != ErrorCounts()}

    return lambda answer: of_path(answer[0].path)


def _by_quantity(value: Callable[[ScoredTrial], float | None], edges: Sequence[float]) -> _Split:
    labels = _labels(edges)

    def split(answer: _Answered) -> dict[str, ErrorCounts]:
        number, counts = value(answer[0]), answer[0].words
        return {} if number is None or counts is None else {labels[bisect_right(edges, number)]: counts}

    return split


def _labels(edges: Sequence[float]) -> tuple[str, ...]:
    """`< 2`, `2 to 5`, ... `≥ 20`: the lower bound belongs to the class."""
    return (f"< {edges[0]:g}", *(f"{low:g} to {high:g}" for low, high in pairwise(edges)), f"≥ {edges[-1]:g}")


def _speech_rate(speech_s: Mapping[str, float]) -> Callable[[ScoredTrial], float | None]:
    """Words of the reference, as the answer was read by, a second of speech."""

    def rate(trial: ScoredTrial) -> float | None:
        seconds, words = speech_s[trial.utterance_id], trial.reference.count(" ") + 1
        return words / seconds if seconds > 0 and trial.reference else None

    return rate


# -- doubtful references ----------------------------------------------------------------------


def _heard_by_several(cells: Sequence[Cell]) -> list[dict[str, Cell]]:
    """The engines of each corpus and language that has more than one, each by the cell of its first mode."""
    heard: dict[CorpusLanguage, dict[str, Cell]] = defaultdict(dict)
    for cell in cells:
        heard[cell.corpus, cell.language].setdefault(cell.engine, cell)
    return [engines for engines in heard.values() if len(engines) > 1]


def _gravest(suspected: Iterable[Sequence[Suspect]]) -> tuple[Suspect, ...]:
    doubtful = (suspect for own in suspected for suspect in own)
    return tuple(sorted(doubtful, key=lambda suspect: (-suspect.agreement, -len(suspect.engines))))[:MAX_SUSPECTS]


def _suspected(engines: Mapping[str, Cell], load: WithTexts) -> Analysis:
    """Of each engine only its first repeat counts."""
    answers = {engine: _first_answers(load((cell,))) for engine, cell in engines.items()}
    return Analysis(cells=(), suspects=suspects(answers, limit=MAX_SUSPECTS))


def _first_answers(trials: Iterable[ScoredTrial]) -> Iterator[WordPair]:
    return (WordPair.of(trial) for trial in trials if trial.answered and trial.repeat == 0)
