"""What went wrong in each cell, for which words, where, and in which speech; and which references are doubtful. Pure.

Everything is made of counts by utterance, so that each part has an interval over whole clusters. Works on normalised
words; the store keeps the result, the report formats it.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any, TypeAlias

from bench.scoring.cells import Coverage, Order, ScoredRow, alarms, coverage
from bench.scoring.errors.causes import MIN_LOST_WORDS
from bench.scoring.errors.confusions import (
    Classify,
    Confusion,
    WordPair,
    errors_by_class,
    errors_by_position,
    frequency_classes,
    lost_words,
    top_confusions,
    top_errors,
)
from bench.scoring.errors.hallucination import Hallucinations, hallucinations
from bench.scoring.errors.suspects import Suspect, suspects
from bench.scoring.errors.word_kinds import word_kinds
from bench.scoring.records import mapping, scored_row
from bench.scoring.text.normalize import Normalizer
from bench.stats.intervals import ratio_interval
from bench.types import Cell, ErrorCounts, Interval, Utterance

TOP = 15
"""Entries of each list of frequent errors."""
EXAMPLES = 5
"""Utterances named with each of them."""
MAX_SUSPECTS = 500
POSITIONS = 10
DURATION_EDGES_S = (2.0, 5.0, 10.0, 20.0)
SPEECH_RATE_EDGES = (1.5, 2.5, 3.5, 4.5)
"""Reference words per second of speech."""
SNR_EDGES_DB = (0.0, 5.0, 10.0, 15.0, 20.0)

CorpusLanguage: TypeAlias = tuple[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """One trial with its normalised words."""

    row: ScoredRow
    reference: tuple[str, ...]
    hypothesis: tuple[str, ...] | None
    """`None`: the trial failed."""
    speech_s: float
    """From the first to the last word; where that is not known, the whole recording."""
    snr_db: float | None
    """What the condition achieved; `None`: it added no noise."""


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
    substitutions: tuple[Confusion, ...]
    deletions: tuple[Confusion, ...]
    insertions: tuple[Confusion, ...]
    confusions: tuple[Confusion, ...]
    breakdowns: tuple[Breakdown, ...]
    cut_off: CutOff
    hallucinations: Hallucinations


@dataclass(frozen=True, slots=True, kw_only=True)
class Analysis:
    cells: tuple[CellAnalysis, ...]
    suspects: tuple[Suspect, ...]


def analyse_records(
    records: Iterable[Mapping[str, Any]],
    utterances: Mapping[str, Utterance],
    normalizer: Normalizer,
    *,
    engines: Sequence[str],
    conditions: Sequence[str],
) -> Analysis:
    """The analysis of a run from the lines of its scores.parquet and its utterances by key."""
    answers = [_answer(record, utterances[record["utterance_id"]]) for record in records]
    spoken: dict[CorpusLanguage, dict[str, Utterance]] = defaultdict(dict)
    for key in (answer.row.utterance_id for answer in answers):
        spoken[utterances[key].corpus, utterances[key].language][key] = utterances[key]
    kinds = {key: word_kinds(list(found.values()), normalizer) for key, found in spoken.items()}
    return analyse(answers, kinds, engines=engines, conditions=conditions)


def _answer(record: Mapping[str, Any], utterance: Utterance) -> Answer:
    start_s, end_s = utterance.speech_start_s, utterance.speech_end_s
    hypothesis = record["hypothesis"]
    return Answer(
        row=scored_row(record),
        reference=tuple(record["reference"].split()),
        hypothesis=None if hypothesis is None else tuple(hypothesis.split()),
        speech_s=utterance.duration_s if start_s is None or end_s is None else end_s - start_s,
        snr_db=mapping(record, "dose").get("snr_db"),
    )


def analyse(
    answers: Sequence[Answer],
    kinds: Mapping[CorpusLanguage, Classify],
    *,
    engines: Sequence[str],
    conditions: Sequence[str],
) -> Analysis:
    """Cells in the order of `engines` and `conditions`, as in the tables; `kinds` by corpus and language."""
    cells: dict[Cell, list[Answer]] = defaultdict(list)
    for answer in sorted(answers, key=lambda answer: (answer.row.utterance_id, answer.row.repeat)):
        cells[answer.row.cell].append(answer)
    ordered = sorted(cells, key=Order(engines=engines, conditions=conditions).of)
    return Analysis(
        cells=tuple(_cell(cell, cells[cell], kinds[cell.corpus, cell.language]) for cell in ordered),
        suspects=_suspects({cell: cells[cell] for cell in ordered if cell.condition == conditions[0]}),
    )


def _cell(cell: Cell, answers: Sequence[Answer], kind: Classify) -> CellAnalysis:
    rows = [answer.row for answer in answers]
    answered = [(answer, pair) for answer in answers if (pair := _pair(answer)) is not None]
    pairs = [pair for _, pair in answered]
    return CellAnalysis(
        cell=cell,
        coverage=coverage(rows),
        alarms=alarms(rows),
        substitutions=_shown(top_errors(pairs, "substitute", limit=TOP)),
        deletions=_shown(top_errors(pairs, "delete", limit=TOP)),
        insertions=_shown(top_errors(pairs, "insert", limit=TOP)),
        confusions=_shown(top_confusions(pairs, limit=TOP)),
        breakdowns=_breakdowns(answered, kind),
        cut_off=_cut_off(pairs),
        hallucinations=sum((hallucinations(pair, a.row.duration_s) for a, pair in answered), Hallucinations()),
    )


def _pair(answer: Answer) -> WordPair | None:
    if answer.hypothesis is None:
        return None
    return WordPair.aligned(answer.row.utterance_id, answer.reference, answer.hypothesis)


def _shown(found: Iterable[Confusion]) -> tuple[Confusion, ...]:
    return tuple(replace(one, utterance_ids=one.utterance_ids[:EXAMPLES]) for one in found)


def _cut_off(pairs: Iterable[WordPair]) -> CutOff:
    lost = [lost_words(pair) for pair in pairs if pair.hypothesis]
    starts = [head for head, _ in lost if head >= MIN_LOST_WORDS]
    tails = [tail for _, tail in lost if tail >= MIN_LOST_WORDS]
    return CutOff(starts=len(starts), start_words=sum(starts), tails=len(tails), tail_words=sum(tails))


# -- errors by a property ---------------------------------------------------------------------

_Answered: TypeAlias = tuple[Answer, WordPair]
_Split: TypeAlias = Callable[[_Answered], Mapping[str, ErrorCounts]]
"""The counts of one utterance by label."""


def _breakdowns(answered: Sequence[_Answered], kind: Classify) -> tuple[Breakdown, ...]:
    frequency = frequency_classes({pair.utterance_id: pair.reference for _, pair in answered}.values())
    tenths = tuple(f"{10 * i}–{10 * (i + 1)} %" for i in range(POSITIONS))
    rates = _labels(SPEECH_RATE_EDGES)
    ways: tuple[tuple[str, str, tuple[str, ...], _Split], ...] = (
        ("position in the utterance", "", tenths, _by_position(tenths)),
        ("kind of word", "", ("number", "term", "name", "other"), lambda one: errors_by_class([one[1]], kind)),
        (
            "how often the word occurs in these references",
            "times",
            ("unseen", "once", "2-9", "10-99", "100+"),
            lambda one: errors_by_class([one[1]], frequency),
        ),
        ("duration", "s", _labels(DURATION_EDGES_S), _by_quantity(lambda a: a.row.duration_s, DURATION_EDGES_S)),
        ("speech rate", "words/s", rates, _by_quantity(_speech_rate, SPEECH_RATE_EDGES)),
        ("SNR", "dB", _labels(SNR_EDGES_DB), _by_quantity(lambda a: a.snr_db, SNR_EDGES_DB)),
    )
    made = (Breakdown(by=by, unit=unit, parts=_parts(answered, labels, split)) for by, unit, labels, split in ways)
    return tuple(breakdown for breakdown in made if breakdown.parts)


def _parts(answered: Sequence[_Answered], labels: Sequence[str], split: _Split) -> tuple[Part, ...]:
    """Of each label that occurs, in the order given."""
    found: dict[str, list[tuple[str, ErrorCounts]]] = {label: [] for label in labels}
    for one in answered:
        for label, counts in split(one).items():
            found[label].append((one[0].row.cluster, counts))
    return tuple(_part(label, items) for label, items in found.items() if items)


def _part(label: str, items: Sequence[tuple[str, ErrorCounts]]) -> Part:
    counts = [count for _, count in items]
    interval = ratio_interval(
        [count.errors for count in counts], [count.reference_length for count in counts], [name for name, _ in items]
    )
    return Part(label=label, counts=sum(counts, ErrorCounts()), rate=interval)


def _by_position(labels: Sequence[str]) -> _Split:
    def split(one: _Answered) -> dict[str, ErrorCounts]:
        counts = errors_by_position([one[1]], bins=len(labels))
        return {label: count for label, count in zip(labels, counts, strict=True) if count != ErrorCounts()}

    return split


def _by_quantity(value: Callable[[Answer], float | None], edges: Sequence[float]) -> _Split:
    labels = _labels(edges)

    def split(one: _Answered) -> dict[str, ErrorCounts]:
        number, counts = value(one[0]), one[0].row.words
        return {} if number is None or counts is None else {labels[bisect_right(edges, number)]: counts}

    return split


def _labels(edges: Sequence[float]) -> tuple[str, ...]:
    """`< 2`, `2 to 5`, ... `≥ 20`: the lower bound belongs to the class."""
    return (f"< {edges[0]:g}", *(f"{low:g} to {high:g}" for low, high in pairwise(edges)), f"≥ {edges[-1]:g}")


def _speech_rate(answer: Answer) -> float | None:
    return len(answer.reference) / answer.speech_s if answer.speech_s > 0 and answer.reference else None


# -- doubtful references ----------------------------------------------------------------------


def _suspects(cells: Mapping[Cell, Sequence[Answer]]) -> tuple[Suspect, ...]:
    """Over the engines of each corpus and language; of an engine only its first mode and its first repeat count."""
    heard: dict[CorpusLanguage, dict[str, list[WordPair]]] = defaultdict(dict)
    for cell, answers in cells.items():
        pairs = [pair for answer in answers if answer.row.repeat == 0 and (pair := _pair(answer)) is not None]
        heard[cell.corpus, cell.language].setdefault(cell.engine, pairs)
    found = (suspect for engines in heard.values() for suspect in suspects(engines))
    return tuple(sorted(found, key=lambda suspect: (-suspect.agreement, -len(suspect.engines))))[:MAX_SUSPECTS]
