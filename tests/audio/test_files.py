"""Sound files whose headers say what is not so: a length is what was decoded, and what is odd is said."""

import struct
from pathlib import Path

import numpy as np
import pytest
import soundfile
from hypothesis import given, settings
from hypothesis import strategies as st

from bench import audio
from bench.errors import AudioError

RATE = 16_000
FORMATS = ("wav", "flac", "mp3", "ogg", "aiff", "au")


def voice(seconds: float, seed: int = 0) -> np.ndarray:
    """A sweep with some noise: no two stretches are alike."""
    times = np.arange(round(seconds * RATE)) / RATE
    noise = np.random.default_rng(seed).standard_normal(len(times))
    return (0.3 * np.sin(2 * np.pi * 200 * times * (1 + 0.1 * times)) + 0.01 * noise).astype(np.float32)


def made(folder: Path, kind: str, seconds: float = 2.0) -> bytes:
    path = folder / f"made.{kind}"
    soundfile.write(path, voice(seconds), RATE)
    return path.read_bytes()


def put(folder: Path, kind: str, data: bytes) -> Path:
    path = folder / f"x.{kind}"
    path.write_bytes(data)
    return path


def with_wav_sizes(data: bytes, riff: int | None, samples: int) -> bytes:
    at = data.index(b"data") + 4
    mended = bytearray(data)
    if riff is not None:
        mended[4:8] = struct.pack("<I", riff)
    mended[at : at + 4] = struct.pack("<I", samples)
    return bytes(mended)


@pytest.mark.parametrize("kind", FORMATS)
def test_a_sound_file_has_no_doubt_and_its_length(tmp_path: Path, kind: str) -> None:
    path = put(tmp_path, kind, made(tmp_path, kind))
    assert audio.probe(path) == audio.AudioInfo(RATE, 2 * RATE, 1)
    assert len(audio.read(path).samples) == 2 * RATE


@pytest.mark.parametrize("riff", [None, 0, 0xFFFF_FFFF])
@pytest.mark.parametrize("size", [0, 0xFFFF_FFFF, 0x7FFF_FFFF, 0xFFFF_FFFF - 44, 0x7FFF_F000])
def test_a_wav_whose_sizes_were_never_filled_in_is_read_to_its_end(tmp_path: Path, size: int, riff: int | None) -> None:
    path = put(tmp_path, "wav", with_wav_sizes(made(tmp_path, "wav"), riff, size))
    assert audio.probe(path) == audio.AudioInfo(RATE, 2 * RATE, 1)
    assert audio.read(path).samples == pytest.approx(voice(2.0), abs=1e-4)
    assert audio.from_file_bytes(path.read_bytes()).samples == pytest.approx(voice(2.0), abs=1e-4)


def test_a_flac_of_unknown_length_is_decoded_and_counted(tmp_path: Path) -> None:
    data = bytearray(made(tmp_path, "flac"))
    data[21] &= 0xF0
    data[22:26] = bytes(4)
    path = put(tmp_path, "flac", bytes(data))
    assert audio.probe(path) == audio.AudioInfo(RATE, 2 * RATE, 1)
    assert audio.read(path, start_s=0.5, end_s=1.25).samples == pytest.approx(voice(2.0)[8_000:20_000], abs=1e-4)


@pytest.mark.parametrize("kind", ["wav", "flac", "mp3", "ogg"])
@settings(max_examples=8, deadline=None)
@given(share=st.floats(0.2, 0.95))
def test_a_file_that_was_cut_is_as_long_as_what_is_there_and_is_doubted(
    tmp_path_factory: pytest.TempPathFactory, kind: str, share: float
) -> None:
    folder = tmp_path_factory.mktemp("cut")
    data = made(folder, kind, 4.0)
    path = put(folder, kind, data[: round(len(data) * share)])
    try:
        info = audio.probe(path)
    except AudioError:  # Ogg is read by whole pages, and the first page of sound may be gone
        assert kind == "ogg"
        return
    assert info.num_samples == len(audio.read(path).samples)
    assert info.num_samples < 4.0 * RATE
    assert "its header states" in info.doubt


@pytest.mark.parametrize("kind", ["wav", "flac", "mp3", "ogg"])
@pytest.mark.parametrize("times", [2, 3])
def test_files_glued_into_one_are_read_to_the_last(tmp_path: Path, kind: str, times: int) -> None:
    path = put(tmp_path, kind, made(tmp_path, kind) * times)
    info = audio.probe(path)
    assert info.num_samples == 2 * RATE * times
    assert f"{times} sound files glued into one" in info.doubt
    both = audio.read(path).samples
    assert both[2 * RATE : 2 * RATE + 8_000] == pytest.approx(both[:8_000], abs=1e-6)


