"""From a config and its corpora to an ordered list of trials. Pure: no files, sockets, clocks or environment.

A trial's id is a digest of what decides its answer: audio, condition, engine with its id and effective
parameters, mode, pacing and repeat. A changed definition is another trial, and never resumes onto an old result;
one engine under two ids is asked twice, so that an A/A run compares two answers.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import product
from typing import Any
from unicodedata import normalize

import numpy as np
from pydantic import BaseModel, ValidationError

from bench.aligners import ALIGNERS, checked_settings
from bench.conditions.spec import parse_condition
from bench.config import BudgetSpec, CorpusSpec, EngineSpec, RunConfig, validation_problems
from bench.config.run import WIDTH
from bench.corpora.manifest import Manifest
from bench.engines import ENGINES, is_local_engine
from bench.engines.base import About, Accepts
from bench.engines.dialect.values import CommonSettings
from bench.errors import BenchError, ConfigError, Problem, UnknownNameError, did_you_mean
from bench.execution.fitting import misfits
from bench.execution.inputs import UNSEEN, ConditionInputs, Sources, by_corpus
from bench.scoring.text.normalize import get_normalizer
from bench.types import Cell, Condition, Mode, Trial, Utterance

_ID_CHARS = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class EnginePlan:
    """An engine as effective."""

    spec: EngineSpec
    settings: BaseModel
    modes: tuple[Mode, ...]
    about: About | None = None
    """`None`: the engine does not say."""

    def accepts(self, mode: Mode) -> Accepts:
        """What may be sent in a mode."""
        return Accepts() if self.about is None else self.about.accepts.get(mode, Accepts())

    @property
    def id(self) -> str:
        return self.spec.id

    def identity(self) -> dict[str, Any]:
        """What of an engine decides its answers; where the emulator happens to listen does not."""
        emulate = self.spec.emulate.model_dump(mode="json") if self.spec.emulate else None
        return {"engine": self.spec.engine, "settings": self.settings.model_dump(mode="json"), "emulate": emulate}


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """Everything a run needs, resolved and in order."""

    config: RunConfig
    engines: Mapping[str, EnginePlan]
    conditions: Mapping[str, Condition]
    utterances: Mapping[str, Utterance]
    """By utterance key: `corpus/id`."""
    manifests: Mapping[str, str]
    """Corpus name -> path of its manifest."""
    trials: tuple[Trial, ...]
    source: str = ""
    """The config's text as given."""
    width: int = WIDTH
    """Calls at a time where the config does not say."""
    is_local: bool = False
    """Whether the processors of this machine decide that, since recognisers run on them."""

    def audio_hours(self) -> float:
        return sum(self.utterances[trial.utterance_id].duration_s for trial in self.trials) / 3600

    def billed(self, trial: Trial) -> tuple[float, float | None]:
        """What a request of a trial is billed by: seconds of its recording, and its engine's price per minute."""
        return self.utterances[trial.utterance_id].duration_s, self.engines[trial.engine_id].spec.price_per_minute

    def cost(self) -> float | None:
        """In the config's currency; `None` if no engine has a price."""
        prices = {id: engine.spec.price_per_minute for id, engine in self.engines.items()}
        if all(price is None for price in prices.values()):
            return None
        return sum(
            self.utterances[trial.utterance_id].duration_s / 60 * (prices[trial.engine_id] or 0.0)
            for trial in self.trials
        )


def resolve(
    config: RunConfig,
    manifests: Mapping[str, Manifest],
    *,
    where: str,
    limit: int | None = None,
    sources: Sources = UNSEEN,
    is_bounded: bool = True,
    processors: int = 4,
) -> Plan:
    """Check every name and parameter, then lay out the trials in their order.

    Args:
        config: as read.
        manifests: by the corpus spec's `source`.
        where: the config's name in messages.
        limit: at most so many utterances of each corpus, on top of the config's own limits.
        sources: how to look at the recordings and term files that conditions name.
        is_bounded: whether the trials must keep within the budget; not where others are made of them (a load).
        processors: of this machine, for how many calls go on at a time where the config does not say.

    Raises:
        ConfigError: with every problem.
    """
    problems: list[Problem] = []
    engines, conditions = named(config, where, problems)
    utterances = _utterances(config, manifests, limit, where, problems)
    _check_corpora(config, manifests, utterances, where, problems)
    problems += [] if problems else _contrast_problems(config, conditions, where)  # else what is wrong is told twice
    if problems:
        raise ConfigError(problems)
    works_here = any(is_local(engine.spec) for engine in engines.values())
    width = max(1, min(WIDTH, processors - 1)) if works_here else WIDTH
    config = _with_concurrency(config, width)
    chosen = {key: utterance for part in utterances for key, utterance in part.items()}
    inputs = ConditionInputs(sources=sources, corpora=by_corpus(chosen.values()))
    trials = _trials(config, engines, conditions, utterances, inputs)
    plan = Plan(
        config=config,
        engines=engines,
        conditions=conditions,
        utterances=chosen,
        manifests={manifest.header.name: str(manifest.path) for manifest in manifests.values()},
        trials=trials,
        width=width,
        is_local=works_here,
    )
    unfit = _check_fit(plan, where)
    over = over_budget(config.budget, len(trials), plan.audio_hours(), plan.cost(), f"{where}: budget")
    problems = [*unfit, *(over if is_bounded else ())]
    if problems:
        raise ConfigError(problems)
    return plan


