"""Sound files whose headers say what is not so: a length is what was decoded, and what is odd is said."""

import base64
import contextlib
import io
import shutil
import struct
import subprocess
import sys
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
import soundfile
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.signal import correlate

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


AMR_WB = base64.b64decode(
    "IyFBTVItV0IKBOFTY/6/BuTqqKEexREPNZCwBPdehWDOj3SdecegEZFhReWABOPTMOTiZuLi5y+sEEkL6YvQBP7S8L7nrHMV9OzM"
    "BBpejm5ABOLTIMbiR+fz3z+pGQSGZNtABOzTgMbzpOAz2yzO0NvOKqPgBP/SgP7/rHR16z1TvhBuhSYgBOvTAObuR+fzzyzKhHua"
    "wLnwBP/TDOb+rnC1yz1WUtgwSG4gBOrTAMbvpOAz8yzOxDikMOLABOfTImbTRedz0x1TcDAGDK0QBP9SDP7/rHRV6H7TMcQoQOyw"
    "BO/TQOL/pOAz/y+lFLCoRJhwBP/SDP7/rHMV0PzFNSlWTNPQBOXTAObyR+fz3y+ikhFRxJXABO3TAOb3Redz1wzOGlKEC4kgBP9S"
    "CP7/rHR16x1TfDBMhTRgBOvTAObvpOAz8yzNBsAEFAPQBP/SDP7/rHI1/x1fChQEL4EABOLTAMbrZOFz5zzPwJoCm7IwBOnTAObm"
    "R+fz7z1SMHaxrI3QBP9SDP7/rHTVwE7TfCJGvA0wBOHTAObjpOAz+x+gY4AFpgUABP/SDP7/rHMV9OzFNpkEHCswBOXTAObyR+fz"
    "2z+tYZQElKAQ"
)
"""Half a second of 440 Hz as a telephone records it at 6.6 kbit/s (by vo-amrwbenc 0.1.3: PyAV can only read it)."""


@pytest.mark.parametrize("name", ["REC 0001.awb", "rec.amr", "rec.3gp", "rec.3GA"])
def test_what_a_telephone_records_in_wide_band_is_read(tmp_path: Path, name: str) -> None:
    import av

    path = tmp_path / name
    if path.suffix.lower().startswith(".3g"):
        with av.open(io.BytesIO(AMR_WB)) as source, av.open(str(path), "w", format="3gp") as target:
            stream = target.add_stream_from_template(source.streams.audio[0])
            for packet in source.demux():
                if packet.dts is not None:
                    packet.stream = stream
                    target.mux(packet)
    else:
        path.write_bytes(AMR_WB)
    assert audio.probe(path) == audio.AudioInfo(16_000, 8_000, 1)
    spectrum = np.abs(np.fft.rfft(audio.read(path).samples[2_000:6_000]))
    assert np.argmax(spectrum) * 16_000 / 4_000 == pytest.approx(440, abs=4)


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


