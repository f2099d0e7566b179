import csv
from pathlib import Path

import numpy as np
import pytest
import soundfile

from bench.corpora.manifest import Header, load_manifest
from bench.corpora.own.adopt import adopt as adopt_with
from bench.corpora.own.adopt import script_mismatch
from bench.corpora.own.sheet import COLUMNS, save_row, update_sheet
from bench.corpora.own.speakers import Speakers, read_speakers
from bench.corpora.own.survey import SHEET, survey
from bench.errors import ManifestError, UsageError
from tests.aligners.joined import WORDS, joined
from tests.corpora.tiny import put_tone, tone, utterance

OWN = Header(name="calls", licence="own", source="own recordings", synthetic=False)


NOBODY = Speakers()


def write_sheet(found, draft=None, engine=""):
    return update_sheet(found, NOBODY, draft=draft, draft_engine=engine).path


def adopt(found, header, language, **given):
    return adopt_with(found, header, language, NOBODY, **given)


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
    sheet.write_text(sheet.read_text("utf-8").replace("call.wav,1,,,1.00,", "call.wav,1,,,1.00,asha"), "utf-8")
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


def rows_of(folder: Path) -> list[dict[str, str]]:
    with (folder / SHEET).open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def test_what_was_typed_in_a_sheet_stays_and_a_late_draft_fills_only_what_is_empty(calls: Path) -> None:
    write_sheet(survey(calls))
    fill(calls, {("call.wav", "0"): "typed by hand"})
    before = (calls / SHEET).read_bytes()
    assert update_sheet(survey(calls), NOBODY).added == 0
    assert (calls / SHEET).read_bytes() == before
    put_tone(calls / "new.wav")
    late = update_sheet(survey(calls), NOBODY, draft=lambda recording: "a draft", draft_engine="moonshine")
    assert (late.added, late.drafted) == (1, 4)
    rows = {(row["audio"], row["channel"]): (row["text"], row["draft"]) for row in rows_of(calls)}
    assert rows == {
        ("call.wav", "0"): ("typed by hand", ""),
        ("call.wav", "1"): ("", "a draft"),
        ("day1/b.flac", ""): ("", "a draft"),
        ("music.wav", ""): ("", "a draft"),
        ("new.wav", ""): ("", "a draft"),
    }
    again = update_sheet(survey(calls), NOBODY, draft=lambda recording: "another", draft_engine="whisper")
    assert (again.added, again.drafted) == (0, 0)


def test_drafts_that_were_made_before_an_end_are_there_the_next_time(calls: Path) -> None:
    answers = iter(["one", "two"])

    def draft(_: object) -> str:
        try:
            return next(answers)
        except StopIteration:
            raise KeyboardInterrupt from None

    with pytest.raises(KeyboardInterrupt):
        write_sheet(survey(calls), draft, "toy")
    with (calls / SHEET).open(encoding="utf-8-sig", newline="") as file:
        assert [row["draft"] for row in csv.DictReader(file)] == ["one", "two", "", ""]
    told: list[str] = []
    update_sheet(survey(calls), NOBODY, draft=lambda _: "rest", draft_engine="toy", tell=told.append)
    assert told[-2:] == ["draft 1 of 2 by toy: day1/b", "draft 2 of 2 by toy: music"]


def test_columns_that_a_person_added_to_a_sheet_stay(calls: Path) -> None:
    write_sheet(survey(calls))
    with (calls / SHEET).open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, [*COLUMNS, "remark"])
        writer.writeheader()
        writer.writerow({"audio": "call.wav", "channel": "0", "remark": "crackles"})
    put_tone(calls / "new.wav")
    write_sheet(survey(calls))
    assert rows_of(calls)[0]["remark"] == "crackles"
    assert {row["audio"] for row in rows_of(calls)} == {"call.wav", "day1/b.flac", "music.wav", "new.wav"}


def test_a_cell_is_saved_and_no_other_is_touched(calls: Path) -> None:
    sheet = write_sheet(survey(calls))
    save_row(sheet, 1, {"text": "hello {*}", "personal_data": "yes"})
    assert [row["text"] for row in rows_of(calls)] == ["", "hello {*}", "", ""]
    with pytest.raises(ManifestError, match="expected a row 0 to 3, got 9"):
        save_row(sheet, 9, {"text": "x"})
    loaded = load_manifest(adopt(survey(calls), OWN, "en").manifest)
    (item,) = [item for item in loaded.utterances if item.id == "call-channel1"]
    assert (item.text, item.tags) == ("hello {*}", {"call": "call", "personal_data": "yes"})


