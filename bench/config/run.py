"""The run config: a closed world read from YAML. Every problem is reported at once, with its place.

Knows the shape of a config only; whether an engine, a corpus or a condition of that name exists, and
takes those settings, is checked where they are known (`plan.resolve`).
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, BeforeValidator, Field, ValidationError, model_validator
from pydantic_core import PydanticCustomError

from bench.config.overrides import override
from bench.config.spec import SpecModel, parse_yaml, read_text, shown, validated
from bench.errors import BenchError, ConfigError, Problem, did_you_mean
from bench.files import resource_dir
from bench.types import Mode

Identifier = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*$", max_length=80)]


def _as_list(value: object) -> object:
    """One name, or one mapping, where a list of them is expected."""
    return [value] if isinstance(value, str | dict) else value


def _one_or_more(kind: Any) -> BeforeValidator:
    return BeforeValidator(_as_list, json_schema_input_type=kind | list[kind])


class CorpusSpec(SpecModel):
    """A card's name or the path of a manifest, and which part of it to use."""

    source: str
    """A manifest by path, or a card by name."""
    limit: Annotated[int, Field(gt=0)] | None = None
    """At most so many utterances, drawn by the run's seed; `None`: all."""
    languages: Annotated[tuple[str, ...] | None, _one_or_more(str)] = None
    """Of its utterances only these (BCP-47); `None`: all."""


class EmulateSpec(SpecModel):
    """Serve this recogniser by the built-in emulator on loopback, for the length of the run."""

    recognizer: str
    """`moonshine`, `pocketsphinx`, `whisper`, or `script:FILE`."""
    workers: Annotated[int, Field(ge=1, le=16)] = 1
    """Processes that share the work."""
    faults: dict[str, Any] | None = None
    """A fault plan: `{seed: 1, faults: [{kind: reset, fraction: 0.05}]}`; `None`: none."""
    behaviour: dict[str, Any] = Field(default_factory=dict)
    """Any other setting of the emulator."""


class EngineSpec(SpecModel):
    """A system under test with its parameters. `settings` are checked by the engine's own model."""

    id: Identifier
    """What it is called in results."""
    engine: str
    """Which one (`bench list engines`)."""
    settings: dict[str, Any] = Field(default_factory=dict)
    modes: tuple[Mode, ...] | None = None
    """`None`: the run's modes."""
    emulate: EmulateSpec | None = None
    price_per_minute: Annotated[float, Field(ge=0)] | None = None
    requests_per_minute: Annotated[float, Field(gt=0)] | None = None


WIDTH = 4
"""Calls at a time, where neither the config nor the engines say."""


class BatchSpec(SpecModel):
    concurrency: Annotated[int, Field(ge=1, le=1000)] | None = None
    """Requests at a time; `None`: 4, or with recognisers on this machine what its processors can do."""
    timeout_s: Annotated[float, Field(gt=0)] = 120.0

    @property
    def width(self) -> int:
        """Requests at a time, as effective once a plan was made."""
        return self.concurrency or WIDTH


class StreamSpec(SpecModel):
    concurrency: Annotated[int, Field(ge=1, le=10_000)] | None = None
    """Streams at a time; `None`: 4, or with recognisers on this machine what its processors can do."""
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

    @property
    def width(self) -> int:
        """Streams at a time, as effective once a plan was made."""
        return self.concurrency or WIDTH


class RetrySpec(SpecModel):
    attempts: Annotated[int, Field(ge=1, le=20)] = 3
    base_s: Annotated[float, Field(ge=0)] = 0.5
    max_s: Annotated[float, Field(ge=0)] = 30.0
    give_up_after: Annotated[int, Field(ge=1)] | None = 10
    """So many trials of an engine failed in a row (3, where the key or the account is at fault): it is asked no more,
    and the others of its trials are left to --resume. `None`: every trial is tried. Loads try every one."""


class BudgetSpec(SpecModel):
    """Refused before the first call if the plan needs more; and no request, retries included, is made beyond."""

    max_requests: Annotated[int, Field(gt=0)] | None = None
    max_audio_hours: Annotated[float, Field(gt=0)] | None = None
    max_cost: Annotated[float, Field(gt=0)] | None = None


