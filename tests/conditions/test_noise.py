"""Noise reaches its SNR, has its colour, and sounds where it should."""

import shutil
import subprocess

import numpy as np
import pytest
import soundfile
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.signal import firwin, oaconvolve

from bench.audio import Audio, resample
from bench.conditions.levels import active_level_db, speech_mask, within
from bench.conditions.noise import SPEECH_BAND_HZ, looped
from bench.errors import AudioError
from bench.types import Word
from tests.conditions.signals import band_db, conditioned, tone, voice


def measured_snr_db(clean, noisy, band=SPEECH_BAND_HZ):
    """Within the band, by a filter of its own (a long window method FIR, forwards and backwards)."""
    rate = clean.sample_rate_hz
    noise = noisy.samples.astype(np.float64) - clean.samples
    edges = [hz for hz in band if 0 < hz < rate / 2]
    taps = firwin(2 * int(0.1 * rate) + 1, edges, fs=rate, pass_zero="bandpass" if len(edges) == 2 else "highpass")
    heard, spoken = (oaconvolve(each, taps, mode="same") for each in (noise, clean.samples))
    level = active_level_db(spoken.astype(np.float32), rate)
    return level - 10 * np.log10(np.mean(heard[noise != 0] ** 2))


@settings(max_examples=25, deadline=None)
@given(
    snr_db=st.floats(-5, 40),
    color=st.sampled_from(["white", "pink", "brown"]),
    rate=st.sampled_from([8000, 16000, 44100]),
    seed=st.integers(0, 5),
)
def test_snr_is_reached_within_a_tenth_of_a_db(snr_db, color, rate, seed):
    clean = voice(1.5, rate, seed, amplitude=0.05)
    noisy = conditioned({"noise": {"snr_db": snr_db, "color": color}}, clean)
    assert noisy.dose["snr_db"] == pytest.approx(snr_db, abs=0.1)
    assert measured_snr_db(clean, noisy.audio) == pytest.approx(snr_db, abs=0.3)
    assert (noisy.dose["snr_from_hz"], noisy.dose["snr_to_hz"]) == (50.0, min(7000.0, rate / 2))
    assert noisy.dose["clipped_fraction"] == 0.0


@pytest.mark.parametrize("rate", [16000, 44100, 48000])
def test_the_same_dose_is_the_same_noise_in_the_band_at_every_rate(rate):
    """Over everything, white noise of 10 dB lay 4 dB lower below 8 kHz in a recording of 48 kHz than of 16 kHz."""
    clean = resample(voice(4.0, 16000, amplitude=0.05), rate)
    noisy = conditioned({"noise": {"snr_db": 10}}, clean)
    assert measured_snr_db(clean, noisy.audio) == pytest.approx(10, abs=0.3)
    noise = noisy.audio.samples - clean.samples
    densities = 10 * np.log10(np.mean(within(noise, rate, (50, 7000)) ** 2))
    reference = conditioned({"noise": {"snr_db": 10}}, voice(4.0, 16000, amplitude=0.05)).audio
    expected = within(reference.samples - voice(4.0, 16000, amplitude=0.05).samples, 16000, (50, 7000))
    assert densities == pytest.approx(10 * np.log10(np.mean(expected**2)), abs=0.3)


def test_the_old_reading_over_everything_is_a_setting():
    clean = voice(4.0, 48000, amplitude=0.05)
    spec = {"noise": {"snr_db": 10, "snr_from_hz": 0, "snr_to_hz": 200000}}
    noise = conditioned(spec, clean).audio.samples.astype(np.float64) - clean.samples
    assert active_level_db(clean.samples, 48000) - 10 * np.log10(np.mean(noise**2)) == pytest.approx(10, abs=0.1)


@pytest.mark.skipif(shutil.which("sox") is None, reason="sox, the other measure, is not installed")
@pytest.mark.parametrize("rate", [8000, 16000, 48000])
def test_sox_measures_the_snr_that_was_asked_for(tmp_path, rate):
    """Noise alone and speech alone, in sox's own band filter; the speech never pauses, so that its RMS is active."""
    clean = Audio(np.resize(voice(0.55, rate).samples[: round(0.5 * rate)], 6 * rate) * 0.1, rate)
    noisy = conditioned({"noise": {"snr_db": 10}}, clean).audio

    def band_rms_db(samples, name):
        soundfile.write(tmp_path / name, samples, rate, subtype="FLOAT")
        band = f"50-{7000 if rate > 14000 else rate // 2 - 1}"
        command = ["sox", str(tmp_path / name), "-n", "sinc", "-n", "8191", band, "stats"]
        told = subprocess.run(command, capture_output=True, text=True, check=True).stderr
        return float(next(line for line in told.splitlines() if line.startswith("RMS lev dB")).split()[3])

    noise, speech = band_rms_db(noisy.samples - clean.samples, "n.wav"), band_rms_db(clean.samples, "s.wav")
    assert speech - noise == pytest.approx(10, abs=0.3)


