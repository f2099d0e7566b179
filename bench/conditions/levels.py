"""Measures of level: active speech level, RMS, which samples are speech. Pure; imports nothing of the package."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

_MARGIN_DB = 15.9
_TIME_CONSTANT_S = 0.03
_HANGOVER_S = 0.2
_STEP_DB = 0.25
_BLOCK_S = 0.001
_FLOOR_DB = -96.0


def db(ratio: float) -> float:
    """Decibels of a power ratio; minus infinity for 0."""
    return 10.0 * math.log10(ratio) if ratio > 0.0 else -math.inf


def power(samples: NDArray[np.float32]) -> float:
    """Mean square, full scale 1."""
    return float(np.mean(np.square(samples, dtype=np.float64))) if len(samples) else 0.0


def within(samples: NDArray[np.float32], sample_rate_hz: int, band: tuple[float, float]) -> NDArray[np.float32]:
    """What of the samples lies between two frequencies in Hz, cut off sharply, in phase; shape (n,)."""
    from scipy.fft import irfft, next_fast_len, rfft

    if not len(samples) or (band[0] <= 0 and band[1] >= sample_rate_hz / 2):
        return samples
    size = next_fast_len(len(samples), real=True)
    spectrum = rfft(samples, size)
    frequencies = np.fft.rfftfreq(size, 1.0 / sample_rate_hz)
    spectrum[(frequencies < band[0]) | (frequencies > band[1])] = 0
    kept: NDArray[np.float32] = irfft(spectrum, size)[: len(samples)].astype(np.float32)
    return kept


def _held_envelope(samples: NDArray[np.float32], block: int, sample_rate_hz: int) -> NDArray[np.float64]:
    """P.56 envelope (two exponential averages of |x|): its peak in each block, held for the hangover."""
    from scipy.ndimage import maximum_filter1d
    from scipy.signal import lfilter

    pole = math.exp(-1.0 / (sample_rate_hz * _TIME_CONSTANT_S))
    envelope = lfilter([(1.0 - pole) ** 2], [1.0, -2.0 * pole, pole**2], np.abs(samples).astype(np.float64))
    blocks = math.ceil(len(samples) / block)
    peaks = np.pad(envelope, (0, blocks * block - len(samples)), mode="edge").reshape(blocks, block).max(axis=1)
    hold = round(_HANGOVER_S * sample_rate_hz / block) + 1
    # origin shifts the window so that it looks back only.
    held: NDArray[np.float64] = maximum_filter1d(peaks, hold, origin=(hold - 1) // 2, mode="constant")
    return held


def _activity(
    samples: NDArray[np.float32], block: int, sample_rate_hz: int
) -> tuple[float, float, NDArray[np.float64]] | None:
    """Active level (dB), threshold (linear) and held envelope by block; `None` for silence."""
    energy = float(np.sum(np.square(samples, dtype=np.float64)))
    held = _held_envelope(samples, block, sample_rate_hz)
    thresholds_db = np.arange(_FLOOR_DB, 0.1, _STEP_DB)
    counts = len(held) - np.searchsorted(np.sort(held), 10.0 ** (thresholds_db / 20.0), side="left")
    usable = counts > 0
    if energy <= 0.0 or not usable.any():
        return None
    thresholds_db, counts = thresholds_db[usable], counts[usable]
    levels_db = 10.0 * np.log10(energy / np.minimum(counts * block, len(samples)))
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

    Source: ITU-T P.56 (12/2011), method B: time constant 30 ms, hangover 200 ms, margin 15.9 dB; here with
    thresholds 0.25 dB apart (and linear interpolation) in place of 6.02 dB, and activity counted in blocks of 1 ms.
    """
    activity = _activity(samples, _block(sample_rate_hz), sample_rate_hz)
    return None if activity is None else activity[0]


def speech_mask(samples: NDArray[np.float32], sample_rate_hz: int) -> NDArray[np.bool_]:
    """Which samples P.56 counts as active; shape (n,); all False for silence."""
    block = _block(sample_rate_hz)
    activity = _activity(samples, block, sample_rate_hz)
    if activity is None:
        return np.zeros(len(samples), dtype=np.bool_)
    _, threshold, held = activity
    return np.repeat(held >= threshold, block)[: len(samples)]


def _block(sample_rate_hz: int) -> int:
    return max(1, round(_BLOCK_S * sample_rate_hz))


def _k_weighting(sample_rate_hz: int) -> NDArray[np.float64]:
    """The two filters of BS.1770 at any rate, as second-order sections; shape (2, 6)."""
    sections = []
    # Analogue prototypes that reproduce the standard's table at 48 kHz: a shelf, then a high pass.
    for centre_hz, quality, shelf_db in (
        (1681.974450955533, 0.7071752369554196, 3.999843853973347),
        (38.13547087602444, 0.5003270373238773, None),
    ):
        k = math.tan(math.pi * centre_hz / sample_rate_hz)
        norm = 1.0 + k / quality + k * k
        poles = [1.0, 2.0 * (k * k - 1.0) / norm, (1.0 - k / quality + k * k) / norm]
        if shelf_db is None:
            sections.append([1.0, -2.0, 1.0, *poles])
            continue
        high = 10.0 ** (shelf_db / 20.0)
        band = high**0.4996667741545416
        zeros = [high + band * k / quality + k * k, 2.0 * (k * k - high), high - band * k / quality + k * k]
        sections.append([*(zero / norm for zero in zeros), *poles])
    return np.array(sections)


def loudness_lufs(samples: NDArray[np.float32], sample_rate_hz: int) -> float | None:
    """Integrated loudness of a mono recording, gated; `None`: everything is below the gate.

    Source: ITU-R BS.1770-5 (11/2023): K weighting, 0.4 s blocks with 75 % overlap, gates at -70 LUFS and -10 LU.
    A recording under 0.4 s, which the standard leaves out, is one block.
    """
    from scipy.signal import sosfilt

    weighted = sosfilt(_k_weighting(sample_rate_hz), samples.astype(np.float64))
    block, hop = min(round(0.4 * sample_rate_hz), len(weighted)), round(0.1 * sample_rate_hz)
    sums = np.concatenate([[0.0], np.cumsum(weighted**2)])
    starts = np.arange(0, len(weighted) - block + 1, hop)
    powers = np.maximum((sums[starts + block] - sums[starts]) / block, 1e-20)
    kept = powers[-0.691 + 10.0 * np.log10(powers) >= -70.0]
    if not len(kept):
        return None
    gate_db = 10.0 * math.log10(float(np.mean(kept))) - 10.0
    return -0.691 + 10.0 * math.log10(float(np.mean(kept[10.0 * np.log10(kept) >= gate_db])))
