"""The run config: a closed world read from YAML. Every problem is reported at once, with its place.

Knows the shape of a config only; whether an engine, a corpus or a condition of that name exists, and
takes those settings, is checked where they are known (`plan.resolve`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any

import yaml
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, model_validator

from bench.errors import ConfigError, Problem, UsageError, did_you_mean
from bench.types import Mode

Identifier = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*$", max_length=80)]


class _Model(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class CorpusSpec(_Model):
    """A card's name or the path of a manifest, and which part of it to use."""

    source: str
    limit: Annotated[int, Field(gt=0)] | None = None
    """At most so many utterances, drawn by the run's seed; `None`: all."""
    languages: tuple[str, ...] | None = None


class EmulateSpec(_Model):
    """Serve this recogniser by the built-in emulator on loopback, for the length of the run."""

    recognizer: str
    workers: Annotated[int, Field(ge=1, le=16)] = 1
    faults: dict[str, Any] | None = None
    """A fault plan: `{seed: 1, faults: [{kind: reset, fraction: 0.05}]}`; `None`: none."""
    behaviour: dict[str, Any] = Field(default_factory=dict)
    """Any other setting of the emulator."""


class EngineSpec(_Model):
    """A system under test with its parameters. `settings` are checked by the engine's own model."""

    id: Identifier
    engine: str
    settings: dict[str, Any] = Field(default_factory=dict)
    modes: tuple[Mode, ...] | None = None
    """`None`: the run's modes."""
    emulate: EmulateSpec | None = None
    price_per_minute: Annotated[float, Field(ge=0)] | None = None
    requests_per_minute: Annotated[float, Field(gt=0)] | None = None


class BatchSpec(_Model):
    concurrency: Annotated[int, Field(ge=1, le=1000)] = 4
    timeout_s: Annotated[float, Field(gt=0)] = 120.0


class StreamSpec(_Model):
    concurrency: Annotated[int, Field(ge=1, le=10_000)] = 4
    speed: Annotated[float, Field(gt=0)] = 1.0
    """Other than 1 is for accuracy alone: no latency is reported."""
    limit: Annotated[int, Field(gt=0)] | None = None
    """Stream only so many utterances of each corpus (real time is slow); `None`: all."""
    conditions: tuple[str, ...] | None = None
    """Stream only these conditions; `None`: all."""
    connect_timeout_s: Annotated[float, Field(gt=0)] = 10.0
    chunk_ms: Annotated[float, Field(gt=0, le=10_000)] | None = None
    """Size of an audio message where the condition names none; `None`: the engine's default (Pulse: 4,096 bytes)."""
    processes: Annotated[int, Field(ge=1, le=64)] | None = None
    """Processes that the streams are dealt over; `None`: one for each 1,000 streams at once, and no more than
    processors."""


class RetrySpec(_Model):
    attempts: Annotated[int, Field(ge=1, le=20)] = 3
    base_s: Annotated[float, Field(ge=0)] = 0.5
    max_s: Annotated[float, Field(ge=0)] = 30.0


class BudgetSpec(_Model):
    """Refused before the first call if the plan needs more."""

    max_requests: Annotated[int, Field(gt=0)] | None = None
    max_audio_hours: Annotated[float, Field(gt=0)] | None = None
    max_cost: Annotated[float, Field(gt=0)] | None = None


class ValiditySpec(_Model):
    """Beyond these the run is INVALID: its latency is the harness's lateness, not the engine's."""

    max_send_lag_p99_s: Annotated[float, Field(gt=0)] = 0.05
    max_send_lag_s: Annotated[float, Field(gt=0)] = 0.25
    max_backpressure_s: Annotated[float, Field(gt=0)] = 1.0
    max_clock_step_s: Annotated[float, Field(gt=0)] = 0.1
    max_cpu_saturated: Annotated[float, Field(gt=0, le=1)] = 0.75
    """Share of the seconds with streams in flight in which the processors may be 95 % busy or more."""


class LoadSearchSpec(_Model):
    """Double the sessions until it fails, then halve the gap between the last good number and the first bad one."""

    first: Annotated[int, Field(ge=1)] = 1
    largest: Annotated[int, Field(ge=1, le=10_000)] = 1_000


