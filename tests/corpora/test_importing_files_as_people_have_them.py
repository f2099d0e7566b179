"""Kinds of files as people have them, each from a generator: valid input is read, invalid input is one problem with
file and line, and nothing vanishes in silence.
"""

import json
import unicodedata
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bench.corpora.importers import IMPORTERS
from bench.corpora.importers.common import ImportOptions, fields_of, squeezed
from bench.corpora.importers.folders import existing, files_in, find_audio
from bench.corpora.importers.stm import variants_of
from bench.corpora.importing import import_corpus
from bench.corpora.manifest import load_manifest
from bench.corpora.own.survey import survey
from bench.errors import ManifestError, Problem
from bench.scoring.text.normalize.alternatives import slots
from bench.types import Utterance
from tests.corpora.tiny import HEADER, put_tone

WORD = st.text(st.sampled_from("abzéñ'ßاबक\u00a0\u202f-"), min_size=1, max_size=6).filter(
    lambda word: word.strip() == word
)
PHRASE = st.lists(WORD, min_size=1, max_size=4).map(" ".join)
folder_of = pytest.TempPathFactory
HUGE = "9" * 400
"""No float holds it."""
DEEP = "[" * 100_000 + "]" * 100_000
"""No reader goes so far down."""


def entries(kind: str, path: Path, **given: object) -> tuple[list, list[Problem]]:
    problems: list[Problem] = []
    options = ImportOptions(language="en", **given)  # type: ignore[arg-type]
    return list(IMPORTERS.load(kind)(path, options, problems)), problems


def bring_in(kind: str, path: Path, **given: object) -> tuple[Utterance, ...]:
    out = path.parent / "out" / "manifest.jsonl"
    import_corpus(kind, path, out, HEADER, ImportOptions(language="en", **given), find_speech=False)  # type: ignore[arg-type]
    return load_manifest(out).utterances


