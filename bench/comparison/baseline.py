"""A baseline: a small file to commit, with counts and latencies per utterance, and all that makes it comparable.

No audio and no text. Several runs of one unchanged system become repeats of one baseline, from which the gate
estimates how far that system drifts by itself.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bench.comparison.baseline_file import Baseline, read_baseline, write_baseline
from bench.comparison.evidence import Evidence, comparable_metrics, evidence, otherwise_defined
from bench.comparison.gate import Outcome, Verdict, evaluate
from bench.comparison.rules import Rule
from bench.comparison.rules_file import load_rules
from bench.comparison.sample import incomparable
from bench.errors import Problem, UnknownNameError, UsageError
from bench.scoring.columns import Column, ScoredColumns
from bench.scoring.pairing import FAILURES_DELETED
from bench.scoring.timing.metrics import METRICS
from bench.store import RunFolder

_DECIMALS = 4
"""Of latencies: a tenth of a millisecond."""
_OF_COUNTS = ("wer", FAILURES_DELETED, "cer", "ser", "mer")
"""Measures of the counts that a baseline holds."""


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
