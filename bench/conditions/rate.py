"""The sample rate as a factor: resamplers good and bad. Pure."""

from __future__ import annotations

from math import gcd
from typing import Annotated

import numpy as np
from numpy.random import Generator

from bench import audio as audio_io
from bench.audio import Audio
from bench.conditions.chain import Conditioned, StepContext, step
from bench.conditions.params import parameter

RESAMPLERS = ("soxr_vhq", "soxr_hq", "polyphase", "linear", "none-alias")


@step(
    example="resample: {to: 8000, resampler: soxr_vhq}",
    source="soxr (libsoxr) VHQ and HQ; scipy.signal.resample_poly; linear interpolation; nearest sample (aliases)",
)
def resample(
    audio: Audio,
    context: StepContext,
    rng: Generator,
    *,
    to: Annotated[int, parameter("new sample rate", "Hz", ge=4000, le=192000)],
    resampler: Annotated[
        str,
        parameter(
            "soxr_*, polyphase: band-limited; linear: interpolation, no filter; none-alias: the nearest sample",
            choices=RESAMPLERS,
        ),
    ] = "soxr_vhq",
) -> Conditioned:
    """Change the sample rate, well or badly."""
    if to == audio.sample_rate_hz:
        return Conditioned(audio)
    if resampler.startswith("soxr_"):
        return Conditioned(audio_io.resample(audio, to, resampler.removeprefix("soxr_").upper()))
    if resampler == "polyphase":
        return Conditioned(_polyphase(audio, to))
    return Conditioned(_unfiltered(audio, to, nearest=resampler == "none-alias"))


def _polyphase(audio: Audio, to: int) -> Audio:
    from scipy.signal import resample_poly

    common = gcd(to, audio.sample_rate_hz)
    samples = resample_poly(audio.samples, to // common, audio.sample_rate_hz // common)
    return Audio(np.asarray(samples, dtype=np.float32), to)


def _unfiltered(audio: Audio, to: int, *, nearest: bool) -> Audio:
    count = max(1, round(len(audio.samples) * to / audio.sample_rate_hz))
    places = np.minimum(np.arange(count) * (audio.sample_rate_hz / to), len(audio.samples) - 1)
    if nearest:
        # Half up, not half to even: each sample of a doubled rate is then held for two.
        nearest_places = np.minimum(places + 0.5, len(audio.samples) - 1)
        return Audio(audio.samples[np.floor(nearest_places).astype(np.int64)], to)
    samples = np.interp(places, np.arange(len(audio.samples)), audio.samples)
    return Audio(samples.astype(np.float32), to)
