"""Audio of another length at the same pitch and level, by FFmpeg's `atempo` (PyAV: the extra `codecs`). Pure.

WSOLA lays pieces of the recording one over the other where they fit, so that nothing smears; where a piece lands moves
by some milliseconds. What it moves all of them by is measured once per rate and factor on a probe, and taken out.
"""

from __future__ import annotations

import math
from fractions import Fraction
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bench.audio import Audio, Samples
from bench.conditions.levels import active_level_db, db, power
from bench.conditions.opus import av_module

_MOST, _LEAST = 2.0, 0.5
"""Beyond these, one `atempo` skips or repeats too much; two are used."""
_AROUND_S = 0.25
_PROBE_S, _BURST_S, _EVERY_S = 12.0, 0.03, 0.97


def stretched(audio: Audio, length: int, what: str) -> Samples:
    """The recording in `length` samples, at the same pitch and level; shape (length,).

    Args:
        audio: the recording.
        length: samples of the result; 0.25 to 4 times as many as there are.
        what: needs it, for the message.

    Raises:
        MissingExtraError: if PyAV is not installed.
    """
    av, rate = av_module(what), audio.sample_rate_hz
    factor = len(audio.samples) / length
    if factor == 1.0:
        return audio.samples
    delay = round(_delay_s(av, rate, round(factor, 3)) * rate)
    made = _atempo(av, audio.samples, rate, factor)
    moved = made[delay:] if delay > 0 else np.pad(made, (-delay, 0))
    samples: Samples = np.pad(moved, (0, max(0, length - len(moved))))[:length].astype(np.float32)
    return samples * level_factor(samples, audio.samples, rate)


def level_factor(samples: Samples, like: Samples, rate_hz: int) -> np.float32:
    """What brings `samples` to the level of `like`; 1 for silence.

    Half way between equal RMS and equal active level (P.56): pauses of another length are counted otherwise by the
    two, by less than 1 dB in all.
    """
    active = active_level_db(samples, rate_hz), active_level_db(like, rate_hz)
    if active[0] is None or active[1] is None:
        return np.float32(1.0)
    gain_db = (active[1] - active[0] + db(power(like)) - db(power(samples))) / 2
    return np.float32(10 ** (gain_db / 20))


def _atempo(av: Any, samples: Samples, rate_hz: int, factor: float) -> NDArray[np.float32]:
    """The filter's output, silence at the end included."""
    graph = av.filter.Graph()
    last = graph.add_abuffer(sample_rate=rate_hz, format="flt", layout="mono", time_base=Fraction(1, rate_hz))
    source = last
    for each in _factors(factor):
        following = graph.add("atempo", f"{each:.9f}")
        last.link_to(following)
        last = following
    last.link_to(graph.add("abuffersink"))
    graph.configure()
    padded = np.pad(samples, (0, round(_AROUND_S * rate_hz)))
    frame = av.AudioFrame.from_ndarray(padded[None].astype(np.float32), format="flt", layout="mono")
    frame.sample_rate, frame.pts = rate_hz, 0
    source.push(frame)
    source.push(None)
    pieces = []
    while True:
        try:
            pieces.append(graph.pull().to_ndarray().ravel())
        except (av.error.EOFError, av.error.BlockingIOError):
            break
    return np.concatenate(pieces) if pieces else np.zeros(0, dtype=np.float32)


def _factors(factor: float) -> list[float]:
    """Factors that one filter can do well, of which this is the product."""
    number = max(1, math.ceil(abs(math.log2(factor)) / math.log2(_MOST) - 1e-9))
    return [min(_MOST, max(_LEAST, factor ** (1 / number)))] * number


@cache
def _delay_s(av: Any, rate_hz: int, factor: float) -> float:
    """By how much moments come later than the factor says: the median over tone bursts in faint noise."""
    count = round(_PROBE_S * rate_hz)
    probe = np.random.default_rng(0).normal(0, 1e-3, count).astype(np.float32)
    length = round(_BURST_S * rate_hz)
    burst = 0.5 * np.sin(2 * np.pi * 1000 * np.arange(length) / rate_hz)
    places = np.arange(_EVERY_S, _PROBE_S - _EVERY_S, _EVERY_S)
    for at_s in places:
        start = round(at_s * rate_hz)
        probe[start : start + length] += burst.astype(np.float32)
    made = _atempo(av, probe, rate_hz, factor)
    around_s = min(_AROUND_S, 0.45 * _EVERY_S / factor)
    late = [_lateness_s(made, rate_hz, at_s / factor, around_s) for at_s in places]
    return float(np.median([each for each in late if each is not None] or [0.0]))


def _lateness_s(made: NDArray[np.float32], rate_hz: int, expected_s: float, around_s: float) -> float | None:
    """How much later than expected a burst begins; `None`: it is not there."""
    start = max(0, round((expected_s - around_s) * rate_hz))
    loud = np.abs(made[start : round((expected_s + around_s) * rate_hz)]) > 0.1
    return (start + int(np.argmax(loud))) / rate_hz - expected_s if loud.any() else None
