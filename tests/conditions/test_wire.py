"""What is on the wire can be read by others, and holds the samples that went in."""

import io
import shutil
import struct
import subprocess

import numpy as np
import pytest
import soundfile
from hypothesis import given
from hypothesis import strategies as st

from bench.audio import Audio, resample
from bench.conditions.wire import decode_samples, encode, encode_samples, heard
from bench.errors import AudioError
from bench.types import RequestSpec
from tests.conditions.signals import lag_s, tone, voice

LOSS = {"linear16": 1 / 65536, "linear32": 0.0, "mulaw": 0.016, "alaw": 0.016}


@pytest.mark.parametrize("encoding", LOSS)
@pytest.mark.parametrize("rate", [8000, 16000, 44100])
def test_wav_is_read_back_by_libsndfile(encoding, rate):
    clean = voice(0.5, rate)
    wire = encode(clean, RequestSpec(encoding=encoding), "batch")
    samples, read_rate = soundfile.read(io.BytesIO(wire.audio), dtype="float32")
    assert (read_rate, wire.sample_rate_hz, wire.content_type) == (rate, rate, "audio/wav")
    assert len(samples) == len(clean.samples)
    assert np.abs(samples - clean.samples).max() <= LOSS[encoding]


@pytest.mark.parametrize("encoding", LOSS)
def test_stream_is_the_samples_without_a_header(encoding):
    clean = voice(0.5)
    wire = encode(clean, RequestSpec(encoding=encoding), "stream")
    assert wire.audio == encode_samples(clean.samples, encoding)
    assert len(wire.audio) == len(clean.samples) * {"linear16": 2, "linear32": 4, "mulaw": 1, "alaw": 1}[encoding]
    assert np.abs(decode_samples(wire.audio, encoding) - clean.samples).max() <= LOSS[encoding]
    assert wire.chunks is None


def test_wire_rate_resamples_and_duration_is_kept():
    wire = encode(voice(1.0, 16000), RequestSpec(sample_rate_hz=8000), "stream")
    assert (wire.sample_rate_hz, len(wire.audio), wire.duration_s) == (8000, 16000, 1.0)


def test_a_rate_declared_falsely_is_declared_and_nothing_else():
    clean, request = voice(0.5), RequestSpec(declared_sample_rate_hz=8000)
    stream, batch = (encode(clean, request, mode) for mode in ("stream", "batch"))
    assert stream.sample_rate_hz == batch.sample_rate_hz == 8000
    assert len(stream.audio) == 2 * len(clean.samples)
    assert soundfile.info(io.BytesIO(batch.audio)).samplerate == 8000
    assert batch.duration_s == 0.5


def test_flac_and_raw_containers():
    clean = voice(0.5)
    flac = encode(clean, RequestSpec(container="flac"), "batch")
    samples, _ = soundfile.read(io.BytesIO(flac.audio), dtype="float32")
    assert np.abs(samples - clean.samples).max() <= LOSS["linear16"]
    raw = encode(clean, RequestSpec(container="raw"), "batch")
    assert raw.audio == encode_samples(clean.samples, "linear16")
    with pytest.raises(AudioError, match="container flac: expected the encoding linear16, got mulaw; use wav"):
        encode(clean, RequestSpec(container="flac", encoding="mulaw"), "batch")


@given(st.lists(st.floats(-2, 2, width=32), min_size=1, max_size=50), st.sampled_from(sorted(LOSS)))
def test_what_lies_beyond_full_scale_is_clipped(values, encoding):
    samples = np.array(values, dtype=np.float32)
    back = decode_samples(encode_samples(samples, encoding), encoding)
    assert np.abs(back - np.clip(samples, -1, 1)).max() <= {"mulaw": 0.02, "alaw": 0.02}.get(encoding, 1 / 32767)


def test_odd_data_is_padded_and_the_sizes_add_up():
    wire = encode(Audio(np.zeros(101, dtype=np.float32), 8000), RequestSpec(encoding="mulaw"), "batch")
    assert struct.unpack("<I", wire.audio[4:8])[0] == len(wire.audio) - 8
    assert len(wire.audio) % 2 == 0


@pytest.fixture
def av():
    return pytest.importorskip("av", reason="extra codecs is not installed")


def test_opus_packets_are_20_ms_each_and_decode_to_the_audio(av):
    clean = voice(2.0)
    wire = encode(clean, RequestSpec(encoding="opus"), "stream")
    decoder = av.CodecContext.create("libopus", "r")
    decoder.sample_rate, decoder.layout = 48000, "mono"
    frames = [frame for packet in wire.chunks for frame in decoder.decode(av.Packet(packet))]
    assert {frame.samples for frame in frames} == {960}
    assert 100 <= len(wire.chunks) <= 102
    assert b"".join(wire.chunks) == wire.audio
    joined = np.concatenate([frame.to_ndarray()[0] for frame in frames]).astype(np.float32) / 32768
    back = resample(Audio(joined, 48000), 16000)
    assert 0.0 < lag_s(clean, back, 0.02) < 0.01  # the codec's look-ahead, which a receiver takes out


@pytest.mark.skipif(shutil.which("ffmpeg") is None, reason="ffmpeg is not installed")
def test_ogg_opus_is_decoded_by_ffmpeg(av):
    clean = voice(2.0)
    wire = encode(clean, RequestSpec(encoding="opus"), "batch")
    command = ["ffmpeg", "-v", "error", "-i", "-", "-ar", "16000", "-f", "f32le", "-"]
    out = subprocess.run(command, input=wire.audio, capture_output=True, check=True).stdout
    back = Audio(np.frombuffer(out, dtype="<f4"), 16000)
    assert wire.content_type == "audio/ogg"
    assert back.duration_s == pytest.approx(2.0, abs=0.03)
    assert abs(lag_s(clean, back, 0.01)) <= 0.001


def test_opus_needs_a_rate_it_has(av):
    with pytest.raises(AudioError, match="expected a rate of 8000, 12000, 16000, 24000, 48000 Hz, got 44100"):
        encode(tone(440, 0.1, 44100), RequestSpec(encoding="opus"), "stream")


@pytest.mark.parametrize("encoding", LOSS)
def test_heard_is_what_a_receiver_decodes(encoding):
    clean, request = voice(0.5), RequestSpec(encoding=encoding, sample_rate_hz=8000)
    wire = encode(clean, request, "stream")
    assert np.array_equal(heard(clean, request).samples, decode_samples(wire.audio, encoding))
    assert heard(clean, request).sample_rate_hz == 8000


def test_heard_through_opus_is_aligned(av):
    clean = voice(2.0)
    assert abs(lag_s(clean, heard(clean, RequestSpec(encoding="opus")), 0.01)) <= 0.001
