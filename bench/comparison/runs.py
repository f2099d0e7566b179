"""Two run folders brought together for `bench.comparison.changes`, or refused with every reason why they cannot be."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache

import numpy as np

from bench.comparison.changes import Comparison, ReadTexts, compare
from bench.comparison.evidence import RULES, Evidence, comparable_metrics, evidence, invalidity
from bench.comparison.sample import incomparable
from bench.errors import Problem, UsageError
from bench.machine import collecting_seldom
from bench.scoring.cells import ScoredTrial
from bench.scoring.columns import Coded, ScoredColumns
from bench.scoring.errors.confusions import Classify
from bench.scoring.errors.word_kinds import word_kinds
from bench.scoring.text.normalize import get_normalizer
from bench.store import RunFolder
from bench.types import Cell

_NAMES = ("the first run", "the second run")


@dataclass(frozen=True, slots=True, kw_only=True)
class Matched:
    """Rows of two runs that may be compared, under the first run's engine names."""

    a: ScoredColumns
    b: ScoredColumns
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
    before, after = comparable_metrics(evidence(a), evidence(b))
    renamed = _renaming(before, after)
    rows_a, rows_b = ScoredColumns.of(before.sample.rows), _renamed(ScoredColumns.of(after.sample.rows), renamed)
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


def _timed_in_time(rows: ScoredColumns, folder: RunFolder) -> ScoredColumns:
    """Of an INVALID run, without what was timed: that is the harness's lateness, and no run's difference."""
    validity = folder.validity()
    if validity.valid:
        return rows
    return rows.without_metrics(np.isin(rows.modes, list(validity.judged)))


@collecting_seldom()
def compare_runs(a: RunFolder, b: RunFolder, *, common: bool = False) -> Comparison:
    """What changed from `a` to `b`; arguments and errors as for `match`."""
    rows = match(a, b, common=common)
    texts = (_texts(a), _texts(b))
    comparison = compare(rows.a, rows.b, _classes(a), without=rows.without, texts=texts)
    return replace(comparison, notes=(*rows.notes, *comparison.notes), invalid=rows.invalid)


def _texts(folder: RunFolder) -> ReadTexts:
    def read(trial_ids: Collection[str]) -> dict[str, ScoredTrial]:
        return {trial.trial_id: trial for trial in folder.scores_of(trial_ids=trial_ids, mappings=())}

    return read


def _renaming(a: Evidence, b: Evidence) -> dict[str, str]:
    """Engine of `b` -> its name in `a`, where each has one engine and the names differ."""
    engines_a, engines_b = ({cell.engine for cell in ScoredColumns.of(run.sample.rows).cells} for run in (a, b))
    if len(engines_a) == len(engines_b) == 1 and engines_a != engines_b:
        return {engines_b.pop(): engines_a.pop()}
    return {}


def _renamed(rows: ScoredColumns, rename: Mapping[str, str]) -> ScoredColumns:
    engines = rows.texts("engine")
    names = tuple(rename.get(name, name) for name in engines.names)
    return rows.replaced({"engine": Coded(engines.codes, names)}) if rename else rows


def _other_trials(a: ScoredColumns, b: ScoredColumns) -> list[str]:
    """How many trials only one of them has; repeats are averaged, so their number may differ."""
    numbers, examples = [0, 0], ["", ""]
    for cell in sorted({*a.cells, *b.cells}):
        ids_a, ids_b = ({*rows.texts("utterance_id").taken(rows.rows_of(cell)).used()} for rows in (a, b))
        for side, only in enumerate((ids_a - ids_b, ids_b - ids_a)):
            if only:
                numbers[side] += len(only)
                examples[side] = examples[side] or ", ".join((*cell, min(only)))
    return [
        f"{number} trials are only in {name} (such as {example}); not the same trials"
        for name, number, example in zip(_NAMES, numbers, examples, strict=True)
        if number
    ]


def _shared(rows: ScoredColumns, a: Evidence, b: Evidence) -> ScoredColumns:
    """Rows whose recording, text and condition are the same in both."""
    facts_a, facts_b = a.sample.facts, b.sample.facts
    utterances, conditions = rows.texts("utterance_id"), rows.texts("condition")
    same_speech = np.array([a.digests.get(key) == b.digests.get(key) for key in utterances.names], np.bool_)
    same_condition = np.array(
        [facts_a.get(f"condition {id}") == facts_b.get(f"condition {id}") for id in conditions.names], np.bool_
    )
    return rows.taken(same_speech[utterances.codes] & same_condition[conditions.codes])


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
