import json
import re
from dataclasses import fields
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench.addresses import address_of
from bench.corpora import manifest as module
from bench.corpora.manifest import Header, load_manifest, relocated, write_manifest
from bench.errors import AudioError, ManifestError
from bench.types import Utterance, Word
from tests.corpora.tiny import HEADER, utterance


def test_what_is_written_is_read_back(tmp_path: Path) -> None:
    words = (Word(text="नमस्ते", start_s=0.1, end_s=0.5, speaker="a"), Word(text="x"))
    full = utterance(
        "b",
        text='नमस्ते \u2028 "quoted"\tx',
        cluster="spk",
        words=words,
        speech_start_s=0.1,
        speech_end_s=1.5,
        keywords=("x", "y z"),
        alternatives={"colour": ("color",)},
        tags={"gender": "female"},
    )
    path = tmp_path / "m.jsonl"
    write_manifest(path, HEADER, iter([utterance("a"), full]))
    loaded = load_manifest(path)
    assert loaded.header == HEADER
    assert loaded.utterances == (utterance("a"), full)
    assert not list(tmp_path.glob("*.partial"))


@given(
    text=st.text(),
    tags=st.dictionaries(st.text(min_size=1), st.text()),
    start=st.none() | st.floats(0, 1e6),
    keywords=st.lists(st.text()).map(tuple),
)
def test_any_text_survives_a_line(text, tags, start, keywords) -> None:
    written = utterance(text=text, tags=tags, speech_start_s=start, keywords=keywords)
    line = module.utterance_line(written)
    assert "\n" not in line
    assert module.parse_line("m:2", line.encode("utf-8", "surrogatepass")) == written


def test_the_line_models_have_the_fields_of_the_types() -> None:
    assert set(module._UtteranceLine.__annotations__) == {field.name for field in fields(Utterance)}
    assert set(module._WordLine.__annotations__) == {field.name for field in fields(Word)}
    assert set(module._HeaderLine.__annotations__) == {field.name for field in fields(Header)} | {"schema", "version"}


def lines(tmp_path: Path, *rows: object) -> Path:
    path = tmp_path / "m.jsonl"
    text = (row if isinstance(row, str) else json.dumps(row) for row in rows)
    path.write_text("\n".join([module.header_line(HEADER), *text]) + "\n", encoding="utf-8")
    return path


GOOD = json.loads(module.utterance_line(utterance("good")))


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ({**GOOD, "txet": "x"}, ":2: txet: expected a known key, got 'txet'; did you mean 'text'?"),
        ({k: v for k, v in GOOD.items() if k != "sha256"}, ":2: sha256: expected a value, got no such key"),
        ({**GOOD, "sample_rate_hz": 0}, ":2: sample_rate_hz: expected a number above 0, got 0"),
        ({**GOOD, "num_samples": "many"}, ':2: num_samples: expected a whole number, got "many"'),
        ({**GOOD, "language": "hi_IN"}, ":2: language: expected text that matches ^[A-Za-z]"),
        ({**GOOD, "speech_end_s": -1.0}, ":2: speech_end_s: expected a number of at least 0, got -1.0"),
        ({**GOOD, "words": [{"txt": "x"}]}, ":2: words.0.text: expected a value, got no such key"),
        ("{broken", ":2: expected one JSON object, got"),
        ("", ":2: expected one JSON object, got"),
        ("[1]", ":2: expected a mapping of keys and values, got [1]"),
    ],
)
def test_a_bad_line_is_named_with_its_number(tmp_path: Path, row: object, message: str) -> None:
    with pytest.raises(ManifestError) as caught:
        load_manifest(lines(tmp_path, row, GOOD))
    assert message in str(caught.value)


def test_every_problem_is_listed_at_once(tmp_path: Path) -> None:
    path = lines(tmp_path, {**GOOD, "text": 1}, GOOD, "{", GOOD)
    with pytest.raises(ManifestError) as caught:
        load_manifest(path)
    assert [str(problem.where).removeprefix(str(path)) for problem in caught.value.problems] == [":2: text", ":4", ""]
    assert "'good' again" in str(caught.value)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "expected a header"),
        ('{"audio_filepath": "x.wav", "text": "hi"}\n', "bench corpus import"),
        ('{"schema": "earwitness.manifest", "version": 2}\n', 'expected "version": 1, got 2'),
        ('{"schema": "earwitness.manifest", "version": 1, "name": "x"}\n', "licence: expected a value"),
        (module.header_line(HEADER) + "\n", "expected at least one utterance"),
    ],
)
def test_a_file_that_is_no_manifest_is_refused(tmp_path: Path, text: str, message: str) -> None:
    path = tmp_path / "m.jsonl"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ManifestError, match=message):
        load_manifest(path)


def test_a_missing_manifest_says_how_to_get_one(tmp_path: Path) -> None:
    with pytest.raises(ManifestError, match="bench prepare"):
        load_manifest(tmp_path / "none.jsonl")


