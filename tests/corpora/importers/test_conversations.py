"""Conversations as their formats publish them, and parts of other formats put together again."""

import json
from pathlib import Path

import pytest

from tests.corpora.test_importing import bring_in, out, put_tone, refused, text_file

RTTM = """\
;; a comment
SPEAKER call 1 0.50 1.25 <NA> <NA> ann <NA> <NA>
SPEAKER call 1 1.00 1.00 <NA> <NA> ben <NA> <NA>
SPKR-INFO call 1 <NA> <NA> <NA> unknown ann <NA> <NA>
"""


def test_rttm_says_who_spoke_when(tmp_path: Path):
    put_tone(tmp_path / "in/call.wav", 3.0)
    source = text_file(tmp_path / "in/ref.rttm", RTTM)
    (call,) = bring_in("rttm", source, out(tmp_path), language="en").utterances
    assert [(s.speaker, s.start_s, s.end_s) for s in call.segments] == [("ann", 0.5, 1.75), ("ben", 1.0, 2.0)]
    assert (call.text, call.cluster) == ("", "call")


def test_a_uem_says_what_is_scored(tmp_path: Path):
    put_tone(tmp_path / "in/call.wav", 3.0)
    source = text_file(tmp_path / "in/ref.rttm", RTTM)
    uem = text_file(tmp_path / "in/parts.uem", ";; parts\ncall 1 2.00 2.50\ncall 1 0.00 1.50\nother 1 0 9\n")
    (call,) = bring_in("rttm", source, out(tmp_path), language="en", uem=uem).utterances
    assert call.scored_s == ((0.0, 1.5), (2.0, 2.5))


ROWS = [
    {"session_id": "call", "speaker": "ben", "start_time": 1.5, "end_time": 2.5, "words": "fine thanks"},
    {"session_id": "call", "speaker": "ann", "start_time": "0.1", "end_time": "1.0", "words": "how are you"},
]


def test_seglst_is_a_session_with_segments(tmp_path: Path):
    put_tone(tmp_path / "in/call.wav", 3.0)
    source = text_file(tmp_path / "in/ref.json", json.dumps(ROWS))
    (call,) = bring_in("seglst", source, out(tmp_path), language="en").utterances
    assert call.text == "how are you fine thanks"
    assert [segment.speaker for segment in call.segments] == ["ann", "ben"]


@pytest.mark.parametrize(
    ("kind", "text", "said"),
    [
        ("rttm", "SPEAKER call 1 0.5 1.0\n", "ref:1"),
        ("rttm", "SPEAKER call 1 0.5 -1 <NA> <NA> ann <NA> <NA>\n", "a duration in seconds, 0 or more"),
        ("rttm", "SPEAKER call 1 0.5 1 <NA> <NA> <NA> <NA> <NA>\n", "the name of a speaker"),
        ("rttm", "SPEAKER gone 1 0.5 1 <NA> <NA> ann <NA> <NA>\n", "a recording 'gone'"),
        ("seglst", "{}", "a JSON list of segments"),
        ("seglst", "[1]", "an object"),
        ("seglst", '[{"session_id": "call", "speaker": "ann"}]', "words"),
        ("seglst", json.dumps([{**ROWS[0], "end_time": 0.5}]), "an end at or after the start"),
        ("seglst", json.dumps([{**ROWS[0], "start_time": "x"}]), "start_time in seconds"),
    ],
)
def test_what_is_wrong_is_named_with_its_place(tmp_path: Path, kind: str, text: str, said: str):
    put_tone(tmp_path / "in/call.wav", 3.0)
    source = text_file(tmp_path / "in/ref", text)
    assert said in refused(kind, source, out(tmp_path), language="en")


def test_parts_of_a_recording_become_segments_of_one_utterance(tmp_path: Path):
    put_tone(tmp_path / "in/call.wav", 3.0)
    lines = "call 1 ann 0.10 1.00 <o,f0> how are you\ncall 1 ben 0.80 2.00 <o,f0> fine thanks\n"
    source = text_file(tmp_path / "in/ref.stm", lines)
    (call,) = bring_in("stm", source, out(tmp_path), language="en", whole=True).utterances
    assert call.num_samples == 48_000
    assert [(s.text, s.speaker, s.start_s) for s in call.segments] == [
        ("how are you", "ann", 0.1),
        ("fine thanks", "ben", 0.8),
    ]


def test_words_and_labels_of_parts_are_those_of_the_recording_and_its_speakers(tmp_path: Path):
    put_tone(tmp_path / "in/rec.wav", 3.0)
    for name, text in {
        "wav.scp": "rec rec.wav\n",
        "segments": "u1 rec 0.0 1.0\nu2 rec 1.0 2.0\n",
        "text": "u1 one\nu2 two\n",
        "utt2spk": "u1 ann\nu2 ben\n",
        "spk2gender": "ann f\nben m\n",
    }.items():
        text_file(tmp_path / "in" / name, text)
    (call,) = bring_in("kaldi", tmp_path / "in", out(tmp_path), language="en", whole=True).utterances
    assert call.speaker_labels == {"ann": {"gender": "f"}, "ben": {"gender": "m"}}
    cut = bring_in("kaldi", tmp_path / "in", tmp_path / "cut/manifest.jsonl", language="en").utterances
    assert [utterance.labels for utterance in cut] == [{"gender": "f"}, {"gender": "m"}]


def test_timed_words_of_parts_are_of_the_recording(tmp_path: Path):
    put_tone(tmp_path / "in/call.wav", 9.0)
    source = text_file(tmp_path / "in/ref.ctm", "call 1 1.00 0.40 hello\ncall 1 5.00 0.50 there\n")
    (call,) = bring_in("ctm", source, out(tmp_path), language="en", whole=True).utterances
    assert [(word.text, word.start_s) for word in call.words or ()] == [("hello", 1.0), ("there", 5.0)]