@pytest.mark.parametrize(
    ("suffix", "subtype", "rate", "at_most"),
    [
        (".ulaw", "ULAW", 8_000, 0.02), (".AL", "ALAW", 8_000, 0.02), (".gsm", "GSM610", 8_000, 0.3),
        (".vox", "VOX_ADPCM", 8_000, 0.1), (".sln", "PCM_16", 8_000, 1e-3), (".sln16", "PCM_16", 16_000, 1e-3),
    ],
)  # fmt: skip
def test_what_telephone_systems_write_without_a_header_is_read_by_its_name(
    tmp_path: Path, suffix: str, subtype: str, rate: int, at_most: float
) -> None:
    times = np.arange(2 * rate) / rate
    sound = (0.3 * np.sin(2 * np.pi * 300 * times)).astype(np.float32)
    path = tmp_path / f"call{suffix}"
    soundfile.write(path, sound, rate, subtype=subtype, format="RAW")
    assert audio.probe(path) == audio.AudioInfo(rate, 2 * rate, 1)
    assert audio.read(path).samples == pytest.approx(sound, abs=at_most)
    part = audio.read(path, start_s=0.5, end_s=1.25).samples
    assert part == pytest.approx(sound[rate // 2 : rate * 5 // 4], abs=at_most)


@pytest.mark.parametrize("kind", ["wav", "flac", "ogg", "au"])
def test_a_header_is_believed_before_a_name_that_promises_none(tmp_path: Path, kind: str) -> None:
    path = made(tmp_path, kind)
    (tmp_path / "call.gsm").write_bytes(path)
    assert audio.probe(tmp_path / "call.gsm") == audio.AudioInfo(RATE, 2 * RATE, 1)


def test_text_under_such_a_name_is_no_sound_and_silence_is(tmp_path: Path) -> None:
    (tmp_path / "tool.al").write_text("package Tool;\nuse strict;\n# größer\n" * 40, encoding="utf-8")
    with pytest.raises(AudioError, match=r"tool\.al: expected ALAW samples without a header, by its name, got text"):
        audio.probe(tmp_path / "tool.al")
    (tmp_path / "silence.al").write_bytes(b"\x55" * 8_000)
    assert audio.probe(tmp_path / "silence.al").num_samples == 8_000


def test_a_file_that_changed_is_looked_at_again(tmp_path: Path) -> None:
    path = put(tmp_path, "wav", made(tmp_path, "wav", 1.0))
    assert audio.probe(path).num_samples == RATE
    put(tmp_path, "wav", made(tmp_path, "wav", 2.0))
    assert audio.probe(path).num_samples == 2 * RATE


def frames(folder: Path, *, compression: float) -> bytes:
    """Frames of MPEG of very different sizes, without the count that encoders put in front."""
    loud = np.random.default_rng(1).standard_normal(2 * RATE).astype(np.float32) * 0.2
    sound = np.concatenate([np.zeros(RATE // 2, np.float32), loud, np.zeros(RATE // 2, np.float32)])
    path = folder / "made.mp3"
    soundfile.write(path, sound, RATE, compression_level=compression, bitrate_mode="VARIABLE")
    data = path.read_bytes()
    first = data.index(b"\xff", 1) if not data.startswith(b"\xff") else 0
    tag = max(data.find(b"Xing"), data.find(b"Info"))
    return data[data.index(data[first : first + 2], tag) :]


@pytest.mark.parametrize("compression", [0.0, 0.9])
@pytest.mark.parametrize("front", [b"", b"ID3\3\0\0\0\0\0\x0a" + bytes(10), bytes(100)])
def test_an_mp3_without_a_count_of_frames_is_read_to_its_end(tmp_path: Path, compression: float, front: bytes) -> None:
    data = frames(tmp_path, compression=compression)
    assert b"Xing" not in data
    info = audio.probe(put(tmp_path, "mp3", front + data))
    assert info.duration_s == pytest.approx(3.0, abs=0.15)  # of the encoder's delay nothing tells
    assert audio.read(tmp_path / "x.mp3").duration_s == pytest.approx(info.duration_s)


@pytest.mark.parametrize("kind", ["RF64", "AIFF"])
def test_sizes_that_a_pipe_left_at_nothing_are_filled_in(tmp_path: Path, kind: str) -> None:
    path = tmp_path / "x"
    soundfile.write(path, voice(2.0), RATE, format=kind, subtype="PCM_16")
    data = bytearray(path.read_bytes())
    if kind == "RF64":
        at = data.index(b"ds64") + 8
        data[at : at + 24] = bytes(24)
    else:
        common, samples = data.index(b"COMM") + 8, data.index(b"SSND") + 4
        data[4:8] = data[common + 2 : common + 6] = data[samples : samples + 4] = bytes(4)
    path.write_bytes(bytes(data))
    assert audio.probe(path) == audio.AudioInfo(RATE, 2 * RATE, 1)
    assert audio.read(path).samples == pytest.approx(voice(2.0), abs=1e-4)


@pytest.mark.parametrize("chunk", [b"LIST\7\0\0\0INFOabc\0", b"bext" + struct.pack("<I", 2000) + bytes(2000)])
@pytest.mark.parametrize("is_before", [True, False])
def test_chunks_around_the_samples_are_no_samples_and_no_doubt(tmp_path: Path, chunk: bytes, is_before: bool) -> None:
    data = made(tmp_path, "wav")
    at = data.index(b"data") if is_before else len(data)
    path = put(tmp_path, "wav", with_wav_sizes(data[:at] + chunk + data[at:], len(data) + len(chunk) - 8, 4 * RATE))
    assert audio.probe(path) == audio.AudioInfo(RATE, 2 * RATE, 1)


def test_zeros_behind_a_header_are_not_followed_to_their_end(tmp_path: Path) -> None:
    """A recorder that died leaves them; followed as a million empty chunks, they took hours."""
    path = tmp_path / "a.wav"
    path.write_bytes(b"RIFF" + struct.pack("<I", 8_000_000) + b"WAVE" + bytes(8_000_000))
    with pytest.raises(AudioError, match=r"a\.wav: expected audio"):
        audio.probe(path)


def test_samples_that_a_wav_does_not_count_are_said(tmp_path: Path) -> None:
    path = put(tmp_path, "wav", with_wav_sizes(made(tmp_path, "wav"), None, RATE))
    assert audio.probe(path).doubt == f"{3 * RATE} bytes behind the end that its header states were not read"


@pytest.mark.parametrize("subtype", ["PCM_24", "PCM_32", "PCM_U8", "FLOAT", "DOUBLE", "ALAW", "ULAW", "IMA_ADPCM"])
@pytest.mark.parametrize("kind", ["WAV", "WAVEX", "W64", "RF64"])
def test_every_kind_of_wav_is_read(tmp_path: Path, subtype: str, kind: str) -> None:
    if not soundfile.check_format(kind, subtype):
        pytest.skip(f"libsndfile writes no {subtype} in {kind}")
    path = tmp_path / "x.WAV"
    soundfile.write(path, voice(2.0), RATE, format=kind, subtype=subtype)
    assert audio.probe(path).duration_s == pytest.approx(2.0, abs=0.07)  # blocks of ADPCM
    heard = audio.read(path).samples[100 : 2 * RATE]  # ADPCM takes a while to catch up
    assert heard == pytest.approx(voice(2.0)[100:], abs=0.05)


@pytest.mark.parametrize("at", [4, 16, 40, 60, 100])
def test_damaged_sizes_print_nothing(tmp_path: Path, capfd: pytest.CaptureFixture[str], at: int) -> None:
    for kind in ("W64", "WAV", "AIFF", "CAF", "RF64"):
        path = tmp_path / "x"
        soundfile.write(path, voice(0.5), RATE, format=kind)
        data = bytearray(path.read_bytes())
        data[at : at + 8] = b"\xff" * 8
        path.write_bytes(bytes(data))
        with contextlib.suppress(AudioError):
            audio.read(path)
    assert capfd.readouterr().err == ""


def test_a_message_names_no_object_in_memory() -> None:
    with pytest.raises(AudioError, match=r"5 bytes of something else \(Format not recognised\)"):
        audio.from_file_bytes(b"hello")


def chunk(name: bytes, body: bytes, *, is_padded: bool = True, order: str = "<") -> bytes:
    return name + struct.pack(f"{order}I", len(body)) + body + (b"\0" if is_padded and len(body) % 2 else b"")


def wave(*chunks: bytes, riff: int | None = None) -> bytes:
    body = b"WAVE" + b"".join(chunks)
    return b"RIFF" + struct.pack("<I", len(body) if riff is None else riff) + body


def form(bits: int = 16, rate: int = RATE, more: bytes = b"") -> bytes:
    return struct.pack("<HHIIHH", 1, 1, rate, rate * bits // 8, bits // 8, bits) + more


PCM = (voice(2.0) * 32767).astype("<i2").tobytes()
ODD = st.tuples(st.sampled_from([b"LIST", b"bext", b"cue ", b"iXML", b"JUNK"]), st.integers(0, 300), st.booleans())


@settings(max_examples=60, deadline=None)
@given(before=st.lists(ODD, max_size=3), after=st.lists(ODD, max_size=2), sizes=st.sampled_from([None, 0, 0xFFFF_FFFF]))
def test_a_wav_is_read_whether_odd_chunks_are_padded_or_not(
    tmp_path_factory: pytest.TempPathFactory, before: list, after: list, sizes: int | None
) -> None:
    folder = tmp_path_factory.mktemp("chunks")
    around = [
        [chunk(name, b"INFO" + b"z" * size, is_padded=is_padded) for name, size, is_padded in chunks]
        for chunks in (before, after)
    ]
    data = wave(*around[0], chunk(b"fmt ", form()), *around[0], chunk(b"data", PCM), *around[1], riff=sizes)
    path = put(folder, "wav", data)
    assert audio.probe(path) == audio.AudioInfo(RATE, 2 * RATE, 1)
    np.testing.assert_allclose(audio.read(path).samples, voice(2.0), atol=1e-4)
    np.testing.assert_allclose(audio.read(path, start_s=1.0).samples, voice(2.0)[RATE:], atol=1e-4)


@pytest.mark.parametrize("kind", ["AIFF", "AIFC"])
@pytest.mark.parametrize("is_padded", [True, False])
def test_so_is_an_aiff(tmp_path: Path, kind: str, is_padded: bool) -> None:
    common = struct.pack(">HIH", 1, 2 * RATE, 16) + bytes.fromhex("400cfa00000000000000")
    version = chunk(b"FVER", bytes.fromhex("a2805140"), order=">") if kind == "AIFC" else b""
    coded = common + (b"NONE\0\0" if kind == "AIFC" else b"")
    note = chunk(b"ANNO", b"odd", is_padded=is_padded, order=">")
    samples = chunk(b"SSND", bytes(8) + np.frombuffer(PCM, "<i2").astype(">i2").tobytes(), order=">")
    body = kind.encode() + version + note + chunk(b"COMM", coded, order=">") + samples
    path = put(tmp_path, "aiff", b"FORM" + struct.pack(">I", len(body)) + body)
    assert audio.probe(path) == audio.AudioInfo(RATE, 2 * RATE, 1)
    assert audio.read(path).samples == pytest.approx(voice(2.0), abs=1e-4)


@pytest.mark.parametrize("cuts", [(RATE,), (1_001, 20_000)])
def test_samples_in_several_chunks_are_all_read_and_said(tmp_path: Path, cuts: tuple[int, ...]) -> None:
    parts = [PCM[2 * begin : 2 * end] for begin, end in pairwise((0, *cuts, 2 * RATE))]
    data = wave(chunk(b"fmt ", form()), *(chunk(b"data", part) for part in parts))
    path = put(tmp_path, "wav", data)
    assert audio.read(path).samples == pytest.approx(voice(2.0), abs=1e-4)
    assert f"{len(parts)} sound files glued into one" in audio.probe(path).doubt


@pytest.mark.parametrize("stated", [1, RATE, 20 * RATE])
def test_a_flac_that_states_another_length_is_read_to_its_end_and_doubted(tmp_path: Path, stated: int) -> None:
    data = bytearray(made(tmp_path, "flac"))
    data[22:26] = struct.pack(">I", stated)
    path = put(tmp_path, "flac", bytes(data))
    info = audio.probe(path)
    assert (info.num_samples, len(audio.read(path).samples)) == (2 * RATE, 2 * RATE)
    assert info.doubt == f"its header states {stated / RATE:.2f} s, and 2.00 s could be decoded"


APE = b"APETAGEX" + struct.pack("<IIII", 2000, 300 + 32, 1, 1 << 31) + bytes(8)
ID3V1 = b"TAG" + bytes(125)


@pytest.mark.parametrize("kind", ["flac", "mp3"])
@pytest.mark.parametrize("tags", [ID3V1, APE + b"A" * 300 + APE, APE + b"A" * 300 + APE + ID3V1])
def test_tags_behind_the_sound_are_no_sound_and_no_damage(
    tmp_path: Path, capfd: pytest.CaptureFixture[str], kind: str, tags: bytes
) -> None:
    alone = audio.probe(put(tmp_path, kind, made(tmp_path, kind)))
    assert audio.probe(put(tmp_path, kind, made(tmp_path, kind) + tags)) == alone
    assert capfd.readouterr().err == ""


def id3(size: int) -> bytes:
    tag = np.random.default_rng(0).integers(0, 256, size, dtype=np.uint8).tobytes()
    return b"ID3\3\0\0" + bytes(size >> shift & 127 for shift in (21, 14, 7, 0)) + tag


@pytest.mark.parametrize("size", [100, 1 << 20])
def test_pictures_in_front_of_and_between_frames_lose_no_sound(tmp_path: Path, size: int) -> None:
    bare = frames(tmp_path, compression=0.9)
    once = audio.probe(put(tmp_path, "mp3", bare)).num_samples
    assert audio.probe(put(tmp_path, "mp3", id3(size) + bare)).num_samples == once
    assert audio.probe(put(tmp_path, "mp3", bare + id3(size) + bare)).num_samples == 2 * once


def test_short_frames_without_a_count_need_no_other_library(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "av", None)
    data = frames(tmp_path, compression=0.9)[:4_000]
    assert audio.probe(put(tmp_path, "mp3", data)).duration_s > 0.3


@pytest.mark.parametrize("size", [0, 0xFFFF_FFFF])
def test_an_au_whose_size_was_never_filled_in_is_read_to_its_end(tmp_path: Path, size: int) -> None:
    data = made(tmp_path, "au")
    path = put(tmp_path, "au", data[:8] + struct.pack(">I", size) + data[12:])
    assert audio.probe(path) == audio.AudioInfo(RATE, 2 * RATE, 1)


@pytest.mark.parametrize("kind", ["W64", "CAF", "RF64", "NIST", "AIFF", "AU"])
@settings(max_examples=5, deadline=None)
@given(share=st.floats(0.3, 0.95))
def test_what_is_cut_is_said_in_every_format(tmp_path_factory: pytest.TempPathFactory, kind: str, share: float) -> None:
    folder = tmp_path_factory.mktemp("cut")
    soundfile.write(folder / "whole", voice(2.0), RATE, format=kind, subtype="PCM_16")
    data = (folder / "whole").read_bytes()
    path = put(folder, "x", data[: round(len(data) * share)])
    try:
        info = audio.probe(path)
    except AudioError:  # CAF has its description at the end, where libsndfile wrote it; refused by name
        return
    assert info.num_samples < 2 * RATE
    assert "cut short" in info.doubt


@pytest.mark.parametrize("subtype", ["GSM610", "MS_ADPCM", "IMA_ADPCM", "G721_32", "NMS_ADPCM_16"])
def test_a_part_of_what_cannot_be_sought_in_is_decoded_from_its_begin(tmp_path: Path, subtype: str) -> None:
    path = tmp_path / "x.wav"
    if not soundfile.check_format("WAV", subtype):
        pytest.skip(f"libsndfile writes no {subtype}")
    soundfile.write(path, voice(2.0), 8_000, subtype=subtype)
    whole = audio.read(path).samples
    assert audio.read(path, start_s=0.5, end_s=0.75).samples == pytest.approx(whole[4_000:6_000], abs=1e-6)
    with audio.Unpacked() as unpacked:
        assert audio.read(unpacked.path(path), start_s=1.0).samples == pytest.approx(whole[8_000:], abs=1e-6)


@pytest.mark.parametrize("rate", [1, 100, 0xFFFF_FFF0 // 4])
def test_a_rate_at_which_nobody_samples_is_a_problem(tmp_path: Path, rate: int) -> None:
    path = put(tmp_path, "wav", wave(chunk(b"fmt ", form(rate=rate)), chunk(b"data", PCM)))
    with pytest.raises(AudioError, match=r"expected a sample rate of 1 to 768 kHz, got \d+ Hz"):
        audio.probe(path)


PIPES = {
    "wav": ("-f", "wav"), "w64": ("-f", "w64"), "au": ("-f", "au"), "flac": ("-f", "flac"), "caf": ("-f", "caf"),
    "aiff": ("-f", "aiff"), "mp3": ("-f", "mp3"), "opus": ("-c:a", "libopus", "-f", "ogg"),
    "webm": ("-c:a", "libopus", "-f", "webm"), "mkv": ("-c:a", "aac", "-f", "matroska"),
    "ts": ("-c:a", "aac", "-f", "mpegts"),
    "m4a": ("-c:a", "aac", "-movflags", "frag_keyframe+empty_moov", "-f", "mp4"), "aac": ("-c:a", "aac", "-f", "adts"),
}  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize("kind", PIPES)
def test_what_ffmpeg_writes_into_a_pipe_is_read(tmp_path: Path, kind: str) -> None:
    if shutil.which("ffmpeg") is None:
        pytest.skip("no ffmpeg on this machine; `make system-packages` installs it")
    soundfile.write(tmp_path / "in.wav", voice(2.0), RATE)
    command = ["ffmpeg", "-v", "error", "-i", str(tmp_path / "in.wav"), *PIPES[kind], "-"]
    path = put(tmp_path, kind, subprocess.run(command, check=True, capture_output=True).stdout)
    info = audio.probe(path)
    assert (info.duration_s, info.doubt) == (pytest.approx(2.0, abs=0.13), "")
    heard = audio.resample(audio.read(path), RATE).samples
    said = voice(2.0)[4_000:28_000]
    lag = int(np.argmax(correlate(heard[2_400:29_600], said, mode="valid")))  # at most 0.1 s early or late
    assert np.corrcoef(heard[2_400 + lag : 26_400 + lag], said)[0, 1] > 0.9


ID3 = b"ID3\x03\0\0\0\0\x08\0" + bytes(1024)


@pytest.mark.parametrize("kind", ["wav", "flac", "ogg", "aiff", "au"])
@pytest.mark.parametrize("times", [1, 2])
def test_tags_in_front_of_any_format_cost_no_sound(tmp_path: Path, kind: str, times: int) -> None:
    path = put(tmp_path, kind, ID3 * times + made(tmp_path, kind))
    assert audio.probe(path) == audio.AudioInfo(RATE, 2 * RATE, 1)
    assert audio.read(path, start_s=0.5, end_s=1.25).samples == pytest.approx(
        audio.read(put(tmp_path, f"plain.{kind}", made(tmp_path, kind))).samples[8_000:20_000], abs=1e-4
    )


def test_a_false_count_behind_tags_is_not_believed_either(tmp_path: Path) -> None:
    data = bytearray(made(tmp_path, "flac"))
    data[21:26] = bytes([data[21] & 0xF0]) + struct.pack(">I", RATE)
    info = audio.probe(put(tmp_path, "flac", ID3 + bytes(data)))
    assert (info.num_samples, info.doubt) == (2 * RATE, "its header states 1.00 s, and 2.00 s could be decoded")


@pytest.mark.parametrize("between", [b"", b"\0" * 3000])
def test_glued_mp3_with_tags_before_their_counts_are_read_and_nothing_is_printed(
    tmp_path: Path, capfd: pytest.CaptureFixture[str], between: bytes
) -> None:
    one = ID3 + made(tmp_path, "mp3")
    info = audio.probe(put(tmp_path, "mp3", one + between + one))
    assert (info.num_samples, info.doubt) == (4 * RATE, "2 sound files glued into one; all of them were read")
    assert capfd.readouterr().err == ""


def test_what_was_decoded_before_damage_is_kept_to_the_sample(tmp_path: Path) -> None:
    info = audio.probe(put(tmp_path, "flac", made(tmp_path, "flac") + b"junk" * 1000))
    assert (info.num_samples, info.doubt) == (
        2 * RATE, "damaged after 2.00 s (Error : flac decoder lost sync)",
    )  # fmt: skip


@pytest.mark.parametrize("size", [8, 19, 20, 31, 32])
def test_a_file_that_is_the_begin_of_a_tag_is_no_recording(tmp_path: Path, size: int) -> None:
    with pytest.raises(AudioError):
        audio.probe(put(tmp_path, "mp3", APE[:size]))
