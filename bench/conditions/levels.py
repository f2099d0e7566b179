"""Measures of level: active speech level, RMS, which samples are speech. Pure; imports nothing of the package."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

_MARGIN_DB = 15.9
_TIME_CONSTANT_S = 0.03
_HANGOVER_S = 0.2
_STEP_DB = 0.25
_FLOOR_DB = -96.0


def db(ratio: float) -> float:
    """Decibels of a power ratio; minus infinity for 0."""
    return 10.0 * math.log10(ratio) if ratio > 0.0 else -math.inf


def power(samples: NDArray[np.float32]) -> float:
    """Mean square, full scale 1."""
    return float(np.mean(np.square(samples, dtype=np.float64))) if len(samples) else 0.0


def _held_envelope(samples: NDArray[np.float32], sample_rate_hz: int) -> NDArray[np.float64]:
    """P.56 envelope (two exponential averages of |x|), held for the hangover; shape (n,)."""
    from scipy.ndimage import maximum_filter1d
    from scipy.signal import lfilter

    pole = math.exp(-1.0 / (sample_rate_hz * _TIME_CONSTANT_S))
    envelope = np.abs(samples).astype(np.float64)
    for _ in range(2):
        envelope = lfilter([1.0 - pole], [1.0, -pole], envelope)
    hold = round(_HANGOVER_S * sample_rate_hz) + 1
    # origin shifts the window so that it looks back only.
    held: NDArray[np.float64] = maximum_filter1d(envelope, hold, origin=(hold - 1) // 2, mode="constant")
    return held


def _activity(samples: NDArray[np.float32], sample_rate_hz: int) -> tuple[float, float, NDArray[np.float64]] | None:
    """Active level (dB), threshold (linear) and held envelope; `None` for silence."""
    energy = float(np.sum(np.square(samples, dtype=np.float64)))
    held = _held_envelope(samples, sample_rate_hz)
    thresholds_db = np.arange(_FLOOR_DB, 0.1, _STEP_DB)
    counts = len(held) - np.searchsorted(np.sort(held), 10.0 ** (thresholds_db / 20.0), side="left")
    usable = counts > 0
    if energy <= 0.0 or not usable.any():
        return None
    thresholds_db, counts = thresholds_db[usable], counts[usable]
    levels_db = 10.0 * np.log10(energy / counts)
    margins = levels_db - thresholds_db
    if margins[-1] > _MARGIN_DB:  # a peak so short that its envelope never comes near its level
        return float(levels_db[-1]), float(10 ** (thresholds_db[-1] / 20)), held
    # Margins fall as the threshold rises: np.interp wants them rising.
    level = float(np.interp(_MARGIN_DB, margins[::-1], levels_db[::-1]))
    threshold = float(np.interp(_MARGIN_DB, margins[::-1], thresholds_db[::-1]))
    return level, float(10 ** (threshold / 20)), held


def active_level_db(samples: NDArray[np.float32], sample_rate_hz: int) -> float | None:
    """Active speech level in dB relative to full scale (a sine of amplitude 1 is at -3.01); `None`: silence.

    Pauses do not count, so that the level of a recording does not fall with the silence around the speech.

    Source: ITU-T P.56 (12/2011), method B: time constant 30 ms, hangover 200 ms, margin 15.9 dB, here with
    thresholds 0.25 dB apart (and linear interpolation) in place of 6.02 dB apart.
    """
    found = _activity(samples, sample_rate_hz)
    return None if found is None else found[0]


def speech_mask(samples: NDArray[np.float32], sample_rate_hz: int) -> NDArray[np.bool_]:
    """Which samples P.56 counts as active; shape (n,); all False for silence."""
    found = _activity(samples, sample_rate_hz)
    if found is None:
        return np.zeros(len(samples), dtype=np.bool_)
    _, threshold, held = found
    return held >= threshold
