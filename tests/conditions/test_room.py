"""Rooms: the reverberation time asked for, the direct path in place, the level kept."""

import numpy as np
import pytest

from bench.audio import Audio
from bench.conditions.levels import active_level_db
from bench.conditions.room import rt60_s_of
from bench.errors import AudioError
from tests.conditions.signals import conditioned, lag_s, voice


def click(seconds=3.0, rate=16000):
    samples = np.zeros(round(seconds * rate), dtype=np.float32)
    samples[800] = 0.5
    return Audio(samples, rate)


def applied_rt60_s(spec):
    """Of what a click becomes: the slope of its backward-integrated energy from -5 to -35 dB."""
    heard = conditioned(spec, click()).audio.samples[801:].astype(np.float64) ** 2
    decay = 10 * np.log10(np.cumsum(heard[::-1])[::-1] / heard.sum() + 1e-15)
    first, last = np.argmax(decay < -5), np.argmax(decay < -35)
    return 60 / 30 * (last - first) / 16000


@pytest.mark.parametrize("rt60_s", [0.2, 0.5, 1.0])
def test_reverberation_time_of_the_applied_response(rt60_s):
    assert applied_rt60_s({"reverb": {"rt60_s": rt60_s, "drr_db": 0}}) == pytest.approx(rt60_s, rel=0.1)
    dose = conditioned({"reverb": {"rt60_s": rt60_s}}, voice()).dose
    assert dose["rt60_s"] == pytest.approx(rt60_s, rel=0.1)


@pytest.mark.parametrize("drr_db", [-5, 0, 10])
def test_direct_to_reverberant_ratio(drr_db):
    heard = conditioned({"reverb": {"rt60_s": 0.5, "drr_db": drr_db}}, click()).audio.samples.astype(np.float64)
    ratio = heard[800] ** 2 / np.sum(heard[801:] ** 2)
    assert 10 * np.log10(ratio) == pytest.approx(drr_db, abs=0.2)


@pytest.mark.parametrize("spec", [{"reverb": {"rt60_s": 0.4}}, "room"])
def test_level_length_and_onset_are_kept(spec):
    if spec == "room":
        pytest.importorskip("pyroomacoustics", reason="extra rooms is not installed")
    clean = voice(3.0)
    done = conditioned(spec, clean)
    assert len(done.audio.samples) == len(clean.samples)
    level = active_level_db(done.audio.samples, 16000)
    assert level == pytest.approx(active_level_db(clean.samples, 16000), abs=0.1)


def test_simulated_room_has_about_its_reverberation_time_and_talkers_move():
    pytest.importorskip("pyroomacoustics", reason="extra rooms is not installed")
    doses = [conditioned({"room": {"rt60_s": 0.4}}, voice(), utterance=name).dose for name in ("a", "b")]
    assert [dose["rt60_s"] for dose in doses] == pytest.approx([0.4, 0.4], rel=0.35)
    assert doses[0]["drr_db"] != doses[1]["drr_db"]


def test_recorded_response_has_its_direct_path_aligned():
    """Half a second of travel in the file does not delay the speech."""
    response = np.zeros(16000, dtype=np.float32)
    response[8000], response[8400] = 0.2, 0.05
    context = {"load": lambda _: Audio(response, 16000), "listing": lambda _: ("a.wav",)}
    clean = voice(2.0)
    done = conditioned({"impulse": "rooms/"}, clean, **context)
    assert lag_s(clean, done.audio, 0.05) == 0
    assert done.dose["drr_db"] == pytest.approx(20 * np.log10(4), abs=0.1)


def test_reverberation_time_of_a_known_decay():
    decay = 10 ** (-3 * np.arange(16000) / (0.7 * 16000))
    response = (decay * np.random.default_rng(0).standard_normal(16000)).astype(np.float32)
    response[0] = 10
    assert rt60_s_of(response, 16000) == pytest.approx(0.7, rel=0.05)
    assert rt60_s_of(np.array([1, 0.5], dtype=np.float32), 16000) is None


@pytest.mark.parametrize(
    ("spec", "message"),
    [
        ({"room": {"size_m": [3, 3]}}, "three sides"),
        ({"room": {"distance_m": 15, "size_m": [3, 3, 3]}}, "enlarge size_m"),
        ({"impulse": "x/"}, "expected a loader"),
    ],
)
def test_rooms_that_cannot_be_are_refused(spec, message):
    with pytest.raises(AudioError, match=message):
        conditioned(spec, voice(0.5))
