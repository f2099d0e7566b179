"""Each format on files laid out as its makers publish them, with real audio files."""

import contextlib
import gzip
import json
from pathlib import Path

import numpy as np
import pytest
import soundfile

from bench.corpora.importers import IMPORTERS
from bench.corpora.importers.common import ImportOptions
from bench.corpora.importing import import_corpus
from bench.corpora.manifest import Manifest, load_manifest
from bench.errors import BenchError, ManifestError, Problem, UnknownNameError
from tests.corpora.tiny import HEADER, put_tone, tone


def bring_in(
    kind: str, source: Path, out: Path, *, skip_bad: bool = False, copy: bool = False, **given: object
) -> Manifest:
    options = ImportOptions(**given)  # type: ignore[arg-type]
    import_corpus(kind, source, out, HEADER, options, find_speech=False, skip_bad=skip_bad, copy=copy)
    loaded = load_manifest(out)
    assert all(loaded.audio_path(item).is_file() for item in loaded.utterances)
    return loaded


def refused(kind: str, source: Path, out: Path, **given: object) -> str:
    with pytest.raises(ManifestError) as caught:
        bring_in(kind, source, out, **given)
    assert not out.exists()
    return str(caught.value)


def text_file(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


def out(tmp_path: Path) -> Path:
    return tmp_path / "made" / "manifest.jsonl"


def test_nemo_jsonl_with_offsets_is_cut(tmp_path: Path) -> None:
    put_tone(tmp_path / "in/long.wav", 3.0, 44_100)
    rows = [
        {"audio_filepath": "long.wav", "offset": 0.5, "duration": 1.0, "text": "first", "speaker": "s1", "gender": "f"},
        {"audio_filepath": "long.wav", "offset": 1.5, "duration": 0.75, "text": "second", "lang": "de"},
        {"audio_filepath": "long.wav", "duration": 3.0, "text": "whole"},
    ]
    source = text_file(tmp_path / "in/m.jsonl", "\n".join(map(json.dumps, rows)))
    loaded = bring_in("jsonl", source, out(tmp_path), language="en")
    assert [item.text for item in loaded.utterances] == ["first", "second", "whole"]
    assert [item.num_samples for item in loaded.utterances] == [44_100, 33_075, 132_300]
    assert [item.language for item in loaded.utterances] == ["en", "de", "en"]
    assert loaded.utterances[0].cluster == "s1"
    assert loaded.utterances[0].tags == {"gender": "f"}
    assert loaded.utterances[0].audio.startswith("audio/")
    assert loaded.utterances[2].audio == "../in/long.wav"


def test_jsonl_problems_have_line_numbers(tmp_path: Path) -> None:
    put_tone(tmp_path / "in/a.wav")
    text = '{"audio": "a.wav", "text": "ok"}\n{broken\n{"text": "no audio"}\n{"audio": "gone.wav", "text": "x"}\n' + (
        '{"audio": "a.wav", "text": "ok"}\n{"audio": "a.wav", "text": "t", "start": 2, "end": 1}\n'
        '{"audio": "a.wav", "text": "t", "id": "b", "lang": "English!"}\n'
        '{"audio": "a.wav", "text": "t", "id": "c", "channel": "middle"}\n'
        '{"audio": "a.wav", "text": "t", "start": "x"}\n{"audio": "a.wav", "text": "t", "start": 9, "end": 10}\n'
        '{"audio": "a.wav", "text": "t", "id": "d", "duration": "long"}\n'
    )
    source = text_file(tmp_path / "in/m.jsonl", text)
    message = refused("jsonl", source, out(tmp_path), language="en")
    for part in (
        "m.jsonl:2: expected one JSON object",
        "m.jsonl:3: expected a column audio or audio_filepath",
        "m.jsonl:4: expected audio that can be read",
        "m.jsonl:5: expected an id of its own, got 'a' again (first at",
        "m.jsonl:6: expected an end after the start",
        "m.jsonl:11: expected duration in seconds, 0 or more, got 'long'",
        "m.jsonl:7: language: expected text that matches",
        "m.jsonl:8: expected a channel 0, 1 ..., A or B, got 'middle'",
        "m.jsonl:9: expected start_s in seconds",
        "m.jsonl:10: expected a part of the 0.50 s of",
    ):
        assert part in message
    kept = bring_in("jsonl", source, out(tmp_path), language="en", skip_bad=True)
    assert [item.id for item in kept.utterances] == ["a"]


def test_a_missing_language_is_asked_for(tmp_path: Path) -> None:
    source = text_file(tmp_path / "m.jsonl", '{"audio": "a.wav", "text": "x"}')
    assert "--language" in refused("jsonl", source, out(tmp_path))


def test_csv_with_a_column_map_and_quoted_cells(tmp_path: Path) -> None:
    put_tone(tmp_path / "wavs/a.flac")
    text = 'clip,what was said,who,town\na.flac,"one, ""two""\nthree",ann,Pune\n'
    source = text_file(tmp_path / "calls.csv", "\ufeff" + text)
    columns = {"audio": "clip", "text": "what was said", "cluster": "who"}
    loaded = bring_in(
        "csv",
        source,
        out(tmp_path),
        language="en",
        columns=columns,
        tags={"city": "town"},
        audio_root=tmp_path / "wavs",
    )
    (item,) = loaded.utterances
    assert (item.text, item.cluster, item.tags) == ('one, "two"\nthree', "ann", {"city": "Pune"})


def test_tsv_keeps_quotation_marks_and_counts_columns(tmp_path: Path) -> None:
    put_tone(tmp_path / "a.wav")
    source = text_file(tmp_path / "t.tsv", 'path\tsentence\na.wav\t"Yes," he said\nb.wav\n')
    message = refused("tsv", source, out(tmp_path), language="en")
    assert "t.tsv:3: expected 2 columns, got 1" in message
    loaded = bring_in("tsv", source, out(tmp_path), language="en", skip_bad=True)
    assert loaded.utterances[0].text == '"Yes," he said'


def test_a_column_map_for_no_field_is_refused(tmp_path: Path) -> None:
    source = text_file(tmp_path / "t.csv", "a,b\n")
    assert "did you mean 'text'" in refused("csv", source, out(tmp_path), columns={"txt": "a"})


@pytest.mark.parametrize("name", ["t.csv", "t.tsv", "T.CSV"])
@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_columns_may_be_parted_by_another_mark(tmp_path: Path, name: str, separator: str) -> None:
    put_tone(tmp_path / "a.wav", 3.0)
    rows = (("audio", "text", "start"), ("a.wav", "well done", "1,5" if separator == ";" else "1.5"))
    table = text_file(tmp_path / name, "".join(separator.join(row) + "\n" for row in rows))
    (taken,) = bring_in(name[-3:].lower(), table, out(tmp_path), language="en").utterances
    assert (taken.text, taken.num_samples) == ("well done", 24_000)


def test_text_that_is_not_utf8_names_the_file(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_bytes("audio,text\na.wav,caf\xe9\n".encode("latin-1"))
    assert "UTF-8" in refused("csv", tmp_path / "t.csv", out(tmp_path), language="fr")


def kaldi(folder: Path) -> Path:
    put_tone(folder / "wav/call1.wav", 4.0, 8_000)
    text_file(folder / "wav.scp", "call1 wav/call1.wav\n")
    text_file(folder / "segments", "spk1-a call1 0.50 1.50\nspk2-b call1 2.0 -1\n")
    text_file(folder / "text", "spk1-a HELLO THERE\nspk2-b GOOD BYE\n")
    text_file(folder / "utt2spk", "spk1-a spk1\nspk2-b spk2\n")
    text_file(folder / "spk2gender", "spk1 f\nspk2 m\n")
    return folder


def test_kaldi_directory_with_segments(tmp_path: Path) -> None:
    loaded = bring_in("kaldi", kaldi(tmp_path / "data"), out(tmp_path), language="en")
    assert [(item.id, item.text, item.cluster) for item in loaded.utterances] == [
        ("spk1-a", "HELLO THERE", "spk1"),
        ("spk2-b", "GOOD BYE", "spk2"),
    ]
    assert [item.num_samples for item in loaded.utterances] == [8_000, 16_000]
    assert loaded.utterances[1].tags == {"gender": "m"}


def test_kaldi_commands_are_not_run_and_gaps_are_named(tmp_path: Path) -> None:
    data = kaldi(tmp_path / "data")
    marker = tmp_path / "ran"
    text_file(data / "wav.scp", f"call1 touch {marker} |\n")
    text_file(data / "text", "spk1-a HELLO\nspk9-z WHO\n")
    message = refused("kaldi", data, out(tmp_path), language="en")
    assert "wav.scp:1: expected a file, got the command" in message
    assert f"text:2: expected 'spk9-z' in {data / 'segments'}" in message
    assert not marker.exists()


@pytest.mark.parametrize(
    ("name", "line"), [("wav.scp", "call1 wav/other.wav"), ("segments", "spk1-a call1 2 3"), ("utt2spk", "spk2-b spk1")]
)
def test_a_kaldi_id_on_two_lines_is_a_problem(tmp_path: Path, name: str, line: str) -> None:
    path = kaldi(tmp_path / "data") / name
    path.write_text(f"{path.read_text('utf-8')}{line}\n", encoding="utf-8")
    number = len(path.read_text("utf-8").splitlines())
    assert (
        refused("kaldi", path.parent, out(tmp_path), language="en")
        == f"{path}:{number}: expected each id on one line, got {line.split()[0]!r} again; leave one of the lines out"
    )


@pytest.mark.parametrize("kind", ["csv", "jsonl", "parquet"])
def test_huggingface_audiofolder(tmp_path: Path, kind: str) -> None:
    folder = tmp_path / "data"
    put_tone(folder / "test/a.wav")
    row = {"file_name": "a.wav", "transcription": "नमस्ते", "speaker_id": "7"}
    if kind == "csv":
        text_file(folder / "test/metadata.csv", ",".join(row) + "\n" + ",".join(row.values()))
    elif kind == "jsonl":
        text_file(folder / "test/metadata.jsonl", json.dumps(row))
    else:
        import pyarrow
        import pyarrow.parquet

        pyarrow.parquet.write_table(pyarrow.Table.from_pylist([row]), folder / "test/metadata.parquet")
    (item,) = bring_in("audiofolder", folder, out(tmp_path), language="hi").utterances
    assert (item.id, item.text, item.cluster) == ("test/a", "नमस्ते", "7")


def common_voice(folder: Path) -> Path:
    put_tone(folder / "clips/common_voice_ta_1.mp3", 0.6, 48_000)
    put_tone(folder / "clips/common_voice_ta_2.mp3", 0.6, 48_000, hz=500)
    header = "client_id path sentence_id sentence sentence_domain up_votes down_votes age gender accents variant"
    header = (header + " locale segment").replace(" ", "\t")
    rows = [
        'c1\tcommon_voice_ta_1.mp3\ts1\tவணக்கம் "உலகம்"\t\t2\t0\ttwenties\tfemale_feminine\t\t\tta\t',
        "c2\tcommon_voice_ta_2.mp3\ts2\tநன்றி\t\t2\t0\t\t\t\t\tta\t",
    ]
    text_file(folder / "test.tsv", "\n".join([header, *rows]) + "\n")
    return folder


def test_common_voice_release(tmp_path: Path) -> None:
    loaded = bring_in("common-voice", common_voice(tmp_path / "cv/ta"), out(tmp_path), copy=True)
    first = loaded.utterances[0]
    assert (first.id, first.text, first.language, first.cluster) == (
        "common_voice_ta_1",
        'வணக்கம் "உலகம்"',
        "ta",
        "c1",
    )
    assert first.tags == {"age": "twenties", "gender": "female_feminine"}
    assert first.audio == "audio/common_voice_ta_1.mp3"
    assert first.sample_rate_hz == 48_000
    message = refused("common-voice", tmp_path / "cv/ta", tmp_path / "other/m.jsonl", split="dev")
    assert "expected a table of that split, got splits test" in message


def test_librispeech_folder(tmp_path: Path) -> None:
    chapter = tmp_path / "LibriSpeech/test-clean/1089/134686"
    put_tone(chapter / "1089-134686-0000.flac", 0.5)
    put_tone(chapter / "1089-134686-0001.flac", 0.4)
    text_file(chapter / "1089-134686.trans.txt", "1089-134686-0000 HE HOPED\n1089-134686-0001 STUFF IT\n")
    text_file(tmp_path / "LibriSpeech/SPEAKERS.TXT", "; comment | x\n1089 | M | test-clean | 8.0 | Peter Bobbe\n")
    loaded = bring_in("librispeech", tmp_path / "LibriSpeech/test-clean", out(tmp_path))
    assert [(item.id, item.text) for item in loaded.utterances] == [
        ("1089-134686-0000", "HE HOPED"),
        ("1089-134686-0001", "STUFF IT"),
    ]
    assert loaded.utterances[0].tags == {"gender": "M"}
    assert loaded.utterances[0].cluster == "1089"
    (chapter / "1089-134686-0001.flac").unlink()
    message = refused("librispeech", tmp_path / "LibriSpeech", tmp_path / "other/m.jsonl")
    assert "1089-134686.trans.txt:2: expected a recording '1089-134686-0001'" in message


def test_fleurs_folder(tmp_path: Path) -> None:
    folder = tmp_path / "cmn_hans_cn"
    put_tone(folder / "audio/test/123.wav")
    row = "1904\t123.wav\t这是 一个 测试。\t这是一个测试\t这 是 一 个 测 试\t8000\tFEMALE"
    text_file(folder / "test.tsv", row + "\nshort\trow\n")
    assert "test.tsv:2: expected 7 columns" in refused("fleurs", folder, out(tmp_path))
    text_file(folder / "test.tsv", row + "\n")
    (item,) = bring_in("fleurs", folder, out(tmp_path)).utterances
    assert (item.id, item.text, item.language) == ("123", "这是 一个 测试。", "zh")
    assert (item.cluster, item.tags) == ("sentence-1904", {"gender": "female"})


def test_lhotse_recordings_and_supervisions(tmp_path: Path) -> None:
    stereo = np.stack([np.full(32_000, 0.1), np.full(32_000, 0.4)], axis=1)
    (tmp_path / "d").mkdir()
    soundfile.write(tmp_path / "d/r1.wav", stereo, 16_000)
    recording = {
        "id": "r1",
        "sources": [{"type": "file", "channels": [0, 1], "source": "r1.wav"}],
        "sampling_rate": 16_000,
        "num_samples": 32_000,
        "duration": 2.0,
    }
    with gzip.open(tmp_path / "d/x_recordings_test.jsonl.gz", "wt", encoding="utf-8") as file:
        file.write(json.dumps(recording) + "\n")
    rows = [
        {
            "id": "u1",
            "recording_id": "r1",
            "start": 0.5,
            "duration": 1.0,
            "channel": 1,
            "text": "hi",
            "speaker": "a",
            "language": "English",
        },
        {"id": "u2", "recording_id": "gone", "start": 0.0, "duration": 1.0, "channel": 0, "text": "x"},
    ]
    text_file(tmp_path / "d/x_supervisions_test.jsonl", "\n".join(map(json.dumps, rows)))
    message = refused("lhotse", tmp_path / "d", out(tmp_path))
    assert "supervisions_test.jsonl:2: expected a recording_id of the recordings, got 'gone'" in message
    (item,) = bring_in("lhotse", tmp_path / "d", out(tmp_path), skip_bad=True).utterances
    cut, _ = soundfile.read(tmp_path / "made" / item.audio)
    assert (item.language, item.cluster, item.num_samples) == ("en", "a", 16_000)
    assert cut == pytest.approx(np.full(16_000, 0.4), abs=1e-4)


@pytest.mark.parametrize(
    ("where", "values", "expected"),
    [
        ("supervisions", {"alignment": [["hi", 0.1, 0.2]]}, "words as [symbol, start, duration]"),
        ("supervisions", {"alignment": {"word": 5}}, "words as [symbol, start, duration]"),
        ("supervisions", {"alignment": {"word": [["hi", 0.1]]}}, "words as [symbol, start, duration]"),
        ("supervisions", {"alignment": {"word": [["hi", 10**400, 0.2]]}}, "words as [symbol, start, duration]"),
        ("supervisions", {"recording_id": ["r1"]}, "a recording_id of the recordings"),
        ("supervisions", {"id": None}, "an id, and a text if any"),
        ("supervisions", {"text": ["hi"]}, "an id, and a text if any"),
        ("supervisions", {"custom": {"turn_end_s": 10**400}}, "turn_end_s in seconds"),
        ("recordings", {"sources": 5}, "a recording with a source of type file"),
        ("recordings", {"sources": ["r1.wav"]}, "a recording with a source of type file"),
        ("recordings", {"sources": [{"type": "file"}]}, "a recording with a source of type file"),
        ("recordings", {"duration": "long"}, "duration of the recording in seconds"),
    ],
)
def test_lhotse_of_another_shape_is_told(tmp_path: Path, where: str, values: dict[str, object], expected: str) -> None:
    put_tone(tmp_path / "d/r1.wav", 2.0)
    rows: dict[str, dict[str, object]] = {
        "recordings": {"id": "r1", "sources": [{"type": "file", "channels": [0], "source": "r1.wav"}], "duration": 2.0},
        "supervisions": {"id": "u1", "recording_id": "r1", "start": 0.0, "duration": 2.0, "text": "hi"},
    }
    rows[where] |= values
    for name, row in rows.items():
        text_file(tmp_path / f"d/{name}.jsonl", json.dumps(row))
    assert f"supervisions.jsonl:1: expected {expected}" in refused(
        "lhotse", tmp_path / "d", out(tmp_path), language="en"
    )


def test_what_names_no_file_is_told(tmp_path: Path) -> None:
    rows = text_file(tmp_path / "in/m.jsonl", '{"audio": ".", "text": "hi"}')
    assert "m.jsonl:1: expected audio that can be read" in refused("jsonl", rows, out(tmp_path), language="en")


def test_stm_segments_with_labels_comments_and_ignored_parts(tmp_path: Path) -> None:
    put_tone(tmp_path / "talk.wav", 5.0)
    text = (
        ';; CATEGORY "0"\n'
        "talk 1 ann 0.00 1.25 <o,f0,female> so it begins\n"
        "talk 1 inter 1.25 2.00 ignore_time_segment_in_scoring\n"
        "talk 1 bob 2.5 4.0 no labels here\n"
    )
    loaded = bring_in("stm", text_file(tmp_path / "talk.stm", text), out(tmp_path), language="en")
    assert [(item.text, item.cluster, item.num_samples) for item in loaded.utterances] == [
        ("so it begins", "ann", 20_000),
        ("no labels here", "bob", 24_000),
    ]
    bad = text_file(tmp_path / "bad.stm", "talk 1 ann 0.0 1.0 fine\ntalk 1 ann 3.0 2.0 back\ntalk 1 ann\n")
    message = refused("stm", bad, tmp_path / "o/m.jsonl", language="en")
    assert "bad.stm:2: expected an end after the start" in message
    assert "bad.stm:3: expected `file channel speaker start end words`" in message


def test_a_segment_past_the_end_of_the_audio_is_refused_with_its_line(tmp_path: Path) -> None:
    put_tone(tmp_path / "long.wav", 10.0)
    stm = "long 1 spk 1 2 fine\nlong 1 spk 8 20 past the end\nlong 1 spk 12 13 after it\nlong 1 spk 9 10.09 rounded\n"
    message = refused("stm", text_file(tmp_path / "a.stm", stm), out(tmp_path), language="en")
    wanted = f"expected a part of the 10.00 s of {tmp_path / 'long.wav'}"
    assert message.splitlines() == [
        f"{tmp_path / 'a.stm'}:{line}: {wanted}, got {part}; correct the times, or name the recording they belong to"
        for line, part in ((2, "8.00 s to 20.00 s"), (3, "12.00 s to 13.00 s"))
    ]
    kept = bring_in("stm", tmp_path / "a.stm", out(tmp_path), language="en", skip_bad=True)
    assert [item.text for item in kept.utterances] == ["fine", "rounded"]
    rows = "audio,offset,duration,text\nlong.wav,5,100,too much\n"
    assert f"rows.csv:2: {wanted}, got 5.00 s to 105.00 s" in refused(
        "csv", text_file(tmp_path / "rows.csv", rows), tmp_path / "o/m.jsonl", language="en"
    )


def test_timed_words_may_end_with_the_recording_but_not_after_it(tmp_path: Path) -> None:
    put_tone(tmp_path / "call.wav", 2.0)
    text = "call 1 0.5 0.3 hello\ncall 1 1.7 0.3 bye\n"
    loaded = bring_in("ctm", text_file(tmp_path / "c.ctm", text), out(tmp_path), language="en")
    assert [item.duration_s for item in loaded.utterances] == pytest.approx([0.8, 0.55])  # 0.25 s of silence beside
    late = text_file(tmp_path / "late.ctm", f"{text}call 1 30.0 0.3 gone\n")
    assert "late.ctm:3: expected a part of the 2.00 s" in refused("ctm", late, tmp_path / "o/m.jsonl", language="en")


def test_ctm_channels_of_a_call_are_kept_apart(tmp_path: Path) -> None:
    left, right = tone(2.0, hz=200), tone(2.0, hz=400)
    soundfile.write(tmp_path / "call.wav", np.stack([left.samples, right.samples], axis=1), 16_000)
    text = "call A 0.50 0.50 hello\ncall B 0.50 0.50 yes\n"
    loaded = bring_in("ctm", text_file(tmp_path / "c.ctm", text), out(tmp_path), language="en")
    assert [(item.text, item.cluster) for item in loaded.utterances] == [("hello", "call-A"), ("yes", "call-B")]
    first, second = (soundfile.read(loaded.audio_path(item))[0] for item in loaded.utterances)
    assert first == pytest.approx(left.samples[4_000:20_000], abs=1e-3)
    assert second == pytest.approx(right.samples[4_000:20_000], abs=1e-3)


def test_ctm_words_are_grouped_at_silences_and_keep_their_times(tmp_path: Path) -> None:
    put_tone(tmp_path / "call.wav", 6.0)
    text = (
        "call A 0.50 0.30 hello 0.99\ncall A 0.85 0.25 there\ncall A * * <ALT_BEGIN>\ncall A 1.2 0.3 uh\n"
        "call A * * <ALT>\ncall A 1.2 0.3 um\ncall A * * <ALT_END>\ncall A 4.00 0.50 bye\n"
    )
    loaded = bring_in("ctm", text_file(tmp_path / "c.ctm", text), out(tmp_path), language="en", gap_s=1.0)
    first, second = loaded.utterances
    assert (first.text, second.text) == ("hello there {uh|um}", "bye")
    assert first.words is not None
    assert [word.start_s for word in first.words] == pytest.approx([0.25, 0.6, 0.95])
    assert first.duration_s == pytest.approx(1.5, abs=1e-3)  # 0.25 s before hello .. 0.25 s after uh
    message = refused(
        "ctm", text_file(tmp_path / "bad.ctm", "call A 0.5 x hi\n"), tmp_path / "o/m.jsonl", language="en"
    )
    assert "bad.ctm:1: expected duration in seconds" in message


LONG_TEXTGRID = """File type = "ooTextFile"
Object class = "TextGrid"

xmin = 0
xmax = 4
tiers? <exists>
size = 3
item []:
    item [1]:
        class = "IntervalTier"
        name = "ann 2"
        xmin = 0
        xmax = 4
        intervals: size = 3
        intervals [1]:
            xmin = 0
            xmax = 1
            text = ""
        intervals [2]:
            xmin = 1
            xmax = 2.5
            text = "she said ""no"" 3 times"
        intervals [3]:
            xmin = 2.5
            xmax = 4
            text = "sil"
    item [2]:
        class = "TextTier"
        name = "points"
        xmin = 0
        xmax = 4
        points: size = 1
        points [1]:
            number = 1.5
            mark = "x"
    item [3]:
        class = "IntervalTier"
        name = "phones"
        xmin = 0
        xmax = 4
        intervals: size = 1
        intervals [1]:
            xmin = 0
            xmax = 4
            text = "a"
"""
SHORT_TEXTGRID = (
    'File type = "ooTextFile"\nObject class = "TextGrid"\n\n0\n3\n<exists>\n1\n"IntervalTier"\n"words"\n0\n3\n3\n'
    '0.5\n0.9\n"hello"\n0.9\n2.2\n""\n2.2\n2.7\n"again"\n'
)


def test_textgrid_long_form_takes_tiers_as_speakers(tmp_path: Path) -> None:
    put_tone(tmp_path / "t.wav", 4.0)
    (tmp_path / "t.TextGrid").write_bytes(LONG_TEXTGRID.encode("utf-16"))
    (item,) = bring_in("textgrid", tmp_path / "t.TextGrid", out(tmp_path), language="en").utterances
    assert (item.text, item.cluster, item.duration_s) == ('she said "no" 3 times', "ann 2", 1.5)


def test_textgrid_short_form_groups_a_tier_of_words(tmp_path: Path) -> None:
    put_tone(tmp_path / "t.wav", 3.0)
    text_file(tmp_path / "t.TextGrid", SHORT_TEXTGRID)
    loaded = bring_in("textgrid", tmp_path, out(tmp_path), language="en")
    assert [item.text for item in loaded.utterances] == ["hello", "again"]


@pytest.mark.parametrize(
    ("form", "was", "becomes", "line", "message"),
    [
        ("short", '2.2\n2.7\n"again"\n', "", 18, "xmin of interval 3 of tier 1 'words', a number, got the end"),
        ("short", "0.9\n2.2", "0,9\n2.2", 16, "xmin of interval 2 of tier 1 'words', a number, got '0,9'"),
        ("short", '2.2\n""', '0.2\n""', 17, "xmax of interval 2 of tier 1 'words', not before its xmin 0.9"),
        ("short", '"hello"', "hello", 15, "text of interval 1 of tier 1 'words', a string in quotes, got 'hello'"),
        ("short", "ooTextFile", "ooBinaryFile", 1, "file type \"ooTextFile\" or "),
        ("long", "xmax = 2.5", "xmax = two", 21, "xmax of interval 2 of tier 1 'ann 2', a number, got 'two'"),
        ("long", "xmin = 2.5", "xmin =", 24, "xmin of interval 3 of tier 1 'ann 2', a number, got nothing"),
        ("long", "xmin = 2.5", "xmin = 1e999", 24, "xmin of interval 3 of tier 1 'ann 2', a number, got '1e999'"),
        ("long", '"sil"', "3", 26, "text of interval 3 of tier 1 'ann 2', a string in quotes, got '3'"),
        ("long", "intervals: size = 3", "intervals: size = 3.5", 14, "size of tier 1 'ann 2', a whole number"),
        ("long", "TextTier", "PitchTier", 28, "class of tier 2 \"IntervalTier\" or \"TextTier\""),
        ("long", "number = 1.5", "number = one", 34, "time of point 1 of tier 2 'points', a number"),
        ("long", '            text = "a"\n', "", 44, "text of interval 1 of tier 3 'phones', a string in quotes"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_textgrid_problems_have_line_numbers(
    tmp_path: Path, form: str, was: str, becomes: str, line: int, message: str, encoding: str
) -> None:
    text = {"short": SHORT_TEXTGRID, "long": LONG_TEXTGRID}[form]
    assert text.count(was) == 1
    put_tone(tmp_path / "t.wav", 4.0)
    damaged = text.replace(was, becomes).replace("\n", "\r\n")
    (tmp_path / "t.TextGrid").write_bytes(damaged.encode(encoding))
    assert f"t.TextGrid:{line}: expected {message}" in refused("textgrid", tmp_path, out(tmp_path), language="en")


def test_textgrid_problems_with_audio_and_encoding_have_line_numbers(tmp_path: Path) -> None:
    put_tone(tmp_path / "t.wav", 1.0)
    text_file(tmp_path / "t.TextGrid", LONG_TEXTGRID)
    message = refused("textgrid", tmp_path, out(tmp_path), language="en")
    assert "t.TextGrid:20: tier ann 2: expected a part of the 1.00 s" in message
    (tmp_path / "t.TextGrid").write_bytes(LONG_TEXTGRID.replace("points", "é").encode("latin-1"))
    message = refused("textgrid", tmp_path, out(tmp_path), language="en")
    assert "t.TextGrid:29: expected UTF-8 text, got byte 0xe9" in message


def test_srt_cues(tmp_path: Path) -> None:
    put_tone(tmp_path / "film.wav", 5.0)
    text = (
        "1\r\n00:00:00,500 --> 00:00:02,000\r\n<i>Hello</i> &amp; welcome\r\nto it\r\n\r\n"
        "2\r\n00:00:02,500 --> 00:00:03,000\r\n\r\n3\r\n00:00:03,000 --> 00:00:04,250\r\nBye\r\n"
    )
    loaded = bring_in("srt", text_file(tmp_path / "film.srt", text), out(tmp_path), language="en")
    assert [(item.text, item.duration_s) for item in loaded.utterances] == [
        ("Hello & welcome to it", 1.5),
        ("Bye", 1.25),
    ]
    bad = text_file(
        tmp_path / "film.srt",
        "1\n0:0 --> 1\nx\n\n2\n00:00:03,000 --> 00:00:02,000\ny\n\n3\n00:00:04,000 -> 00:00:05,000\nz\n",
    )
    message = refused("srt", bad, tmp_path / "o/m.jsonl", language="en")
    assert "film.srt:2: expected `00:00:01,000 --> 00:00:02,500`" in message
    assert "film.srt:6: expected an end after the start" in message
    assert "film.srt:10: expected `00:00:01,000 --> 00:00:02,500`, got '00:00:04,000 -> 00:00:05,000'" in message


def test_vtt_cues_with_voices_and_settings(tmp_path: Path) -> None:
    put_tone(tmp_path / "talk.ogg", 5.0)
    text = (
        "WEBVTT\n\nNOTE a comment\n\nintro\n00:01.000 --> 00:02.000 align:start\n<v.loud Ann Lee>Hi <c.x>all</c></v>"
        "\n\n00:00:03.000 --> 00:00:04.000\nunnamed\n"
    )
    loaded = bring_in("vtt", text_file(tmp_path / "talk.vtt", text), out(tmp_path), language="en")
    said = [(item.text, item.cluster) for item in loaded.utterances]
    assert said == [("Hi all", "Ann Lee"), ("unnamed", "talk")]


def test_pairs_of_audio_and_text(tmp_path: Path) -> None:
    put_tone(tmp_path / "in/ann/x.wav")
    put_tone(tmp_path / "in/bob/x.WAV".replace("WAV", "wav"), hz=500)
    text_file(tmp_path / "in/ann/x.txt", "first line\nsecond\n")
    message = refused("pairs", tmp_path / "in", out(tmp_path), language="en")
    assert f"{tmp_path / 'in/bob/x.wav'}: expected its transcript in x.txt" in message
    text_file(tmp_path / "in/bob/y.txt", "other")
    message = refused("pairs", tmp_path / "in", out(tmp_path), language="en")
    assert f"{tmp_path / 'in/bob/y.txt'}: expected a recording of the same name beside it, got none" in message
    kept = bring_in("pairs", tmp_path / "in", out(tmp_path), language="en", skip_bad=True)
    assert [item.id for item in kept.utterances] == ["ann/x"]
    (tmp_path / "in/bob/y.txt").rename(tmp_path / "in/bob/x.txt")
    loaded = bring_in("pairs", tmp_path / "in", out(tmp_path), language="en", cluster_by_folder=True)
    assert [(item.id, item.text, item.cluster) for item in loaded.utterances] == [
        ("ann/x", "first line second", "ann"),
        ("bob/x", "other", "bob"),
    ]


@pytest.mark.parametrize("kind", IMPORTERS.names())
def test_every_format_refuses_what_is_not_there_or_empty(tmp_path: Path, kind: str) -> None:
    assert "expected a file or folder, got none" in refused(kind, tmp_path / "nothing", out(tmp_path), language="en")
    folder_kinds = {"audiofolder", "common-voice", "fleurs", "kaldi", "lhotse", "librispeech", "pairs"}
    empty = tmp_path / "empty"
    if kind in folder_kinds:
        empty.mkdir()
    else:
        empty.write_text("", encoding="utf-8")
        put_tone(tmp_path / "empty.wav")
    assert "expected" in refused(kind, empty, out(tmp_path), language="en")


def test_an_unknown_format_gets_the_near_name(tmp_path: Path) -> None:
    with pytest.raises(UnknownNameError, match="did you mean 'librispeech'"):
        bring_in("libri-speech", tmp_path, out(tmp_path))


def test_hundreds_of_problems_are_cut_short(tmp_path: Path) -> None:
    source = text_file(tmp_path / "m.jsonl", "{x\n" * 200)
    message = refused("jsonl", source, out(tmp_path), language="en")
    assert message.count("\n") == 50
    assert "150 more like these" in message


SEEDS = {
    "csv": "audio,text,channel,start,end\na.wav,x,A,0,1\n",
    "ctm": "a A 0.5 0.3 hello\na A 0.9 0.3 <ALT>\n",
    "fleurs": "1\ta.wav\tx\ty\tz\t8\tF\n",
    "jsonl": '{"audio": "a.wav", "text": "x", "start": 1, "end": 2, "channel": 0, "language": "en"}\n',
    "srt": "1\n00:00:00,500 --> 00:00:02,000\nHi\n",
    "stm": "a 1 ann 0.00 1.25 <o> so it goes\n",
    "textgrid": LONG_TEXTGRID,
    "tsv": "audio\ttext\na.wav\tx\n",
    "vtt": "WEBVTT\n\n00:01.000 --> 00:02.000\n<v A>Hi\n",
}


@pytest.mark.parametrize("kind", SEEDS)
def test_damaged_files_give_problems_and_never_a_crash(tmp_path: Path, kind: str) -> None:
    (tmp_path / "a.wav").touch()
    path = tmp_path / f"a.{kind.replace('textgrid', 'TextGrid')}"
    rng = np.random.default_rng(5)
    for _ in range(150):
        text = list(SEEDS[kind])
        for _ in range(rng.integers(1, 6)):
            place = int(rng.integers(len(text) + 1))
            text[place : place + int(rng.integers(4))] = rng.choice(list('\t\n"<>-:.,0 9aएé\0{}[]|'), rng.integers(3))
        path.write_text("".join(text), encoding="utf-8")
        with contextlib.suppress(BenchError):
            list(IMPORTERS.load(kind)(path, ImportOptions(language="en"), []))


def test_the_files_that_are_damaged_above_were_sound(tmp_path: Path) -> None:
    """The seeds themselves are sound, so that the test above damages something."""
    (tmp_path / "a.wav").touch()
    for kind, text in SEEDS.items():
        path = text_file(tmp_path / f"a.{kind.replace('textgrid', 'TextGrid')}", text)
        problems: list[Problem] = []
        assert list(IMPORTERS.load(kind)(path, ImportOptions(language="en"), problems)), kind
        assert problems == []
