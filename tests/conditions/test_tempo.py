"""Steps that move the time axis say where moments went, and move them there."""

import numpy as np
import pytest

from bench.audio import Audio
from bench.conditions.levels import active_level_db, power
from bench.errors import AudioError
from bench.types import Word
from tests.conditions.signals import conditioned, tone, voice


def peak_hz(audio):
    spectrum = np.abs(np.fft.rfft(audio.samples * np.hanning(len(audio.samples))))
    return np.argmax(spectrum) * audio.sample_rate_hz / len(audio.samples)


def click(at_s, seconds=4.0, rate=16000):
    """A short tone burst."""
    samples = np.zeros(round(seconds * rate), dtype=np.float32)
    start = round(at_s * rate)
    samples[start : start + 320] = tone(1000, 0.02).samples
    return Audio(samples, rate)


def onset_s(audio):
    return np.argmax(np.abs(audio.samples) > 0.1) / audio.sample_rate_hz


@pytest.mark.parametrize(
    "spec",
    [
        {"speed": 1.25},
        {"speed": 0.8},
        {"clock_drift": 20000},
        {"silence": {"before_s": 0.7, "after_s": 0.3}},
        {"truncate": {"start_s": 0.4, "end_s": 3.0}},
        {"noise": {"snr_db": 40, "lead_in_s": 0.25}},
        [{"speed": 2}, {"silence": {"before_s": 1}}, {"speed": 0.5}],
    ],
)
def test_a_moment_is_where_the_dose_says(spec):
    done = conditioned(spec, click(1.5))
    expected = 1.5 * done.dose.get("time_scale", 1.0) + done.dose["speech_offset_s"]
    assert onset_s(done.audio) == pytest.approx(expected, abs=0.001)


def test_speed_raises_the_pitch_tempo_does_not():
    pytest.importorskip("av", reason="extra codecs is not installed")
    clean = tone(400, 3.0)
    fast, slow_pitch, high = (conditioned(spec, clean) for spec in ({"speed": 1.5}, {"tempo": 1.5}, {"pitch": 12}))
    assert peak_hz(fast.audio) == pytest.approx(600, abs=2)
    assert peak_hz(slow_pitch.audio) == pytest.approx(400, abs=2)
    assert peak_hz(high.audio) == pytest.approx(800, abs=4)
    assert fast.audio.duration_s == pytest.approx(2.0, abs=0.001)
    assert slow_pitch.audio.duration_s == pytest.approx(2.0, abs=0.001)
    assert high.audio.duration_s == pytest.approx(3.0, abs=0.001)
    assert slow_pitch.dose["time_scale"] == pytest.approx(2 / 3, abs=0.001)


@pytest.mark.parametrize("spec", [{"tempo": 0.5}, {"tempo": 0.8}, {"tempo": 1.25}, {"tempo": 2}])
@pytest.mark.parametrize("rate", [8000, 16000, 48000])
def test_a_moment_is_within_20_ms_of_where_the_tempo_puts_it(spec, rate):
    pytest.importorskip("av", reason="extra codecs is not installed")
    done = conditioned(spec, click(1.5, rate=rate))
    assert onset_s(done.audio) == pytest.approx(1.5 * done.dose["time_scale"], abs=0.02 * max(1, 1 / spec["tempo"]))


@pytest.mark.parametrize("spec", [{"tempo": 0.7}, {"tempo": 1.5}, {"pitch": -4}, {"pitch": 5}, {"pitch": 12}])
@pytest.mark.parametrize("rate", [8000, 16000, 48000])
def test_tempo_and_pitch_hold_the_level(spec, rate):
    """The phase vocoder lost 4 dB."""
    pytest.importorskip("av", reason="extra codecs is not installed")
    clean = voice(4.0, rate)
    done = conditioned(spec, clean).audio
    active = [active_level_db(each.samples, rate) for each in (clean, done)]
    assert active[1] == pytest.approx(active[0], abs=0.5)
    assert 10 * np.log10(power(done.samples) / power(clean.samples)) == pytest.approx(0, abs=0.5)


def test_silence_between_words_of_which_some_have_no_time():
    words = [Word(text="x"), *(Word(text=str(n), start_s=0.5 + n, end_s=1.0 + n) for n in range(3)), Word(text="y")]
    timed = conditioned({"silence": {"between_s": 0.5}}, voice(4.0), words=tuple(words[1:-1])).dose
    assert conditioned({"silence": {"between_s": 0.5}}, voice(4.0), words=tuple(words)).dose == timed


def test_silence_between_words_keeps_onset_and_end_of_speech_right():
    words = tuple(Word(text=str(n), start_s=0.5 + n, end_s=1.0 + n) for n in range(3))
    clean = voice(4.0)
    done = conditioned({"silence": {"between_s": 0.5}}, clean, words=words, speech_start_s=0.5, speech_end_s=3.0)
    scale, offset = done.dose["time_scale"], done.dose["speech_offset_s"]
    assert done.audio.duration_s == pytest.approx(5.0)
    assert [0.5 * scale + offset, 3.0 * scale + offset] == pytest.approx([0.5, 4.0])
    assert (done.audio.samples[round(1.25 * 16000) : round(1.75 * 16000)] == 0).all()
    assert np.array_equal(done.audio.samples[: round(1.25 * 16000)], clean.samples[: round(1.25 * 16000)])


def test_truncation_keeps_the_part_asked_for():
    clean = voice(3.0)
    done = conditioned({"truncate": {"start_s": 0.5, "end_s": 2.0}}, clean)
    assert np.array_equal(done.audio.samples, clean.samples[8000:32000])
    assert done.dose["cut_s"] == pytest.approx(1.5)


def test_channel_reads_the_recording_again():
    left, right = voice(1.0, seed=1), voice(1.0, seed=2)
    done = conditioned({"channel": "right"}, voice(1.0), channel={"left": left, "right": right}.__getitem__)
    assert np.array_equal(done.audio.samples, right.samples)


@pytest.mark.parametrize(
    ("spec", "message"),
    [
        ({"truncate": {"start_s": 5}}, "expected audio between 5 s and the end, got 1.00 s"),
        ({"silence": {"between_s": 1}}, "expected timed words"),
        ({"channel": "left"}, "expected a loader"),
    ],
)
def test_what_cannot_be_done_is_an_audio_error(spec, message):
    with pytest.raises(AudioError, match=message):
        conditioned(spec, voice(1.0))
