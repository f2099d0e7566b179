"""Executes a load test: level after level of concurrent sessions, each a run folder of its own, then a curve.

A level is run by the runner that runs everything, so its log, its pacing and its verdict are those of any run, and
can be scored again. Under an open load latency counts from when a session's audio was due, so neither a slow system
nor a slow harness can hide by sending less (no coordinated omission).
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import cycle, islice

from bench import runner_shards, scratch, stages
from bench.arrivals import CONNECT_AHEAD_S, Arrivals, poisson_arrivals
from bench.config import LoadSpec, RetrySpec, RunConfig
from bench.engines.base import Engine, LocalEngine
from bench.errors import ConfigError, Problem
from bench.plan import Plan
from bench.runner import OnResult
from bench.scoring.load import Curve, Point, Session, curve, next_level, point
from bench.scoring.normalize import get_normalizer
from bench.scoring.rows import ScoredRow
from bench.scoring.scored import Scored, score_trial
from bench.scoring.validity import judge
from bench.store import RunFolder
from bench.types import Failure, Result, Transcript, Trial

_FASTEST_REQUEST_S = 0.02
"""A closed batch load is planned for answers that take at least this; faster ones end the level early."""
_MOST_TRIALS = 100_000


def run_load(
    plan: Plan,
    folder: RunFolder,
    config_text: str,
    secrets: Mapping[str, Mapping[str, str]],
    *,
    on_result: OnResult,
    on_point: Callable[[Point], None],
) -> list[Curve]:
    """All levels of all engines, one after the other; one curve an engine.

    Raises:
        ConfigError: if the config has no `load`, or one that its engines cannot bear.
    """
    spec = _spec(plan)
    curves = []
    with stages.open_engines(plan, secrets) as engines:
        _check(engines, spec)
        for engine_id in engines:
            points: list[Point] = []
            while (level := next_level(spec, points)) is not None:
                level_plan, arrivals = level_of(plan, spec, engine_id, level)
                at = RunFolder(folder.path / "levels" / f"{engine_id}-{level:g}")
                stages.create(level_plan, at, config_text)
                with scratch.scratch(at.path):
                    runner_shards.execute(level_plan, level_plan.trials, engines, at, on_result, arrivals)
                points.append(score_level(at, engine_id, level))
                on_point(points[-1])
            curves.append(curve(engine_id, points, spec))
    return curves


def _spec(plan: Plan) -> LoadSpec:
    if plan.config.load is None:
        example = "load: {sessions: [1, 10, 50], duration_s: 30}"
        raise ConfigError([Problem(f"{plan.config.name}: load", "what load to put on", "nothing", f"add {example}")])
    if plan.config.load.condition is not None and plan.config.load.condition not in plan.conditions:
        raise ConfigError(
            [Problem("load.condition", f"one of {', '.join(plan.conditions)}", plan.config.load.condition)]
        )
    return plan.config.load


def _check(engines: Mapping[str, Engine], spec: LoadSpec) -> None:
    problems = [
        Problem(f"engines: {id}", "a remote engine under an open load", "a recogniser in this process", "use sessions")
        for id, engine in engines.items()
        if isinstance(engine, LocalEngine) and spec.arrivals_per_s is not None
    ]
    if problems:
        raise ConfigError(problems)


def level_of(plan: Plan, spec: LoadSpec, engine_id: str, level: float) -> tuple[Plan, Arrivals]:
    """The trials of one level, and when they begin. Pure: the same for the same seed."""
    condition = spec.condition or next(iter(plan.conditions))
    base = [
        trial
        for trial in plan.trials
        if (trial.engine_id, trial.mode, trial.condition_id, trial.repeat) == (engine_id, spec.mode, condition, 0)
    ]
    if not base:
        where = f"{plan.config.name}: load"
        raise ConfigError([Problem(where, f"trials of {engine_id} in mode {spec.mode}", "none", "see modes:")])
    total_s = spec.warm_up_s + spec.duration_s
    if spec.arrivals_per_s is not None:
        number = round(level * total_s + 6 * (level * total_s) ** 0.5) + 10
        trials = _repeated(base, number, level)
        due_s = poisson_arrivals([trial.id for trial in trials], level, total_s, plan.config.seed)
        arrivals = Arrivals(due_s={id: at + _lead_s(spec) for id, at in due_s.items()}, prefetch=True)
        trials = [trial for trial in trials if trial.id in due_s]
        width = len(trials)
    else:
        width = round(level)
        durations = [plan.utterances[trial.utterance_id].duration_s for trial in base]
        shortest_s = min(durations) if spec.mode == "stream" else _FASTEST_REQUEST_S
        number = min(_MOST_TRIALS, width * (int(total_s / shortest_s) + 2))
        trials = _repeated(base, number, level)
        ramp_s = min(spec.warm_up_s, sum(durations) / len(durations)) if spec.mode == "stream" else 0.0
        arrivals = Arrivals(ramp_s=ramp_s, stop_s=total_s, prefetch=True)
    return replace(plan, config=_level_config(plan.config, width), trials=tuple(trials)), arrivals


def _lead_s(spec: LoadSpec) -> float:
    """Streams connect ahead of their first audio, so the first may not be due at once."""
    return CONNECT_AHEAD_S if spec.mode == "stream" else 0.0


def _level_config(config: RunConfig, width: int) -> RunConfig:
    """So many at once, each asked once: what a second attempt hides is what a load test is for."""
    at_once = {"concurrency": max(1, width)}
    return config.model_copy(
        update={
            "batch": config.batch.model_copy(update=at_once),
            "stream": config.stream.model_copy(update=at_once),
            "retry": RetrySpec(attempts=1),
            "word_times": None,  # no level has a metric that needs them
        }
    )


def _repeated(base: Sequence[Trial], number: int, level: float) -> list[Trial]:
    """The trials over and over, each with an id of its own."""
    return [
        replace(trial, id=_id(trial, index // len(base), level), repeat=index // len(base))
        for index, trial in enumerate(islice(cycle(base), number))
    ]


def _id(trial: Trial, repeat: int, level: float) -> str:
    return hashlib.sha256(f"{trial.id} load {level:g} {repeat}".encode()).hexdigest()[:20]


# -- scoring ----------------------------------------------------------------------------------


def score_level(folder: RunFolder, engine_id: str, level: float) -> Point:
    """The point of one level, from its folder alone."""
    config = RunConfig.model_validate(folder.resolved()["config"])
    assert config.load is not None, "a level is made from a config with load"
    spec, rules = config.load, get_normalizer(config.normalizer)
    utterances, results = folder.utterances(), folder.results()
    validity = judge(config.validity, results.values(), folder.looks())
    folder.write_validity(validity)
    began = {id: datetime.fromisoformat(result.started_at) for id, result in results.items()}
    count_from = min(began.values()) + timedelta(seconds=spec.warm_up_s)
    sessions = [
        Session(
            row=_row(score_trial(trial, utterances[trial.utterance_id], results[trial.id], rules)),
            busy_s=_busy_s(results[trial.id]),
        )
        for trial in folder.trials()
        if trial.id in results and began[trial.id] >= count_from
    ]
    return point(engine_id, spec, "arrivals_per_s" if spec.arrivals_per_s else "sessions", level, sessions, validity)


def _busy_s(result: Result) -> float:
    """How long the session went on; a failed one, as far as is known."""
    outcome: Transcript | None = result.outcome.partial if isinstance(result.outcome, Failure) else result.outcome
    return 0.0 if outcome is None else outcome.timing.done_s


def _row(scored: Scored) -> ScoredRow:
    trial, score = scored.trial, scored.score
    return ScoredRow(
        utterance_id=trial.utterance_id,
        cluster=scored.cluster,
        engine=trial.engine_id,
        mode=trial.mode,
        condition=trial.condition_id,
        corpus=scored.corpus,
        language=scored.language,
        repeat=trial.repeat,
        duration_s=scored.duration_s,
        reference_words=scored.reference_words,
        words=score.words,
        chars=score.chars,
        failure_kind=score.failure_kind,
        metrics=score.metrics,
    )
