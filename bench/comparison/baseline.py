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
import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray
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
from bench.scoring.columns import Column, ScoredColumns, coded, column_of
from bench.scoring.pairing import FAILURES_DELETED
from bench.scoring.timing.metrics import METRICS
from bench.store import RunFolder
from bench.store.strict import parsed
from bench.types import Cell, FailureKind

_DECIMALS = 4
"""Of latencies: a tenth of a millisecond."""
_MOST = 1e100
"""No value of a trial is as large."""
_OF_COUNTS = ("wer", FAILURES_DELETED, "cer", "ser", "mer")
"""Measures of the counts that a baseline holds."""
_MOST_COUNTED = 2**62
_TOGETHER = 5_000
"""Trials that are written at a time."""
_FOUR = ("substitutions", "deletions", "insertions", "hits")
_Counts: TypeAlias = tuple[int, int, int, int]
_Trial: TypeAlias = tuple[int, int, int, _Counts | None, _Counts | None, str | None, tuple[float | None, ...]]


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
    trials: tuple[_Trial, ...]


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
    rows = [ScoredColumns.of(first.sample.rows)]
    for name, other in zip(names[1:], runs[1:], strict=True):
        reasons = [*incomparable(first.sample.facts, other.sample.facts, names=(names[0], name))]
        held = (first.metrics.keys() & other.metrics.keys()) | set(_OF_COUNTS)
        reasons += (f"{metric} ({how})" for metric, how in otherwise_defined(first, other) if metric in held)
        if reasons or first.metrics.keys() - other.metrics.keys():
            differs = "; ".join(reasons) or f"metrics that are defined otherwise than in {names[0]}"
            raise UsageError(Problem(name, f"a run comparable with {names[0]}", differs))
        start = 1 + max(int(part.counts("repeat").max()) for part in rows)
        own = ScoredColumns.of(other.sample.rows)
        rows.append(own.replaced({"repeat": start + own.counts("repeat")}))
    return replace(first, sample=replace(first.sample, rows=ScoredColumns.joined(rows)))


def _kept(run: Evidence, names: set[str]) -> Evidence:
    versions = {name: run.metrics[name] for name in sorted(names) if name in run.metrics}
    rows = ScoredColumns.of(run.sample.rows).only_metrics(versions)
    rounded: dict[str, Column] = {f"metrics.{name}": _rounded(rows.numbers(f"metrics.{name}")) for name in versions}
    measures = {name: run.measures[name] for name in _OF_COUNTS if name in run.measures}
    sample = replace(run.sample, rows=rows.replaced(rounded))
    return replace(run, sample=sample, metrics=versions, measures=measures)


