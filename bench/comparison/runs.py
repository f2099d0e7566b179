"""Two run folders brought together for `bench.comparison.changes`, or refused with every reason why they cannot be."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache

from bench.comparison.changes import Comparison, compare
from bench.comparison.evidence import RULES, Evidence, comparable_metrics, evidence, invalidity
from bench.comparison.sample import incomparable
from bench.errors import Problem, UsageError
from bench.machine import collecting_seldom
from bench.scoring.cells import ScoredTrial
from bench.scoring.errors.confusions import Classify
from bench.scoring.errors.word_kinds import word_kinds
from bench.scoring.text.normalize import get_normalizer
from bench.store import RunFolder
from bench.types import Cell

_NAMES = ("the first run", "the second run")


@dataclass(frozen=True, slots=True, kw_only=True)
class Matched:
    """Rows of two runs that may be compared, under the first run's engine names."""

    a: Sequence[ScoredTrial]
    b: Sequence[ScoredTrial]
    renamed: Mapping[str, str]
    """Engine of the second run -> the engine of the first that it is compared with."""
    without: Mapping[str, str]
    """Metrics that are not the same quantity in the two, and why."""
    notes: tuple[str, ...]
    invalid: tuple[str, ...]
    """Those of the notes that say why latency is left out."""


def match(a: RunFolder, b: RunFolder, *, common: bool = False) -> Matched:
    """Rows of both runs, if they are comparable.

    Where each run has one engine, they are compared with each other under whatever names.

    Args:
        a: the earlier run.
        b: the later one.
        common: take what they share, and say what was left out, instead of refusing.

    Raises:
        UsageError: with every reason why the runs are not comparable.
        RunFolderError: if one is not scored.
    """
    before, after = comparable_metrics(evidence(a, texts=True), evidence(b, texts=True))
    renamed = _renaming(before, after)
    rows_a, rows_b = list(before.sample.rows), [_renamed(row, renamed) for row in after.sample.rows]
    reasons = [*incomparable(before.sample.facts, after.sample.facts, names=_NAMES), *_other_trials(rows_a, rows_b)]
    other_rules = incomparable(*({RULES: run.sample.facts[RULES]} for run in (before, after)), names=_NAMES)
    if other_rules:
        raise _not_comparable(other_rules, "score them again by the same rules: bench score RUN --normalizer NAME")
    if reasons and not common:
        raise _not_comparable(reasons, "add --common to compare what both have")
    if common:
        rows_a, rows_b = _shared(rows_a, before, after), _shared(rows_b, before, after)
    rows_a, rows_b = _timed_in_time(rows_a, a), _timed_in_time(rows_b, b)
    notes = [f"{name}: {doubt}" for name, run in zip(_NAMES, (before, after), strict=True) for doubt in run.doubts]
    notes += [
        *reasons,
        *(f"{old} of the second run is compared with {new} of the first" for old, new in renamed.items()),
    ]
    invalid = tuple(f"{name}: {why}" for name, run in zip(_NAMES, (a, b), strict=True) for why in invalidity(run))
    return Matched(
        a=rows_a, b=rows_b, renamed=renamed, without=before.sample.left_out, notes=tuple(notes), invalid=invalid
    )


def _not_comparable(reasons: Sequence[str], advice: str) -> UsageError:
    return UsageError(Problem("the two runs", "runs that can be compared", "; ".join(reasons), advice))


def _timed_in_time(rows: Sequence[ScoredTrial], folder: RunFolder) -> list[ScoredTrial]:
    """Of an INVALID run, without what was timed: that is the harness's lateness, and no run's difference."""
    validity = folder.validity()
    if validity.valid:
        return list(rows)
    return [replace(row, metrics={}) if row.cell.mode in validity.judged else row for row in rows]


@collecting_seldom()
def compare_runs(a: RunFolder, b: RunFolder, *, common: bool = False) -> Comparison:
    """What changed from `a` to `b`; arguments and errors as for `match`."""
    rows = match(a, b, common=common)
    comparison = compare(rows.a, rows.b, _classes(a), without=rows.without)
    return replace(comparison, notes=(*rows.notes, *comparison.notes), invalid=rows.invalid)


def _renaming(a: Evidence, b: Evidence) -> dict[str, str]:
    """Engine of `b` -> its name in `a`, where each has one engine and the names differ."""
    engines_a, engines_b = ({row.cell.engine for row in run.sample.rows} for run in (a, b))
    if len(engines_a) == len(engines_b) == 1 and engines_a != engines_b:
        return {engines_b.pop(): engines_a.pop()}
    return {}


def _renamed(row: ScoredTrial, rename: Mapping[str, str]) -> ScoredTrial:
    cell = row.cell
    return replace(row, cell=cell._replace(engine=rename[cell.engine])) if cell.engine in rename else row


def _other_trials(a: Sequence[ScoredTrial], b: Sequence[ScoredTrial]) -> list[str]:
    """How many trials only one of them has; repeats are averaged, so their number may differ."""
    ids_a, ids_b = ({(*row.cell, row.utterance_id) for row in rows} for rows in (a, b))
    sides = zip(_NAMES, (ids_a - ids_b, ids_b - ids_a), strict=True)
    return [
        f"{len(only)} trials are only in {name} (such as {', '.join(min(only))}); not the same trials"
        for name, only in sides
        if only
    ]


def _shared(rows: Sequence[ScoredTrial], a: Evidence, b: Evidence) -> list[ScoredTrial]:
    """Rows whose recording, text and condition are the same in both."""
    facts_a, facts_b = a.sample.facts, b.sample.facts
    return [
        row
        for row in rows
        if a.digests.get(row.utterance_id) == b.digests.get(row.utterance_id)
        and facts_a.get(f"condition {row.cell.condition}") == facts_b.get(f"condition {row.cell.condition}")
    ]


def _classes(folder: RunFolder) -> Callable[[Cell], Classify]:
    """Word classes per corpus and language, each made once."""
    normalizer = get_normalizer(folder.scored_rules().name)
    utterances = tuple(folder.utterances().values())

    @cache
    def kinds(corpus: str, language: str) -> Classify:
        own = [each for each in utterances if each.corpus == corpus and each.language == language]
        return word_kinds(own, normalizer)

    def classify(cell: Cell) -> Classify:
        return kinds(cell.corpus, cell.language)

    return classify