def named(config: RunConfig, where: str, problems: list[Problem]) -> tuple[dict[str, EnginePlan], dict[str, Condition]]:
    """The engines and conditions of a config by id.

    `problems` grows by what is wrong with its names and their parameters, whatever its corpora hold: engines,
    conditions, text rules, the aligner.
    """
    _check_common(config, where, problems)
    engines = {} if problems else _engines(config, where, problems)
    conditions = _conditions(config, where, problems)
    _check_aligner(config, where, problems)
    problems += _rule_problems(config, where)
    unknown = [name for name in config.stream.conditions or () if name not in conditions]
    problems += [Problem(f"{where}: stream.conditions", f"one of {', '.join(conditions)}", repr(n)) for n in unknown]
    return engines, conditions


def is_local(spec: EngineSpec) -> bool:
    """Whether an engine's work is done by this machine's processors."""
    if spec.emulate is not None:
        return spec.emulate.recognizer.partition(":")[0] in ENGINES
    return is_local_engine(spec.engine)


def _with_concurrency(config: RunConfig, width: int) -> RunConfig:
    """The config with numbers of calls at a time: a recogniser on this machine needs a processor for itself, and a
    paced stream must not wait for one.
    """
    return config.model_copy(
        update={
            "batch": config.batch.model_copy(update={"concurrency": config.batch.concurrency or width}),
            "stream": config.stream.model_copy(update={"concurrency": config.stream.concurrency or width}),
        }
    )


def _engines(config: RunConfig, where: str, problems: list[Problem]) -> dict[str, EnginePlan]:
    engines = {}
    for index, spec in enumerate(config.engines):
        at = f"{where}: engines[{index}]"
        try:
            factory = ENGINES.load(spec.engine)
            common = factory.common_settings(config.common) if hasattr(factory, "common_settings") else {}
            settings = factory.Settings.model_validate({**common, **spec.settings})
        except ConfigError as error:
            problems += [replace(problem, where=f"{at}.settings.{problem.where}") for problem in error.problems]
        except ValidationError as error:
            problems += validation_problems(error, f"{at}.settings", factory.Settings)
        except UnknownNameError as error:
            problems += (replace(problem, where=f"{at}.engine") for problem in error.problems)
        except BenchError as error:
            problems.append(Problem(f"{at}.engine", "an engine that can be used here", spec.engine, str(error)))
        else:
            modes = spec.modes or config.modes
            engines[spec.id] = EnginePlan(spec=spec, settings=settings, modes=modes, about=_about(factory, settings))
            problems += _lacking(engines[spec.id], at)
    return engines


def _about(factory: Any, settings: BaseModel) -> About | None:
    """What an engine says of itself; of a description in the config, that says it."""
    told = factory.about_of(settings) if hasattr(factory, "about_of") else getattr(factory, "about", None)
    return told if isinstance(told, About) else None


def _lacking(engine: EnginePlan, at: str) -> list[Problem]:
    """Modes that an engine does not have, and an emulator that there is none of."""
    about, emulate = engine.about, engine.spec.emulate
    if about is None:
        return []
    has = ", ".join(about.modes)
    missing = [mode for mode in engine.modes if mode not in about.modes]
    problems = [Problem(f"{at}.modes", f"one of {has}", mode, f"set `modes: [{has}]`") for mode in missing]
    if emulate is not None and emulate.behaviour.get("dialect", about.dialect) is None:
        advice = "name one with emulate: {behaviour: {dialect: ...}}"
        problems.append(Problem(f"{at}.emulate", "an engine whose protocol is emulated", engine.spec.engine, advice))
    return problems


