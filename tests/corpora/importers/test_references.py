"""What formats say of a reference beyond its words reaches the manifest."""

import json
from pathlib import Path

import pytest

from bench.types import Passage
from tests.corpora.test_importing import bring_in, out, put_tone, refused, text_file

ADA = Passage(kind="person", text="Ada", forms=("Aida",))
CARD = Passage(kind="card_number", text="4111", start_s=0.5, end_s=0.9)
COLUMNS = {
    "entities": [{"kind": "person", "text": "Ada", "forms": ["Aida"]}],
    "private": [{"kind": "card_number", "text": "4111", "start_s": 0.5, "end_s": 0.9}],
    "languages": [{"kind": "en", "text": "Ada"}, {"kind": "hi", "text": "4111"}],
    "turn_end_s": 0.95,
    "votes": {"emotion": {"angry": 3, "sad": 1, "happy": 0}},
}


def check(utterance):
    assert utterance.entities == (ADA,)
    assert utterance.private == (CARD,)
    assert [passage.kind for passage in utterance.languages] == ["en", "hi"]
    assert utterance.turn_end_s == 0.95
    assert utterance.votes == {"emotion": {"angry": 3, "sad": 1}}


def test_rows_carry_passages_and_the_end_of_the_turn(tmp_path: Path):
    put_tone(tmp_path / "in/a.wav")
    row = {"file_name": "a.wav", "text": "Ada 4111", **COLUMNS}
    lines = text_file(tmp_path / "in/m.jsonl", json.dumps(row))
    check(bring_in("jsonl", lines, out(tmp_path), language="en").utterances[0])
    folder = text_file(tmp_path / "folder/metadata.jsonl", json.dumps(row)).parent
    put_tone(folder / "a.wav")
    check(bring_in("audiofolder", folder, out(tmp_path / "b"), language="en").utterances[0])
    cells = [json.dumps(cell) if isinstance(cell, list | dict) else str(cell) for cell in row.values()]
    table = "\t".join(row) + "\n" + "\t".join(cells) + "\n"
    tsv = text_file(tmp_path / "in/m.tsv", table)
    check(bring_in("tsv", tsv, out(tmp_path / "c"), language="en").utterances[0])


@pytest.mark.parametrize(
    ("column", "value", "said"),
    [
        ("private", "Ada", "a list of passages"),
        ("entities", [{"kind": "person"}], "a kind and a text"),
        ("private", [{"kind": "", "text": "x"}], "a kind and a text"),
        ("private", [{"kind": "pin", "text": "x", "colour": 1}], "a kind and a text"),
        ("private", [{"kind": "pin", "text": "x", "start_s": -1}], "start_s in seconds"),
        ("turn_end_s", "soon", "turn_end_s in seconds"),
        ("votes", {"emotion": {"angry": -1}}, "how many chose which label"),
        ("votes", {"emotion": {"angry": 0}}, "how many chose which label"),
        ("votes", {"mood": {"angry": 1}}, "how many chose which label"),
    ],
)
def test_what_is_no_passage_is_refused_with_its_place(tmp_path: Path, column, value, said):
    put_tone(tmp_path / "in/a.wav")
    lines = text_file(tmp_path / "in/m.jsonl", json.dumps({"audio": "a.wav", "text": "x", column: value}))
    message = refused("jsonl", lines, out(tmp_path), language="en")
    assert said in message
    assert "m.jsonl:1" in message


def test_other_columns_of_these_names_are_left_alone(tmp_path: Path):
    put_tone(tmp_path / "in/a.wav")
    row = {"audio": "a.wav", "text": "x", "languages": ["en", "hi"], "entities": "none"}
    lines = text_file(tmp_path / "in/m.jsonl", json.dumps(row))
    (made,) = bring_in("jsonl", lines, out(tmp_path), language="en").utterances
    assert (made.languages, made.entities) == ((), ())


