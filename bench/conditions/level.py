"""Steps that change level and shape: gain. Pure."""

from __future__ import annotations

import numpy as np
from numpy.random import Generator

from bench.audio import Audio
from bench.conditions.chain import Conditioned, StepContext, step
from bench.conditions.params import number


def scaled(audio: Audio, gain_db: float) -> Audio:
    """The audio times a gain in dB; not clipped."""
    return Audio(audio.samples * np.float32(10.0 ** (gain_db / 20.0)), audio.sample_rate_hz)


@step(
    number("db", "dB", -60, 60, "gain"),
    example="gain: -6",
    source="plain multiplication; clipping at the end of the chain is counted",
)
def gain(audio: Audio, context: StepContext, rng: Generator, *, db: float) -> Conditioned:
    """Amplify or attenuate."""
    return Conditioned(scaled(audio, db))
