from pathlib import Path

import numpy as np
import pytest

from bench import audio
from bench.corpora.entry import Entry, Shelf
from bench.corpora.manifest import Header, header_line, utterance_line, write_manifest
from bench.corpora.validate import Validation, speakers_unknown, validate
from bench.errors import ManifestError
from bench.types import Utterance
from tests.corpora.tiny import HEADER, put_tone, tone, utterance


def checked(tmp_path: Path, *items: Utterance, header: Header = HEADER) -> Validation:
    write_manifest(tmp_path / "m.jsonl", header, items)
    return validate(tmp_path / "m.jsonl", audio="none")


def codes(found: Validation) -> list[tuple[int, str, str]]:
    return [(finding.line, finding.severity, finding.code) for finding in found.findings]


def test_a_sound_manifest_has_no_findings(tmp_path: Path) -> None:
    found = checked(tmp_path, utterance("a"), utterance("b", text="नमस्ते दुनिया, कैसे हैं आप?", language="hi"))
    assert codes(found) == []
    assert found.count == 2


@pytest.mark.parametrize(
    ("text", "language", "expected"),
    [
        ("", "en", ("warning", "empty-text")),
        ("  \t", "en", ("warning", "empty-text")),
        ("a \ufffd b", "en", ("error", "text-replacement")),
        ("a\x07b and more words", "en", ("warning", "text-control")),
        ("well [laughter] yes", "en", ("warning", "text-markup")),
        ("well <unk> yes then", "en", ("warning", "text-markup")),
        ("this &amp; that and those", "en", ("warning", "text-markup")),
        ("see https://example.org now", "en", ("warning", "text-address")),
        ("NaN", "en", ("warning", "text-placeholder")),
        ("null", "en", ("warning", "text-placeholder")),
        (" leading space here", "en", ("warning", "text-spaces")),
        ("नमस्ते world", "hi", ("warning", "text-script")),
        ("hello мир", "en", ("warning", "text-script")),
        ("राम اردو", "hi", ("warning", "text-script")),
        ("call 42 now", "en", ("warning", "text-digits")),
        ("कमरा ४२ में", "hi", ("warning", "text-digits")),
        ("the {colour|color was grey", "en", ("warning", "text-braces")),
        ("the colour|color} was grey", "en", ("warning", "text-braces")),
        ("the {colour|{color|hue}} was grey", "en", ("warning", "text-braces")),
        ("}the {colour|color} was grey{", "en", ("warning", "text-braces")),
        ("a" * 200, "en", ("warning", "too-fast")),
        ("字" * 50, "zh", ("warning", "too-fast")),
    ],
)
def test_a_doubtful_text_is_found(tmp_path: Path, text: str, language: str, expected: tuple[str, str]) -> None:
    found = checked(tmp_path, utterance("ok"), utterance("bad", text=text, language=language))
    assert codes(found) == [(3, *expected)]


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("naïve café, déjà-vu — l’été", "fr"),
        ("the {colour|color} was {grey|} {*}", "en"),
        ("e\u0301te\u0301 decomposed", "fr"),
        ("कृपया, ज़रा रुकिए\u200c ठीक है।", "hi"),
        ("ನಮಸ್ಕಾರ", "kn"),
        ("ଓଡ଼ିଆ ଭାଷା", "or"),
        ("コーヒーを飲みます。", "ja"),
        ("그는 안녕하세요", "ko"),
        ("Bonġu, kif int?", "mt"),
        ("whatever зачем کیا", "multi"),
        ("anything 字", "xx"),
    ],
)
def test_a_proper_text_is_left_in_peace(tmp_path: Path, text: str, language: str) -> None:
    assert codes(checked(tmp_path, utterance(text=text, language=language))) == []


def test_repeats_name_the_first_line(tmp_path: Path) -> None:
    same_audio = {"sha256": "a" * 64}
    found = checked(
        tmp_path,
        utterance("a", text="Hello there friend", **same_audio),
        utterance("b", text="other words here", **same_audio),
        utterance("c", text="hello THERE friend"),
        utterance("d", text="Hello there friend", **same_audio),
        utterance("e", text="hello there friend", language="de"),
        utterance("a", text="again the same id"),
    )
    assert codes(found) == [
        (3, "error", "duplicate-audio-other-text"),
        (4, "warning", "duplicate-text"),
        (5, "warning", "duplicate-audio"),
        (7, "error", "duplicate-id"),
    ]
    assert all("line 2" in finding.message for finding in found.findings)
    assert found.findings[1].message == "the text of line 2 again (3 lines have it)"


