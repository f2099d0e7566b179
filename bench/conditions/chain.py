"""The chain: apply a condition's steps to a recording, replayably. Pure: recordings come in by loaders.

A step is a function `(audio, context, rng, **params) -> Conditioned`, described by the decorator `step`,
which returns it unchanged. Its randomness is the `rng` it is given, made from the condition's seed and id,
the utterance's id and the step's place, so that any trial can be replayed alone, in any order. Samples
are float32, shape (n,); only the end of the chain and codecs clip, and both count what they clipped.
"""

from __future__ import annotations

import hashlib
import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, TypeAlias, TypeVar

import numpy as np
from numpy.random import Generator, SeedSequence, default_rng

from bench.audio import Audio
from bench.conditions import STEPS
from bench.conditions.levels import active_level_db
from bench.conditions.params import Param, is_draw, params_of
from bench.errors import AudioError, Problem, UsageError
from bench.types import Condition, Step, Word


@dataclass(frozen=True, slots=True)
class Conditioned:
    """Audio after one or all steps, and what they achieved.

    The dose names carry their unit (`snr_db`, `loss_rate`, `clipped_fraction`). Where the time axis changed,
    a moment t of the original lies at `t * dose["time_scale"] + dose["speech_offset_s"]`.
    """

    audio: Audio
    dose: dict[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class StepContext:
    """What a step may know besides the samples. It reaches recordings through loaders only."""

    utterance_id: str
    speech_start_s: float | None = None
    speech_end_s: float | None = None
    """On the time axis of the audio the step is given; `None`: not known."""
    words: tuple[Word, ...] = ()
    """Timed words, on the same axis; empty: not known."""
    load: Callable[[str], Audio] | None = None
    """Reads one recording by a name out of `listing` or `others`."""
    listing: Callable[[str], tuple[str, ...]] | None = None
    """Names of the recordings in a folder or a manifest, sorted."""
    others: tuple[str, ...] = ()
    """Names of the corpus's utterances by other speakers, sorted."""
    channel: Callable[[str], Audio] | None = None
    """Reads the utterance's own recording again: `left`, `right` or `mix`."""


StepFunction: TypeAlias = Callable[..., Conditioned]
_Function = TypeVar("_Function", bound=Callable[..., Conditioned])


@dataclass(frozen=True, slots=True, kw_only=True)
class StepInfo:
    """What `bench list conditions` shows of a step."""

    name: str
    about: str
    params: tuple[Param, ...]
    """The first is the one that a bare value means: `gain: -6`."""
    example: str
    source: str
    extra: str | None
    """The optional dependencies it needs; `None`: none."""
    version: int = 1
    """Raised where the same parameters make other audio: it is part of what a trial is."""


_INFOS: dict[StepFunction, StepInfo] = {}


def step(*, example: str, source: str, extra: str | None = None, version: int = 1) -> Callable[[_Function], _Function]:
    """Describe a step; the function itself is returned unchanged. Its parameters are read from its signature.

    Raises:
        TypeError: for a keyword parameter that is not `Annotated[type, parameter(...)]`.
    """

    def describe(function: _Function) -> _Function:
        about = (inspect.getdoc(function) or "").split("\n\n")[0].replace("\n", " ")
        name = function.__name__
        _INFOS[function] = StepInfo(
            name=name,
            about=about,
            params=params_of(function),
            example=example,
            source=source,
            extra=extra,
            version=version,
        )
        return function

    return describe


def info(name: str) -> StepInfo:
    """The description of a registered step.

    Raises:
        UnknownNameError: with the nearest known name.
        UsageError: if a third party registered a function that is not described.
    """
    function = STEPS.load(name)
    if function not in _INFOS:
        raise UsageError(
            Problem(f"step {name}", "a function decorated with bench.conditions.chain.step", str(function))
        )
    return replace(_INFOS[function], name=name)


def describe_steps() -> tuple[StepInfo, ...]:
    """Every registered step, by name."""
    return tuple(info(name) for name in STEPS.names())


def generator(condition: Condition, utterance_id: str, index: int) -> Generator:
    """The random numbers of one step: a function of (seed, condition id, utterance id, place in the chain)."""
    key = "\0".join((str(condition.seed), condition.id, utterance_id, str(index)))
    return default_rng(SeedSequence(int.from_bytes(hashlib.sha256(key.encode()).digest(), "big")))


def apply(condition: Condition, audio: Audio, context: StepContext) -> Conditioned:
    """Apply every step in order, then clip at full scale; the doses of all steps are merged.

    Raises:
        AudioError: if a step cannot be applied to this recording, naming condition, step and utterance.
    """
    total: dict[str, float] = {}
    for index, step in enumerate(condition.steps):
        rng = generator(condition, context.utterance_id, index)
        params, drawn = _draw(step, rng)
        try:
            done = STEPS.load(step.name)(audio, context, rng, **params)
        except AudioError as error:
            where = f"condition {condition.id}, step {step.name}, utterance {context.utterance_id}"
            raise AudioError(*error.at(where)) from error
        _check(step.name, done.audio)
        total = merge(total, {**drawn, **done.dose})
        audio, context = done.audio, _moved(context, done.dose)
    return _finish(audio, total)


def _draw(step: Step, rng: Generator) -> tuple[dict[str, Any], dict[str, float]]:
    """Parameters with ranges replaced by values, and the values drawn."""
    drawn = {
        name: float(rng.uniform(value["min"], value["max"])) for name, value in step.params.items() if is_draw(value)
    }
    return {**step.params, **drawn}, drawn


def _check(name: str, audio: Audio) -> None:
    samples = audio.samples
    if samples.dtype != np.float32 or samples.ndim != 1 or len(samples) == 0 or not np.isfinite(samples).all():
        got = f"{samples.dtype}, shape {samples.shape}"
        raise AudioError(Problem(f"step {name}", "finite float32 samples of shape (n,), n > 0", got))


def merge(first: Mapping[str, float], second: Mapping[str, float]) -> dict[str, float]:
    """Doses of two steps in a row. Time shifts compose, clipping adds up, a repeated name gets a number."""
    merged = dict(first)
    for name, value in second.items():
        if name not in {"time_scale", "speech_offset_s", "clipped_fraction"}:
            merged[_free_name(merged, name)] = value
    if "clipped_fraction" in second:
        merged["clipped_fraction"] = min(1.0, first.get("clipped_fraction", 0.0) + second["clipped_fraction"])
    if second.keys() & {"time_scale", "speech_offset_s"}:
        scale, offset = second.get("time_scale", 1.0), second.get("speech_offset_s", 0.0)
        merged["time_scale"] = first.get("time_scale", 1.0) * scale
        merged["speech_offset_s"] = first.get("speech_offset_s", 0.0) * scale + offset
    return merged


def _free_name(taken: Mapping[str, float], name: str) -> str:
    number = 2
    free = name
    while free in taken:
        free, number = f"{name}_{number}", number + 1
    return free


def _moved(context: StepContext, dose: Mapping[str, float]) -> StepContext:
    scale, offset = dose.get("time_scale", 1.0), dose.get("speech_offset_s", 0.0)
    if scale == 1.0 and offset == 0.0:
        return context

    def move(moment: float | None) -> float | None:
        return None if moment is None else moment * scale + offset

    words = tuple(replace(word, start_s=move(word.start_s), end_s=move(word.end_s)) for word in context.words)
    start, end = move(context.speech_start_s), move(context.speech_end_s)
    return replace(context, speech_start_s=start, speech_end_s=end, words=words)


def _finish(audio: Audio, dose: dict[str, float]) -> Conditioned:
    peak_over = np.abs(audio.samples) > 1.0
    clipped = float(np.mean(peak_over))
    if clipped:
        audio = Audio(np.clip(audio.samples, -1.0, 1.0), audio.sample_rate_hz)
    level = active_level_db(audio.samples, audio.sample_rate_hz)
    last = {"clipped_fraction": clipped} | ({} if level is None else {"active_level_dbfs": level})
    return Conditioned(audio, merge(dose, last))