def _check_common(config: RunConfig, where: str, problems: list[Problem]) -> None:
    try:
        CommonSettings.model_validate(config.common)
    except ValidationError as error:
        problems += validation_problems(error, f"{where}: common", CommonSettings)


def _check_fit(plan: Plan, where: str) -> list[Problem]:
    """What engines would refuse of what this plan sends them."""
    return [
        problem
        for engine in plan.engines.values()
        for mode in engine.modes
        for problem in misfits(
            engine.accepts(mode),
            mode,
            plan.conditions,
            tuple(plan.utterances.values()),
            plan.config.stream.chunk_ms or getattr(engine.settings, "chunk_ms", None),
            f"{where}: engine {engine.id}",
        )
    ]


def _conditions(config: RunConfig, where: str, problems: list[Problem]) -> dict[str, Condition]:
    conditions: dict[str, Condition] = {}
    for index, spec in enumerate(config.conditions):
        try:
            parsed = parse_condition(spec, seed=config.seed, where=f"{where}: conditions[{index}]")
        except ConfigError as error:
            problems += error.problems
            continue
        for condition in parsed:
            if condition.id in conditions:
                problems.append(Problem(f"{where}: conditions[{index}]", "an id of its own", f"{condition.id!r} again"))
            conditions[condition.id] = condition
    return conditions


def _contrast_problems(config: RunConfig, conditions: Mapping[str, Condition], where: str) -> list[Problem]:
    """Groups and names of a contrast that this run does not have: nothing would be told of it."""
    names = {"engine": [spec.id for spec in config.engines], "mode": ["batch", "stream"], "condition": [*conditions]}
    problems = []
    for index, contrast in enumerate(config.contrasts or ()):
        for side, chosen in (("of", contrast.of), ("minus", contrast.minus)):
            for key, value in chosen.items():
                known = names.get(key, [value]) if key in Cell._fields else Cell._fields
                given = value if key in Cell._fields else key
                if given not in known:
                    at = f"{where}: contrasts[{index}].{side}" + (f".{key}" if key in Cell._fields else "")
                    advice = did_you_mean(given, known)
                    problems.append(Problem(at, f"one of {', '.join(known)}", repr(given), advice))
    return problems


def _rule_problems(config: RunConfig, where: str) -> list[Problem]:
    """Text rules that nobody knows: told before the run, and not when it is scored."""
    named = {"normalizer": config.normalizer} | {f"profiles[{i}]": name for i, name in enumerate(config.profiles)}
    problems: list[Problem] = []
    for at, name in named.items():
        try:
            get_normalizer(name)
        except UnknownNameError as error:
            problems += (replace(problem, where=f"{where}: {at}") for problem in error.problems)
    return problems


def _check_aligner(config: RunConfig, where: str, problems: list[Problem]) -> None:
    spec = config.word_times
    if spec is None:
        return
    try:
        checked_settings(spec.aligner, spec.settings, where=f"{where}: word_times.settings")
    except ConfigError as error:
        problems += error.problems
    except BenchError as error:
        problems.append(Problem(f"{where}: word_times", f"one of {', '.join(ALIGNERS.names())}", str(error)))


def _utterances(
    config: RunConfig, manifests: Mapping[str, Manifest], limit: int | None, where: str, problems: list[Problem]
) -> list[dict[str, Utterance]]:
    """One mapping per corpus of the config, drawn by the run's seed."""
    chosen = []
    for index, corpus in enumerate(config.corpora):
        sampled = _sample(corpus, manifests[corpus.source], config.seed, limit)
        if not sampled:
            problems.append(Problem(f"{where}: corpora[{index}]", "at least one utterance", "none that fits"))
        chosen.append({utterance.key: utterance for utterance in sampled})
    return chosen


def _check_corpora(
    config: RunConfig,
    manifests: Mapping[str, Manifest],
    chosen: Sequence[Mapping[str, Utterance]],
    where: str,
    problems: list[Problem],
) -> None:
    """An utterance counts once, and a corpus's name stands for one manifest."""
    first_with: dict[str, int] = {}
    for index, corpus in enumerate(config.corpora):
        at = f"{where}: corpora[{index}]"
        for earlier in range(index):
            shared = chosen[index].keys() & chosen[earlier].keys()
            if shared:
                repeated = f"{len(shared)} of corpora[{earlier}] again, such as {min(shared)!r}"
                problems.append(Problem(at, "utterances of its own", repeated, "list a corpus once"))
        manifest = manifests[corpus.source]
        # As some file systems see names, to which a run folder may go.
        earlier = first_with.setdefault(normalize("NFKC", manifest.header.name).casefold(), index)
        if manifests[config.corpora[earlier].source].path.resolve() != manifest.path.resolve():
            repeated = f"{manifest.header.name!r}, which corpora[{earlier}] is called too"
            problems.append(Problem(at, "a name of its own", repeated, "change `name` in the header of one manifest"))