@pytest.mark.parametrize("kind", ["aiff", "au", "wav"])
def test_what_lies_behind_the_stated_end_is_said(tmp_path: Path, kind: str) -> None:
    path = put(tmp_path, kind, made(tmp_path, kind) + b"\x55" * 50_000)
    info = audio.probe(path)
    assert info.num_samples == 2 * RATE
    assert "50000 bytes behind the end that its header states were not read" in info.doubt


def test_glued_files_of_two_rates_are_not_mixed(tmp_path: Path) -> None:
    first = made(tmp_path, "wav")
    soundfile.write(tmp_path / "y.wav", voice(1.0), 8_000)
    info = audio.probe(put(tmp_path, "wav", first + (tmp_path / "y.wav").read_bytes()))
    assert (info.sample_rate_hz, info.num_samples) == (RATE, 2 * RATE)
    assert "1 of them, with another rate or number of channels, were not read" in info.doubt


def test_a_format_is_told_by_the_bytes_and_not_by_the_name(tmp_path: Path) -> None:
    path = tmp_path / "._call.mp3"
    path.write_bytes(made(tmp_path, "mp3"))
    assert audio.probe(path).num_samples == 2 * RATE


@pytest.mark.parametrize("kind", FORMATS)
@settings(max_examples=10, deadline=None)
@given(start=st.floats(0.0, 1.9), length=st.floats(0.05, 2.5))
def test_a_part_is_that_stretch_of_the_whole(
    tmp_path_factory: pytest.TempPathFactory, kind: str, start: float, length: float
) -> None:
    folder = tmp_path_factory.mktemp("part")
    path = put(folder, kind, made(folder, kind))
    whole = audio.read(path).samples
    part = audio.read(path, start_s=start, end_s=start + length).samples
    expected = whole[round(start * RATE) : round((start + length) * RATE)]
    assert part == pytest.approx(expected, abs=1e-6)


@pytest.mark.parametrize(
    ("codec", "container", "rate"), [("aac", "mp4", 44_100), ("aac", "mov", 16_000), ("wmav2", "asf", 44_100)]
)
def test_what_libsndfile_does_not_know_is_read_by_pyav(tmp_path: Path, codec: str, container: str, rate: int) -> None:
    path = encoded(tmp_path / f"x.{container}", codec, container, rate, 2.0)
    info = audio.probe(path)
    assert (info.sample_rate_hz, info.channels) == (rate, 1)
    assert info.duration_s == pytest.approx(2.0, abs=0.15)
    assert len(audio.read(path).samples) == info.num_samples
    with audio.Unpacked() as unpacked:
        once = audio.read(unpacked.path(path), start_s=0.5, end_s=0.9)
    assert once.samples == pytest.approx(audio.read(path, start_s=0.5, end_s=0.9).samples, abs=1e-6)


def encoded(path: Path, codec: str, container: str, rate: int, seconds: float) -> Path:
    import av

    samples = audio.resample(audio.Audio(voice(seconds), RATE), rate).samples
    with av.open(str(path), "w", format=container) as file:
        stream = file.add_stream(codec, rate=rate, layout="mono")
        stream.bit_rate = 48_000
        for begin in range(0, len(samples), 1024):
            frame = av.AudioFrame.from_ndarray(samples[np.newaxis, begin : begin + 1024], format="fltp", layout="mono")
            frame.sample_rate, frame.pts = rate, begin
            file.mux(stream.encode(frame))
        file.mux(stream.encode(None))
    return path


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "the file is empty"),
        (b"not audio at all, but some text", "of something else"),
        (b"RIFF\0\0\0\0WAVE", "of something else"),
    ],
)
def test_what_is_no_audio_says_so_and_names_the_file(tmp_path: Path, data: bytes, message: str) -> None:
    path = put(tmp_path, "wav", data)
    for ask in (audio.probe, audio.read):
        with pytest.raises(AudioError, match=message) as caught:
            ask(path)
        assert str(caught.value).startswith(f"{path}: expected ")


def test_a_file_that_changed_is_looked_at_again(tmp_path: Path) -> None:
    path = put(tmp_path, "wav", made(tmp_path, "wav", 1.0))
    assert audio.probe(path).num_samples == RATE
    put(tmp_path, "wav", made(tmp_path, "wav", 2.0))
    assert audio.probe(path).num_samples == 2 * RATE