def test_lhotse_s_supervisions_have_words_labels_and_passages(tmp_path: Path):
    put_tone(tmp_path / "in/a.wav", 3.0)
    source = {"type": "file", "channels": [0], "source": "a.wav"}
    recording = {"id": "a", "sources": [source], "sampling_rate": 8000, "duration": 3.0, "num_samples": 24000}
    supervision = {
        "id": "a1",
        "recording_id": "a",
        "start": 1.0,
        "duration": 1.0,
        "channel": 0,
        "text": "Ada 4111",
        "gender": "F",
        "custom": {**COLUMNS, "emotion": "sad", "age": 34},
        "alignment": {"word": [["Ada", 1.1, 0.2], ["4111", 1.5, 0.4, 0.9]]},
    }
    text_file(tmp_path / "in/recordings.jsonl", json.dumps(recording))
    text_file(tmp_path / "in/supervisions.jsonl", json.dumps(supervision))
    (made,) = bring_in("lhotse", tmp_path / "in", out(tmp_path), language="en").utterances
    check(made)
    assert made.labels == {"emotion": "sad", "age": "34", "gender": "female"}
    assert [(word.text, word.start_s, word.end_s) for word in made.words] == [("Ada", 0.1, 0.3), ("4111", 0.5, 0.9)]


def test_kaldi_tables_say_age_and_emotion(tmp_path: Path):
    put_tone(tmp_path / "in/a.wav")
    tables = {"wav.scp": "u1 a.wav", "text": "u1 hello", "utt2spk": "u1 s1", "spk2gender": "s1 f", "spk2age": "s1 41"}
    for name, line in {**tables, "utt2emotion": "u1 happy"}.items():
        text_file(tmp_path / "in" / name, line + "\n")
    (made,) = bring_in("kaldi", tmp_path / "in", out(tmp_path), language="en").utterances
    assert made.labels == {"gender": "f", "age": "41", "emotion": "happy"}


def test_conversations_say_who_their_speakers_are(tmp_path: Path):
    put_tone(tmp_path / "in/call.wav", 3.0)
    lines = ["SPEAKER call 1 0.5 1.0 <NA> <NA> ann <NA> <NA>", "SPKR-INFO call 1 <NA> <NA> <NA> adult_female ann <NA>"]
    text_file(tmp_path / "in/rttm/call.rttm", "\n".join(lines))
    (made,) = bring_in(
        "rttm", tmp_path / "in/rttm", out(tmp_path), language="en", audio_root=tmp_path / "in"
    ).utterances
    assert made.speaker_labels == {"ann": {"gender": "female"}}
    rows = [
        {"session_id": "call", "speaker": "ann", "start_time": 0, "end_time": 1, "words": "Ada", "age": 30},
        {"session_id": "call", "speaker": "ben", "start_time": 1, "end_time": 2, "words": "4111", "gender": "male"},
    ]
    rows[1] |= {"private": COLUMNS["private"]}
    text_file(tmp_path / "in/lists/call.json", json.dumps(rows))
    given = {"language": "en", "audio_root": tmp_path / "in"}
    (made,) = bring_in("seglst", tmp_path / "in/lists", out(tmp_path / "b"), **given).utterances
    assert made.speaker_labels == {"ann": {"age": "30"}, "ben": {"gender": "male"}}
    assert made.private == (CARD,)


def test_stm_labels_say_the_gender(tmp_path: Path):
    put_tone(tmp_path / "in/call.wav", 3.0)
    source = text_file(tmp_path / "in/ref.stm", "call A ann 0.0 1.0 <o,f0,female> hello\n")
    (made,) = bring_in("stm", source, out(tmp_path), language="en").utterances
    assert made.labels == {"gender": "female"}


TIERS = """\
File type = "ooTextFile"
Object class = "TextGrid"

0
3
<exists>
2
"IntervalTier"
"ann"
0
3
2
0
1
""
1
3
"Ada 4111"
"IntervalTier"
"private"
0
3
3
0
1.5
""
1.5
1.9
"card_number: 4111"
1.9
3
""
"""


def test_a_tier_of_passages_lies_over_the_others(tmp_path: Path):
    put_tone(tmp_path / "in/call.wav", 3.0)
    source = text_file(tmp_path / "in/call.TextGrid", TIERS)
    (made,) = bring_in("textgrid", source, out(tmp_path), language="en").utterances
    assert (made.text, made.private) == ("Ada 4111", (CARD,))
    (whole,) = bring_in("textgrid", source, out(tmp_path / "b"), language="en", whole=True).utterances
    assert [(passage.start_s, passage.end_s) for passage in whole.private] == [(1.5, 1.9)]
    wrong = text_file(tmp_path / "in/call.TextGrid", TIERS.replace("card_number: 4111", "4111"))
    assert "`kind: text`" in refused("textgrid", wrong, out(tmp_path / "c"), language="en")