@pytest.mark.parametrize(("color", "per_octave_db"), [("white", 0.0), ("pink", -3.01), ("brown", -6.02)])
def test_spectrum_falls_by_its_color(color, per_octave_db):
    clean = voice(20.0, amplitude=0.05)
    noisy = conditioned({"noise": {"snr_db": 10, "color": color}}, clean)
    noise = Audio(noisy.audio.samples - clean.samples, 16000)
    densities = [band_db(noise, hz, 2 * hz) - 10 * np.log10(hz) for hz in (125, 250, 500, 1000, 2000)]
    assert np.diff(densities) == pytest.approx([per_octave_db] * 4, abs=0.7)


def test_gaps_leave_timed_words_untouched():
    clean = voice(3.0)
    words = (Word(text="one", start_s=0.5, end_s=1.2), Word(text="two", start_s=1.9, end_s=2.5))
    noisy = conditioned({"noise": {"snr_db": 0, "where": "gaps"}}, clean, words=words).audio
    changed = noisy.samples != clean.samples
    for word in words:
        assert not changed[round(word.start_s * 16000) : round(word.end_s * 16000)].any()
    assert changed[round(1.25 * 16000) : round(1.85 * 16000)].mean() > 0.95
    assert measured_snr_db(clean, noisy) == pytest.approx(0, abs=0.3)


def test_gaps_without_times_are_where_p56_finds_no_speech():
    clean = Audio(np.pad(voice(2.0).samples, (16000, 16000)), 16000)
    noisy = conditioned({"noise": {"snr_db": 0, "where": "gaps"}}, clean).audio
    assert not (noisy.samples != clean.samples)[speech_mask(clean.samples, 16000)].any()
    assert (noisy.samples != clean.samples)[:12000].mean() > 0.95


def test_lead_in_and_out_are_noise_alone_and_move_the_speech():
    clean = voice(2.0)
    done = conditioned({"noise": {"snr_db": 10, "lead_in_s": 0.5, "lead_out_s": 0.25}}, clean)
    assert done.audio.duration_s == pytest.approx(2.75)
    assert done.dose["speech_offset_s"] == 0.5
    noise = done.audio.samples - np.pad(clean.samples, (8000, 4000))
    levels = [np.sqrt(np.mean(part**2)) for part in (noise[:8000], noise[8000:40000], noise[40000:])]
    assert levels == pytest.approx([levels[1]] * 3, rel=0.05)


def test_recorded_noise_is_resampled_looped_and_reaches_its_snr():
    clean, recording = voice(3.0, amplitude=0.05), tone(700, 0.5, 44100)
    done = conditioned(
        {"noise_from": {"path": "street/", "snr_db": 5}},
        clean,
        load={"street/a.wav": recording}.__getitem__,
        listing={"street/": ("street/a.wav",)}.__getitem__,
    )
    noise = Audio(done.audio.samples - clean.samples, 16000)
    assert measured_snr_db(clean, done.audio) == pytest.approx(5, abs=0.3)
    assert band_db(noise, 600, 800) - band_db(noise, 0, 8000) > -0.5


def test_loop_has_no_seam():
    """A loop of noise has no jump larger than the noise itself has."""
    recording = Audio(np.sin(np.arange(8000) * 0.031).astype(np.float32), 16000)
    long = looped(np.random.default_rng(3), recording, 40000)
    assert len(long) == 40000
    assert np.abs(np.diff(long)).max() < 0.1


def test_babble_uses_the_other_speakers_equally_loud():
    clean = voice(3.0, seed=9)
    loud, soft = tone(1000, 3.0, amplitude=0.9), tone(3000, 3.0, 48000, amplitude=0.01)
    done = conditioned(
        {"babble": {"snr_db": 6, "talkers": 2}}, clean, load={"a": loud, "b": soft}.__getitem__, others=("a", "b")
    )
    noise = Audio(done.audio.samples - clean.samples, 16000)
    assert measured_snr_db(clean, done.audio) == pytest.approx(6, abs=0.3)
    assert band_db(noise, 900, 1100) == pytest.approx(band_db(noise, 2900, 3100), abs=0.5)


def test_more_talkers_than_speakers_are_drawn_again():
    done = conditioned({"babble": {"snr_db": 6, "talkers": 5}}, voice(), load=lambda _: voice(seed=4), others=("a",))
    assert done.dose["snr_db"] == pytest.approx(6, abs=0.1)


@pytest.mark.parametrize(
    ("spec", "audio", "message"),
    [
        ({"noise": 10}, Audio(np.zeros(16000, dtype=np.float32), 16000), "expected speech to set the noise against"),
        ({"babble": 10}, voice(), "expected other speakers"),
        ({"noise_from": {"path": "x", "snr_db": 1}}, voice(), "expected a loader"),
        ({"noise": {"snr_db": 1, "where": "gaps"}}, tone(500, 1.0), "there is no gap"),
    ],
)
def test_what_cannot_be_done_is_an_audio_error(spec, audio, message):
    with pytest.raises(AudioError, match=message):
        conditioned(spec, audio)


def test_clipping_by_noise_is_counted():
    clean = voice(2.0, amplitude=0.9)
    done = conditioned({"noise": -10}, clean)
    assert np.abs(done.audio.samples).max() == 1.0
    assert done.dose["clipped_fraction"] == pytest.approx(np.mean(np.abs(done.audio.samples) == 1.0))
    assert done.dose["clipped_fraction"] > 0.01
