"""Executes a load test: level after level of concurrent sessions, each a run folder of its own, then a curve.

A level is run by the runner that runs everything, so its log, its pacing and its verdict are those of any run, and
can be scored again: `level.json` holds its window, and each result when its session went on. Under an open load
latency counts from when a session's audio was due, so neither a slow system nor a slow harness can hide by sending
less (no coordinated omission).
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from bench.config import LoadSpec
from bench.engines.base import Engine, LocalEngine
from bench.errors import ConfigError, Problem, RunFolderError
from bench.execution.audio import scratch
from bench.execution.engines import open_engines
from bench.execution.keys import Secrets, read_secrets
from bench.execution.plan import Plan
from bench.execution.planning import load_plan
from bench.execution.processes import Processes
from bench.execution.stages import create
from bench.execution.trials import Work
from bench.load.curve import Level, LoadPoint, LoadSession, Measured, measure, next_level
from bench.load.plan import Layout, LoadSpent, Needs, check, lay_out, within
from bench.scoring.text.normalize import get_normalizer
from bench.scoring.timing.validity import judge
from bench.scoring.trial import score_trial
from bench.store import RunFolder
from bench.store.paths import new_path, newest

LEVELS = "levels"
LEVEL = "level.json"


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadTest:
    """A load test that was checked, and may begin."""

    plan: Plan
    spec: LoadSpec
    needs: Needs
    secrets: Secrets

    def folder(self, out: Path | None, *, resume: bool) -> RunFolder:
        """Where it is kept; as `load_folder`."""
        return load_folder(self.plan.config.name, out, resume=resume)

    def run(self, folder: RunFolder) -> Iterator[Measured]:
        """Level after level; as `run_load`."""
        return run_load(self.plan, folder.path, self.secrets)


def load_folder(name: str, out: Path | None, *, resume: bool) -> RunFolder:
    """The folder of a config's load test: with `resume` one that has begun, else a new one.

    Args:
        name: of the config.
        out: `None`: below `reports`, named after the config.
        resume: whether to go on.

    Raises:
        RunFolderError: if there is none to resume, or one already.
    """
    if resume:
        path = out or newest(f"{name}-load", marker=LEVELS, what="a load test")
        if not (path / LEVELS).is_dir():
            raise RunFolderError(Problem(str(path), "a load test to resume", "none", "run without --resume"))
        return RunFolder(path)
    path = out or new_path(f"{name}-load")
    if (path / LEVELS).exists() or (path / "load.json").exists():
        raise RunFolderError(Problem(str(path), "a new folder", "a load test", "add --resume, or choose another --out"))
    path.mkdir(parents=True, exist_ok=True)
    return RunFolder(path)


def load_test(
    config: Path,
    environment: Mapping[str, str],
    *,
    overrides: Sequence[str] = (),
    limit: int | None = None,
    allow_keys: Sequence[str] = (),
) -> LoadTest:
    """Read and check a config's load test; nothing is called yet.

    Args:
        config: with a section `load`.
        environment: variables by name, for keys.
        overrides: `KEY=VALUE` of the config.
        limit: of utterances of each corpus.
        allow_keys: `NAME=HOST`, where keys may go besides.

    Raises:
        ConfigError: with everything that is wrong.
    """
    plan = load_plan(config, overrides=overrides, limit=limit, is_bounded=False)
    spec, needs = check(plan)
    return LoadTest(plan=plan, spec=spec, needs=needs, secrets=read_secrets(plan, environment, allow_keys))


def run_load(plan: Plan, folder: Path, secrets: Secrets) -> Iterator[Measured]:
    """All levels of all engines, one after the other. Levels that the folder holds already are not run again.

    Raises:
        ConfigError: if the load cannot be measured or would exceed the budget; or, between levels, when it has.
        RunFolderError: if the folder holds levels of another config.
    """
    spec, _ = check(plan)
    spent = LoadSpent()
    with open_engines(plan, secrets) as engines:
        _check(engines, spec)
        for engine_id in engines:
            points: list[LoadPoint] = []
            while (level := next_level(spec, points)) is not None:
                layout = lay_out(plan, spec, engine_id, level)
                at = RunFolder(folder / LEVELS / f"{engine_id}-{level:.12g}")
                if at.path.exists():
                    _check_same(at, layout)
                else:
                    _run(layout, spent, at, engines)
                spent += spent_on(at)
                measured = score_level(at)
                points.append(measured.point)
                yield measured


def _check(engines: Mapping[str, Engine], spec: LoadSpec) -> None:
    problems = [
        Problem(f"engines: {id}", "a remote engine under an open load", "a recogniser in this process", "use sessions")
        for id, engine in engines.items()
        if isinstance(engine, LocalEngine) and spec.arrivals_per_s is not None
    ]
    if problems:
        raise ConfigError(problems)


def _run(layout: Layout, spent: LoadSpent, at: RunFolder, engines: Mapping[str, Engine]) -> None:
    """Run a level under another name, so that one that was interrupted is never taken for a whole one."""
    budget = layout.plan.config.budget
    affordable = within(layout, budget, spent)
    number = len(affordable.plan.trials)
    partial = RunFolder(at.path.with_name(f"{at.path.name}.partial"))
    shutil.rmtree(partial.path, ignore_errors=True)
    create(affordable.plan, partial)
    partial.write_json(LEVEL, asdict(layout.level))
    work = Work(
        plan=affordable.plan,
        trials=affordable.plan.trials,
        engines=engines,
        folder=partial,
        arrivals=layout.arrivals,
    )
    with scratch(partial.path):
        Processes().run(work)
    if number < len(layout.plan.trials) and len(partial.results()) == number:
        where, budget_left = f"{layout.plan.config.name}: budget", f"it used up within level {layout.level.level:g}"
        advice = "raise it, and go on with --resume"
        raise ConfigError([Problem(where, "enough for every level", budget_left, advice)])
    partial.path.rename(at.path)


def _check_same(at: RunFolder, layout: Layout) -> None:
    """A level that is there already must have been of the same sessions; a smaller budget may have planned fewer."""
    trials = at.trials()
    if _level(at) != layout.level or trials != layout.plan.trials[: len(trials)]:
        raise RunFolderError(Problem(str(at.path), "a level of this config", "another", "choose another --out"))


def _level(folder: RunFolder) -> Level:
    level: Level = folder.read_value(LEVEL, Level)
    return level


def spent_on(folder: RunFolder) -> LoadSpent:
    """What the sessions of a level cost."""
    utterances, results = folder.utterances(), folder.results()
    hours = sum(utterances[t.utterance_id].duration_s for t in folder.trials() if t.id in results) / 3600
    return LoadSpent(requests=len(results), audio_hours=hours, cost=sum(r.cost or 0.0 for r in results.values()))


# -- scoring ----------------------------------------------------------------------------------


def score_level(folder: RunFolder) -> Measured:
    """What a level showed, from its folder alone."""
    config = folder.spec().config
    level, rules = _level(folder), get_normalizer(config.normalizer)
    utterances, results, trials = folder.utterances(), folder.results(), folder.trials()
    validity = judge(config.validity, results.values(), folder.looks())
    folder.write_validity(validity)
    sessions = []
    for trial in trials:
        result = results.get(trial.id)
        if result is not None and result.span is not None:
            scored = score_trial(trial, utterances[trial.utterance_id], result, rules)
            sessions.append(LoadSession(trial=scored, span=result.span))
    ran_out = level.kind == "sessions" and len(results) == len(trials)
    return measure(level, sessions, validity, ran_out=ran_out)
