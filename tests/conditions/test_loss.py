"""Loss rate and bursts within binomial bounds; concealment does what it says."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bench.audio import Audio
from bench.conditions.loss import gilbert
from bench.errors import AudioError
from tests.conditions.signals import conditioned, lag_s, tone, voice

COUNT = 40_000


@settings(max_examples=20, deadline=None)
@given(rate=st.floats(0.005, 0.4), burst=st.floats(1.7, 8), seed=st.integers(0, 1000))
def test_rate_and_burst_length_are_as_asked(rate, burst, seed):
    """Five standard errors: a chain of correlation r has the variance of an n smaller by (1 - r) / (1 + r)."""
    lost = gilbert(np.random.default_rng(seed), COUNT, rate, burst)
    correlation = 1 - 1 / burst - rate / (burst * (1 - rate))
    spread = np.sqrt(rate * (1 - rate) / COUNT * (1 + correlation) / (1 - correlation))
    assert lost.mean() == pytest.approx(rate, abs=5 * spread)
    padded = np.concatenate([[0], lost, [0]]).astype(int)
    lengths = np.flatnonzero(np.diff(padded) == -1) - np.flatnonzero(np.diff(padded) == 1)
    deviation = np.sqrt(burst * (burst - 1) + 1) / np.sqrt(len(lengths))
    assert lengths.mean() == pytest.approx(burst, abs=5 * deviation)


def test_dose_is_what_is_missing_from_the_audio():
    clean = tone(440, 20.0)
    done = conditioned({"packet_loss": {"rate": 0.1, "burst": 2}}, clean)
    silent = (done.audio.samples.reshape(-1, 320) == 0).all(axis=1)
    assert done.dose["loss_rate"] == pytest.approx(silent.mean())
    assert 0.06 < silent.mean() < 0.14
    kept = ~np.repeat(silent, 320)
    assert np.array_equal(done.audio.samples[kept], clean.samples[kept])


def test_repetition_fills_with_the_last_frame_halved():
    clean = voice(10.0)
    silenced, repeated = (
        conditioned({"id": "x", "steps": [{"packet_loss": {"rate": 0.2, "burst": 2, "conceal": how}}]}, clean).audio
        for how in ("silence", "repeat")
    )
    frames, heard = silenced.samples.reshape(-1, 320), repeated.samples.reshape(-1, 320)
    gone = (frames == 0).all(axis=1) & ~(clean.samples.reshape(-1, 320) == 0).all(axis=1)
    first = [place for place in np.flatnonzero(gone) if place and not gone[place - 1]]
    assert len(first) > 10
    for place in first:
        assert np.allclose(heard[place], heard[place - 1] / 2)


def test_opus_conceals_its_own_losses():
    pytest.importorskip("av", reason="extra codecs is not installed")
    clean = tone(300, 4.0)
    spec = [{"packet_loss": {"rate": 0.05, "burst": 1.06, "conceal": "opus"}}]
    done = conditioned(spec, clean)
    assert done.dose["loss_rate"] > 0.01
    assert abs(lag_s(clean, done.audio, 0.002)) <= 0.001
    levels = np.sqrt(np.mean(done.audio.samples[3200:-3200].reshape(-1, 320) ** 2, axis=1))
    assert levels.min() > 0.1  # a lost frame of a steady tone is not a hole


def test_jitter_loses_what_comes_after_the_buffer():
    """P(exponential delay > 60 ms) at a mean of 30 ms is exp(-2)."""
    dose = conditioned({"jitter": {"mean_ms": 30, "buffer_ms": 60}}, tone(440, 120.0)).dose
    assert dose["loss_rate"] == pytest.approx(np.exp(-2), abs=5 * np.sqrt(0.135 * 0.865 / 6000))


def test_dropouts_mute_stretches_of_their_length():
    clean = Audio(np.full(16000 * 120, 0.5, dtype=np.float32), 16000)
    done = conditioned({"dropouts": {"per_minute": 30, "length_ms": 50}}, clean)
    silent = done.audio.samples == 0
    assert done.dose["loss_rate"] == pytest.approx(silent.mean())
    assert 60 - 5 * 60**0.5 < done.dose["dropouts"] < 60 + 5 * 60**0.5
    assert silent.sum() <= done.dose["dropouts"] * 800


def test_clock_drift_lengthens_and_lowers():
    done = conditioned({"clock_drift": 10000}, tone(1000, 2.0))
    spectrum = np.abs(np.fft.rfft(done.audio.samples))
    heard_hz = np.argmax(spectrum) * 16000 / len(done.audio.samples)
    assert heard_hz == pytest.approx(1000 / 1.01, abs=0.6)
    assert len(done.audio.samples) == pytest.approx(32000 * 1.01, abs=1)
    assert done.dose["time_scale"] == pytest.approx(1.01)


def test_short_bursts_cannot_make_up_a_high_loss():
    with pytest.raises(AudioError, match="raise burst to 4 or more"):
        gilbert(np.random.default_rng(0), 10, 0.8, 1.0)


def test_no_loss_is_no_change():
    clean = voice(1.0)
    done = conditioned({"packet_loss": {"rate": 0}}, clean)
    assert np.array_equal(done.audio.samples, clean.samples)
    assert done.dose["loss_rate"] == 0
