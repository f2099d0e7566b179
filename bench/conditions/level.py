"""Steps that change level and wave shape: gain, target levels, clipping, DC, gain control, coarse bits. Pure."""

from __future__ import annotations

import math
from typing import Annotated

import numpy as np
from numpy.random import Generator

from bench.audio import Audio
from bench.conditions.chain import Conditioned, StepContext, step
from bench.conditions.levels import active_level_db, db, loudness_lufs
from bench.conditions.params import parameter
from bench.errors import AudioError, Problem

_AGC_BLOCK_S = 0.01


def scaled(audio: Audio, gain_db: float) -> Audio:
    """The audio times a gain in dB; not clipped."""
    return Audio(audio.samples * np.float32(10.0 ** (gain_db / 20.0)), audio.sample_rate_hz)


@step(
    example="gain: -6",
    source="plain multiplication; clipping at the end of the chain is counted",
)
def gain(
    audio: Audio, context: StepContext, rng: Generator, *, db: Annotated[float, parameter("gain", "dB", ge=-60, le=60)]
) -> Conditioned:
    """Amplify or attenuate."""
    return Conditioned(scaled(audio, db), {"gain_db": db})


@step(
    example="level: -26",
    source="ITU-T P.56 (12/2011) method B",
)
def level(
    audio: Audio,
    context: StepContext,
    rng: Generator,
    *,
    dbfs: Annotated[
        float, parameter("active speech level to reach; telephone speech is at about -26", "dBFS", ge=-80, le=0)
    ],
) -> Conditioned:
    """Bring the active speech level to a target."""
    return _towards(audio, dbfs, active_level_db(audio.samples, audio.sample_rate_hz))


@step(
    example="loudness: -23",
    source="ITU-R BS.1770-5 (11/2023), gated, mono",
)
def loudness(
    audio: Audio,
    context: StepContext,
    rng: Generator,
    *,
    lufs: Annotated[float, parameter("integrated loudness to reach; broadcast speech is at -23", "LUFS", ge=-80, le=0)],
) -> Conditioned:
    """Bring the loudness to a target."""
    return _towards(audio, lufs, loudness_lufs(audio.samples, audio.sample_rate_hz))


def _towards(audio: Audio, target_db: float, found_db: float | None) -> Conditioned:
    if found_db is None:
        raise AudioError(Problem("", "speech to set the level of", "silence"))
    return Conditioned(scaled(audio, target_db - found_db), {"gain_db": target_db - found_db})


@step(
    example="clip: {percentile: 98}",
    source="hard clipping at a percentile, as in speech enhancement corpora; level is kept as it falls out",
)
def clip(
    audio: Audio,
    context: StepContext,
    rng: Generator,
    *,
    percentile: Annotated[float, parameter("of the absolute samples: what lies above is clipped", "%", ge=50, le=100)],
) -> Conditioned:
    """Clip the peaks, as an overdriven microphone does."""
    magnitudes = np.abs(audio.samples)
    ceiling = np.float32(np.percentile(magnitudes, percentile))
    clipped = float(np.mean(magnitudes > ceiling))
    return Conditioned(
        Audio(np.clip(audio.samples, -ceiling, ceiling), audio.sample_rate_hz), {"clipped_fraction": clipped}
    )


@step(
    example="dc: 0.05",
    source="constant offset of a badly coupled sound card",
)
def dc(
    audio: Audio,
    context: StepContext,
    rng: Generator,
    *,
    offset: Annotated[float, parameter("added to every sample", "full scale", ge=-1, le=1)],
) -> Conditioned:
    """Add a constant."""
    return Conditioned(Audio(audio.samples + np.float32(offset), audio.sample_rate_hz))


@step(
    example="quantise: 8",
    source="uniform mid-tread quantiser without dither (Bennett 1948)",
)
def quantise(
    audio: Audio,
    context: StepContext,
    rng: Generator,
    *,
    bits: Annotated[int, parameter("bits per sample", "bits", ge=2, le=16)],
) -> Conditioned:
    """Round to few bits."""
    steps = np.float32(2 ** (bits - 1))
    rounded = np.clip(np.rint(audio.samples * steps), -steps, steps - 1) / steps
    error = audio.samples - rounded
    ratio = float(np.sum(np.square(audio.samples, dtype=np.float64)) / max(float(np.sum(error**2)), 1e-30))
    return Conditioned(Audio(rounded.astype(np.float32), audio.sample_rate_hz), {"quantisation_snr_db": db(ratio)})


@step(
    example="agc: {target_dbfs: -20, release_s: 0.5}",
    source="feed-forward gain control (Giannoulis, Massberg & Reiss 2012), 10 ms blocks",
)
def agc(
    audio: Audio,
    context: StepContext,
    rng: Generator,
    *,
    target_dbfs: Annotated[float, parameter("short-term level that the control aims at", "dBFS", ge=-60, le=0)] = -20.0,
    max_gain_db: Annotated[float, parameter("gain that pauses are pumped up by", "dB", ge=0, le=60)] = 30.0,
    attack_s: Annotated[float, parameter("time constant of lowering the gain", "s", ge=0.001, le=5)] = 0.02,
    release_s: Annotated[float, parameter("time constant of raising the gain", "s", ge=0.001, le=30)] = 0.5,
) -> Conditioned:
    """Automatic gain control that pumps: pauses grow loud, onsets start too loud."""
    size = max(1, round(_AGC_BLOCK_S * audio.sample_rate_hz))
    blocks = math.ceil(len(audio.samples) / size)
    padded = np.pad(audio.samples, (0, blocks * size - len(audio.samples))).reshape(blocks, size)
    levels = 10.0 * np.log10(np.mean(np.square(padded, dtype=np.float64), axis=1) + 1e-12)
    wanted = np.clip(target_dbfs - levels, -max_gain_db, max_gain_db)
    falling, rising = math.exp(-_AGC_BLOCK_S / attack_s), math.exp(-_AGC_BLOCK_S / release_s)
    gains, current = np.empty(blocks), 0.0
    for index, goal in enumerate(wanted):
        keep = falling if goal < current else rising
        current = keep * current + (1.0 - keep) * goal
        gains[index] = current
    centres = (np.arange(blocks) + 0.5) * size
    curve = 10.0 ** (np.interp(np.arange(len(audio.samples)), centres, gains) / 20.0)
    dose = {"agc_gain_range_db": float(gains.max() - gains.min())}
    return Conditioned(Audio((audio.samples * curve).astype(np.float32), audio.sample_rate_hz), dose)
