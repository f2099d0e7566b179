"""Which sessions each level of a load test has and when they begin, and what all of it needs. Pure."""

from __future__ import annotations

import hashlib
import heapq
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import cycle, islice

from bench.config import BudgetSpec, LoadSpec, RetrySpec, RunConfig
from bench.errors import ConfigError, Problem
from bench.execution.arrivals import Arrivals, poisson_arrivals
from bench.execution.plan import Plan, over_budget
from bench.load.curve import Level, most_levels
from bench.types import Trial

_FASTEST_REQUEST_S = 0.01
"""A closed batch load is planned for answers that take at least this; with faster ones a level runs out of trials."""
_MOST_TRIALS = 100_000
_MOST_AUDIO_S = 3600.0
"""All recordings of a load are kept in memory, ready to send: an hour at 16 kHz is 350 MB."""
_SHORTENING = frozenset({"speed", "tempo", "truncate"})
"""Steps after which a recording may be shorter; taken to be at most by half."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """One level, ready to run."""

    level: Level
    plan: Plan
    """Of more trials than a closed load can begin, since processes that they are dealt to must not run out either."""
    arrivals: Arrivals
    most: int
    """So many of the trials begin at most."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadSpent:
    """What levels take of a budget."""

    requests: int = 0
    audio_hours: float = 0.0
    cost: float = 0.0

    def __add__(self, other: LoadSpent) -> LoadSpent:
        return LoadSpent(
            requests=self.requests + other.requests,
            audio_hours=self.audio_hours + other.audio_hours,
            cost=self.cost + other.cost,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Needs:
    """What a load test needs."""

    levels: tuple[float, ...]
    """Of each engine; of a search, those of the most load there can be."""
    sessions: int
    audio_hours: float
    cost: float | None
    """In the config's currency; `None`: no engine has a price."""
    duration_s: float
    """Without what an engine takes after the end of the audio, or to answer a request."""
    at_least: bool
    """How many requests a closed batch load makes is up to the engine: these are the least. Others: the most."""


def check(plan: Plan) -> tuple[LoadSpec, Needs]:
    """The load that the config asks for, and what it needs.

    Raises:
        ConfigError: with every reason for which it cannot be measured, or may not be paid for.
    """
    spec, where = plan.config.load, plan.config.name
    if spec is None:
        example = "load: {sessions: [1, 10, 50], duration_s: 30}"
        raise ConfigError([Problem(f"{where}: load", "what load to put on", "nothing", f"add {example}")])
    problems = _unmeasurable(plan, spec, where)
    if problems:
        raise ConfigError(problems)
    needs = _needs(plan, spec)
    advice = "run fewer levels, shorten load.duration_s, or raise it"
    problems = over_budget(
        plan.config.budget, needs.sessions, needs.audio_hours, needs.cost, f"{where}: budget", advice
    )
    if problems:
        raise ConfigError(problems)
    return spec, needs


def _unmeasurable(plan: Plan, spec: LoadSpec, where: str) -> list[Problem]:
    if spec.condition is not None and spec.condition not in plan.conditions:
        return [Problem(f"{where}: load.condition", f"one of {', '.join(plan.conditions)}", spec.condition)]
    problems = []
    if spec.mode == "stream" and plan.config.stream.speed != 1:
        advice = "a load at another speed has no latency; remove it"
        problems.append(Problem(f"{where}: stream.speed", "1 under a load", f"{plan.config.stream.speed:g}", advice))
    for id, engine in plan.engines.items():
        trials = _base(plan, spec, id)
        if not trials:
            problems.append(Problem(f"{where}: load", f"trials of {id} in mode {spec.mode}", "none", "see modes:"))
        if engine.spec.requests_per_minute is not None:
            at, advice = f"{where}: engines: {id}", "it would hold the load back; a budget bounds what is spent"
            problems.append(Problem(f"{at}.requests_per_minute", "none under a load", "a quota", advice))
    used = list(
        {t.utterance_id: plan.utterances[t.utterance_id] for id in plan.engines for t in _base(plan, spec, id)}.values()
    )
    total_s = sum(utterance.duration_s for utterance in used)
    if total_s > _MOST_AUDIO_S:
        expected = f"at most {_MOST_AUDIO_S / 60:.0f} min of recordings, which are all kept in memory"
        problems.append(
            Problem(f"{where}: load", expected, f"{total_s / 60:.0f} min", "use --limit, or corpora: limit")
        )
    if spec.mode == "stream" and spec.max_latency_p95_s and all(utterance.speech_end_s is None for utterance in used):
        at, advice = f"{where}: load.max_latency_p95_s", "see bench corpus, or remove the limit"
        problems.append(Problem(at, "speech_end_s in the manifest, which latency counts from", "none", advice))
    return problems


def _base(plan: Plan, spec: LoadSpec, engine_id: str) -> list[Trial]:
    """One trial of each recording."""
    condition = spec.condition or next(iter(plan.conditions))
    wanted = (engine_id, spec.mode, condition, 0)
    return [t for t in plan.trials if (t.engine_id, t.mode, t.condition_id, t.repeat) == wanted]


def _needs(plan: Plan, spec: LoadSpec) -> Needs:
    levels = most_levels(spec)
    at_least = spec.mode == "batch" and spec.arrivals_per_s is None
    total, duration_s = LoadSpent(), 0.0
    for engine_id in plan.engines:
        for level in levels:
            layout = lay_out(plan, spec, engine_id, level, most=round(level) if at_least else _MOST_TRIALS)
            part = replace(layout.plan, trials=layout.plan.trials[: layout.most])
            total += LoadSpent(requests=len(part.trials), audio_hours=part.audio_hours(), cost=part.cost() or 0.0)
            duration_s += layout.level.end_s + layout.level.cool_down_s
    return Needs(
        levels=levels,
        sessions=total.requests,
        audio_hours=total.audio_hours,
        cost=None if plan.cost() is None else total.cost,
        duration_s=duration_s,
        at_least=at_least,
    )


def lay_out(plan: Plan, spec: LoadSpec, engine_id: str, level: float, most: int = _MOST_TRIALS) -> Layout:
    """The trials of one level, and when they begin: the same for the same seed. `most`: of a closed load."""
    base = _base(plan, spec, engine_id)
    durations = [plan.utterances[trial.utterance_id].duration_s for trial in base]
    stream = spec.mode == "stream"
    what = Level(
        engine=engine_id,
        mode=spec.mode,
        kind="sessions" if spec.arrivals_per_s is None else "arrivals_per_s",
        level=level,
        warm_up_s=spec.warm_up_s,
        duration_s=spec.duration_s,
        cool_down_s=max(durations) if stream else 0.0,
    )
    if what.kind == "arrivals_per_s":
        expected = level * what.end_s
        trials = _repeated(base, round(expected + 6 * expected**0.5) + 10, level)
        seed = plan.config.seed if spec.seed is None else spec.seed
        arrivals = Arrivals(due_s=poisson_arrivals([trial.id for trial in trials], level, what.end_s, seed))
        trials = [trial for trial in trials if trial.id in (arrivals.due_s or {})]
        most = width = len(trials)
    else:
        width = round(level)
        ramp_s = min(spec.warm_up_s, sum(durations) / len(durations)) if stream else 0.0
        arrivals = Arrivals(ramp_s=ramp_s, stop_s=what.end_s)
        shortens = any(step.name in _SHORTENING for step in plan.conditions[base[0].condition_id].steps)
        lasting = [d / 2 if shortens else d for d in durations] if stream else [_FASTEST_REQUEST_S]
        most = min(most, most_sessions(lasting, width, ramp_s, what.end_s))
        trials = _repeated(base, most + most // 4 + 1, level)
    level_plan = replace(plan, config=_level_config(plan.config, width), trials=tuple(trials))
    return Layout(level=what, plan=level_plan, arrivals=arrivals, most=most)


def most_sessions(lasting_s: Sequence[float], width: int, ramp_s: float, stop_s: float) -> int:
    """How many sessions a closed load begins by `stop_s` at most: each lasts as long as its recording, or longer.

    `lasting_s`: of each recording, taken over and over.
    """
    free_at = [ramp_s * number / width for number in range(width)]  # rising, so a heap
    begun = 0
    for lasts_s in islice(cycle(lasting_s), _MOST_TRIALS):
        if free_at[0] > stop_s:
            break
        heapq.heapreplace(free_at, free_at[0] + lasts_s)
        begun += 1
    return begun


def within(layout: Layout, budget: BudgetSpec, spent: LoadSpent) -> Layout:
    """As many of the trials as the budget allows after so much was spent."""
    plan = layout.plan
    price = plan.engines[layout.level.engine].spec.price_per_minute or 0.0
    kept = 0
    for trial in plan.trials:
        minutes = plan.utterances[trial.utterance_id].duration_s / 60
        spent += LoadSpent(requests=1, audio_hours=minutes / 60, cost=minutes * price)
        if over_budget(budget, spent.requests, spent.audio_hours, spent.cost, ""):
            break
        kept += 1
    return replace(layout, plan=replace(plan, trials=plan.trials[:kept]))


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
    return hashlib.sha256(f"{trial.id} load {level!r} {repeat}".encode()).hexdigest()[:20]