class ValiditySpec(SpecModel):
    """Beyond these the run is INVALID: its latency is the harness's lateness, not the engine's."""

    max_send_lag_p99_s: Annotated[float, Field(gt=0)] = 0.05
    max_send_lag_s: Annotated[float, Field(gt=0)] = 0.25
    max_backpressure_s: Annotated[float, Field(gt=0)] = 1.0
    max_clock_step_s: Annotated[float, Field(gt=0)] = 0.1
    max_cpu_saturated: Annotated[float, Field(gt=0, le=1)] = 0.75
    """Share of the seconds with streams in flight in which the processors may be 95 % busy or more."""


class LoadSearchSpec(SpecModel):
    """Double the sessions until it fails, then halve the gap between the last good number and the first bad one."""

    first: Annotated[int, Field(ge=1)] = 1
    largest: Annotated[int, Field(ge=1, le=10_000)] = 1_000


class LoadSpec(SpecModel):
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


class ContrastSpec(SpecModel):
    """A paired difference, `of` minus `minus`, each a set of group values such as {condition: noise}."""

    name: str
    of: dict[str, str]
    minus: dict[str, str]


class WordTimesSpec(SpecModel):
    """What sets word times where a corpus has none. `settings` are checked by the aligner's own model."""

    aligner: str
    settings: dict[str, Any] = Field(default_factory=dict)


def _as_aligner(value: object) -> object:
    return {"aligner": value} if isinstance(value, str) else value


def _as_corpus(value: object) -> object:
    return {"source": value} if isinstance(value, str) else value


def _as_engine(value: object) -> object:
    return {"id": value, "engine": value} if isinstance(value, str) else value


def _ids_that_differ(engines: tuple[EngineSpec, ...]) -> tuple[EngineSpec, ...]:
    ids = [engine.id for engine in engines]
    twice = sorted({id for id in ids if ids.count(id) > 1})
    if twice:
        raise PydanticCustomError("duplicate", "ids that differ", {"found": f"{', '.join(map(repr, twice))} twice"})
    return engines


Corpus = Annotated[CorpusSpec, BeforeValidator(_as_corpus, json_schema_input_type=str | CorpusSpec)]
Engine = Annotated[EngineSpec, BeforeValidator(_as_engine, json_schema_input_type=str | EngineSpec)]


class RunConfig(SpecModel):
    """One run: corpora x engines x conditions x modes x repeats."""

    name: Identifier
    """Of the run; its folder is called so, with the time."""
    description: str = ""
    """For the report."""
    seed: Annotated[int, Field(ge=0)] = 0
    """Of everything that is drawn: samples, noise, losses."""
    corpora: Annotated[tuple[Corpus, ...], Field(min_length=1), _one_or_more(str | CorpusSpec)]
    """Manifests by path, cards by name (`bench list corpora`), or sections."""
    engines: Annotated[
        tuple[Engine, ...],
        Field(min_length=1),
        AfterValidator(_ids_that_differ),
        _one_or_more(str | EngineSpec),
    ]
    """Names (`bench list engines`), or sections."""
    conditions: Annotated[tuple[Any, ...], Field(min_length=1), BeforeValidator(_as_list)] = ("clean",)
    """What is done to the audio: names (`bench list conditions`), or chains of steps; the first is the reference."""
    modes: Annotated[tuple[Mode, ...], Field(min_length=1), _one_or_more(Mode)] = ("batch", "stream")
    """Whole recordings, real time, or both."""
    repeats: Annotated[int, Field(ge=1, le=1000)] = 1
    """How often each trial is run: more show how far an engine drifts by itself."""
    common: dict[str, Any] = Field(default_factory=dict)
    """What every engine is told that has a way to be told: punctuation, formatting, numerals, disfluencies,
    audio_events, profanity_filter, endpointing_ms. An engine's own settings win."""
    normalizer: str = "earwitness"
    """Text rules that words are counted by (`bench list normalizers`)."""
    profiles: Annotated[tuple[str, ...], _one_or_more(str)] = ()
    """Further normalisers to score every engine by, to see whether the ranking hangs on the choice."""
    transliterate: bool = False
    """Also count answers in the wrong script after transliteration (extra `transliteration`)."""
    batch: BatchSpec = BatchSpec()
    stream: StreamSpec = StreamSpec()
    retry: RetrySpec = RetrySpec()
    budget: BudgetSpec = BudgetSpec()
    validity: ValiditySpec = ValiditySpec()
    executor: str = "process"
    """By whom trials are run: `process`, this machine's processes; `ray`, a Ray cluster (extra `ray`)."""
    word_times: Annotated[WordTimesSpec | None, BeforeValidator(_as_aligner)] = None
    """Made once on the clean audio, before the first call; `None`: what the corpora give."""
    load: LoadSpec | None = None
    """For `bench load`; `bench run` does not look at it."""
    contrasts: tuple[ContrastSpec, ...] | None = None
    """`None`: condition - the first one, stream - batch, and each pair of engines."""
    targets: tuple[dict[str, Any], ...] = ()
    """What the run is to reach, in the gate's grammar: `wer: 12%`, `final_latency_s.p95: 800ms`, `failed_rate: 1%`;
    judged when it is scored, and told in the report."""
    currency: str = "USD"
    private: bool = False
    """Whether nobody but the user may look into the run folder (mode 0700)."""
    record: bool = False
    """Whether every message of a vendor is kept as it came (`recordings/`), for the engine `replay`."""