def _rounded(values: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.array([round(value, _DECIMALS) for value in values.tolist()])


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
    rows = ScoredColumns.of(sample.rows)
    head = {
        "format": "earwitness-baseline-1",
        "about": baseline.about,
        "facts": sample.facts,
        "metrics": baseline.evidence.metrics,
        "measures": baseline.evidence.measures,
        "cells": rows.cells,
    }
    lines = {
        "utterances": _utterance_lines(rows, baseline.evidence.digests),
        "trials": _trial_lines(rows, baseline.evidence.metrics),
    }
    path.parent.mkdir(parents=True, exist_ok=True)
    with written_whole(path) as partial, partial.open("w", encoding="utf-8", newline="\n") as file:
        file.write("{\n" + "".join(f'"{name}": {_json(value)},\n' for name, value in head.items()))
        for number, (name, values) in enumerate(lines.items()):
            file.write((",\n" if number else "") + f'"{name}": [')
            file.writelines(f"{',' if k else ''}\n{_json(value)}" for k, value in enumerate(values))
            file.write("\n]")
        file.write("\n}\n")


def _utterance_lines(rows: ScoredColumns, digests: Mapping[str, str]) -> Iterator[list[Any]]:
    """By their keys."""
    keys, ranks = rows.texts("utterance_id").used(), rows.texts("utterance_id").ranks()
    last = np.zeros(len(keys), np.intp)
    np.maximum.at(last, ranks, np.arange(len(rows)))
    clusters = rows.texts("cluster").taken(last).texts().tolist()
    seconds, words = rows.numbers("duration_s")[last].tolist(), rows.counts("reference_words")[last].tolist()
    for key, cluster, duration_s, number in zip(keys, clusters, seconds, words, strict=True):
        yield [key, cluster, duration_s, number, digests[key]]


def _trial_lines(rows: ScoredColumns, metrics: Iterable[str]) -> Iterator[list[Any]]:
    """By utterance, cell and repeat."""
    utterances, repeats = rows.texts("utterance_id").ranks(), rows.counts("repeat")
    order = np.lexsort((repeats, rows.cell_numbers, utterances))
    for begin in range(0, len(order), _TOGETHER):
        some = order[begin : begin + _TOGETHER]
        own = rows.taken(some)
        values = [own.numbers(f"metrics.{name}").tolist() for name in metrics]
        columns = (
            utterances[some].tolist(),
            rows.cell_numbers[some].tolist(),
            repeats[some].tolist(),
            _fours(own, "words_"),
            _fours(own, "chars_"),
            own.texts("failure_kind").texts().tolist(),
            [[None if math.isnan(value) else value for value in each] for each in zip(*values, strict=True)]
            if values
            else [[] for _ in some],
        )
        yield from map(list, zip(*columns, strict=True))


def _fours(rows: ScoredColumns, prefix: str) -> list[list[int] | None]:
    """Edits of each trial; `None`: it failed."""
    columns = [column for name in _FOUR if isinstance(column := rows.columns.get(f"{prefix}{name}"), np.ndarray)]
    if len(columns) < len(_FOUR):
        return [None] * len(rows)
    counts = np.column_stack(columns)
    return [None if own[0] < 0 else own for own in counts.tolist()]


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


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
    for number, trial in enumerate(file.trials):
        try:
            _check_trial(file, trial)
        except (ValueError, IndexError) as error:
            raise _broken(path, "a trial of its cells and utterances", error, f": trials[{number}]") from error
    kept = Evidence(
        sample=Sample(rows=_rows(file), facts=file.facts),
        digests={key: digest for key, _, _, _, digest in file.utterances},
        metrics=file.metrics,
        measures=file.measures,
    )
    return Baseline(evidence=kept, about=file.about)


def _broken(path: Path, expected: str, error: Exception, where: str = "") -> ConfigError:
    advice = f"restore it, or make one with bench baseline save RUN --out {path}"
    return ConfigError([Problem(f"{path}{where}", expected, str(error)[:200], advice)])


def _check_trial(file: _File, trial: _Trial) -> None:
    """Raises ValueError or IndexError where it cannot be."""
    utterance, cell, repeat, words, chars, failure, values = trial
    if min(utterance, cell, repeat) < 0 or any(value is not None and not abs(value) < _MOST for value in values):
        raise ValueError("a number that cannot be")
    _, _, duration_s, _, _ = file.utterances[utterance]
    if not 0 <= duration_s < _MOST:
        raise ValueError("a duration that cannot be")
    for counts in (words, chars):
        if counts is not None and not 0 <= min(counts) <= max(counts) < _MOST_COUNTED:
            raise ValueError(f"counts of edits that cannot be: {list(counts)}")
    if not max(repeat, file.utterances[utterance][3]) < _MOST_COUNTED:
        raise ValueError("a number that cannot be")
    file.cells[cell]
    if failure is not None:
        FailureKind(failure)
    if len(values) != len(file.metrics):
        raise ValueError(f"{len(values)} values, of {len(file.metrics)} metrics")


def _rows(file: _File) -> ScoredColumns:
    """Its trials, each of which was checked."""
    trials = file.trials
    utterances = np.array([trial[0] for trial in trials], np.int32)
    cells = np.array([trial[1] for trial in trials], np.int32)
    edits = {"words_": _edits([trial[3] for trial in trials]), "chars_": _edits([trial[4] for trial in trials])}
    words = edits["words_"]
    columns: dict[str, Column] = {
        "trial_id": np.array([b""] * len(trials), dtype="S1"),
        "utterance_id": coded([key for key, *_ in file.utterances], utterances),
        "cluster": coded([cluster for _, cluster, *_ in file.utterances], utterances),
        "duration_s": np.array([each[2] for each in file.utterances], np.float64)[utterances],
        "reference_words": np.array([each[3] for each in file.utterances], np.int64)[utterances],
        "repeat": np.array([trial[2] for trial in trials], np.int64),
        **{name: coded([cell[at] for cell in file.cells], cells) for at, name in enumerate(Cell._fields)},
        **{f"{prefix}{name}": own[:, at] for prefix, own in edits.items() for at, name in enumerate(_FOUR)},
        "failure_kind": column_of("failure_kind", [trial[5] for trial in trials]),
        "failure": coded([], np.full(len(trials), -1, np.int32)),
        "empty": ((words[:, 0] >= 0) & (words[:, [0, 2, 3]].sum(axis=1) == 0)).astype(np.int8),
        "wrong_script": np.zeros(len(trials), np.int8),
    }
    for at, name in enumerate(file.metrics):
        values = [np.nan if (value := trial[6][at]) is None else value for trial in trials]
        columns[f"metrics.{name}"] = np.array(values, np.float64)
    return ScoredColumns(columns)


def _edits(counts: Sequence[_Counts | None]) -> NDArray[np.int64]:
    """Shape (trials, 4); -1 where a trial has none."""
    return np.array([own or (-1, -1, -1, -1) for own in counts], np.int64).reshape(-1, 4)


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
