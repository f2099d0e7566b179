from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest

from bench import audio
from bench.corpora.speech_bounds import VAD_ID, _agreed, speech_bounds


def voice(duration_s, rate_hz, seed=0):
    """A voiced buzz with formants and a syllable rhythm: the detector takes it for speech."""
    t = np.arange(round(duration_s * rate_hz)) / rate_hz
    pitch = 120 + 20 * np.sin(2 * np.pi * 2.5 * t)
    phase = 2 * np.pi * np.cumsum(pitch) / rate_hz
    noise = np.random.default_rng(seed).normal(size=len(t)) * 0.01
    signal = noise
    for harmonic in range(1, 30):
        frequency = 120 * harmonic
        if frequency > 0.45 * rate_hz:
            break
        gain = sum(np.exp(-(((frequency - f) / 150) ** 2)) for f in (600, 1200, 2500)) + 0.02
        signal = signal + gain * np.sin(harmonic * phase)
    syllables = 0.5 * (1 - np.cos(2 * np.pi * 4 * t))
    return (0.1 * signal * syllables).astype(np.float32)


def silence(duration_s, rate_hz):
    return np.zeros(round(duration_s * rate_hz), dtype=np.float32)


@pytest.mark.parametrize("rate_hz", [8_000, 16_000, 44_100])
def test_bounds_enclose_speech_to_a_window_at_any_rate(rate_hz):
    recording = np.concatenate([silence(1.0, rate_hz), voice(1.5, rate_hz), silence(0.5, rate_hz)])
    start_s, end_s = speech_bounds(recording, rate_hz)
    assert start_s == pytest.approx(1.0, abs=0.1)
    assert end_s == pytest.approx(2.5, abs=0.15)


def test_a_pause_within_speech_is_inside_the_bounds():
    recording = np.concatenate([voice(1.0, 16_000), silence(1.0, 16_000), voice(1.0, 16_000, seed=1)])
    start_s, end_s = speech_bounds(recording, 16_000)
    assert start_s < 0.2
    assert end_s > 2.0


@pytest.mark.parametrize("peak_dbfs", [-2, -20, -40])
@pytest.mark.parametrize("seed", [0, 5])
def test_the_onset_is_the_same_at_every_level(peak_dbfs, seed):
    """Loud clips were heard a second late, and the reference was blamed."""
    speech = voice(2.5, 16_000, seed=seed)
    speech *= 10 ** (peak_dbfs / 20) / np.abs(speech).max()
    recording = np.concatenate([silence(0.1, 16_000), speech, silence(0.4, 16_000)])
    assert speech_bounds(recording, 16_000)[0] == pytest.approx(0.1, abs=0.1)


def onset_by_energy_s(samples, rate_hz):
    """The first 10 ms that are within 20 dB of the loudest, and stay so for 50 ms."""
    frame = rate_hz // 100
    power = np.square(samples[: len(samples) // frame * frame].reshape(-1, frame)).mean(axis=1)
    loud = power > power.max() / 100
    return next(k for k in range(len(loud)) if loud[k : k + 5].all()) / 100


@pytest.mark.parametrize(("recording", "start_s"), [("two_cities.wav", 0.8), ("beckett.wav", 0.0)])
def test_real_speech_that_begins_at_a_tenth_of_a_second_is_heard_there_at_every_level(recording, start_s):
    spec = find_spec("moonshine_voice")
    if spec is None:
        pytest.skip("the recordings are those of the extra moonshine")
    clip = audio.read(Path(spec.origin).parent / "assets" / recording, start_s=start_s, end_s=6.0)
    rate = clip.sample_rate_hz
    cut = max(0, round((onset_by_energy_s(clip.samples, rate) - 0.1) * rate))
    speech = clip.samples[cut:] / np.abs(clip.samples).max()
    assert onset_by_energy_s(speech, rate) == pytest.approx(0.1, abs=0.02)
    for peak_dbfs in (-2, -20, -40):
        heard_s, _ = speech_bounds((speech * 10 ** (peak_dbfs / 20)).astype(np.float32), rate)
        assert heard_s == pytest.approx(0.1, abs=0.1), peak_dbfs


def test_bounds_on_which_levels_do_not_agree_are_not_given():
    assert _agreed([(0.1, 2.0), (1.1, 2.0), (0.6, 2.0), (0.1, 2.0), None]) is None
    assert _agreed([(1.1, 2.0), (0.1, 2.0), (0.13, 2.03), None, (0.1, 2.0)]) == (0.1, 2.0)


def test_bounds_never_pass_the_end_of_the_recording():
    recording = voice(1.01, 16_000)
    assert speech_bounds(recording, 16_000)[1] <= len(recording) / 16_000


def test_silence_and_a_click_have_no_bounds():
    click = silence(1.0, 16_000)
    click[8_000:8_080] = 0.5
    assert speech_bounds(silence(1.0, 16_000), 16_000) is None
    assert speech_bounds(click, 16_000) is None


def test_each_recording_is_judged_alone():
    """The detector carries state from window to window; none may reach the next recording."""
    recording = np.concatenate([silence(0.3, 16_000), voice(1.0, 16_000)])
    alone = speech_bounds(recording, 16_000)
    speech_bounds(voice(2.0, 16_000, seed=3), 16_000)
    assert speech_bounds(recording, 16_000) == alone


def test_the_detector_is_named_with_its_version():
    name, version = VAD_ID.split("@")
    assert name == "silero"
    assert version[0].isdigit()