def test_a_failed_write_leaves_the_old_manifest(tmp_path: Path) -> None:
    path = tmp_path / "m.jsonl"
    write_manifest(path, HEADER, [utterance("old")])

    def breaks():
        yield utterance("new")
        raise RuntimeError("the source broke")

    with pytest.raises(RuntimeError):
        write_manifest(path, HEADER, breaks())
    assert load_manifest(path).utterances == (utterance("old"),)


def test_audio_is_relative_to_the_manifest_or_a_file_address(tmp_path: Path) -> None:
    path = tmp_path / "m.jsonl"
    items = [
        utterance("a"),
        utterance("b", audio=(tmp_path / "has space.wav").as_uri()),
        utterance("c", audio="https://x/y"),
        utterance("d", audio="s3://x/y.wav"),
    ]
    write_manifest(path, HEADER, items)
    loaded = load_manifest(path)
    assert loaded.audio_path(loaded.utterances[0]) == tmp_path / "audio/a.wav"
    assert loaded.audio_path(loaded.utterances[1]) == tmp_path / "has space.wav"
    assert address_of(loaded.audio_path(loaded.utterances[3])) == "s3://x/y.wav"
    with pytest.raises(AudioError, match="bench prepare"):
        loaded.audio_path(loaded.utterances[2])


def test_a_manifest_in_another_folder_points_to_the_same_audio(tmp_path: Path) -> None:
    moved = relocated(utterance("a"), tmp_path / "one", tmp_path / "two/deep")
    assert moved.audio == "../../one/audio/a.wav"
    assert (tmp_path / "two/deep" / moved.audio).resolve() == (tmp_path / "one/audio/a.wav").resolve()


def test_the_example_of_the_manual_is_a_manifest(tmp_path: Path) -> None:
    manual = Path(__file__).parents[2] / "docs/corpora.md"
    (example,) = re.findall(r"```json\n(.*?)```", manual.read_text("utf-8"), re.DOTALL)
    (tmp_path / "m.jsonl").write_text(example, encoding="utf-8")
    assert [item.id for item in load_manifest(tmp_path / "m.jsonl").utterances] == ["c1"]


def test_the_manual_names_every_key() -> None:
    manual = (Path(__file__).parents[2] / "docs/corpora.md").read_text("utf-8")
    for name in (*module._UtteranceLine.__annotations__, *module._HeaderLine.__annotations__):
        assert f"`{name}`" in manual, name


FULL = {
    "id": "call",
    "corpus": "calls",
    "audio": "call.wav",
    "sha256": "0" * 64,
    "sample_rate_hz": 8000,
    "num_samples": 80000,
    "text": "hello Ben namaste",
    "language": "multi",
    "segments": [{"text": "hello Ben", "start_s": 0.5, "end_s": 1.5, "speaker": "ann"}],
    "scored_s": [[0.0, 5.0]],
    "labels": {"emotion": "calm"},
    "speaker_labels": {"ann": {"gender": "female", "age": "34"}},
    "votes": {"emotion": {"calm": 3, "sad": 2}},
    "entities": [{"kind": "person", "text": "Ben", "forms": ["Benn"]}],
    "private": [{"kind": "person", "text": "Ben", "start_s": 1.0, "end_s": 1.5}],
    "languages": [{"kind": "en", "text": "hello Ben"}, {"kind": "hi", "text": "namaste"}],
    "turn_end_s": 4.25,
}


def test_what_is_true_beyond_the_words_comes_back_as_written() -> None:
    utterance = module.parse_line("m:2", json.dumps(FULL).encode())
    assert isinstance(utterance, Utterance)
    assert utterance.segments[0].speaker == "ann"
    assert utterance.languages[1].kind == "hi"
    assert json.loads(module.utterance_line(utterance)) == FULL


@pytest.mark.parametrize(
    ("key", "value", "said"),
    [
        ("segments", [{"text": "x", "start_s": 2.0, "end_s": 1.0}], "an end at or after its start"),
        ("scored_s", [[2.0, 2.0]], "an end after its start"),
        ("speaker_labels", {"bob": {"gender": "male"}}, "a speaker of `segments`"),
        ("labels", {"mood": "calm"}, "emotion"),
        ("votes", {"emotion": {}}, "votes.emotion"),
        ("votes", {"emotion": {"calm": 0}}, "votes.emotion.calm"),
        ("votes", {"gender": {"male": 1}}, "votes"),
        ("languages", [{"kind": "en", "text": "hello"}], "passages that make up `text`"),
        ("private", [{"kind": "", "text": "x"}], "private"),
        ("turn_end_s", -1.0, "turn_end_s"),
    ],
)
def test_references_that_cannot_be_true_are_named(key: str, value: object, said: str) -> None:
    problems = module.parse_line("m:2", json.dumps({**FULL, key: value}).encode())
    assert isinstance(problems, list)
    assert said in " ".join(map(str, problems))


@pytest.mark.parametrize("name", ["CON", "nul", "com1.txt", "Aux", "a.", "...", "\u202eabc", "a\u200fb"])
def test_a_corpus_is_not_called_what_some_file_system_or_reader_takes_for_something_else(name, tmp_path):
    with pytest.raises(ManifestError, match="expected a name that a file can have"):
        write_manifest(tmp_path / "m.jsonl", Header(name=name, licence="x", source="y", synthetic=True), [])
