from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench import audio
from bench.corpora.entry import Entry, Shelf, file_name
from bench.errors import AudioError
from tests.corpora.tiny import put_tone, tone


@given(st.text(min_size=1), st.text(min_size=1))
def test_names_of_files_are_safe_and_differ_as_ids_do(one: str, other: str) -> None:
    name = file_name(one)
    assert set(name) <= set("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.-%~")
    assert len(name) <= 170
    assert (name == file_name(other)) == (one == other)


def entry(recording: Path | bytes, **changes: object) -> Entry:
    values = {"id": "day 1/वाक्य", "text": "x", "language": "en", "audio": recording, "where": "here"}
    return Entry(**{**values, **changes})  # type: ignore[arg-type]


def test_a_whole_file_stays_where_it_is_unless_copied(tmp_path: Path) -> None:
    source = put_tone(tmp_path / "in/a.flac")
    kept = Shelf(folder=tmp_path / "out", corpus="tiny").put(entry(source))
    assert kept.audio == "../in/a.flac"
    assert not (tmp_path / "out").exists()
    copied = Shelf(folder=tmp_path / "out", corpus="tiny", copy=True).put(entry(source))
    assert copied.sha256 == kept.sha256 == audio.sha256_file(tmp_path / "out" / copied.audio)
    inside = Shelf(folder=tmp_path, corpus="tiny", copy=True).put(entry(source))
    assert inside.audio == "in/a.flac"


def test_a_part_is_cut_to_the_sample(tmp_path: Path) -> None:
    source = put_tone(tmp_path / "in/a.wav", 2.0, 44_100)
    part = Shelf(folder=tmp_path, corpus="tiny").put(entry(source, start_s=0.25, end_s=1.0))
    assert (part.sample_rate_hz, part.num_samples) == (44_100, 33_075)
    cut, whole = audio.read(tmp_path / part.audio), audio.read(source)
    assert (cut.samples == whole.samples[11_025:44_100]).all()


def test_bytes_are_written_as_they_are(tmp_path: Path) -> None:
    data = audio.to_file_bytes(tone(0.3), "flac")[0]
    put = Shelf(folder=tmp_path, corpus="tiny").put(entry(data, suffix=".flac"))
    assert (tmp_path / put.audio).read_bytes() == data


def test_speech_is_looked_for_when_asked(tmp_path: Path) -> None:
    silent = put_tone(tmp_path / "a.wav", 0.5, hz=0.0)
    put = Shelf(folder=tmp_path, corpus="tiny", find_speech=True).put(entry(silent))
    assert (put.speech_start_s, put.speech_end_s) == (None, None)


@pytest.mark.parametrize("data", [b"", b"not audio"])
def test_what_is_no_audio_is_refused(tmp_path: Path, data: bytes) -> None:
    (tmp_path / "a.wav").write_bytes(data)
    with pytest.raises(AudioError, match=r"a.wav"):
        Shelf(folder=tmp_path, corpus="tiny").put(entry(tmp_path / "a.wav"))
