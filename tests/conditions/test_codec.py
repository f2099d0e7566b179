"""Codecs: aligned, of the right band and rate, and equal to ffmpeg's own where that is installed."""

import shutil
import subprocess

import numpy as np
import pytest

from bench.audio import Audio, from_pcm16, resample, to_pcm16
from bench.conditions.codec import nearest_rate
from tests.conditions.signals import band_db, chirp, conditioned, lag_s, voice

av_steps = [
    ("g722", 16000),
    ({"g726": 32}, 8000),
    ({"amr_nb": 12.2}, 8000),
    ({"opus": 24}, 16000),
    ({"mp3": 64}, 16000),
    ({"aac": 64}, 16000),
]


@pytest.fixture
def av():
    return pytest.importorskip("av", reason="extra codecs is not installed")


@pytest.mark.parametrize(("spec", "rate"), av_steps)
@pytest.mark.parametrize("recorded_hz", [16000, 44100])
def test_delay_is_taken_out_and_length_kept(av, spec, rate, recorded_hz):
    clean = voice(2.5, recorded_hz)
    heard = conditioned(spec, clean).audio
    if recorded_hz == 16000:
        assert heard.sample_rate_hz == rate
    reference = resample(clean, heard.sample_rate_hz)
    assert len(heard.samples) == len(reference.samples)
    if heard.sample_rate_hz > 16000:  # plain correlation at every lag is slow
        reference, heard = resample(reference, 16000), resample(heard, 16000)
    assert abs(lag_s(reference, heard, 0.06)) <= 0.001


@pytest.mark.parametrize(("law", "least_db"), [("mulaw", 33), ("alaw", 33)])
def test_g711_is_8_khz_at_its_known_quality(law, least_db):
    """G.711 keeps speech-like signals at about 35 dB above its quantisation noise."""
    clean = voice()
    heard = conditioned({"g711": law}, clean).audio
    reference = resample(clean, 8000)
    assert heard.sample_rate_hz == 8000
    error = heard.samples - reference.samples
    assert 10 * np.log10(np.sum(reference.samples**2) / np.sum(error**2)) > least_db
    assert lag_s(reference, heard, 0.01) == 0


def test_more_bits_are_better(av):
    def error(spec):
        heard = conditioned(spec, clean).audio
        return float(np.mean((heard.samples - resample(clean, heard.sample_rate_hz).samples) ** 2))

    clean = voice(3.0)
    assert error({"g726": 40}) < error({"g726": 32}) < error({"g726": 24}) < error({"g726": 16})
    assert error({"mp3": 64}) < error({"mp3": 16})
    assert error({"amr_nb": 12.2}) < error({"amr_nb": 4.75})


def test_narrow_band_codecs_have_nothing_above_4_khz(av):
    heard = resample(conditioned({"amr_nb": 12.2}, chirp()).audio, 16000)
    assert band_db(heard, 4200, 8000) < band_db(heard, 300, 3400) - 35


def test_tandem_is_worse_than_either(av):
    clean = voice(3.0)
    reference = resample(clean, 8000).samples

    def error(*steps):
        return float(np.mean((conditioned(list(steps), clean).audio.samples - reference) ** 2))

    mobile, fixed = {"amr_nb": 7.4}, {"g711": "mulaw"}
    assert error(mobile, fixed, mobile) > error(mobile) > error(fixed)


FFMPEG = {
    "g722": (["-c:a", "g722", "-f", "g722"], ["-f", "g722"], 16000, 0),
    "g726": (["-c:a", "g726", "-b:a", "32k", "-f", "g726"], ["-f", "g726", "-code_size", "4"], 8000, 0),
}


@pytest.mark.parametrize("name", FFMPEG)
@pytest.mark.skipif(shutil.which("ffmpeg") is None, reason="ffmpeg is not installed")
def test_round_trip_is_that_of_the_ffmpeg_program(av, name):
    """Bit for bit but for the alignment: the program is another build, and a path through real files' framing."""
    to, back, rate, _ = FFMPEG[name]
    clean = Audio(resample(voice(2.0), rate).samples, rate)
    raw = ["-v", "error", "-f", "s16le", "-ar", str(rate), "-ac", "1"]
    coded = subprocess.run(
        ["ffmpeg", *raw, "-i", "-", *to, "-"], input=to_pcm16(clean.samples), capture_output=True, check=True
    ).stdout
    decoded = subprocess.run(
        ["ffmpeg", "-v", "error", *back, "-i", "-", "-f", "s16le", "-ar", str(rate), "-"],
        input=coded,
        capture_output=True,
        check=True,
    ).stdout
    theirs = Audio(from_pcm16(decoded), rate)
    ours = conditioned({name: 32} if name == "g726" else name, clean).audio
    delay = round(lag_s(ours, theirs, 0.01) * rate)
    count = len(ours.samples) - 400
    ours_part, theirs_part = ours.samples[200 : 200 + count], theirs.samples[200 + delay : 200 + delay + count]
    same = min(len(ours_part), len(theirs_part))
    assert same > 0.9 * count
    assert np.array_equal(ours_part[:same], theirs_part[:same])


def test_clipping_on_the_way_into_a_codec_is_counted():
    loud = conditioned([{"gain": 20}, {"g711": "alaw"}], voice(amplitude=0.5))
    assert loud.dose["clipped_fraction"] > 0.01


@pytest.mark.parametrize(("wanted", "rate"), [(8000, 8000), (11025, 12000), (16000, 16000), (96000, 48000)])
def test_rate_is_the_lowest_that_loses_no_band(wanted, rate):
    assert nearest_rate((8000, 12000, 16000, 24000, 48000), wanted) == rate


SWEEP = {
    "g722": ((16000,), (64,)),
    "g726": ((8000,), (16, 24, 32, 40)),
    "amr_nb": ((8000,), (4.75, 5.9, 7.95, 12.2)),
    "opus": ((8000, 12000, 16000, 24000, 48000), (6, 12, 24, 64, 128)),
    "mp3": ((8000, 11025, 16000, 22050, 44100, 48000), (8, 32, 128, 320)),
    "aac": ((8000, 11025, 16000, 22050, 44100, 48000), (8, 32, 128, 256)),
}


@pytest.mark.slow
@pytest.mark.parametrize(("name", "rate", "kbps"), [(n, r, k) for n, (rs, ks) in SWEEP.items() for r in rs for k in ks])
def test_delay_is_taken_out_at_every_rate_and_bit_rate(av, name, rate, kbps):
    clean = voice(2.0, rate, 3)
    heard = conditioned(name if name == "g722" else {name: kbps}, clean).audio
    assert heard.sample_rate_hz == rate
    assert abs(lag_s(clean, heard, 0.01)) <= 0.001