def test_a_manifest_that_somebody_edited_is_put_aside(calls: Path) -> None:
    first = adopt(survey(calls), OWN, "en")
    assert (first.kept, adopt(survey(calls), OWN, "en").kept) == (None, None)
    edited = first.manifest.read_text("utf-8") + "\n"
    first.manifest.write_text(edited, "utf-8")
    again = adopt(survey(calls), OWN, "en")
    assert again.kept is not None
    assert again.kept.read_text("utf-8") == edited


def test_recordings_in_a_folder_called_audio_are_ones_own(tmp_path: Path) -> None:
    one, two = tone(1.0, 8_000, 200).samples, tone(1.0, 8_000, 330).samples
    stereo(tmp_path / "audio/call.wav", one, two)
    write_sheet(survey(tmp_path))
    fill(tmp_path, {("audio/call.wav", "0"): "hello"})
    adopt(survey(tmp_path), OWN, "en")
    assert [item.name for item in survey(tmp_path).recordings] == ["audio/call"]


def test_long_recordings_are_cut_and_rows_with_text_are_not(tmp_path: Path) -> None:
    speech, _ = joined(WORDS * 8, pauses_s=(0.2, 0.6))
    soundfile.write(tmp_path / "long.wav", speech.samples, speech.sample_rate_hz)
    write_sheet(survey(tmp_path))
    assert len(rows_of(tmp_path)) == 1
    written = update_sheet(survey(tmp_path), NOBODY, longest_s=15.0)
    rows = rows_of(tmp_path)
    assert written.added == len(rows) - 1 >= 2
    assert [float(row["end_s"]) for row in rows[:-1]] == [float(row["start_s"]) for row in rows[1:]]
    save_row(tmp_path / SHEET, 1, {"text": "typed"})
    assert update_sheet(survey(tmp_path), NOBODY, longest_s=10.0).added == 0
    (item,) = load_manifest(adopt(survey(tmp_path), OWN, "en").manifest).utterances
    assert item.tags == {"call": "long", "at_s": rows[1]["start_s"]}
    assert item.cluster == "long"
    assert item.duration_s == pytest.approx(float(rows[1]["end_s"]) - float(rows[1]["start_s"]), abs=0.001)


@pytest.mark.parametrize(
    ("name", "body"),
    [
        ("talk.json", '{"text": "hello there", "language": "en"}'),
        ("talk.json", '{"transcript": "hello there", "words": [{"word": "hello", "start": 0.1, "end": 0.2}]}'),
        ("TALK.TXT", "hello\nthere\n"),
        ("table.csv", "file,transcript\ntalk.wav,hello there\n"),
        ("table.csv", "filename,text\ntalk,hello there\n"),
        ("rows.jsonl", '{"audio_filepath": "talk.wav", "text": "hello there"}'),
        ("all.json", '{"talk.wav": "hello there"}'),
        ("all.json", '[{"id": "talk", "text": "hello there"}]'),
        ("talk.ctm", "talk 1 0.2 0.3 hello\ntalk 1 0.6 0.3 there\n"),
        ("talk.vtt", "WEBVTT\n\n00:00.200 --> 00:02.000\nhello there\n"),
        ("talk.json", '{"segments": [{"start": 0.2, "end": 2.0, "text": "hello there"}]}'),
        ("talk.json", '[{"start": 0.2, "end": 2.0, "text": "hello there", "speaker": 1}]'),
    ],
)
def test_transcripts_of_any_shape_are_found(tmp_path: Path, name: str, body: str) -> None:
    put_tone(tmp_path / "talk.wav", 3.0)
    (tmp_path / name).write_text(body, encoding="utf-8")
    found = survey(tmp_path)
    assert found.problems == ()
    assert [item.text for item in load_manifest(adopt(found, OWN, "en").manifest).utterances] == ["hello there"]


@pytest.mark.parametrize(
    ("name", "body", "told"),
    [
        ("notes.docx", "x", "expected a recording or a transcript, got neither; it is not used"),
        ("tolk.txt", "hello", "expected a recording of the same name beside it, got none"),
        ("x.csv", "a,b\n1,2\n", "expected columns that name a recording and its text (audio, text), got none"),
        ("10:30.csv", "a,b\n1,2\n", "expected columns that name a recording and its text (audio, text), got none"),
        ("x.csv", "audio,text\nnone.wav,hi\n", "x.csv:2: expected a recording 'none.wav' in"),
        ("talk.srt", "", "talk.srt: expected one transcript a recording, got talk.txt as well"),
    ],
)
def test_every_file_is_used_or_named(tmp_path: Path, name: str, body: str, told: str) -> None:
    put_tone(tmp_path / "talk.wav", 3.0)
    (tmp_path / "talk.txt").write_text("hello", encoding="utf-8")
    (tmp_path / name).write_text(body, encoding="utf-8")
    (problem,) = survey(tmp_path).problems
    assert told in str(problem)


