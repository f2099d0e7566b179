"""Steps that limit the band, by linear-phase FIR filters with their delay taken out. Pure."""

from __future__ import annotations

from typing import Annotated

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from bench.audio import Audio
from bench.conditions.chain import Conditioned, StepContext, step
from bench.conditions.params import parameter
from bench.errors import AudioError, Problem

_STOP_DB = 60.0
_SOURCE = "Kaiser-windowed FIR, 60 dB stop band (Kaiser & Schafer 1980)"


@step(
    example="band_limit: {low_hz: 300, high_hz: 3400}",
    source=f"telephone band of ITU-T G.712 (11/2001); {_SOURCE}",
)
def band_limit(
    audio: Audio,
    context: StepContext,
    rng: Generator,
    *,
    low_hz: Annotated[float, parameter("lower edge, -6 dB", "Hz", ge=10, le=20000)] = 300.0,
    high_hz: Annotated[
        float, parameter("upper edge, -6 dB; above half the sample rate there is no upper edge", "Hz", ge=100, le=90000)
    ] = 3400.0,
) -> Conditioned:
    """Keep a band, by default that of a telephone line."""
    if low_hz >= high_hz:
        raise AudioError(Problem("", "low_hz below high_hz", f"{low_hz:g} and {high_hz:g}"))
    return Conditioned(filtered(audio, low_hz, high_hz))


@step(
    example="high_pass: 100",
    source=_SOURCE,
)
def high_pass(
    audio: Audio,
    context: StepContext,
    rng: Generator,
    *,
    hz: Annotated[float, parameter("edge, -6 dB", "Hz", ge=10, le=20000)],
) -> Conditioned:
    """Remove what lies below."""
    return Conditioned(filtered(audio, hz, None))


@step(
    example="low_pass: 3400",
    source=_SOURCE,
)
def low_pass(
    audio: Audio,
    context: StepContext,
    rng: Generator,
    *,
    hz: Annotated[float, parameter("edge, -6 dB; above half the sample rate nothing changes", "Hz", ge=50, le=90000)],
) -> Conditioned:
    """Remove what lies above."""
    return Conditioned(filtered(audio, None, hz))


def filtered(audio: Audio, low_hz: float | None, high_hz: float | None) -> Audio:
    """The audio within a band; the transition at each edge is a third of the edge wide, at most 200 Hz."""
    from scipy.signal import firwin, kaiserord, oaconvolve

    nyquist = audio.sample_rate_hz / 2
    high_hz = None if high_hz is None or high_hz >= nyquist else high_hz
    if low_hz is not None and low_hz >= nyquist:
        raise AudioError(Problem("", f"an edge below half the sample rate ({nyquist:g} Hz)", f"{low_hz:g} Hz"))
    edges = [edge for edge in (low_hz, high_hz) if edge is not None]
    if not edges:
        return audio
    width_hz = min(200.0, *(edge / 3 for edge in edges), *(nyquist - edge for edge in edges))
    taps, beta = kaiserord(_STOP_DB, width_hz / nyquist)
    kernel: NDArray[np.float32] = firwin(
        taps | 1, edges, window=("kaiser", beta), pass_zero=low_hz is None, fs=audio.sample_rate_hz
    ).astype(np.float32)
    half = len(kernel) // 2
    samples = oaconvolve(audio.samples, kernel)[half : half + len(audio.samples)]
    return Audio(np.asarray(samples, dtype=np.float32), audio.sample_rate_hz)
