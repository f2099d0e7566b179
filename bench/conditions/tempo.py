"""Steps that change the time axis or the voice: speed, tempo, pitch, silence, cuts, channel. Pure.

Each says in its dose where moments went (`time_scale`, `speech_offset_s`), so that latency can be counted from
the moved onset and end of speech.
"""

from __future__ import annotations

from itertools import pairwise
from typing import Annotated

import numpy as np
from numpy.random import Generator

from bench import audio as audio_io
from bench.audio import Audio
from bench.conditions.chain import Conditioned, StepContext, step
from bench.conditions.params import parameter
from bench.conditions.stretch import level_factor, stretched
from bench.errors import AudioError, Problem

_SHORTEST_S = 0.01


@step(
    example="speed: 1.1",
    source="resampling, as in Ko et al. (2015), Audio augmentation for speech recognition",
)
def speed(
    audio: Audio,
    context: StepContext,
    rng: Generator,
    *,
    factor: Annotated[float, parameter("above 1: faster and higher", ge=0.25, le=4)],
) -> Conditioned:
    """Play faster or slower; the pitch moves along."""
    rate = round(audio.sample_rate_hz / factor)
    played = audio_io.resample(audio, rate)
    return Conditioned(
        Audio(played.samples, audio.sample_rate_hz), {"time_scale": len(played.samples) / len(audio.samples)}
    )


@step(
    example="tempo: 1.25",
    source="WSOLA (Verhelst and Roelands 1993), FFmpeg's atempo; the level is held",
    extra="codecs",
    version=2,  # 1: a phase vocoder, which lost 4 dB
)
def tempo(
    audio: Audio,
    context: StepContext,
    rng: Generator,
    *,
    factor: Annotated[float, parameter("above 1: faster", ge=0.25, le=4)],
) -> Conditioned:
    """Speak faster or slower at the same pitch. Moments are moved by `time_scale`, each true to about 20 ms."""
    samples = stretched(audio, round(len(audio.samples) / factor), "step tempo")
    return Conditioned(Audio(samples, audio.sample_rate_hz), {"time_scale": len(samples) / len(audio.samples)})


@step(
    example="pitch: -3",
    source="resampling, then WSOLA (FFmpeg's atempo) back to the length; the level is held",
    extra="codecs",
    version=2,  # 1: a phase vocoder, which lost 4 dB
)
def pitch(
    audio: Audio,
    context: StepContext,
    rng: Generator,
    *,
    semitones: Annotated[float, parameter("above 0: higher", ge=-24, le=24)],
) -> Conditioned:
    """Shift the pitch at the same tempo."""
    rate = round(audio.sample_rate_hz / 2 ** (semitones / 12))
    played = Audio(audio_io.resample(audio, rate).samples, audio.sample_rate_hz)
    samples = stretched(played, len(audio.samples), "step pitch")
    return Conditioned(
        Audio(samples * level_factor(samples, audio.samples, audio.sample_rate_hz), audio.sample_rate_hz)
    )


@step(
    example="silence: {before_s: 1, after_s: 1}",
    source="digital silence",
)
def silence(
    audio: Audio,
    context: StepContext,
    rng: Generator,
    *,
    before_s: Annotated[float, parameter("silence before the recording", "s", ge=0, le=600)] = 0.0,
    after_s: Annotated[float, parameter("silence after it", "s", ge=0, le=600)] = 0.0,
    between_s: Annotated[
        float, parameter("silence in each gap between words; needs timed words", "s", ge=0, le=60)
    ] = 0.0,
) -> Conditioned:
    """Add silence before, after, or between words."""
    rate = audio.sample_rate_hz
    samples, dose = audio.samples, {}
    if between_s:
        places = _gap_places(context, rate)
        pause = np.zeros(round(between_s * rate), dtype=np.float32)
        pieces = np.split(samples, places)
        samples = np.concatenate([piece for segment in pieces for piece in (segment, pause)][:-1])
        dose = _stretched(context, len(places) * len(pause) / rate)
    ends = (round(before_s * rate), round(after_s * rate))
    dose["speech_offset_s"] = dose.get("speech_offset_s", 0.0) + ends[0] / rate
    return Conditioned(Audio(np.pad(samples, ends), rate), dose)


def _gap_places(context: StepContext, rate_hz: int) -> list[int]:
    """The middle of each gap between words, in samples."""
    gaps = [
        (first.end_s + second.start_s) / 2
        for first, second in pairwise(context.words)
        if first.end_s is not None and second.start_s is not None and second.start_s >= first.end_s
    ]
    if not gaps:
        raise AudioError(Problem("", "timed words to put silence between", "none"))
    return [round(gap * rate_hz) for gap in gaps]


def _stretched(context: StepContext, added_s: float) -> dict[str, float]:
    """The straight line through onset and end of speech before and after; words between lie near it."""
    times = [moment for word in context.words for moment in (word.start_s, word.end_s) if moment is not None]
    start = context.speech_start_s if context.speech_start_s is not None else times[0]
    end = context.speech_end_s if context.speech_end_s is not None else times[-1]
    scale = (end - start + added_s) / (end - start)
    return {"time_scale": scale, "speech_offset_s": start * (1.0 - scale)}


@step(
    example="truncate: {end_s: 5}",
    source="plain cut; the reference text is not cut",
)
def truncate(
    audio: Audio,
    context: StepContext,
    rng: Generator,
    *,
    start_s: Annotated[float, parameter("cut off what comes before", "s", ge=0, le=3600)] = 0.0,
    end_s: Annotated[float | None, parameter("cut off what comes after", "s", ge=0.01, le=3600)] = None,
) -> Conditioned:
    """Cut the beginning or the end off, as an eager voice activity detector does."""
    rate = audio.sample_rate_hz
    first, last = round(start_s * rate), None if end_s is None else round(end_s * rate)
    kept = audio.samples[first:last]
    if len(kept) < _SHORTEST_S * rate:
        raise AudioError(Problem("", f"audio between {start_s:g} s and the end", f"{audio.duration_s:.2f} s in all"))
    return Conditioned(
        Audio(kept, rate), {"speech_offset_s": -first / rate, "cut_s": audio.duration_s - len(kept) / rate}
    )


@step(
    example="channel: left",
    source="plain choice; the first step of a chain, for it reads the recording again",
)
def channel(
    audio: Audio,
    context: StepContext,
    rng: Generator,
    *,
    take: Annotated[str, parameter("which channel of the recording goes on", choices=("left", "right", "mix"))],
) -> Conditioned:
    """One channel of a stereo recording, or all mixed down."""
    if context.channel is None:
        raise AudioError(Problem("", "a loader for the recording's channels", "none"))
    return Conditioned(context.channel(take))