class LoadSpec(_Model):
    """What `bench load` does: exactly one of `sessions`, `search` (closed) and `arrivals_per_s` (open)."""

    mode: Mode = "stream"
    sessions: Annotated[tuple[Annotated[int, Field(ge=1, le=10_000)], ...], Field(min_length=1)] | None = None
    """Closed: so many concurrent streams or requests, one level after the other."""
    search: LoadSearchSpec | None = None
    arrivals_per_s: Annotated[tuple[Annotated[float, Field(gt=0)], ...], Field(min_length=1)] | None = None
    """Open: sessions begin at random (Poisson), so many a second on average, whatever became of those before."""
    seed: Annotated[int, Field(ge=0)] | None = None
    """Of the arrivals; `None`: the config's."""
    warm_up_s: Annotated[float, Field(ge=0)] = 5.0
    """Sessions that begin in this time are run, and not counted."""
    duration_s: Annotated[float, Field(gt=0)] = 30.0
    """Sessions that begin in this time, after the warm-up, are counted, and awaited."""
    condition: str | None = None
    """`None`: the first."""
    max_failed: Annotated[float, Field(ge=0, le=1)] = 0.01
    """A level fails where a larger share of its sessions fails, or answers with no text."""
    max_latency_p95_s: Annotated[float, Field(gt=0)] | None = None
    """A level fails where the p95 of its headline latency (stream: after end of speech) is larger; `None`: any."""
    knee: Annotated[float, Field(gt=1)] = 1.5
    """The knee is the last level whose p95 is at most this many times that of the first, or 50 ms more."""

    @model_validator(mode="after")
    def _one_kind(self) -> LoadSpec:
        given = [name for name in ("sessions", "search", "arrivals_per_s") if getattr(self, name) is not None]
        if len(given) != 1:
            raise ValueError(f"exactly one of sessions, search, arrivals_per_s (got {' and '.join(given) or 'none'})")
        levels = self.sessions or self.arrivals_per_s or ()
        if len(set(levels)) < len(levels):
            raise ValueError("levels that differ")
        return self


class ContrastSpec(_Model):
    """A paired difference, `of` minus `minus`, each a set of group values such as {condition: noise}."""

    name: str
    of: dict[str, str]
    minus: dict[str, str]


class WordTimesSpec(_Model):
    """What sets word times where a corpus has none. `settings` are checked by the aligner's own model."""

    aligner: str
    settings: dict[str, Any] = Field(default_factory=dict)


def _as_aligner(value: object) -> object:
    return {"aligner": value} if isinstance(value, str) else value


def _as_corpus(value: object) -> object:
    return {"source": value} if isinstance(value, str) else value


class RunConfig(_Model):
    """One run: corpora x engines x conditions x modes x repeats."""

    name: Identifier
    description: str = ""
    seed: Annotated[int, Field(ge=0)] = 0
    corpora: Annotated[tuple[Annotated[CorpusSpec, BeforeValidator(_as_corpus)], ...], Field(min_length=1)]
    engines: Annotated[tuple[EngineSpec, ...], Field(min_length=1)]
    conditions: tuple[Any, ...] = ("clean",)
    modes: Annotated[tuple[Mode, ...], Field(min_length=1)] = ("batch", "stream")
    repeats: Annotated[int, Field(ge=1, le=1000)] = 1
    normalizer: str = "earwitness"
    profiles: tuple[str, ...] = ()
    """Further normalisers to score every engine by, to see whether the ranking hangs on the choice."""
    transliterate: bool = False
    """Also count answers in the wrong script after transliteration (extra `transliteration`)."""
    batch: BatchSpec = BatchSpec()
    stream: StreamSpec = StreamSpec()
    retry: RetrySpec = RetrySpec()
    budget: BudgetSpec = BudgetSpec()
    validity: ValiditySpec = ValiditySpec()
    word_times: Annotated[WordTimesSpec | None, BeforeValidator(_as_aligner)] = None
    """Made once on the clean audio, before the first call; `None`: what the corpora give."""
    load: LoadSpec | None = None
    """For `bench load`; `bench run` does not look at it."""
    contrasts: tuple[ContrastSpec, ...] | None = None
    """`None`: condition - the first one, stream - batch, and each pair of engines."""
    currency: str = "USD"


