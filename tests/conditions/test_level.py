"""Levels are reached, clipping is counted, gain control pumps, bits are few."""

import numpy as np
import pytest

from bench.audio import Audio
from bench.conditions.levels import active_level_db, loudness_lufs
from bench.errors import AudioError
from tests.conditions.signals import conditioned, tone, voice


@pytest.mark.parametrize("target", [-36, -26, -20])
def test_active_level_is_reached(target):
    done = conditioned({"level": target}, voice())
    assert active_level_db(done.audio.samples, 16000) == pytest.approx(target, abs=0.05)
    assert done.dose["active_level_dbfs"] == pytest.approx(target, abs=0.05)


def test_loudness_is_reached():
    done = conditioned({"loudness": -23}, voice())
    assert loudness_lufs(done.audio.samples, 16000) == pytest.approx(-23, abs=0.01)


def test_gain_is_a_factor():
    clean = voice()
    assert conditioned({"gain": -20}, clean).audio.samples == pytest.approx(clean.samples / 10, abs=1e-6)


@pytest.mark.parametrize("percentile", [90, 99])
def test_clipping_takes_the_share_asked_for(percentile):
    clean = voice()
    done = conditioned({"clip": {"percentile": percentile}}, clean)
    ceiling = np.abs(done.audio.samples).max()
    changed = np.mean(done.audio.samples != clean.samples)
    assert changed == pytest.approx((100 - percentile) / 100, abs=0.001)
    assert done.dose["clipped_fraction"] == pytest.approx(changed)
    assert ceiling < np.abs(clean.samples).max()


def test_dc_moves_the_mean():
    assert conditioned({"dc": 0.1}, voice()).audio.samples.mean() == pytest.approx(
        voice().samples.mean() + 0.1, abs=1e-5
    )


@pytest.mark.parametrize("bits", [2, 4, 8, 12])
def test_bits_give_their_levels_and_noise(bits):
    """A uniform quantiser's noise is step² / 12 (2 bits are too coarse for that)."""
    clean = tone(997, 2.0, amplitude=0.9)
    done = conditioned({"quantise": bits}, clean)
    assert len(np.unique(done.audio.samples)) <= 2**bits
    if bits > 2:
        expected = 10 * np.log10(0.9**2 / 2 / ((2 / 2**bits) ** 2 / 12))
        assert done.dose["quantisation_snr_db"] == pytest.approx(expected, abs=0.8)


def test_gain_control_raises_pauses_and_evens_levels():
    loud, soft = tone(500, 2.0, amplitude=0.8), tone(500, 2.0, amplitude=0.02)
    clean = Audio(np.concatenate([loud.samples, soft.samples]), 16000)
    done = conditioned({"agc": {"target_dbfs": -20, "release_s": 0.2}}, clean)
    levels = [
        20 * np.log10(np.sqrt(np.mean(done.audio.samples[part] ** 2)))
        for part in (slice(24000, 32000), slice(-8000, None))
    ]
    assert levels == pytest.approx([-20, -20], abs=0.5)
    just_after = done.audio.samples[32000:33600]
    assert np.sqrt(np.mean(just_after**2)) < 0.05  # the gain has not risen yet: that is the pumping
    assert done.dose["agc_gain_range_db"] > 25


@pytest.mark.parametrize("spec", [{"level": -26}, {"loudness": -23}])
def test_silence_has_no_level_to_set(spec):
    with pytest.raises(AudioError, match="got silence"):
        conditioned(spec, Audio(np.zeros(16000, dtype=np.float32), 16000))
