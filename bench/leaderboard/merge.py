"""Runs of several people put together, or every reason why they cannot be. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import combinations

from bench.errors import ConfigError, Problem
from bench.scoring.cells import ScoredTrial
from bench.scoring.definitions import defined_otherwise
from bench.scoring.features import HEADLINES
from bench.scoring.measures import measure
from bench.scoring.pairing import FAILURES_DELETED
from bench.scoring.text.script import expected_scripts, script_counts, scripts_of_words
from bench.scoring.timing.metrics import HEADLINE_LATENCY

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
    """Both by utterance key."""
    started_at: str = ""
    cautions: tuple[str, ...] = ()
    latency_valid: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Merged:
    """Rows of all runs, with what is known of their utterances."""

    rows: tuple[ScoredTrial, ...]
    run_of: Mapping[str, str]
    """Engine id -> names of the runs it was measured in."""
    tags: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    code_switched: frozenset[str] = frozenset()
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
    for run in runs:
        for engine in sorted({row.cell.engine for row in run.rows}):
            run_of[engine] = f"{run_of[engine]}, {run.name}" if engine in run_of else run.name
    references = {key: text for run in runs for key, text in run.references.items()}
    language_of = {row.utterance_id: row.cell.language for run in runs for row in run.rows}
    tags: dict[str, dict[str, str]] = {}
    for run in runs:
        for key, own in run.tags.items():
            tags.setdefault(key, {}).update(own)
    return Merged(
        rows=tuple(row for run in runs for row in run.rows),
        run_of=run_of,
        tags=tags,
        code_switched=frozenset(
            key
            for key, text in references.items()
            if is_code_switched(text, tags.get(key, {}), language_of.get(key, "und"))
        ),
        no_latency=frozenset(row.cell.engine for run in runs if not run.latency_valid for row in run.rows),
    )


def is_code_switched(reference: str, tags: Mapping[str, str], language: str) -> bool:
    """Tagged so, or with words in a script that the language is not written in, beside its own."""
    if "code_switched" in tags:
        return tags["code_switched"].lower() in _YES
    own, spoken = set(expected_scripts(language)), scripts_of_words(reference)
    return len(script_counts(reference)) > 1 and (bool(spoken - own) if own else len(spoken) > 1)


def _differences(a: Contribution, b: Contribution) -> Iterator[Problem]:
    where = f"{a.name} and {b.name}"
    yield from _facts(where, a, b)
    for metric in HEADLINE_LATENCY.values():
        if metric in a.metrics and metric in b.metrics and a.metrics[metric] != b.metrics[metric]:
            versions = f"versions {a.metrics[metric]} and {b.metrics[metric]}"
            yield Problem(where, f"one definition of {metric}", versions, "score both with one version: bench score")
    for name, versions in defined_otherwise(a.measures, b.measures):
        if name in _SHOWN and all(measure(name).of(run.rows).value is not None for run in (a, b)):
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
    measured = {
        engine: [{(row.cell, row.utterance_id) for row in run.rows if row.cell.engine == engine} for run in (a, b)]
        for engine in sorted(a.engines.keys() & b.engines.keys())
    }
    for engine, (first, second) in measured.items():
        if a.engines[engine] != b.engines[engine]:
            yield Problem(where, f"one set of parameters for engine {engine}", "two", rename)
        elif both := first & second:
            got = f"{len(both)} utterances measured in both"
            yield Problem(where, f"engine {engine} once on each utterance", got, f"{rename}, or leave one run out")
