"""Levels against independent implementations of the standards."""

import math
from itertools import pairwise

import numpy as np
import pytest

from bench.conditions.levels import active_level_db, loudness_lufs, speech_mask
from tests.conditions.signals import tone, voice


def plain_p56(samples, rate):
    """ITU-T P.56 method B as the standard writes it, sample by sample, thresholds 6.02 dB apart."""
    pole = math.exp(-1 / (rate * 0.03))
    hangover = round(0.2 * rate)
    thresholds = [2.0**-k for k in range(15, 0, -1)]
    active, held = [0] * len(thresholds), [hangover] * len(thresholds)
    p = q = 0.0
    for sample in samples:
        p = pole * p + (1 - pole) * abs(sample)
        q = pole * q + (1 - pole) * p
        for j, threshold in enumerate(thresholds):
            if q >= threshold:
                active[j] += 1
                held[j] = 0
            elif held[j] < hangover:
                active[j] += 1
                held[j] += 1
    energy = float(np.sum(np.asarray(samples, dtype=np.float64) ** 2))
    points = [(10 * math.log10(energy / a), 20 * math.log10(c)) for a, c in zip(active, thresholds, strict=True) if a]
    for (level, threshold), (next_level, next_threshold) in pairwise(points):
        before, after = level - threshold - 15.9, next_level - next_threshold - 15.9
        if before >= 0 >= after:
            return level + (next_level - level) * before / (before - after)
    return None


@pytest.mark.parametrize("rate", [8000, 16000])
@pytest.mark.parametrize("seed", [1, 2])
def test_active_level_is_that_of_p56(rate, seed):
    audio = voice(3.0, rate, seed)
    assert active_level_db(audio.samples, rate) == pytest.approx(plain_p56(audio.samples, rate), abs=0.15)


def test_silence_around_speech_leaves_the_active_level_but_not_the_rms():
    audio = voice(4.0)
    padded = np.pad(audio.samples, (4 * 16000, 4 * 16000))
    assert active_level_db(padded, 16000) == pytest.approx(active_level_db(audio.samples, 16000), abs=0.25)
    assert np.mean(padded**2) == pytest.approx(np.mean(audio.samples**2) / 3)


def test_a_steady_tone_is_active_throughout():
    audio = tone(1000, 3.0, amplitude=1.0)
    assert active_level_db(audio.samples, 16000) == pytest.approx(-3.01, abs=0.1)
    assert speech_mask(audio.samples, 16000).mean() > 0.95


@pytest.mark.parametrize("gain_db", [-40, -6, 0])
def test_level_follows_gain(gain_db):
    audio = voice()
    scaled = audio.samples * np.float32(10 ** (gain_db / 20))
    expected = active_level_db(audio.samples, 16000) + gain_db
    assert active_level_db(scaled, 16000) == pytest.approx(expected, abs=0.05)


def test_silence_has_no_level():
    silence = np.zeros(16000, dtype=np.float32)
    assert active_level_db(silence, 16000) is None
    assert loudness_lufs(silence, 16000) is None
    assert not speech_mask(silence, 16000).any()


def test_mask_finds_the_syllables_and_not_the_long_pause():
    audio = voice(2.0)
    with_pause = np.concatenate([audio.samples, np.zeros(2 * 16000, dtype=np.float32), audio.samples])
    mask = speech_mask(with_pause, 16000)
    assert mask[16000 * 1 // 4 : 16000 // 2].all()
    assert not mask[round(2.5 * 16000) : round(3.9 * 16000)].any()


@pytest.mark.parametrize("rate", [8000, 16000, 44100, 48000])
def test_loudness_of_a_full_scale_1_khz_sine_is_that_of_the_standard(rate):
    """BS.1770: a full-scale 997 Hz sine in one channel reads -3.01 LUFS."""
    assert loudness_lufs(tone(997, 2.0, rate, 1.0).samples, rate) == pytest.approx(-3.01, abs=0.1)


def test_a_recording_shorter_than_a_block_has_a_loudness():
    assert loudness_lufs(tone(997, 0.2, 48000, 1.0).samples, 48000) == pytest.approx(-3.01, abs=0.2)


def test_loudness_agrees_with_pyloudnorm():
    pyloudnorm = pytest.importorskip("pyloudnorm", reason="pyloudnorm is not installed")
    audio = voice(5.0, 48000)
    expected = pyloudnorm.Meter(48000).integrated_loudness(audio.samples.astype(np.float64))
    assert loudness_lufs(audio.samples, 48000) == pytest.approx(expected, abs=0.1)
