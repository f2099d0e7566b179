"""Steps that put the talker into a room: recorded, statistical and simulated impulse responses. Pure.

The direct path stays where it was in time, and the active speech level is kept.
"""

from __future__ import annotations

import math
from functools import lru_cache
from typing import Annotated

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from bench import audio as audio_io
from bench.audio import Audio, Samples
from bench.conditions.chain import Conditioned, StepContext, step
from bench.conditions.level import scaled
from bench.conditions.levels import active_level_db
from bench.conditions.params import parameter
from bench.errors import AudioError, MissingExtraError, Problem

_WALL_M = 0.3


@step(
    example="impulse: {path: rooms/}",
    source="convolution; RT60 by backward integration (Schroeder 1965), T20 of ISO 3382-1",
)
def impulse(
    audio: Audio,
    context: StepContext,
    rng: Generator,
    *,
    path: Annotated[str, parameter("folder or manifest of impulse responses, or one file; one is drawn per utterance")],
) -> Conditioned:
    """A room by its recorded impulse response."""
    if context.load is None or context.listing is None:
        raise AudioError(Problem("", f"a loader for the impulse responses in {path}", "none"))
    names = context.listing(path)
    response = audio_io.resample(context.load(names[int(rng.integers(len(names)))]), audio.sample_rate_hz)
    return convolved(audio, response.samples)


@step(
    example="reverb: {rt60_s: 0.6, drr_db: 3}",
    source="exponentially decaying noise (Polack 1988) behind a direct path",
)
def reverb(
    audio: Audio,
    context: StepContext,
    rng: Generator,
    *,
    rt60_s: Annotated[float, parameter("time in which the reverberation falls by 60 dB", "s", ge=0.05, le=10)],
    drr_db: Annotated[
        float, parameter("direct sound over reverberation; falls with distance", "dB", ge=-20, le=40)
    ] = 3.0,
) -> Conditioned:
    """A room by its statistics: no echo pattern, exact RT60."""
    rate = audio.sample_rate_hz
    count = max(2, round(rt60_s * rate))
    tail = rng.standard_normal(count) * 10.0 ** (-3.0 * np.arange(count) / (rt60_s * rate))
    tail[0] = 0.0
    tail *= 10.0 ** (-drr_db / 20.0) / math.sqrt(float(np.sum(tail**2)))
    tail[0] = 1.0
    return convolved(audio, tail.astype(np.float32))


@step(
    example="room: {rt60_s: 0.4, distance_m: 2, size_m: [6, 4, 3]}",
    source="image method (Allen & Berkley 1979) by pyroomacoustics; places drawn per utterance",
    extra="rooms",
)
def room(
    audio: Audio,
    context: StepContext,
    rng: Generator,
    *,
    rt60_s: Annotated[
        float, parameter("time in which the reverberation falls by 60 dB (Sabine)", "s", ge=0.1, le=2)
    ] = 0.4,
    distance_m: Annotated[float, parameter("talker to microphone", "m", ge=0.1, le=20)] = 1.0,
    size_m: Annotated[tuple[float, ...], parameter("length, width, height", "m", ge=1, le=50)] = (6.0, 4.0, 3.0),
) -> Conditioned:
    """A simulated rectangular room."""
    size = tuple(float(side) for side in size_m)
    if len(size) != 3:
        raise AudioError(Problem("", "three sides in size_m", str(len(size))))
    talker, microphone = _places(rng, np.array(size), distance_m)
    return convolved(audio, _simulated(size, rt60_s, talker, microphone, audio.sample_rate_hz))


def _places(
    rng: Generator, size: NDArray[np.float64], distance_m: float
) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """Talker and microphone at a distance, both off the walls; drawn until they fit."""
    for _ in range(1000):
        talker = rng.uniform(_WALL_M, size - _WALL_M)
        direction = rng.standard_normal(3)
        direction[2] *= 0.1  # mouths and microphones are at about the same height
        microphone = talker + distance_m * direction / np.linalg.norm(direction)
        if np.all(microphone > _WALL_M) and np.all(microphone < size - _WALL_M):
            return tuple(talker.tolist()), tuple(microphone.tolist())
    raise AudioError(Problem("", f"a room that has place for {distance_m:g} m", f"{size.tolist()} m", "enlarge size_m"))


@lru_cache(maxsize=8)
def _simulated(
    size: tuple[float, ...], rt60_s: float, talker: tuple[float, ...], microphone: tuple[float, ...], rate_hz: int
) -> Samples:
    try:
        import pyroomacoustics
    except ImportError as error:
        raise MissingExtraError("step room: pyroomacoustics", "rooms") from error
    try:
        absorption, order = pyroomacoustics.inverse_sabine(rt60_s, size)
    except ValueError as error:
        raise AudioError(Problem("", f"an rt60_s that {list(size)} m can have", f"{rt60_s:g}", str(error))) from error
    shoebox = pyroomacoustics.ShoeBox(size, fs=rate_hz, materials=pyroomacoustics.Material(absorption), max_order=order)
    shoebox.add_source(talker)
    shoebox.add_microphone(microphone)
    shoebox.compute_rir()
    return np.asarray(shoebox.rir[0][0], dtype=np.float32)


def convolved(audio: Audio, response: Samples) -> Conditioned:
    """Audio through an impulse response: direct path in place, length and active level kept."""
    from scipy.signal import oaconvolve

    direct = int(np.argmax(np.abs(response)))
    if response[direct] == 0.0:
        raise AudioError(Problem("", "an impulse response", "silence"))
    full = oaconvolve(audio.samples, response)[direct : direct + len(audio.samples)]
    wet = Audio(np.asarray(full, dtype=np.float32), audio.sample_rate_hz)
    before, after = (active_level_db(recording.samples, recording.sample_rate_hz) for recording in (audio, wet))
    if before is not None and after is not None:
        wet = scaled(wet, before - after)
    return Conditioned(wet, _room_dose(response, direct, audio.sample_rate_hz))


def _room_dose(response: Samples, direct: int, rate_hz: int) -> dict[str, float]:
    """RT60 and direct-to-reverberant ratio (direct: up to 2.5 ms after the peak), where they can be had."""
    energy = np.square(response.astype(np.float64))
    edge = direct + round(0.0025 * rate_hz)
    late = float(np.sum(energy[edge:]))
    dose = {} if late <= 0.0 else {"drr_db": 10.0 * math.log10(float(np.sum(energy[:edge])) / late)}
    measured = rt60_s_of(response, rate_hz)
    return dose if measured is None else {**dose, "rt60_s": measured}


def rt60_s_of(response: Samples, rate_hz: int) -> float | None:
    """Reverberation time from the decay between -5 and -25 dB, times 3; `None`: it does not decay so far.

    Source: Schroeder (1965); ISO 3382-1:2009, T20.
    """
    late = np.square(response[int(np.argmax(np.abs(response))) + 1 :].astype(np.float64))
    decay = np.cumsum(late[::-1])[::-1]
    if len(decay) < 2 or decay[0] <= 0.0:
        return None
    decay_db = 10.0 * np.log10(np.maximum(decay / decay[0], 1e-12))
    part = np.flatnonzero((decay_db <= -5.0) & (decay_db >= -25.0))
    if len(part) < 2 or decay_db[-1] > -25.0:
        return None
    slope_db = float(np.polyfit(part / rate_hz, decay_db[part], 1)[0])
    return -60.0 / slope_db
