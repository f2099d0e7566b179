"""A baseline: a small file to commit, with counts and latencies per utterance, and all that makes it comparable.

No audio and no text. Several runs of one unchanged system become repeats of one baseline, from which the gate
estimates how far that system drifts by itself.

    {"format": ..., "about": {...}, "facts": {...}, "metrics": {name: version}, "measures": {name: version},
     "cells": [...],
     "utterances": [[key, cluster, seconds, words, digest], ...],
     "trials": [[utterance, cell, repeat, words, chars, failure, values], ...]}

`utterance` and `cell` are positions in those lists; `words` and `chars` are [S, D, I, H]; `values` are in the order
of `metrics`; `measures` are what is made of the counts. One utterance or trial stands on a line, so that two baselines
can be compared line by line.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, Literal, TypeAlias

from pydantic import ConfigDict, Field, ValidationError
from typing_extensions import TypedDict

from bench.comparison.evidence import Evidence, comparable_metrics, evidence, otherwise_defined
from bench.comparison.gate import Outcome, Verdict, evaluate
from bench.comparison.rules import Rule
from bench.comparison.rules_file import load_rules
from bench.comparison.sample import Sample, incomparable
from bench.config import SpecModel, validation_problems
from bench.errors import ConfigError, Problem, UnknownNameError, UsageError
from bench.files import written_whole
from bench.scoring.cells import ScoredTrial
from bench.scoring.pairing import FAILURES_DELETED
from bench.scoring.timing.metrics import METRICS
from bench.store import RunFolder
from bench.store.strict import parsed
from bench.types import Cell, ErrorCounts, FailureKind

_DECIMALS = 4
"""Of latencies: a tenth of a millisecond."""
_MOST = 1e100
"""No value of a trial is as large."""
_OF_COUNTS = ("wer", FAILURES_DELETED, "cer", "ser", "mer")
"""Measures of the counts that a baseline holds."""
_Counts: TypeAlias = tuple[int, int, int, int]


class _AboutRun(TypedDict):
    """Of a run: what is shown of it; what else was written is kept."""

    __pydantic_config__ = ConfigDict(extra="allow")  # type: ignore[misc]
    name: str
    run: str
    started_at: str
    commit: str | None
    dirty: bool | None


class _About(TypedDict):
    runs: list[_AboutRun]


class _File(SpecModel):
    format: Literal["earwitness-baseline-1"]
    about: _About
    facts: dict[str, str]
    metrics: dict[str, int]
    measures: dict[str, int] = Field(default_factory=dict)
    """Files of before 2026-11-29 have none."""
    cells: tuple[Cell, ...]
    utterances: tuple[tuple[str, str, float, int, str], ...]
    trials: tuple[tuple[int, int, int, _Counts | None, _Counts | None, str | None, tuple[float | None, ...]], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Baseline:
    evidence: Evidence
    about: Mapping[str, Any]
    """Who made it: names of the runs, when, with which commit, versions and machine."""


# -- made of runs -----------------------------------------------------------------------------


def save_baseline(path: Path, runs: Sequence[Path], metrics: Sequence[str] = ()) -> Baseline:
    """Write a new baseline of scored runs of one unchanged system; `metrics` are kept beside the headline latencies.

    Raises:
        UsageError: if there is a file already.
        BenchError: if the runs cannot be one baseline.
    """
    if path.exists():
        raise UsageError(Problem(str(path), "a new file", "one", f"use bench baseline update {path} RUN"))
    baseline = baseline_of([RunFolder.open(run) for run in runs], more_metrics=metrics)
    write_baseline(path, baseline)
    return baseline


@dataclass(frozen=True, slots=True, kw_only=True)
class Updated:
    """A baseline that was written again."""

    baseline: Baseline
    changes: tuple[str, ...]
    """What cannot be compared with runs of before."""


def update_baseline(path: Path, runs: Sequence[Path], metrics: Sequence[str] = (), *, add: bool = False) -> Updated:
    """Replace what a baseline holds by scored runs; `add`: keep it, they are more of the same unchanged system.

    Raises:
        UsageError: for metrics with `add`.
        BenchError: if the runs cannot be one baseline, or be added.
    """
    before = read_baseline(path)
    folders = [RunFolder.open(run) for run in runs]
    changes: tuple[str, ...] = ()
    if add:
        if metrics:
            raise UsageError(Problem("--metric", "none with --add", "some", "a baseline's runs hold the same metrics"))
        after = before
        for folder in folders:
            after = added(after, folder)
    else:
        after = baseline_of(folders, more_metrics=(*metrics, *before.evidence.metrics))
        facts = (before.evidence.sample.facts, after.evidence.sample.facts)
        changes = tuple(incomparable(*facts, names=("the old file", "the new one")))
    write_baseline(path, after)
    return Updated(baseline=after, changes=changes)


def baseline_of(folders: Sequence[RunFolder], *, more_metrics: Sequence[str] = ()) -> Baseline:
    """Headline latencies, word and character counts of scored runs of one system.

    Raises:
        UsageError: if a run may not be believed, or the runs are not comparable with each other.
        UnknownNameError: for a metric that does not exist.
    """
    for name in more_metrics:
        if name not in METRICS:
            raise UnknownNameError("metric", name, METRICS)
    kept = {name for name, metric in METRICS.items() if metric.headline} | set(more_metrics)
    trusted = [_trusted(folder) for folder in folders]
    about = [_about(folder) for folder in folders]
    return Baseline(evidence=_kept(_merged(trusted, [str(f.path) for f in folders]), kept), about={"runs": about})


def added(baseline: Baseline, folder: RunFolder) -> Baseline:
    """The baseline with one more run of the same unchanged system.

    Raises:
        UsageError: if it may not be believed, or is not comparable.
    """
    run = _trusted(folder)
    both = _merged([baseline.evidence, run], ["the baseline", str(folder.path)])
    runs = [*baseline.about["runs"], _about(folder)]
    return Baseline(evidence=_kept(both, set(baseline.evidence.metrics)), about={"runs": runs})


def _trusted(folder: RunFolder) -> Evidence:
    run = evidence(folder)
    if run.doubts:
        raise UsageError(Problem(str(folder.path), "a complete and valid run", "; ".join(run.doubts)))
    return run


def _merged(runs: Sequence[Evidence], names: Sequence[str]) -> Evidence:
    """Runs as repeats: those of the second begin where those of the first end."""
    first = runs[0]
    rows = list(first.sample.rows)
    for name, other in zip(names[1:], runs[1:], strict=True):
        reasons = [*incomparable(first.sample.facts, other.sample.facts, names=(names[0], name))]
        held = (first.metrics.keys() & other.metrics.keys()) | set(_OF_COUNTS)
        reasons += (f"{metric} ({how})" for metric, how in otherwise_defined(first, other) if metric in held)
        if reasons or first.metrics.keys() - other.metrics.keys():
            differs = "; ".join(reasons) or f"metrics that are defined otherwise than in {names[0]}"
            raise UsageError(Problem(name, f"a run comparable with {names[0]}", differs))
        start = 1 + max(row.repeat for row in rows)
        rows += [replace(row, repeat=start + row.repeat) for row in other.sample.rows]
    return replace(first, sample=replace(first.sample, rows=tuple(rows)))


def _kept(run: Evidence, names: set[str]) -> Evidence:
    versions = {name: run.metrics[name] for name in sorted(names) if name in run.metrics}
    rows = tuple(
        replace(row, metrics={name: _rounded(row.metrics.get(name)) for name in versions}) for row in run.sample.rows
    )
    measures = {name: run.measures[name] for name in _OF_COUNTS if name in run.measures}
    return replace(run, sample=replace(run.sample, rows=rows), metrics=versions, measures=measures)


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, _DECIMALS)


def _about(folder: RunFolder) -> dict[str, Any]:
    spec, environment = folder.spec(), asdict(folder.environment())
    return {
        "name": spec.config.name,
        "run": folder.path.name,
        "engines": {id: identity.engine for id, identity in spec.engines.items()},
        "engine_versions": sorted(folder.places().engine_versions()),
        **{key: environment[key] for key in ("started_at", "earwitness", "commit", "dirty", "python", "packages")},
    }


# -- as a file --------------------------------------------------------------------------------


def write_baseline(path: Path, baseline: Baseline) -> None:
    """Write the file whole or not at all."""
    sample = baseline.evidence.sample
    first = {row.utterance_id: row for row in sample.rows}
    keys, cells = sorted(first), sorted({row.cell for row in sample.rows})
    ordered = sorted(sample.rows, key=lambda row: (row.utterance_id, row.cell, row.repeat))
    digests, index_of = baseline.evidence.digests, {key: index for index, key in enumerate(keys)}
    head = {
        "format": "earwitness-baseline-1",
        "about": baseline.about,
        "facts": sample.facts,
        "metrics": baseline.evidence.metrics,
        "measures": baseline.evidence.measures,
        "cells": cells,
    }
    lines = {
        "utterances": [
            [key, first[key].cluster, first[key].duration_s, first[key].reference_words, digests[key]] for key in keys
        ],
        "trials": [_line(row, index_of[row.utterance_id], cells, baseline.evidence.metrics) for row in ordered],
    }
    parts = [f'"{name}": {_json(value)}' for name, value in head.items()]
    parts += [f'"{name}": [\n' + ",\n".join(map(_json, rows)) + "\n]" for name, rows in lines.items()]
    path.parent.mkdir(parents=True, exist_ok=True)
    with written_whole(path) as partial:
        partial.write_text("{\n" + ",\n".join(parts) + "\n}\n", encoding="utf-8")


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def _line(row: ScoredTrial, utterance: int, cells: Sequence[Cell], metrics: Iterable[str]) -> list[Any]:
    values = [row.metrics[name] for name in metrics]
    failure = None if row.failure_kind is None else row.failure_kind.value
    return [utterance, cells.index(row.cell), row.repeat, _four(row.words), _four(row.chars), failure, values]


def _four(counts: ErrorCounts | None) -> _Counts | None:
    return None if counts is None else (counts.substitutions, counts.deletions, counts.insertions, counts.hits)


def read_baseline(path: Path) -> Baseline:
    """Read what `write_baseline` wrote.

    Raises:
        ConfigError: if it cannot be read, or is no baseline of this version.
    """
    try:
        content = path.read_bytes()
        parsed(content)
        file = _File.model_validate_json(content, strict=True)
    except OSError as error:
        advice = f"make one with bench baseline save RUN --out {path}"
        raise ConfigError([Problem(str(path), "a baseline file", str(error.strerror), advice)]) from error
    except ValidationError as error:
        raise ConfigError(validation_problems(error, str(path), _File)[:10]) from error
    except ValueError as error:
        raise _broken(path, "JSON", error) from error
    rows = []
    for number, trial in enumerate(file.trials):
        try:
            rows.append(_row(file, trial))
        except (ValueError, IndexError) as error:
            raise _broken(path, "a trial of its cells and utterances", error, f": trials[{number}]") from error
    kept = Evidence(
        sample=Sample(rows=tuple(rows), facts=file.facts),
        digests={key: digest for key, _, _, _, digest in file.utterances},
        metrics=file.metrics,
        measures=file.measures,
    )
    return Baseline(evidence=kept, about=file.about)


def _broken(path: Path, expected: str, error: Exception, where: str = "") -> ConfigError:
    advice = f"restore it, or make one with bench baseline save RUN --out {path}"
    return ConfigError([Problem(f"{path}{where}", expected, str(error)[:200], advice)])


def _row(file: _File, trial: tuple[Any, ...]) -> ScoredTrial:
    utterance, cell, repeat, words, chars, failure, values = trial
    if min(utterance, cell, repeat) < 0 or any(value is not None and not abs(value) < _MOST for value in values):
        raise ValueError("a number that cannot be")
    key, cluster, duration_s, reference_words, _ = file.utterances[utterance]
    if not 0 <= duration_s < _MOST:
        raise ValueError("a duration that cannot be")
    return ScoredTrial(
        utterance_id=key,
        cluster=cluster,
        cell=Cell(*file.cells[cell]),
        repeat=repeat,
        duration_s=duration_s,
        reference_words=reference_words,
        words=_counts(words),
        chars=_counts(chars),
        empty=words is not None and words[0] + words[2] + words[3] == 0,
        failure_kind=None if failure is None else FailureKind(failure),
        metrics=dict(zip(file.metrics, values, strict=True)),
    )


def _counts(four: _Counts | None) -> ErrorCounts | None:
    if four is None:
        return None
    substitutions, deletions, insertions, hits = four
    return ErrorCounts(substitutions=substitutions, deletions=deletions, insertions=insertions, hits=hits)


# -- the gate over files ----------------------------------------------------------------------


def judge(run: RunFolder, baseline: Path, rules: Path) -> Verdict:
    """Hold a scored run against a baseline file, by a file of rules.

    Raises:
        ConfigError: if a file is wrong.
        RunFolderError: if the run is not scored.
    """
    return verdict(read_baseline(baseline).evidence, evidence(run), load_rules(rules))


def verdict(baseline: Evidence, candidate: Evidence, rules: Sequence[Rule]) -> Verdict:
    """The gate's verdict; invalid where the candidate may not be believed."""
    if candidate.doubts:
        return Verdict(outcome=Outcome.INVALID, checks=(), reasons=candidate.doubts)
    before, after = comparable_metrics(baseline, candidate)
    return evaluate(before.sample, after.sample, rules)