def _sample(corpus: CorpusSpec, manifest: Manifest, seed: int, limit: int | None) -> list[Utterance]:
    fitting = [u for u in manifest.utterances if corpus.languages is None or u.language in corpus.languages]
    limits = [number for number in (corpus.limit, limit) if number is not None]
    return _draw(fitting, min(limits), seed) if limits else fitting


def _draw(utterances: Sequence[Utterance], count: int, seed: int) -> list[Utterance]:
    """The `count` utterances whose seeded digest is smallest: a larger draw contains the smaller one."""
    ranked = sorted(utterances, key=lambda utterance: _digest([seed, utterance.corpus, utterance.id]))
    kept = {utterance.id for utterance in ranked[:count]}
    return [utterance for utterance in utterances if utterance.id in kept]


def _trials(
    config: RunConfig,
    engines: Mapping[str, EnginePlan],
    conditions: Mapping[str, Condition],
    corpora: Sequence[Mapping[str, Utterance]],
    inputs: ConditionInputs,
) -> tuple[Trial, ...]:
    """Batch first, then stream, so that local recognisers at full speed never disturb a paced stream.

    Within a mode, (utterance, condition) pairs are shuffled by seed, and all engines take each pair in
    turn: drift in time hits them alike, and conditioned audio is made once.
    """
    trials = []
    for mode in ("batch", "stream"):
        pairs = [pair for corpus in corpora for pair in _pairs(config, corpus, conditions, mode)]
        np.random.default_rng([config.seed, mode == "stream"]).shuffle(pairs)
        for (key, utterance), condition in pairs:
            drawn_on = inputs.of(condition, utterance)
            for repeat, engine in product(range(config.repeats), engines.values()):
                if mode in engine.modes:
                    trials.append(_trial(config, key, utterance, condition, engine, mode, repeat, drawn_on))
    return tuple(trials)


def _pairs(
    config: RunConfig, corpus: Mapping[str, Utterance], conditions: Mapping[str, Condition], mode: Mode
) -> list[tuple[tuple[str, Utterance], Condition]]:
    if mode == "batch":
        return list(product(corpus.items(), conditions.values()))
    names = config.stream.conditions or tuple(conditions)
    kept = list(corpus.values())
    if config.stream.limit is not None:
        kept = _draw(kept, config.stream.limit, config.seed)
    streamed = {utterance.key: utterance for utterance in kept}
    return list(product(streamed.items(), (conditions[name] for name in names)))


def _trial(
    config: RunConfig,
    key: str,
    utterance: Utterance,
    condition: Condition,
    engine: EnginePlan,
    mode: Mode,
    repeat: int,
    drawn_on: Mapping[str, Any],
) -> Trial:
    identity: dict[str, Any] = {
        "audio": [utterance.sha256, utterance.corpus, utterance.id],
        "condition": condition.identity(),
        "engine": [engine.id, engine.identity()],
        "language": utterance.language,
        "mode": mode,
        "speed": config.stream.speed if mode == "stream" else None,
        "chunk_ms": config.stream.chunk_ms if mode == "stream" else None,
        "repeat": repeat,
    }
    if drawn_on:
        identity["inputs"] = drawn_on
    return Trial(
        id=_digest(identity),
        utterance_id=key,
        condition_id=condition.id,
        engine_id=engine.id,
        mode=mode,
        repeat=repeat,
    )


def _digest(identity: object) -> str:
    canonical = json.dumps(identity, sort_keys=True, ensure_ascii=False, default=str)
    return hashlib.sha256(canonical.encode()).hexdigest()[:_ID_CHARS]


def over_budget(
    budget: BudgetSpec,
    requests: int,
    audio_hours: float,
    cost: float | None,
    where: str,
    advice: str = "use --limit, or raise it",
) -> list[Problem]:
    """What a plan that needs so much would exceed. `cost` `None`: no engine has a price."""
    needs = (
        ("max_requests", budget.max_requests, requests),
        ("max_audio_hours", budget.max_audio_hours, audio_hours),
        ("max_cost", budget.max_cost, cost),
    )
    return [
        Problem(f"{where}.{name}", f"at most {bound:g}", f"a plan that needs {need:g}", advice)
        for name, bound, need in needs
        if bound is not None and need is not None and need > bound
    ]