def test_speakers_come_from_names_of_files_and_from_a_table(tmp_path: Path) -> None:
    for name in ("agent-ann-1", "agent-bob-2", "other"):
        put_tone(tmp_path / f"{name}.wav")
        (tmp_path / f"{name}.txt").write_text("hello", encoding="utf-8")
    table = tmp_path / "speakers.csv"
    table.write_text("audio,speaker\nOTHER.wav,cat\n", encoding="utf-8")
    by_name = read_speakers(r"agent-(\w+)-", None)
    done = adopt_with(survey(tmp_path), OWN, "en", by_name)
    assert (done.unknown_speakers, done.speakers) == (1, 2)
    done = adopt_with(survey(tmp_path), OWN, "en", read_speakers(r"agent-(?P<speaker>\w+)-", table))
    assert (done.unknown_speakers, done.speakers) == (0, 3)
    for pattern, message in (("agent-", "expected a group"), ("(", "expected a regular expression")):
        with pytest.raises(UsageError, match=message):
            read_speakers(pattern, None)


@pytest.mark.parametrize(
    ("pattern", "clusters", "unknown"),
    [
        (r"(?i)agent-(\w+)-", ("ann-left", "ann-right", "bob"), 0),
        (r"(?i)agent-(?P<speaker>\w+)-", ("ann-left", "ann-right", "bob"), 0),
        (r"(?i)agent-(?P<left>\w+)-", ("ann", "AGENT-Ann-call", "bob"), 1),
        (r"(?i)agent-(?P<right>\w+)-", ("AGENT-Ann-call", "ann", "bob"), 1),
        (r"(?i)agent-(?P<left>\w+)-(?P<right>\w+)", ("ann", "call", None), 1),
    ],
)
def test_two_sides_of_a_call_are_never_one_speaker(
    tmp_path: Path, pattern: str, clusters: tuple[str | None, ...], unknown: int
) -> None:
    stereo(tmp_path / "AGENT-Ann-call.wav", tone(1.0, 8_000, 200).samples, tone(1.0, 8_000, 330).samples)
    put_tone(tmp_path / "agent-bob-2.wav")
    names = read_speakers(pattern, None)
    update_sheet(survey(tmp_path), names)
    channels = ("0", "1", "")
    fill(tmp_path, {("AGENT-Ann-call.wav", channel): "hello" for channel in channels} | {("agent-bob-2.wav", ""): "hi"})
    done = adopt_with(survey(tmp_path), OWN, "en", names)
    assert tuple(item.cluster for item in load_manifest(done.manifest).utterances) == clusters
    assert done.unknown_speakers == unknown


def test_a_table_says_who_is_on_each_side(tmp_path: Path) -> None:
    stereo(tmp_path / "call-ann-1.wav", tone(1.0, 8_000, 200).samples, tone(1.0, 8_000, 330).samples)
    (tmp_path / "t.csv").write_text("audio,channel,text\ncall-ann-1.wav,0,hello\ncall-ann-1.wav,1,hi\n", "utf-8")
    table = tmp_path / "speakers.csv"
    table.write_text("audio,channel,speaker\ncall-ann-1.wav,1,asha\n", encoding="utf-8")
    done = adopt_with(survey(tmp_path), OWN, "en", read_speakers(r"call-(\w+)-", table))
    assert [item.cluster for item in load_manifest(done.manifest).utterances] == ["ann-left", "asha"]


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


def test_a_sheet_saved_with_semicolons_is_read_and_loses_nothing(tmp_path: Path) -> None:
    put_tone(tmp_path / "a.wav")
    sheet = write_sheet(survey(tmp_path))
    fill(tmp_path, {("a.wav", ""): "well, hello"})
    with sheet.open(encoding="utf-8", newline="") as file:
        rows = list(csv.reader(file))
    with sheet.open("w", encoding="utf-8-sig", newline="") as file:  # as a spreadsheet does in half of Europe
        csv.writer(file, delimiter=";").writerows(rows)
    put_tone(tmp_path / "b.wav")
    write_sheet(survey(tmp_path))
    done = adopt(survey(tmp_path), OWN, "en")
    assert [item.text for item in load_manifest(done.manifest).utterances] == ["well, hello"]


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
    assert f"{tmp_path / 'b.txt'}:2: expected UTF-8 text, got byte 0xe9; save it as UTF-8" in str(first)
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