def test_bounds_of_speech_must_fit_the_audio(tmp_path: Path) -> None:
    found = checked(tmp_path, utterance("a", speech_end_s=2.5), utterance("b", speech_start_s=1.0, speech_end_s=0.5))
    assert codes(found)[:2] == [(2, "error", "speech-bounds"), (3, "error", "speech-bounds")]


def test_a_speech_rate_unlike_the_rest_betrays_a_wrong_reference(tmp_path: Path) -> None:
    rng = np.random.default_rng(1)
    usual = [
        utterance(
            f"u{number}",
            text="x" * int(rng.integers(24, 34)) + str(number).translate({48 + d: 97 + d for d in range(10)}),
        )
        for number in range(60)
    ]
    found = checked(tmp_path, *usual, utterance("cut", text="oh"))
    assert codes(found) == [(62, "warning", "rate-outlier")]
    assert "is usual for en" in found.findings[0].message


def test_bad_lines_are_counted_and_the_rest_is_still_checked(tmp_path: Path) -> None:
    path = tmp_path / "m.jsonl"
    good = utterance_line(utterance("b", text="room 7 please"))
    path.write_text(f'{header_line(HEADER)}\n{{"id": 1}}\n{good}\n', encoding="utf-8")
    found = validate(path, audio="none")
    assert (3, "warning", "text-digits") in codes(found)
    assert {finding.code for finding in found.findings if finding.line == 2} == {"bad-line"}
    assert "id: expected text, got 1" in [finding.message for finding in found.findings]
    assert found.count == 1


def test_a_header_alone_is_an_error(tmp_path: Path) -> None:
    assert codes(checked(tmp_path)) == [(1, "error", "no-utterances")]


def test_a_file_that_is_no_manifest_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ManifestError):
        validate(tmp_path / "none.jsonl")


def test_thousands_of_findings_are_counted_and_few_are_kept(tmp_path: Path) -> None:
    found = checked(tmp_path, *(utterance(f"u{number}", text=f"number {number}") for number in range(1000)))
    assert found.counts["warning", "text-digits"] == 1000
    assert len([finding for finding in found.findings if finding.code == "text-digits"]) == 200
    assert (found.errors, found.warnings) == (0, sum(found.counts.values()))


def recorded(tmp_path: Path, name: str, recording: audio.Audio) -> Utterance:
    path = tmp_path / "in" / f"{name}.wav"
    audio.write_wav(path, recording)
    shelf = Shelf(folder=tmp_path, corpus="tiny")
    return shelf.put(Entry(id=name, text=f"what {name} says", language="en", audio=path, where=name))


def test_recordings_are_compared_with_what_is_said_of_them(tmp_path: Path) -> None:
    loud = tone(0.5, level=0.5)
    clipped = audio.Audio(np.clip(loud.samples * 4, -1, 1), loud.sample_rate_hz)
    silent = audio.Audio(np.zeros(8000, dtype=np.float32), 16_000)
    items = [
        recorded(tmp_path, "fine", loud),
        recorded(tmp_path, "gone", tone(0.5, hz=310)),
        recorded(tmp_path, "changed", tone(0.5, hz=320)),
        recorded(tmp_path, "broken", tone(0.5, hz=330)),
        recorded(tmp_path, "clipped", clipped),
        recorded(tmp_path, "silent", silent),
    ]
    (tmp_path / items[1].audio).unlink()
    put_tone(tmp_path / items[2].audio, 0.25, 8_000)
    (tmp_path / items[3].audio).write_bytes(b"not audio")
    write_manifest(tmp_path / "m.jsonl", HEADER, [*items, utterance("far", audio="https://example.org/a.wav")])
    found = validate(tmp_path / "m.jsonl")
    assert codes(found) == [
        (3, "error", "audio-missing"),
        (4, "error", "audio-changed"),
        (4, "error", "audio-length"),
        (5, "error", "audio-unreadable"),
        (6, "warning", "clipping"),
        (7, "warning", "silence"),
        (8, "error", "audio-unreachable"),
    ]
    assert (
        "expected 8000 samples at 16000 Hz (0.500 s), got 2000 samples at 8000 Hz (0.250 s)"
        in found.findings[2].message
    )
    only_there = validate(tmp_path / "m.jsonl", audio="exists")
    assert [code for _, _, code in codes(only_there)] == ["audio-missing", "audio-unreachable"]


def test_recordings_whose_speaker_nobody_gave_are_not_speakers_of_their_own_without_a_word():
    assert speakers_unknown(0, 9) is None
    assert speakers_unknown(9, 9).startswith("speakers unknown: intervals speak of these utterances only")
    assert speakers_unknown(4, 9).startswith("speakers unknown of 4 of 9 utterances: ")