def load_config(path: Path, overrides: Sequence[str] = ()) -> tuple[RunConfig, str]:
    """The config, with `key.sub=value` overrides applied, and the file's text as given.

    Raises:
        ConfigError: with every problem, each naming file and place.
        UsageError: for an override that cannot be applied.
    """
    text = config_text(path)
    return parse_config(text, where=str(path), overrides=overrides), text


def config_text(path: Path) -> str:
    """A config's text.

    Raises:
        ConfigError: if the file cannot be read; with the nearest name of a config of the package.
    """
    names = [packaged.stem for packaged in resource_dir("configs").glob("*.yaml")]
    near = did_you_mean(path.stem, names)
    advice = "see `bench list configs` for those that come with the package"
    return read_text(path, "a readable YAML file", f"{near}; {advice}" if near else advice)


def parse_config(text: str, *, where: str, overrides: Sequence[str] = ()) -> RunConfig:
    """As `load_config`, from text; `where` names it in messages."""
    return validated(RunConfig, _overridden(text, where, overrides), where)


def sound_part(text: str, *, where: str, overrides: Sequence[str] = ()) -> RunConfig | None:
    """What of a config has the right form, so that the names in it can be told with what has not.

    Keys that are wrong are left out; what then lacks is filled with names that exist, at the same places.
    `None`: it is no mapping.
    """
    try:
        data = _overridden(text, where, overrides)
    except BenchError:
        return None
    corpora = [
        each if isinstance(each, str) else _sound(CorpusSpec, each, {"source": "quickstart-en"})
        for each in _listed(data.get("corpora"))
    ]
    engines = [
        each if isinstance(each, str) else _sound(EngineSpec, each, {"id": f"engine-{index}", "engine": "silence"})
        for index, each in enumerate(_listed(data.get("engines")))
    ]
    filling = {"name": "x", "corpora": corpora or ["quickstart-en"], "engines": engines or ["silence"]}
    data = {key: value for key, value in data.items() if key not in filling}
    try:
        return RunConfig.model_validate(_sound(RunConfig, data, filling))
    except ValidationError:
        return None  # keys that are right alone, and not together, have their own message


def _listed(value: object) -> list[Any]:
    values = _as_list(value)
    return values if isinstance(values, list) else []


def _sound(model: type[BaseModel], data: object, filling: dict[str, Any]) -> dict[str, Any]:
    """The keys that are right alone, over what fills the others' places."""
    kept = dict(filling)
    for key, value in data.items() if isinstance(data, dict) else ():
        try:
            model.model_validate({**filling, key: value})
        except (ValidationError, TypeError):
            continue
        kept[key] = value
    return kept


def _overridden(text: str, where: str, overrides: Sequence[str]) -> dict[str, Any]:
    data = parse_yaml(text, where)
    if not isinstance(data, dict):
        raise ConfigError([Problem(where, "a mapping with name, corpora, engines", shown(data))])
    for given in overrides:
        override(data, given)
    return data
