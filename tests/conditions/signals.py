"""Signals whose properties are known, and measures of them that share no code with `bench.conditions`."""

from __future__ import annotations

import numpy as np

from bench.audio import Audio
from bench.conditions.chain import Conditioned, StepContext, apply
from bench.conditions.spec import parse_condition


def voice(seconds: float = 4.0, rate: int = 16000, seed: int = 0, amplitude: float = 0.3) -> Audio:
    """Voice-like: uneven pulses through formants, syllables with pauses, some breath noise."""
    rng = np.random.default_rng(seed)
    count = round(seconds * rate)
    pulses = np.zeros(count)
    places = np.cumsum(np.rint(rng.uniform(0.006, 0.011, round(seconds / 0.011)) * rate)).astype(int)
    pulses[places[places < count]] = 1.0
    pulses += 0.02 * rng.standard_normal(count)
    times = np.arange(round(0.05 * rate)) / rate
    formants = sum(np.exp(-150 * times) * np.sin(2 * np.pi * hz * times) for hz in (500, 1500, 2500))
    spoken = np.convolve(pulses, formants)[:count]
    syllables = np.interp(np.arange(count) / rate % 1.0, [0.0, 0.1, 0.6, 0.65, 1.0], [0.0, 1.0, 0.8, 0.0, 0.0])
    samples = spoken * syllables
    return Audio((amplitude * samples / np.abs(samples).max()).astype(np.float32), rate)


def tone(hz: float, seconds: float = 1.0, rate: int = 16000, amplitude: float = 0.5) -> Audio:
    times = np.arange(round(seconds * rate)) / rate
    return Audio((amplitude * np.sin(2 * np.pi * hz * times)).astype(np.float32), rate)


def chirp(seconds: float = 2.0, rate: int = 16000) -> Audio:
    """All frequencies from 0 to half the rate, equally long."""
    times = np.arange(round(seconds * rate)) / rate
    return Audio((0.5 * np.sin(np.pi * (rate / 2) / seconds * times**2)).astype(np.float32), rate)


def conditioned(spec, audio: Audio, *, seed: int = 0, utterance: str = "u", **context) -> Conditioned:
    """Audio under a spec that stands for one condition."""
    (condition,) = parse_condition(spec, seed=seed, presets={})
    return apply(condition, audio, StepContext(utterance_id=utterance, **context))


def band_db(audio: Audio, low_hz: float, high_hz: float) -> float:
    """Power in a band, dB."""
    spectrum = np.abs(np.fft.rfft(audio.samples.astype(np.float64))) ** 2 / len(audio.samples) ** 2
    frequencies = np.fft.rfftfreq(len(audio.samples), 1 / audio.sample_rate_hz)
    return float(10 * np.log10(spectrum[(frequencies >= low_hz) & (frequencies < high_hz)].sum() + 1e-30))


def lag_s(reference: Audio, delayed: Audio, longest_s: float = 0.2) -> float:
    """Delay by the highest cross-correlation, by plain dot products at every lag up to `longest_s`."""
    assert reference.sample_rate_hz == delayed.sample_rate_hz
    rate = reference.sample_rate_hz
    longest = round(longest_s * rate)
    count = min(len(reference.samples), len(delayed.samples)) - 2 * longest
    centre = reference.samples[longest : longest + count]
    lags = range(-longest, longest + 1)
    best = max(lags, key=lambda lag: float(np.dot(centre, delayed.samples[longest + lag : longest + lag + count])))
    return best / rate