def load_config(path: Path, overrides: Sequence[str] = ()) -> tuple[RunConfig, str]:
    """The config, with `key.sub=value` overrides applied, and the file's text as given.

    Raises:
        ConfigError: with every problem, each naming file and place.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        advice = "see `bench list configs` for those that come with the package"
        raise ConfigError([Problem(str(path), "a readable YAML file", str(error), advice)]) from error
    return parse_config(text, where=str(path), overrides=overrides), text


def parse_config(text: str, *, where: str, overrides: Sequence[str] = ()) -> RunConfig:
    """As `load_config`, from text; `where` names it in messages."""
    try:
        data = yaml.safe_load(text)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line = f":{mark.line + 1}:{mark.column + 1}" if mark else ""
        problem = getattr(error, "problem", None) or "a syntax error"
        raise ConfigError([Problem(f"{where}{line}", "YAML", str(problem))]) from error
    if not isinstance(data, dict):
        raise ConfigError([Problem(where, "a mapping with name, corpora, engines", _shown(data))])
    for override in overrides:
        _override(data, override)
    return _validated(RunConfig, data, where)


def _override(data: dict[str, Any], override: str) -> None:
    key, separator, value = override.partition("=")
    if not separator:
        raise UsageError(f"--set: expected key=value, got {override!r}; for example --set stream.concurrency=8")
    *parents, last = key.split(".")
    target: Any = data
    for name in parents:
        target = _child(target, name, override)
    parsed = yaml.safe_load(value)
    if isinstance(target, list):
        target[_index(target, last, override)] = parsed
    else:
        _section(target, last, override)[last] = parsed


def _child(target: Any, name: str, override: str) -> Any:
    if isinstance(target, list):
        return target[_index(target, name, override)]
    return _section(target, name, override).setdefault(name, {})


def _section(target: Any, name: str, override: str) -> dict[str, Any]:
    if not isinstance(target, dict):
        raise UsageError(f"--set {override}: expected a section before {name!r}, got {_shown(target)}")
    return target


def _index(target: list[Any], name: str, override: str) -> int:
    if name.isdigit() and int(name) < len(target):
        return int(name)
    for position, item in enumerate(target):
        if isinstance(item, dict) and item.get("id") == name:
            return position
    raise UsageError(f"--set {override}: expected an index below {len(target)} or an id, got {name!r}")


def _validated(model: type[RunConfig], data: Mapping[str, Any], where: str) -> RunConfig:
    try:
        config = model.model_validate(data)
    except ValidationError as error:
        raise ConfigError(validation_problems(error, where, model)) from error
    duplicates = _duplicates([engine.id for engine in config.engines])
    if duplicates:
        raise ConfigError([Problem(f"{where}: engines", "ids that differ", f"{name!r} twice") for name in duplicates])
    return config


def _duplicates(names: Sequence[str]) -> list[str]:
    return sorted({name for name in names if names.count(name) > 1})


def validation_problems(error: ValidationError, where: str, model: type[BaseModel]) -> list[Problem]:
    """Pydantic's errors in our form; unknown keys are answered with the nearest known one."""
    items = error.errors(include_url=False)
    places = [item["loc"] for item in items]
    # Pydantic drops faulty items of a list and then calls the list too short: an echo of what is already said.
    echoes = {
        item["loc"]
        for item in items
        if item["type"] == "too_short" and any(place[: len(item["loc"])] == item["loc"] != place for place in places)
    }
    return [_problem(dict(item), where, model) for item in items if item["loc"] not in echoes]


def _problem(item: Mapping[str, Any], where: str, model: type[BaseModel]) -> Problem:
    location = tuple(part for part in item["loc"] if not _is_union_tag(part))
    inside = "." if ": " in where else ": "  # `where` may be a place within a file already
    place = f"{where}{inside}{_dotted(location)}" if location else where
    if item["type"] == "extra_forbidden":
        known = _keys_at(model, location[:-1])
        advice = did_you_mean(str(location[-1]), known).removeprefix("; ")
        return Problem(place, f"one of the keys {', '.join(sorted(known))}", "an unknown key", advice)
    if item["type"] == "missing":
        return Problem(place, "a value", "nothing", "this key is required")
    expected = str(item["msg"]).removeprefix("Input should be ").removeprefix("Value error, ")
    return Problem(place, expected, _shown(item.get("input")))


def _is_union_tag(part: str | int) -> bool:
    """Pydantic names the branch of a union in the path, such as `tuple[ContrastSpec,...]` or `function-before[...]`."""
    return isinstance(part, str) and ("[" in part or part.startswith("literal"))


def _keys_at(model: type[BaseModel], location: Sequence[str | int]) -> set[str]:
    current: type[BaseModel] | None = model
    for part in location:
        if isinstance(part, int) or current is None:
            continue
        field = current.model_fields.get(part)
        current = _model_in(field.annotation) if field else None
    return set(current.model_fields) if current else set()


def _model_in(annotation: Any) -> type[BaseModel] | None:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    for argument in getattr(annotation, "__args__", ()):
        found = _model_in(argument)
        if found:
            return found
    return None


def _dotted(location: Sequence[str | int]) -> str:
    text = ""
    for part in location:
        text += f"[{part}]" if isinstance(part, int) else f".{part}" if text else part
    return text


def _shown(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 80 else f"{text[:77]}..."
