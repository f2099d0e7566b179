import csv
from pathlib import Path

import numpy as np
import pytest
import soundfile

from bench.corpora.manifest import Header, load_manifest
from bench.corpora.newcomer import COLUMNS, SHEET, adopt, script_mismatch, survey, write_sheet
from bench.errors import ManifestError
from tests.corpora.tiny import put_tone, tone, utterance

OWN = Header(name="calls", licence="own", source="own recordings", synthetic=False)


def stereo(path: Path, left: np.ndarray, right: np.ndarray) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    soundfile.write(path, np.stack([left, right], axis=1), 8_000)
    return path


@pytest.fixture
def calls(tmp_path: Path) -> Path:
    folder = tmp_path / "my-calls"
    put_tone(folder / "a.wav")
    (folder / "a.txt").write_text("hello\nthere\n", encoding="utf-8")
    put_tone(folder / "day1/b.flac", 0.75)
    one, two = tone(1.0, 8_000, 200).samples, tone(1.0, 8_000, 330).samples
    stereo(folder / "call.wav", one, two)
    stereo(folder / "music.wav", one, one * 0.5)
    (folder / "a2.txt").write_text("no recording of this name", encoding="utf-8")
    (folder / "notes.mp3").write_bytes(b"not audio at all")
    return folder


def fill(folder: Path, texts: dict[tuple[str, str], str]) -> None:
    path = folder / SHEET
    with path.open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, COLUMNS)
        writer.writeheader()
        for row in rows:
            writer.writerow({**row, "text": texts.get((row["audio"], row["channel"]), "")})


def test_a_folder_is_looked_through(calls: Path) -> None:
    found = survey(calls)
    channels = {item.path.name: item.channels for item in found.recordings}
    assert channels == {"a.wav": (None,), "b.flac": (None,), "call.wav": (0, 1), "music.wav": (None,)}
    assert [item.path.name for item in found.without_transcript] == ["call.wav", "b.flac", "music.wav"]
    problem, alone = found.problems
    assert problem.where.endswith("notes.mp3")
    assert str(problem).count("expected") == 1
    assert alone.where.endswith("a2.txt")


def test_a_sheet_is_written_filled_and_adopted(calls: Path) -> None:
    sheet = write_sheet(survey(calls))
    rows = list(csv.DictReader(sheet.read_text("utf-8-sig").splitlines()))
    assert [(row["audio"], row["channel"]) for row in rows] == [
        ("call.wav", "0"),
        ("call.wav", "1"),
        ("day1/b.flac", ""),
        ("music.wav", ""),
    ]
    assert {row["text"] + row["draft"] for row in rows} == {""}
    fill(calls, {("call.wav", "1"): "namaste", ("day1/b.flac", ""): "second clip"})
    done = adopt(survey(calls), OWN, "en")
    assert (done.count, done.waiting, done.draft_engine) == (3, 2, None)
    loaded = load_manifest(done.manifest)
    assert {item.id: item.text for item in loaded.utterances} == {
        "a": "hello there",
        "call-channel1": "namaste",
        "day1/b": "second clip",
    }
    by_id = {item.id: item for item in loaded.utterances}
    assert by_id["day1/b"].audio == "day1/b.flac"
    cut, _ = soundfile.read(loaded.audio_path(by_id["call-channel1"]))
    assert cut == pytest.approx(tone(1.0, 8_000, 330).samples, abs=1e-3)
    assert loaded.header.draft_engine is None
    again = adopt(survey(calls), OWN, "en")
    assert load_manifest(again.manifest).utterances == loaded.utterances


def test_channels_without_a_speaker_have_their_call_as_cluster(calls: Path) -> None:
    write_sheet(survey(calls))
    fill(calls, {("call.wav", "0"): "hello", ("call.wav", "1"): "namaste", ("day1/b.flac", ""): "second clip"})
    clusters = {item.id: item.cluster for item in load_manifest(adopt(survey(calls), OWN, "en").manifest).utterances}
    assert clusters == {"a": None, "call-channel0": "call", "call-channel1": "call", "day1/b": None}
    sheet = calls / SHEET
    sheet.write_text(sheet.read_text("utf-8").replace("call.wav,1,1.00,", "call.wav,1,1.00,asha"), "utf-8")
    clusters = {item.id: item.cluster for item in load_manifest(adopt(survey(calls), OWN, "en").manifest).utterances}
    assert (clusters["call-channel0"], clusters["call-channel1"]) == ("call", "asha")


