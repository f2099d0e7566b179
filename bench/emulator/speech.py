"""Whether audio holds a voice, and not silence or noise, for the emulator's recognisers. Pure."""

from __future__ import annotations

import numpy as np

from bench.audio.energy import THRESHOLD_DBFS
from bench.engines.base import Samples

_VOICED_FRAME = 256
_VOICED_FRAMES = 2
_FLATNESS = 0.3
"""Geometric over arithmetic mean of a power spectrum: white noise has 0.56, voiced sounds hardly any."""


def is_voiced(samples: Samples) -> bool:
    """Whether there is anything loud and harmonic in it, which silence and white noise are not; at any rate."""
    count = len(samples) // _VOICED_FRAME
    frames = samples[: count * _VOICED_FRAME].reshape(count, _VOICED_FRAME).astype(np.float64)
    loud = frames[np.mean(np.square(frames), axis=1) > 10 ** (THRESHOLD_DBFS / 10)]
    power = np.square(np.abs(np.fft.rfft(loud * np.hanning(_VOICED_FRAME), axis=1)))[:, 1:] + 1e-20
    flatness = np.exp(np.mean(np.log(power), axis=1)) / np.mean(power, axis=1)
    return int(np.sum(flatness < _FLATNESS)) >= min(_VOICED_FRAMES, max(1, count))
