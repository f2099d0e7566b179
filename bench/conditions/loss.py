"""Steps that lose or shift pieces of audio: packet loss, jitter, dropouts, clock drift. Pure."""

from __future__ import annotations

import math
from typing import Annotated, TypeAlias

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from bench import audio as audio_io
from bench.audio import Audio, Samples
from bench.conditions import codec
from bench.conditions.chain import Conditioned, StepContext, step
from bench.conditions.opus import FRAME_S
from bench.conditions.params import parameter
from bench.errors import AudioError, Problem

CONCEALMENTS = ("silence", "repeat", "opus")
_FADE_PER_FRAME = 0.5
_MICROHERTZ = 1_000_000
Concealment: TypeAlias = Annotated[
    str,
    parameter(
        "silence; the last frame again, halved each time; or Opus with its own concealment", choices=CONCEALMENTS
    ),
]


@step(
    example="packet_loss: {rate: 0.01, burst: 3, conceal: repeat}",
    source="Gilbert (1960), the two-state case of Elliott (1963); RFC 6716 for Opus",
)
def packet_loss(
    audio: Audio,
    context: StepContext,
    rng: Generator,
    *,
    rate: Annotated[float, parameter("share of 20 ms packets lost", "fraction", ge=0, le=0.9)],
    burst: Annotated[
        float, parameter("mean length of a burst; 1 / (1 - rate) is loss without memory", "packets", ge=1, le=100)
    ] = 1.0,
    conceal: Concealment = "silence",
    kbps: Annotated[float, parameter("bit rate, where Opus conceals", "kbit/s", ge=6, le=128)] = 24.0,
) -> Conditioned:
    """Lose packets in bursts."""
    lost = gilbert(rng, _frames(audio), rate, burst)
    return _without(audio, lost, conceal, kbps)


@step(
    example="jitter: {mean_ms: 20, buffer_ms: 60}",
    source="exponential delay behind a fixed play-out buffer (Moon, Kurose & Towsley 1998)",
)
def jitter(
    audio: Audio,
    context: StepContext,
    rng: Generator,
    *,
    mean_ms: Annotated[float, parameter("mean of the delay beyond the quickest packet", "ms", ge=0, le=1000)],
    buffer_ms: Annotated[
        float, parameter("jitter buffer: packets later than this are lost", "ms", ge=0, le=1000)
    ] = 60.0,
    conceal: Concealment = "repeat",
    kbps: Annotated[float, parameter("bit rate, where Opus conceals", "kbit/s", ge=6, le=128)] = 24.0,
) -> Conditioned:
    """Lose the packets that come too late for the jitter buffer."""
    lost = rng.exponential(mean_ms, _frames(audio)) > buffer_ms
    return _without(audio, lost, conceal, kbps)


@step(
    example="dropouts: {per_minute: 10, length_ms: 80}",
    source="Poisson process of muted stretches",
)
def dropouts(
    audio: Audio,
    context: StepContext,
    rng: Generator,
    *,
    per_minute: Annotated[float, parameter("mean number of dropouts", "1/min", ge=0, le=600)],
    length_ms: Annotated[float, parameter("length of each", "ms", ge=1, le=5000)] = 80.0,
) -> Conditioned:
    """Mute the audio now and then, as a radio link does."""
    size = round(length_ms * audio.sample_rate_hz / 1000)
    count = int(rng.poisson(per_minute * audio.duration_s / 60.0))
    samples = audio.samples.copy()
    muted = np.zeros(len(samples), dtype=np.bool_)
    for start in rng.integers(0, len(samples), count):
        muted[start : start + size] = True
    samples[muted] = 0.0
    return Conditioned(Audio(samples, audio.sample_rate_hz), {"loss_rate": float(np.mean(muted)), "dropouts": count})


@step(
    example="clock_drift: 200",
    source="band-limited resampling (soxr) by 1 + ppm / 1e6",
)
def clock_drift(
    audio: Audio,
    context: StepContext,
    rng: Generator,
    *,
    ppm: Annotated[
        float,
        parameter("how much too slow the recording clock runs: the audio gets longer", "ppm", ge=-20000, le=20000),
    ],
) -> Conditioned:
    """A sound card whose clock is off."""
    stretched = audio_io.resample(Audio(audio.samples, _MICROHERTZ), _MICROHERTZ + round(ppm))
    scale = (_MICROHERTZ + round(ppm)) / _MICROHERTZ
    return Conditioned(Audio(stretched.samples, audio.sample_rate_hz), {"time_scale": scale})


def gilbert(rng: Generator, count: int, rate: float, burst: float) -> NDArray[np.bool_]:
    """Which of `count` packets are lost; shape (count,). The chain starts in its stationary state.

    Raises:
        AudioError: if bursts so short cannot make up so high a loss.
    """
    if rate == 0.0:
        return np.zeros(count, dtype=np.bool_)
    enter, leave = rate / (burst * (1.0 - rate)), 1.0 / burst
    if enter > 1.0:
        advice = f"raise burst to {rate / (1 - rate):.3g} or more"
        raise AudioError(Problem("", f"a loss that bursts of {burst:g} can reach", f"a rate of {rate:g}", advice))
    draws = rng.random(count)
    lost = np.zeros(count, dtype=np.bool_)
    state = bool(rng.random() < rate)
    for index in range(count):
        lost[index] = state
        state = bool(draws[index] < (1.0 - leave if state else enter))
    return lost


def _frames(audio: Audio) -> int:
    return math.ceil(len(audio.samples) / round(FRAME_S * audio.sample_rate_hz))


def _without(audio: Audio, lost: NDArray[np.bool_], conceal: str, kbps: float) -> Conditioned:
    """The audio as heard without the lost packets, and what was lost."""
    starts = int(np.sum(lost & ~np.concatenate([[False], lost[:-1]])))
    dose = {"loss_rate": float(np.mean(lost)), "loss_burst": float(np.sum(lost)) / starts if starts else 0.0}
    if conceal == "opus":
        heard = codec.through("opus", audio, kbps, frozenset(np.flatnonzero(lost).tolist()))
        return Conditioned(heard.audio, {**heard.dose, **dose})
    samples = _concealed(audio.samples, lost, round(FRAME_S * audio.sample_rate_hz), repeat=conceal == "repeat")
    return Conditioned(Audio(samples, audio.sample_rate_hz), dose)


def _concealed(samples: Samples, lost: NDArray[np.bool_], size: int, *, repeat: bool) -> Samples:
    heard = samples.copy()
    run = 0
    for index, is_lost in enumerate(lost):
        run = run + 1 if is_lost else 0
        if run == 0:
            continue
        frame = heard[index * size : (index + 1) * size]
        last = index - run  # the last frame that arrived
        if repeat and last >= 0:
            frame[:] = heard[last * size : last * size + len(frame)] * np.float32(_FADE_PER_FRAME**run)
        else:
            frame[:] = 0.0
    return heard