def test_references_that_began_as_drafts_name_the_engine(calls: Path) -> None:
    write_sheet(survey(calls), lambda recording: f"draft of {recording.duration_s:.2f} s", "moonshine")
    with_own_words = {("call.wav", "0"): "corrected by hand"}
    fill(calls, with_own_words)
    corrected = adopt(survey(calls), OWN, "en")
    assert corrected.count == 2
    assert load_manifest(corrected.manifest).header.draft_engine == "moonshine"
    accepted = adopt(survey(calls), OWN, "en", accept_drafts=True)
    texts = {item.id: item.text for item in load_manifest(accepted.manifest).utterances}
    assert texts["day1/b"] == "draft of 0.75 s"
    assert texts["call-channel0"] == "corrected by hand"
    assert (accepted.count, accepted.waiting) == (5, 0)


def test_only_transcripts_by_hand_leave_no_engine_named(calls: Path) -> None:
    write_sheet(survey(calls), lambda recording: "draft", "moonshine")
    done = adopt(survey(calls), OWN, "en")
    assert (done.count, load_manifest(done.manifest).header.draft_engine) == (1, None)


def test_a_sheet_is_never_overwritten(calls: Path) -> None:
    write_sheet(survey(calls))
    with pytest.raises(ManifestError, match="expected no sheet yet"):
        write_sheet(survey(calls))


def test_nothing_written_yet_says_what_to_do(tmp_path: Path) -> None:
    put_tone(tmp_path / "x/a.wav")
    write_sheet(survey(tmp_path / "x"))
    with pytest.raises(ManifestError, match=r"column text of .*annotation.csv"):
        adopt(survey(tmp_path / "x"), OWN, "en")


def test_a_sheet_with_its_columns_lost_is_refused(tmp_path: Path) -> None:
    put_tone(tmp_path / "a.wav")
    (tmp_path / SHEET).write_text("audio,text\na.wav,hello\n", encoding="utf-8")
    with pytest.raises(ManifestError, match="none called channel"):
        adopt(survey(tmp_path), OWN, "en")


def test_a_sheet_saved_with_semicolons_is_told_its_separator(tmp_path: Path) -> None:
    put_tone(tmp_path / "a.wav")
    sheet = write_sheet(survey(tmp_path))
    fill(tmp_path, {("a.wav", ""): "well, hello"})
    with sheet.open(encoding="utf-8", newline="") as file:
        rows = list(csv.reader(file))
    with sheet.open("w", encoding="utf-8-sig", newline="") as file:  # as a spreadsheet does in half of Europe
        csv.writer(file, delimiter=";").writerows(rows)
    with pytest.raises(ManifestError) as caught:
        adopt(survey(tmp_path), OWN, "en")
    told = f"{sheet}:1: expected a comma as separator, got a semicolon; save it again with a comma between the columns"
    assert str(caught.value) == told


def test_subtitles_beside_a_recording_are_transcripts(tmp_path: Path) -> None:
    put_tone(tmp_path / "talk.wav", 3.0)
    (tmp_path / "talk.srt").write_text("1\n00:00:00,500 --> 00:00:01,500\nhi\n", encoding="utf-8")
    done = adopt(survey(tmp_path), OWN, "en")
    assert [item.text for item in load_manifest(done.manifest).utterances] == ["hi"]
    assert [item.path.name for item in survey(tmp_path).recordings] == ["talk.wav"]


def test_transcripts_that_are_not_utf8_are_all_named(tmp_path: Path) -> None:
    for name in ("b", "c", "d"):
        put_tone(tmp_path / f"{name}.wav")
    (tmp_path / "b.txt").write_bytes(b"fine so far\ncaf\xe9\n")
    (tmp_path / "c.srt").write_bytes(b"1\n00:00:00,000 --> 00:00:00,400\ncaf\xe9\n")
    (tmp_path / "d.txt").write_text("café", encoding="utf-8")
    with pytest.raises(ManifestError) as raised:
        adopt(survey(tmp_path), OWN, "fr")
    first, second = raised.value.problems
    assert f"{tmp_path / 'b.txt'}:2: expected UTF-8 text, got byte 0xe9; convert it" in str(first)
    assert second.where.startswith(str(tmp_path / "c.srt"))
    assert not (tmp_path / "manifest.jsonl").exists()


@pytest.mark.parametrize("make", [lambda path: None, lambda path: path.mkdir()])
def test_a_folder_without_recordings_is_refused(tmp_path: Path, make) -> None:
    make(tmp_path / "calls")
    with pytest.raises(ManifestError, match="got none"):
        survey(tmp_path / "calls")


def test_a_language_in_another_script_is_noticed() -> None:
    items = [
        utterance("a", text="नमस्ते ok"),
        utterance("b", text="hello world नमस्ते"),
        utterance("c", language="multi", text="あ"),
    ]
    assert script_mismatch(items) == {"DEVANAGARI": 1}