def put(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(text.encode())
    return path


def the_problem_of(folder: Path, name: str, text: str) -> Problem:
    """The one thing that is wrong with a file beside a recording, whether it is told or raised."""
    (folder / "rec.wav").touch()
    kind = {"json": "jsonl"}.get(suffix := name.rpartition(".")[2].lower(), suffix)
    try:
        _, problems = entries(kind, put(folder / name, text))
    except ManifestError as error:
        problems = list(error.problems)
    (problem,) = problems
    return problem


CUES = st.lists(st.lists(PHRASE, min_size=1, max_size=3), min_size=1, max_size=5)


def clock(seconds: int, mark: str) -> str:
    return f"00:{seconds // 60:02d}:{seconds % 60:02d}{mark}250"


@settings(max_examples=60, deadline=None)
@given(
    cues=CUES,
    kind=st.sampled_from(["srt", "vtt"]),
    has_blank=st.booleans(),
    has_numbers=st.booleans(),
    inside=st.booleans(),
    end=st.sampled_from(["\n", "\r\n"]),
)
def test_no_cue_loses_a_word(
    tmp_path_factory: pytest.TempPathFactory,
    cues: list,
    kind: str,
    has_blank: bool,
    has_numbers: bool,
    inside: bool,
    end: str,
) -> None:
    folder = tmp_path_factory.mktemp("cues")
    (folder / "film.wav").touch()
    lines = ["WEBVTT", ""] if kind == "vtt" else []
    for index, payload in enumerate(cues):
        lines += [str(index + 1)] if has_numbers else []
        mark = "." if kind == "vtt" else ","
        lines.append(f"{clock(2 * index, mark)} --> {clock(2 * index + 1, mark)}")
        lines += [line for part in payload for line in ([part, ""] if inside else [part])]
        lines += [""] if has_blank else []
    found, problems = entries(kind, put(folder / f"film.{kind}", end.join(lines) + end))
    assert problems == []
    assert [entry.text for entry in found] == [squeezed(" ".join(payload)) for payload in cues]


@pytest.mark.parametrize("note", ["NOTE by ann", "NOTE\nof many\nlines", "STYLE\n::cue { color: red }"])
def test_notes_of_webvtt_are_no_speech_and_names_of_cues_are_none(tmp_path: Path, note: str) -> None:
    (tmp_path / "film.wav").touch()
    first = f"WEBVTT\n\n{note}\n\nintro\n00:01.000 --> 00:02.000\nhello\n\n"
    body = first + f"{note}\n\nsecond one\n00:03.000 --> 00:04.000\nbye\n"
    found, problems = entries("vtt", put(tmp_path / "film.vtt", body))
    assert [entry.text for entry in found] == ["hello", "bye"]
    assert problems == []


@pytest.mark.parametrize(
    ("body", "line"),
    [
        ("lost words\n1\n00:00:01,000 --> 00:00:02,000\nhi\n", 1),
        ("1\n00:00:01,000 --> 00:00:02,000\nhi\n\n2\n00:00:03,000 -> 00:00:04,000\nlost\n", 6),
        ("1\n00:00:01,000 --> 00:00:02,000\nhi\n\n2\n00:00:03,000 \u2192 00:00:04,000\nlost\n", 6),
        ("1\n00:00:05,000 --> 00:00:02,000\nhi\n", 2),
    ],
)
def test_text_that_belongs_to_no_cue_is_a_problem_with_its_line(tmp_path: Path, body: str, line: int) -> None:
    (tmp_path / "film.wav").touch()
    _, problems = entries("srt", put(tmp_path / "film.srt", body))
    assert [problem.where.rpartition(":")[2] for problem in problems] == [str(line)]


def test_subtitles_without_cues_or_in_another_encoding_are_problems_and_utf16_is_read(tmp_path: Path) -> None:
    for name in "abc":
        (tmp_path / f"{name}.wav").touch()
    put(tmp_path / "a.srt", "only text\n")
    (tmp_path / "b.srt").write_bytes("1\n00:00:01,000 --> 00:00:02,000\ncafé\n".encode("latin-1"))
    (tmp_path / "c.srt").write_bytes("1\n00:00:01,000 --> 00:00:02,000\ncafé\n".encode("utf-16"))
    found, problems = entries("srt", tmp_path)
    assert [entry.text for entry in found] == ["café"]
    assert [problem.where for problem in problems] == [str(tmp_path / "a.srt"), f"{tmp_path / 'b.srt'}:3"]


def test_angle_brackets_that_are_no_markup_are_text(tmp_path: Path) -> None:
    (tmp_path / "a.wav").touch()
    body = "1\n00:00:01,000 --> 00:00:02,000\n<i>if</i> x < 3 and y > 2 {\\an8}<font color=red>stop</font>\n"
    found, _ = entries("srt", put(tmp_path / "a.srt", body))
    assert found[0].text == "if x < 3 and y > 2 stop"


PLAIN = st.sampled_from(["color", "colour", "uh", "so it", "grey"])
ALTERNATES = st.lists(st.one_of(PLAIN, st.just("@")), min_size=2, max_size=4)


@settings(max_examples=60, deadline=None)
@given(before=PLAIN, alternates=ALTERNATES, after=PLAIN)
def test_alternates_of_stm_are_variants(before: str, alternates: list[str], after: str) -> None:
    text = variants_of(f"{before} {{ {' / '.join(alternates)} }} {after}")
    accepted = slots(text, str.split)[len(before.split())]
    assert set(accepted) == {() if said == "@" else tuple(said.split()) for said in alternates}


def test_alternates_in_alternates_are_multiplied_out() -> None:
    assert variants_of("a { b { c / d } / e } f") == "a {b c|b d|e} f"
    assert variants_of("(%uh) yes (laughs)") == "{%uh|} yes (laughs)"


@pytest.mark.parametrize("text", ["AlqrAn {w>mrhm $wrY} >yn {w", "{either/or}", "a / b", "1/2 { x }"])
def test_braces_without_alternates_stay_as_they_are(text: str) -> None:
    assert variants_of(text) == text


SEPARATOR = st.text(st.sampled_from(" \t"), min_size=1, max_size=3)


@settings(max_examples=60, deadline=None)
@given(words=st.lists(WORD, min_size=2, max_size=6), separator=SEPARATOR)
def test_lines_are_parted_at_blanks_and_tabs_and_nowhere_else(words: list[str], separator: str) -> None:
    assert fields_of(separator + separator.join(words) + separator) == words
    assert fields_of(separator.join(words), 2) == [words[0], separator.join(words[1:])]


@settings(max_examples=30, deadline=None)
@given(word=WORD, separator=SEPARATOR)
def test_kaldi_ctm_and_stm_keep_a_word_whole(
    tmp_path_factory: pytest.TempPathFactory, word: str, separator: str
) -> None:
    folder = tmp_path_factory.mktemp("nist")
    (folder / "rec.wav").touch()
    join = separator.join
    (ctm,), _ = entries("ctm", put(folder / "r.ctm", join(["rec", "1", "0.2", "0.5", word]) + "\n"))
    (stm,), _ = entries("stm", put(folder / "r.stm", join(["rec", "1", "ann", "0.2", "2.5", word]) + "\n"))
    put(folder / "wav.scp", join(["u1", "rec.wav"]) + "\n")
    (kaldi,), _ = entries("kaldi", put(folder / "text", join(["u1", word]) + "\n").parent)
    assert [ctm.text, stm.text, kaldi.text] == [word] * 3


@settings(max_examples=30, deadline=None)
@given(
    rows=st.lists(st.booleans(), min_size=1, max_size=8),
    kind=st.sampled_from(["csv", "tsv"]),
    filler=st.sampled_from(["", "  ", "SEP"]),
)
def test_rows_with_nothing_in_them_are_no_rows(
    tmp_path_factory: pytest.TempPathFactory, rows: list[bool], kind: str, filler: str
) -> None:
    folder = tmp_path_factory.mktemp("rows")
    separator = "," if kind == "csv" else "\t"
    lines = [
        f"x{index}.wav{separator}one" if has_text else filler.replace("SEP", separator)
        for index, has_text in enumerate(rows)
    ]
    found, problems = entries(kind, put(folder / f"t.{kind}", "\n".join([f"audio{separator}text", *lines, ""])))
    assert problems == []
    assert [entry.where.rpartition(":")[2] for entry in found] == [
        str(n + 2) for n, has_text in enumerate(rows) if has_text
    ]


@pytest.mark.parametrize("end", ["", ",", ",,,"])
def test_empty_cells_behind_the_last_column_are_nothing_and_full_ones_a_problem(tmp_path: Path, end: str) -> None:
    found, problems = entries("csv", put(tmp_path / "t.csv", f"audio,text\nx.wav,one{end}\nx.wav,one,two\n"))
    assert [entry.text for entry in found] == ["one"]
    assert [problem.where for problem in problems] == [f"{tmp_path / 't.csv'}:3"]


@pytest.mark.parametrize("name", ["call1", "CALL1", "Anruf Größe", "é"])
@pytest.mark.parametrize("suffixes", [(".WAV", ".TXT"), (".wav", ".Txt"), (".Wav", ".txt")])
@pytest.mark.parametrize("form", ["NFC", "NFD"])
def test_names_in_other_case_and_form_are_a_pair(
    tmp_path: Path, name: str, suffixes: tuple[str, str], form: str
) -> None:
    recording = put_tone(tmp_path / "x.wav").rename(tmp_path / (unicodedata.normalize("NFC", name) + suffixes[0]))
    put(tmp_path / (unicodedata.normalize(form, name.swapcase().casefold()) + suffixes[1]), "good morning\r\n")
    found, problems = entries("pairs", tmp_path)
    assert problems == []
    assert [(entry.audio, entry.text) for entry in found] == [(recording, "good morning")]
    assert find_audio(tmp_path, unicodedata.normalize(form, name.upper())) == recording
    assert existing(tmp_path / (name.lower() + suffixes[0].lower())) == recording


def test_of_two_files_that_differ_in_case_alone_none_is_guessed(tmp_path: Path) -> None:
    put_tone(tmp_path / "a.WAV")
    put_tone(tmp_path / "A.WAV")
    assert existing(tmp_path / "a.wav") == tmp_path / "a.wav"


@pytest.mark.parametrize(
    "hidden",
    [
        "._call.wav", ".DS_Store.wav", "__MACOSX/._call.wav", ".git/call.wav", "a/.b/c.WAV", "@eaDir/call.wav/x.wav",
        "$RECYCLE.BIN/$R1.wav", "~$call.wav",
    ],
)  # fmt: skip
def test_hidden_and_foreign_files_are_none_of_the_folder(tmp_path: Path, hidden: str) -> None:
    put_tone(tmp_path / "call.wav")
    put(tmp_path / hidden, "no audio")
    assert files_in(tmp_path, (".wav",)) == [tmp_path / "call.wav"]


@pytest.mark.parametrize("name", ["Thumbs.db", "desktop.ini", "ehthumbs.db", "Icon\r", "~$notes.docx", ".DS_Store"])
def test_what_systems_put_into_folders_is_not_worth_a_word(tmp_path: Path, name: str) -> None:
    put_tone(tmp_path / "call.wav")
    put(tmp_path / name, "no audio")
    assert survey(tmp_path).problems == ()


def test_a_folder_may_lie_in_a_hidden_one(tmp_path: Path) -> None:
    put_tone(tmp_path / ".cache/calls/call.wav")
    assert len(files_in(tmp_path / ".cache/calls", (".wav",))) == 1


@pytest.mark.parametrize(
    ("times", "samples", "is_noted"),
    [
        ({"duration": 1.5}, 24_000, True),
        ({"duration": 1.5, "offset": None}, 24_000, True),
        ({"duration": 4.0}, 64_000, False),
        ({"duration": 3.95}, 64_000, False),
        ({"duration": None}, 64_000, False),
        ({"offset": 1.0}, 48_000, False),
        ({"offset": 1.0, "duration": 0.5}, 8_000, False),
        ({"offset": 0.0, "duration": 0.5}, 8_000, False),
    ],
)
def test_the_duration_of_a_line_is_the_part_that_is_taken(
    tmp_path: Path, times: dict, samples: int, is_noted: bool
) -> None:
    put_tone(tmp_path / "long.wav", 4.0)
    row = {"audio_filepath": "long.wav", "text": "good morning", "speaker": None, "lang": None, **times}
    source = put(tmp_path / "m.json", json.dumps(row) + "\n")
    out = tmp_path / "out/manifest.jsonl"
    done = import_corpus("jsonl", source, out, HEADER, ImportOptions(language="en"), find_speech=False)
    (taken,) = load_manifest(out).utterances
    assert taken.num_samples == samples
    assert bool(done.doubts) == is_noted
    assert all("the first 1.50 s of 4.00 s are taken" in doubt for doubt in done.doubts)


def test_a_null_text_is_called_null_and_not_a_missing_column(tmp_path: Path) -> None:
    source = put(
        tmp_path / "m.json", '{"audio": "a.wav", "text": null}\n{"audio": null, "text": "x"}\n{"audio": "a.wav"}\n'
    )
    _, problems = entries("jsonl", source)
    assert [str(problem) for problem in problems[:2]] == [
        f"{source}:1: expected a value in text, got null",
        f"{source}:2: expected a value in audio, got null",
    ]
    assert "expected a column text or" in str(problems[2])


@pytest.mark.parametrize(
    "rows",
    [
        [{"channel": 0}, {"channel": 1}],
        [{"channel": 0, "offset": 0.5, "duration": 1.0}, {"channel": 1, "offset": 0.5, "duration": 1.0}],
        [{"offset": 0.5, "duration": 1.0, "speaker": "a"}, {"offset": 0.5, "duration": 0.8, "speaker": "b"}],
    ],
)
def test_rows_of_other_parts_of_one_recording_get_ids_of_their_own(tmp_path: Path, rows: list[dict]) -> None:
    import soundfile

    from tests.corpora.tiny import tone

    both = tone(2.0).samples
    soundfile.write(tmp_path / "call.wav", [*zip(both, both, strict=True)], 16_000)
    lines = [json.dumps({"audio": "call.wav", "text": f"text {index}", **row}) for index, row in enumerate(rows)]
    taken = bring_in("jsonl", put(tmp_path / "m.json", "\n".join(lines)))
    assert sorted(item.text for item in taken) == ["text 0", "text 1"]


def test_an_id_that_the_source_gives_twice_is_a_problem(tmp_path: Path) -> None:
    put_tone(tmp_path / "a.wav", 2.0)
    lines = [json.dumps({"id": "u", "audio": "a.wav", "text": "x", "offset": at, "duration": 0.5}) for at in (0.0, 1.0)]
    with pytest.raises(ManifestError, match="an id of its own"):
        bring_in("jsonl", put(tmp_path / "m.json", "\n".join(lines)))


def test_two_who_speak_at_one_time_are_two_utterances(tmp_path: Path) -> None:
    put_tone(tmp_path / "rec.wav", 4.0)
    stm = "rec 1 ann 0.5 2.0 yes\nrec 1 bob 0.5 2.0 yes\nrec 1 ann 2.2 3.0 so\n"
    assert [item.cluster for item in bring_in("stm", put(tmp_path / "rec.stm", stm))] == ["ann", "bob", "ann"]
    srt = "1\n00:00:00,500 --> 00:00:02,000\nyes\n\n2\n00:00:00,500 --> 00:00:02,000\nno\n"
    assert [item.text for item in bring_in("srt", put(tmp_path / "rec.srt", srt))] == ["yes", "no"]


def test_tiers_of_one_name_are_all_read(tmp_path: Path) -> None:
    put_tone(tmp_path / "rec.wav", 4.0)
    tier = '"IntervalTier" "speaker" 0 4 1 0.5 2.0 "{}"\n'
    grid = (
        'File type = "ooTextFile"\nObject class = "TextGrid"\n0 4 <exists> 2\n' + tier.format("yes") + tier.format("no")
    )
    assert [item.text for item in bring_in("textgrid", put(tmp_path / "rec.TEXTGRID", grid))] == ["yes", "no"]


ENCODINGS = ("utf-8", "utf-8-sig", "utf-16", "utf-16-bom-be")
ENDS = ("\n", "\r\n", "\r")
VALID = {
    "srt": ("rec.srt", "1\n00:00:00,500 --> 00:00:01,500\nhéllo there\n\n2\n00:00:02,000 --> 00:00:03,000\nbye\n"),
    "vtt": ("rec.vtt",
            "WEBVTT\n\n00:00.500 --> 00:01.500 line:0\n<v Ann>héllo there</v>\n\n00:02.000 --> 00:03.000\nbye\n"),
    "stm": ("rec.stm",
            " ;; so\nrec 1 ann 0.5 1.5 <o,f0> héllo there\nrec 1 inter_segment_gap 1.5 2 <o,,>\nrec 1 b 2 3 bye\n"),
    "ctm": ("rec.ctm", ";; a remark\nrec 1 0.5 0.3 héllo 0.9\nrec 1 0.9 0.3 there\nrec 1 3.0 0.4 bye 1.0 lex\n"),
    "csv": ("t.csv", '\naudio,text,start,end\nrec.wav,"héllo there",0.5,1.5\n\nrec,bye,0:00:02,"0:00:03,0"\n,,,\n'),
    "tsv": ("t.tsv", "audio\ttext\tstart\tend\nREC.WAV\théllo there\t0.5\t1.5\nrec.wav\tbye\t2\t3\n"),
    "jsonl": ("m.json", '[\n{"audio": "rec.wav", "text": "héllo there", "offset": 0.5, "duration": 1},\n'
              '{"audio": "rec.wav", "text": "bye",\n "offset": "2", "duration": 1, "extra": [1]}\n]\n'),
    "textgrid": ("rec.TextGrid", 'File type = "ooTextFile short"\n"TextGrid"\n\n0\n8\n<exists>\n2\n'
                 '"IntervalTier"\n"ann"\n0\n8\n2\n0.5\n1.5\n"héllo there"\n2\n3\n"bye"\n'
                 '"TextTier"\n"clicks"\n0\n8\n1\n1.5\n"x"\n'),
}  # fmt: skip


def encoded(text: str, encoding: str) -> bytes:
    return b"\xfe\xff" + text.encode("utf-16-be") if encoding == "utf-16-bom-be" else text.encode(encoding)


@pytest.mark.parametrize("kind", VALID)
@pytest.mark.parametrize("encoding", ENCODINGS)
@pytest.mark.parametrize("end", ENDS)
def test_a_text_file_is_read_however_it_was_saved(tmp_path: Path, kind: str, encoding: str, end: str) -> None:
    name, text = VALID[kind]
    (tmp_path / "rec.wav").touch()
    (tmp_path / name).write_bytes(encoded(text.replace("\n", end), encoding))
    found, problems = entries(kind, tmp_path / name)
    assert problems == []
    assert [entry.text for entry in found] == ["héllo there", "bye"]
    assert [round(entry.start_s or 0, 1) for entry in found] in ([0.5, 2.0], [0.2, 2.8])  # CTM: words and some silence


@pytest.mark.parametrize("kind", VALID)
@pytest.mark.parametrize("wrong", [b"caf\xe9", "café".encode("utf-16-le")])
def test_what_is_no_text_is_one_problem_with_its_line(tmp_path: Path, kind: str, wrong: bytes) -> None:
    name, text = VALID[kind]
    (tmp_path / "rec.wav").touch()
    before, _, after = text.partition("bye")
    (tmp_path / name).write_bytes(before.encode() + wrong + after.encode())
    try:
        _, problems = entries(kind, tmp_path / name)
    except ManifestError as error:
        problems = list(error.problems)
    (problem,) = problems
    assert problem.where == f"{tmp_path / name}:{before.count(chr(10)) + 1}"
    assert problem.expected.startswith("UTF-8")


@settings(max_examples=40, deadline=None)
@given(
    header=st.permutations(["Audio", " text ", "START", "End", "Speaker"]),
    separator=st.sampled_from(",;\t"),
    has_hint=st.booleans(),
    is_quoted=st.booleans(),
)
def test_a_table_is_read_under_any_spelling_of_its_columns(
    tmp_path_factory: pytest.TempPathFactory, header: list[str], separator: str, has_hint: bool, is_quoted: bool
) -> None:
    folder = tmp_path_factory.mktemp("table")
    (folder / "Rec 1.WAV").touch()
    said = 'yes; "no", perhaps' if is_quoted else "yes no"
    cells = {"audio": ".\\rec 1.wav", "text": said, "start": "1,5" if separator == ";" else "1.5", "end": "0:03"}
    row = [cells.get(name.strip().lower(), "ann") for name in header]
    quoted = ['"' + cell.replace('"', '""') + '"' for cell in row] if is_quoted else row
    lines = [*([f"sep={separator}"] if has_hint else []), separator.join(header), separator.join(quoted)]
    found, problems = entries("csv", put(folder / "t.csv", "\n".join(lines)))
    assert problems == []
    assert [(e.audio, e.text, e.start_s, e.end_s, e.cluster) for e in found] == [
        (folder / "Rec 1.WAV", said, 1.5, 3.0, "ann")
    ]
    assert found[0].where == f"{folder / 't.csv'}:{len(lines)}"


@pytest.mark.parametrize(
    ("name", "text", "line", "expected"),
    [
        ("t.csv", "audio,text,text\nrec.wav,a,b\n", 1, "columns of different names"),
        ("m.jsonl", '{"audio": "rec.wav", "text": true}\n', 1, "a text"),
        ("m.jsonl", '{"audio": "rec.wav", "text": ["a"]}\n', 1, "a text"),
        ("m.json", '[\n{"audio": "rec.wav", "text": "a"},\n{"audio": \n', 4, "JSON"),
        ("m.json", '[\n{"audio": "rec.wav", "text": "a"},\n"b"]\n', 3, "a JSON object"),
        ("t.csv", "audio,text,start\nrec.wav,a,1_0\n", 2, "start_s in seconds"),
        ("t.csv", "audio,text,start\nrec.wav,a,1:99\n", 2, "start_s in seconds"),
        ("m.jsonl", f'{{"audio": "rec.wav", "text": "a", "start": {HUGE}}}\n', 1, "start_s in seconds"),
        ("m.jsonl", f'{{"audio": "rec.wav", "text": "a", "turn_end_s": {HUGE}}}\n', 1, "turn_end_s in seconds"),
        ("t.csv", f"audio,text,start\nrec.wav,a,{HUGE}:00:00\n", 2, "start_s in seconds"),
        ("m.jsonl", f'{{"audio": "rec.wav", "text": "a", "x": {DEEP}}}\n', 1, "one JSON object"),
        ("m.json", f'[\n{{"audio": "rec.wav", "text": "a", "x": {DEEP}}}]\n', 2, "JSON"),
    ],
)
def test_what_is_wrong_with_a_row_is_one_problem(
    tmp_path: Path, name: str, text: str, line: int, expected: str
) -> None:
    problem = the_problem_of(tmp_path, name, text)
    assert problem.where == f"{tmp_path / name}:{line}"
    assert problem.expected.startswith(expected)


@settings(max_examples=40, deadline=None)
@given(alternates=st.lists(st.lists(st.sampled_from(["a", "b", "@"]), max_size=3), min_size=1, max_size=4))
def test_alternates_of_ctm_are_variants(tmp_path_factory: pytest.TempPathFactory, alternates: list) -> None:
    folder = tmp_path_factory.mktemp("ctm")
    (folder / "rec.wav").touch()
    lines = ["rec 1 0.1 0.1 so"]
    for number, words in enumerate(alternates):
        lines.append(f"rec 1 * * {'<ALT>' if number else '<ALT_BEGIN>'}")
        lines += [f"rec 1 {0.3 + 0.1 * index:.1f} 0.1 {word}" for index, word in enumerate(words)]
    lines += ["rec 1 * * <ALT_END>", "rec 1 0.8 0.1 it"]
    (entry,), problems = entries("ctm", put(folder / "rec.ctm", "\n".join(lines)))
    assert problems == []
    accepted = {tuple(word for word in words if word != "@") for words in alternates}
    parts = slots(entry.text, str.split)
    expected = next(iter(accepted)) if len(accepted) == 1 else None
    if expected is None:
        assert set(parts[1]) == accepted
    else:
        assert entry.text.split() == ["so", *expected, "it"]
    timed = next((words for words in ([w for w in words if w != "@"] for words in alternates) if words), [])
    assert [word.text for word in entry.words or ()] == ["so", *timed, "it"]


def test_alternates_of_ctm_without_an_end_are_a_problem(tmp_path: Path) -> None:
    (tmp_path / "rec.wav").touch()
    _, problems = entries("ctm", put(tmp_path / "rec.ctm", "rec 1 * * <ALT_BEGIN>\nrec 1 0.1 0.1 so\n"))
    assert [problem.expected for problem in problems] == ["<ALT_END> behind each <ALT_BEGIN>"]


@pytest.mark.parametrize("name", ["call.wav.txt", "CALL.WAV.TXT", "call.txt"])
def test_a_transcript_may_have_the_whole_name_of_its_recording(tmp_path: Path, name: str) -> None:
    put_tone(tmp_path / "call.wav")
    put(tmp_path / name, "good morning")
    found, problems = entries("pairs", tmp_path)
    assert (problems, [entry.text for entry in found]) == ([], ["good morning"])


def test_a_segment_of_kaldi_without_a_text_is_named(tmp_path: Path) -> None:
    put_tone(tmp_path / "rec.wav", 4.0)
    put(tmp_path / "wav.scp", "rec rec.wav\n")
    put(tmp_path / "segments", "u1 rec 0 1\nu2 rec 1 2\n")
    put(tmp_path / "text", "u1 yes\n")
    _, problems = entries("kaldi", tmp_path)
    assert [problem.expected for problem in problems] == [f"a text of 'u2' in {tmp_path / 'text'}"]


CUE = "00:00:{0:02d}.500 --> 00:00:{0:02d}.900"
BLOCKS = st.sampled_from(
    ["NOTE a --> b", f"NOTE {CUE.format(9)}\nold", f"NOTE\n{CUE.format(9)}\nold words", "STYLE\n::cue { color: red }",
     "REGION\nid:a\nwidth:40%", "NOTE", "NOTE\tby ann"]
)  # fmt: skip


@settings(max_examples=60, deadline=None)
@given(words=st.lists(PHRASE, min_size=1, max_size=3), blocks=st.lists(BLOCKS, max_size=4), title=st.booleans())
def test_blocks_of_webvtt_are_no_speech_whatever_is_in_them(
    tmp_path_factory: pytest.TempPathFactory, words: list[str], blocks: list[str], title: bool
) -> None:
    folder = tmp_path_factory.mktemp("blocks")
    (folder / "film.wav").touch()
    parts = ["WEBVTT - x --> y" if title else "WEBVTT"]
    for index, word in enumerate(words):
        parts += [*blocks, f"{CUE.format(index)}\n{word}"]
    found, problems = entries("vtt", put(folder / "film.vtt", "\n\n".join([*parts, *blocks]) + "\n"))
    assert problems == []
    assert [entry.text for entry in found] == [squeezed(word) for word in words]


@pytest.mark.parametrize("kind", ["srt", "vtt"])
@pytest.mark.parametrize("text", ["go --> left", "a-->b", "--> on", "x --> y 3"])
def test_an_arrow_in_what_is_said_is_text(tmp_path: Path, kind: str, text: str) -> None:
    (tmp_path / "a.wav").touch()
    body = f"1\n{CUE.format(1)}\n{text}\n\n2\n{CUE.format(2)}\nbye\n"
    found, problems = entries(kind, put(tmp_path / f"a.{kind}", body))
    assert (problems, [entry.text for entry in found]) == ([], [text, "bye"])


@pytest.mark.parametrize("kind", ["srt", "vtt"])
@pytest.mark.parametrize(
    "times",
    ["00:61:00,500 --> 00:00:01,500", "00:00:00,500 --> 00:00:71,500", "-00:00:01,500 --> 00:00:02,000",
     "00:00:00,500 ---> 00:00:01,500", "00: 00: 00, 500 --> 00: 00: 01, 500", "x --> 00:00:01,500"],
)  # fmt: skip
def test_a_broken_line_of_times_is_a_problem_with_its_line(tmp_path: Path, kind: str, times: str) -> None:
    (tmp_path / "a.wav").touch()
    _, problems = entries(kind, put(tmp_path / f"a.{kind}", f"1\n{CUE.format(1)}\nhi\n\n2\n{times}\nlost\n"))
    assert [problem.where for problem in problems] == [f"{tmp_path / f'a.{kind}'}:6"]


TIER = 'File type = "ooTextFile"\n"TextGrid"\n0 8 <exists> 1\n"IntervalTier" "a" 0 8 1\n'
NAMES = {
    "audio": ["audio", "Audio File", "wav_filename", "Recording", "path"],
    "text": ["text", "Transcript", "sentence"],
}


@settings(max_examples=40, deadline=None)
@given(
    audio=st.sampled_from(NAMES["audio"]),
    text=st.sampled_from(NAMES["text"]),
    mark=st.sampled_from(",;\t|"),
    extra=st.sampled_from(["", "note, or so", "a;b", "#"]),
    remark=st.sampled_from(["", "# made by a spreadsheet\n", "\n"]),
)
def test_columns_are_parted_by_what_gives_names_we_know(
    tmp_path_factory: pytest.TempPathFactory, audio: str, text: str, mark: str, extra: str, remark: str
) -> None:
    folder = tmp_path_factory.mktemp("parted")
    (folder / "rec.wav").touch()
    quoted = f'"{extra}"' if mark in extra else extra
    body = f"{remark}{mark.join((quoted, audio, text))}\n{mark.join(('', 'rec.wav', 'hi there'))}\n"
    (entry,), problems = entries("csv", put(folder / "t.csv", body))
    assert (problems, entry.text) == ([], "hi there")


@pytest.mark.parametrize(
    ("name", "text", "line", "expected"),
    [
        ("t.csv", "rec.wav,hi you\n", 1, "a column audio and text"),
        ("t.csv", "\nrec.wav,hi\nrec.wav,so\n", 2, "a column audio and text"),
        ("t.tsv", "audio\tfoo\nrec.wav\thi\nrec.wav\tso\n", 1, "a column text"),
        ("t.csv", 'audio,text\nrec.wav,so\nrec.wav,"hi\nrec.wav,bye\nrec.wav,more\n', 3, "a second quotation mark"),
        ("m.jsonl", '{"audio": "rec.wav", "text": "hi", "text": "you"}\n', 1, "one JSON object"),
        ("m.json", '[\n{"audio": "rec.wav", "text": "a",\n "text": "b"}]\n', 2, "JSON"),
        ("m.jsonl", '{"audio": "rec.wav", "text": "a\\ud83d b"}\n', 1, "one JSON object"),
        ("m.json", '[\n{"audio": "rec.wav", "text": "a\\udc00"}]\n', 2, "JSON"),
        ("rec.stm", "rec 1 a 0.5 1.5 so\nrec 1 a 1.5 2.5 i { mean / meant it\n", 2, "a `}` behind"),
        ("rec.TextGrid", TIER + '1 2 "hi"\n3\n4\n"lost"\n', 6, "the end of the file"),
        ("rec.TextGrid", TIER + '1 1 "hi"\n', 5, "an end after the start"),
        ("t.csv", f'audio,text,private\nrec.wav,a,"{DEEP}"\n', 2, "a list of passages"),
    ],
)  # fmt: skip
def test_what_would_vanish_in_silence_is_one_problem(
    tmp_path: Path, name: str, text: str, line: int, expected: str
) -> None:
    problem = the_problem_of(tmp_path, name, text)
    assert problem.where.partition(": ")[0] == f"{tmp_path / name}:{line}"
    assert problem.expected.startswith(expected)


@pytest.mark.parametrize("cell", ['5" pipe', 'he said "so"', '"two\nlines"', '"a ""word"""'])
def test_quotation_marks_that_are_closed_or_are_inches_are_fine(tmp_path: Path, cell: str) -> None:
    (tmp_path / "rec.wav").touch()
    found, problems = entries("csv", put(tmp_path / "t.csv", f"audio,text\nrec.wav,{cell}\nrec.wav,bye\n"))
    said = cell[1:-1].replace('""', '"') if cell.startswith('"') else cell
    assert (problems, [entry.text for entry in found]) == ([], [said, "bye"])


def test_a_cell_may_be_as_long_as_an_hour_is_spoken(tmp_path: Path) -> None:
    (tmp_path / "rec.wav").touch()
    long = "word " * 40_000
    (entry,), _ = entries("csv", put(tmp_path / "t.csv", f"audio,text\nrec.wav,{long}\n"))
    assert entry.text.split() == long.split()


@pytest.mark.parametrize(
    "name",
    [
        "{folder}/sub/Rec 1.wav", "file://{folder}/sub/Rec%201.wav", "file:{folder}/sub/Rec 1.wav",
        "file://localhost{folder}/sub/Rec%201.wav", "SUB/rec 1.WAV", "SUB\\rec 1", ".\\sub\\Rec 1.wav",
        "C:\\calls\\sub\\Rec 1.wav", "/home/ann/calls/sub/Rec 1.wav", "\\\\server\\calls\\sub\\Rec 1.wav",
        "file:///C:/calls/sub/Rec%201.wav",
    ],
)  # fmt: skip
def test_recordings_are_found_however_a_table_writes_their_path(tmp_path: Path, name: str) -> None:
    recording = put_tone(tmp_path / "sub/Rec 1.wav")
    put_tone(tmp_path / "Rec 1.wav", 0.5)
    row = json.dumps({"audio_filepath": name.format(folder=tmp_path), "text": "hi"})
    (found,), problems = entries("jsonl", put(tmp_path / "m.jsonl", row + "\n"))
    assert problems == []
    assert Path(str(found.audio)).samefile(recording)


@pytest.mark.parametrize("name", ["C:\\calls\none.wav", "/none/none.wav", "x" * 300 + ".wav", "a\0b.wav", ".", "sub"])
def test_a_recording_that_is_not_there_is_one_problem_with_its_line(tmp_path: Path, name: str) -> None:
    put_tone(tmp_path / "sub/rec.wav")
    lines = [json.dumps({"audio": "sub/rec.wav", "text": "hi"}), json.dumps({"audio": name, "text": "hi"})]
    with pytest.raises(ManifestError) as raised:
        bring_in("jsonl", put(tmp_path / "m.jsonl", "\n".join(lines)))
    assert [problem.where for problem in raised.value.problems] == [f"{tmp_path / 'm.jsonl'}:2"]


def test_an_address_in_the_web_is_no_recording_here(tmp_path: Path) -> None:
    problem = the_problem_of(tmp_path, "m.json", '{"audio": "https://x.example/rec.wav", "text": "hi"}')
    assert str(problem).endswith(
        "expected a recording on this machine, got 'https://x.example/rec.wav'; download it, and name the file"
    )


@pytest.mark.parametrize(
    ("names", "channels"),
    [
        ("1", [None]), ("A B", [0, 1]), ("b a", [1, 0]), ("1 2", [0, 1]), ("0 1", [0, 1]), ("2", [1]),
        ("x 1", [None, None]),
    ],
)  # fmt: skip
def test_channels_of_stm_and_ctm_are_channels_where_a_recording_has_several(
    tmp_path: Path, names: str, channels: list[int | None]
) -> None:
    (tmp_path / "rec.wav").touch()
    (tmp_path / "other.wav").touch()
    stm = "".join(f"rec {name} ann {at} {at + 1} hi\n" for at, name in enumerate(names.split()))
    found, _ = entries("stm", put(tmp_path / "r.stm", stm + "other 1 ann 0 1 hi\n"))
    assert [entry.channel for entry in found] == [*channels, None]
    ctm = "".join(f"rec {name} {at} 0.5 hi\n" for at, name in enumerate(names.split()))
    found, _ = entries("ctm", put(tmp_path / "r.ctm", ctm + "other 1 0 0.5 hi\n"))
    assert [entry.channel for entry in found] == [*channels, None]


@pytest.mark.parametrize(("first", "second"), [("0", "1"), ("A", "b"), ("Left", "right"), (" a ", "B")])
def test_a_row_per_channel_names_it_as_people_do(tmp_path: Path, first: str, second: str) -> None:
    body = f"audio,text,channel\nrec.wav,hi,{first}\nrec.wav,ho,{second}\n"
    found, problems = entries("csv", put(tmp_path / "t.csv", body))
    assert problems == []
    assert [entry.channel for entry in found] == [0, 1]


def test_channels_counted_from_one_are_told_what_they_are_counted_from(tmp_path: Path) -> None:
    put_tone(tmp_path / "rec.wav")
    with pytest.raises(ManifestError, match="expected a channel that it has, 0, got 1; they are counted from 0"):
        bring_in("csv", put(tmp_path / "t.csv", "audio,text,channel\nrec.wav,hi,1\n"))


@pytest.mark.parametrize(("end", "is_read"), [("00:01,050", True), ("00:01,600", True), ("00:02,100", False)])
def test_a_cue_may_end_a_little_after_its_recording_and_that_is_said(tmp_path: Path, end: str, is_read: bool) -> None:
    put_tone(tmp_path / "rec.wav", 1.0)
    source, out = put(tmp_path / "rec.srt", f"1\n00:00,500 --> {end}\nhi\n"), tmp_path / "out" / "m.jsonl"
    if not is_read:
        with pytest.raises(ManifestError, match=r"rec.srt:2: expected a part of the 1.00 s of"):
            import_corpus("srt", source, out, HEADER, ImportOptions(language="en"), find_speech=False)
        return
    done = import_corpus("srt", source, out, HEADER, ImportOptions(language="en"), find_speech=False)
    assert load_manifest(out).utterances[0].duration_s == pytest.approx(0.5)
    said = f"{source}:2: rec.wav: a part that ends 0.60 s after it is taken to its end"
    assert done.doubts == ((said,) if end == "00:01,600" else ())


def test_names_of_columns_have_nothing_around_them_that_cannot_be_seen(tmp_path: Path) -> None:
    body = "\ufeff\ufeffaudio\u00a0,\u200btext\u200b\nrec.wav,hi\n"
    found, problems = entries("csv", put(tmp_path / "t.csv", body))
    assert problems == []
    assert [entry.text for entry in found] == ["hi"]


@pytest.mark.parametrize(
    ("name", "body", "told"),
    [
        ("rec.srt", "1\n00:00:01,000 --> 00:00:02,000\ncafé\n".encode("latin-1"), "iconv -f WINDOWS-1252 -t UTF-8"),
        ("rec.srt", "1\n00:00:01,000 --> 00:00:02,000\ncafé\n".encode("utf-16-le"), "iconv -f UTF-16LE -t UTF-8"),
        ("rec.TextGrid", b"ooBinaryFile\x08TextGrid\0\0", "a binary one; in Praat: Save as text file"),
    ],
)
def test_a_file_that_is_no_such_text_says_how_to_make_it_one(tmp_path: Path, name: str, body: bytes, told: str) -> None:
    (tmp_path / "rec.wav").touch()
    (tmp_path / name).write_bytes(body)
    _, (problem,) = entries(name.partition(".")[2].lower(), tmp_path / name)
    assert told in str(problem)


def instant(seconds: float) -> str:
    return f"00:{int(seconds) // 60:02}:{seconds % 60:06.3f}"


def rolled(lines: list[str], *, height: int, is_echoed: bool, is_timed: bool) -> str:
    """WebVTT as YouTube writes it: each cue shows the lines before its own one again; then, for 10 ms, those alone."""
    cues = []
    for number, line in enumerate(lines):
        shown = lines[max(0, number - height + 1) : number]
        first, *rest = line.split(" ")
        said = first + "".join(f"<{instant(2 * number + 1)}><c> {word}</c>" for word in rest) if is_timed else line
        end = 2 * number + (1.99 if is_echoed else 2)
        cues.append(f"{instant(2 * number)} --> {instant(end)} align:start position:0%\n" + "\n".join([*shown, said]))
        if is_echoed:
            cues.append(
                f"{instant(end)} --> {instant(2 * number + 2)}\n" + "\n".join([*shown, line][1 - height :]) + "\n "
            )
    return "WEBVTT\nKind: captions\nLanguage: en\n\n" + "\n\n".join(cues) + "\n"


@settings(max_examples=60, deadline=None)
@given(
    words=st.lists(st.sampled_from(["so", "yes", "no", "well then", "all right so"]), min_size=4, max_size=9),
    height=st.integers(2, 3),
    is_echoed=st.booleans(),
    is_timed=st.booleans(),
)
def test_captions_that_roll_say_each_line_once(
    tmp_path_factory: folder_of, words: list[str], height: int, is_echoed: bool, is_timed: bool
) -> None:
    lines = [f"{word} {number}" for number, word in enumerate(words)]
    folder = tmp_path_factory.mktemp("rolling")
    text = rolled(lines, height=height, is_echoed=is_echoed, is_timed=is_timed)
    (folder / "rec.wav").touch()
    for kind, written in (("vtt", text), ("srt", text.partition("\n\n")[2].replace(".", ","))):
        cues, problems = entries(kind, put(folder / f"rec.{kind}", written))
        assert not problems
        assert [cue.text for cue in cues] == [line.replace(".", ",") for line in lines]
        assert all("captions that roll" in cue.doubt for cue in cues)


@pytest.mark.parametrize(
    "cues",
    [
        ["yes", "yes", "yes", "yes"],
        ["no", "no\nwell", "so", "then", "on", "we", "go"],
        ["la la", "la la\nla la", "that was it", "good", "night", "all", "of", "you"],
    ],
)
def test_who_says_a_thing_twice_is_heard_twice(tmp_path: Path, cues: list[str]) -> None:
    (tmp_path / "rec.wav").touch()
    body = "\n\n".join(f"{instant(n)} --> {instant(n + 1)}\n{text}" for n, text in enumerate(cues))
    found, problems = entries("vtt", put(tmp_path / "rec.vtt", "WEBVTT\n\n" + body))
    assert not problems
    assert [cue.text for cue in found] == [squeezed(text) for text in cues]


def test_lines_that_come_again_after_a_pause_are_said_again(tmp_path: Path) -> None:
    (tmp_path / "rec.wav").touch()
    cues = [("a", 0), ("a\nb", 1), ("b\nc", 2), ("c", 9), ("c\nd", 10)]
    body = "\n\n".join(f"{instant(at)} --> {instant(at + 1)}\n{text}" for text, at in cues)
    found, _ = entries("vtt", put(tmp_path / "rec.vtt", "WEBVTT\n\n" + body))
    assert [cue.text for cue in found] == ["a", "b", "c", "c", "d"]


@pytest.mark.parametrize(
    ("rest", "text", "is_doubted"),
    [
        ("hello there ;; laughs before", "hello there", True),
        ("<o,f0,female> hello\t;;x", "hello", True),
        ("hello;; there", "hello;; there", False),
        ("a ; b", "a ; b", False),
        ("{ yes / yeah } ;; which {", "{yes|yeah}", True),
    ],
)
def test_a_comment_behind_the_words_of_stm_is_no_speech(tmp_path: Path, rest: str, text: str, is_doubted: bool) -> None:
    put_tone(tmp_path / "rec.wav", 1.0)
    (entry,), problems = entries("stm", put(tmp_path / "x.stm", f";; a line of its own\nrec 1 ann 0 0.5 {rest}\n"))
    assert not problems
    assert (entry.text, bool(entry.doubt)) == (text, is_doubted)
    made = import_corpus("stm", tmp_path / "x.stm", tmp_path / "out/m.jsonl", HEADER, ImportOptions(language="en"))
    assert any("`;;`" in doubt for doubt in made.doubts) == is_doubted


def test_a_comment_behind_a_word_of_ctm_is_no_word(tmp_path: Path) -> None:
    (tmp_path / "rec.wav").touch()
    lines = ["rec 1 0 0.5 hello 0.9 ;; sure", "rec 1 0.6 0.3 there ;; no confidence", "rec 1 1.0 0.3 ;; no word"]
    found, problems = entries("ctm", put(tmp_path / "x.ctm", "\n".join(lines)))
    assert [entry.text for entry in found] == ["hello there"]
    assert [problem.where for problem in problems] == [f"{tmp_path / 'x.ctm'}:3"]
