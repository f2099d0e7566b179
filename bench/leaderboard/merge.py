"""Runs of several people put together, or every reason why they cannot be. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from bench.errors import ConfigError, Problem
from bench.scoring.cells import ScoredTrial
from bench.scoring.columns import ScoredColumns
from bench.scoring.definitions import defined_otherwise
from bench.scoring.features import HEADLINES
from bench.scoring.measures import measure
from bench.scoring.pairing import FAILURES_DELETED
from bench.scoring.text.script import expected_scripts, script_counts, scripts_of_words
from bench.scoring.timing.metrics import HEADLINE_LATENCY
from bench.types import Cell

_SHOWN = ("wer", "cer", FAILURES_DELETED, *HEADLINES)
"""Measures of a leaderboard."""
_ALWAYS_EQUAL = ("normaliser", "stream speed")
_YES = frozenset(("yes", "true", "1"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Contribution:
    """What one scored run brings."""

    name: str
    rows: Sequence[ScoredTrial]
    facts: Mapping[str, str]
    """What must be equal to compare (normaliser, conditions, stream speed)."""
    digests: Mapping[str, str]
    """Utterance key -> digest of its audio and reference."""
    engines: Mapping[str, str]
    """Engine id -> digest of what it is and its parameters."""
    metrics: Mapping[str, int]
    """Metric of single trials -> version of its definition."""
    measures: Mapping[str, int]
    """Of all else, where the scores say."""
    references: Mapping[str, str]
    tags: Mapping[str, Mapping[str, str]]
    """Both by utterance key; an utterance without tags may be left out."""
    started_at: str = ""
    cautions: tuple[str, ...] = ()
    latency_valid: bool = True

    @property
    def trials(self) -> ScoredColumns:
        """Its rows as columns."""
        return ScoredColumns.of(self.rows)

    @property
    def measured(self) -> list[str]:
        """Engines of its rows, in order."""
        return self.trials.texts("engine").used()


@dataclass(frozen=True, slots=True, kw_only=True)
class Merged:
    """Rows of all runs, with what is known of their utterances."""

    rows: ScoredColumns
    code_switched: NDArray[np.bool_]
    """Of each row, whether its utterance is."""
    run_of: Mapping[str, str]
    """Engine id -> names of the runs it was measured in."""
    tags: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    """Of the utterances that have any."""
    no_latency: frozenset[str] = frozenset()
    """Engines measured in an INVALID run."""


def merge(runs: Sequence[Contribution]) -> Merged:
    """All rows together.

    Raises:
        ConfigError: with every reason why two of the runs cannot be compared.
    """
    problems = [problem for a, b in combinations(runs, 2) for problem in _differences(a, b)]
    if problems:
        raise ConfigError(problems)
    run_of: dict[str, str] = {}
    tags: dict[str, dict[str, str]] = {}
    for run in runs:
        for engine in run.measured:
            run_of[engine] = f"{run_of[engine]}, {run.name}" if engine in run_of else run.name
        for key, own in run.tags.items():
            if own:
                tags.setdefault(key, {}).update(own)
    rows = ScoredColumns.joined([run.trials for run in runs])
    return Merged(
        rows=rows,
        code_switched=_code_switched(rows, [run.references for run in runs], tags),
        run_of=run_of,
        tags=tags,
        no_latency=frozenset(engine for run in runs if not run.latency_valid for engine in run.measured),
    )


def _code_switched(
    rows: ScoredColumns, references: Sequence[Mapping[str, str]], tags: Mapping[str, Mapping[str, str]]
) -> NDArray[np.bool_]:
    """Of each row; where several runs say what an utterance's reference or language is, by the last."""
    utterances, languages = rows.texts("utterance_id"), rows.texts("language")
    language_of = np.empty(len(utterances.names), np.int32)
    language_of[utterances.codes] = languages.codes
    switched = np.zeros(len(utterances.names), np.bool_)
    for code in np.unique(utterances.codes).tolist():
        key = utterances.names[code]
        text = next((texts[key] for texts in reversed(references) if key in texts), None)
        if text is not None:
            switched[code] = is_code_switched(text, tags.get(key, {}), languages.names[language_of[code]])
    return switched[utterances.codes]


def is_code_switched(reference: str, tags: Mapping[str, str], language: str) -> bool:
    """Tagged so, or with words in a script that the language is not written in, beside its own."""
    if "code_switched" in tags:
        return tags["code_switched"].lower() in _YES
    if len(script_counts(reference)) < 2:
        return False
    own, spoken = set(expected_scripts(language)), scripts_of_words(reference)
    return bool(spoken - own) if own else len(spoken) > 1


def _differences(a: Contribution, b: Contribution) -> Iterator[Problem]:
    where = f"{a.name} and {b.name}"
    yield from _facts(where, a, b)
    for metric in HEADLINE_LATENCY.values():
        if metric in a.metrics and metric in b.metrics and a.metrics[metric] != b.metrics[metric]:
            versions = f"versions {a.metrics[metric]} and {b.metrics[metric]}"
            yield Problem(where, f"one definition of {metric}", versions, "score both with one version: bench score")
    for name, versions in defined_otherwise(a.measures, b.measures):
        if name in _SHOWN and all(measure(name).of(run.trials).value is not None for run in (a, b)):
            yield Problem(where, f"one definition of {name}", versions, "score both with one version: bench score")
    yield from _utterances(where, a, b)
    yield from _engines(where, a, b)


def _facts(where: str, a: Contribution, b: Contribution) -> Iterator[Problem]:
    conditions = sorted(key for key in a.facts.keys() & b.facts.keys() if key.startswith("condition "))
    for key in (*_ALWAYS_EQUAL, *conditions):
        if a.facts.get(key) != b.facts.get(key):
            got = f"{a.facts.get(key)} and {b.facts.get(key)}"
            advice = "score both by one: bench score RUN --normalizer NAME" if key == "normaliser" else "run one again"
            yield Problem(where, f"the same {key}", got, advice)


def _utterances(where: str, a: Contribution, b: Contribution) -> Iterator[Problem]:
    changed = sorted(key for key in a.digests.keys() & b.digests.keys() if a.digests[key] != b.digests[key])
    if changed:
        expected = "the same recording, reference and speaker for the same utterance"
        got = f"{len(changed)} that differ, {changed[0]} first"
        yield Problem(where, expected, got, "prepare the corpus from the same release in both")
    shared = a.tags.keys() & b.tags.keys()
    changed = sorted(key for key in shared if any(b.tags[key].get(tag, own) != own for tag, own in a.tags[key].items()))
    if changed:
        got = f"{len(changed)} utterances tagged otherwise, {changed[0]} first"
        yield Problem(where, "the same tags for the same utterance", got, "prepare the corpus from the same release")


def _engines(where: str, a: Contribution, b: Contribution) -> Iterator[Problem]:
    rename = "give one engine another id in its config"
    cells = [cell for cell in a.trials.cells if cell in b.trials.cells]
    for engine in sorted(a.engines.keys() & b.engines.keys()):
        if a.engines[engine] != b.engines[engine]:
            yield Problem(where, f"one set of parameters for engine {engine}", "two", rename)
        elif both := sum(
            len(_utterances_of(a, cell) & _utterances_of(b, cell)) for cell in cells if cell.engine == engine
        ):
            got = f"{both} utterances measured in both"
            yield Problem(where, f"engine {engine} once on each utterance", got, f"{rename}, or leave one run out")


def _utterances_of(run: Contribution, cell: Cell) -> set[str]:
    return set(run.trials.texts("utterance_id").taken(run.trials.rows_of(cell)).used())
