"""What a script gets wrong on purpose, from the emulator's socket to the estimate."""

from __future__ import annotations

from pathlib import Path

import pytest

import bench
from bench.audio import sha256_file
from bench.corpora.manifest import Header, write_manifest
from bench.emulator.feature_errors import FeatureErrors, is_let_through, misattributed, mislabelled
from bench.types import Passage, Segment, Utterance, Word
from tests.corpora.tiny import put_tone

HEADER = Header(name="calls", licence="own", source="made", synthetic=True)


def call(folder: Path, number: int) -> Utterance:
    """Four seconds in which two speak in turn, and the second is named by a card number."""
    path = put_tone(folder / f"call{number}.wav", seconds=4.0, hz=200.0 + 20 * number)
    return Utterance(
        id=f"call{number}",
        corpus="calls",
        audio=path.name,
        sha256=sha256_file(path),
        sample_rate_hz=16_000,
        num_samples=64_000,
        text="good morning how are you my card is 4111 2222",
        language="en",
        cluster=f"call{number}",
        segments=(
            Segment(text="good morning how are you", start_s=0.2, end_s=1.7, speaker="0"),
            Segment(text="my card is 4111 2222", start_s=2.0, end_s=3.5, speaker="1"),
        ),
        labels={"emotion": "happy" if number % 2 else "sad", "gender": "female", "age": "34"},
        private=(Passage(kind="card_number", text="4111 2222"),),
        turn_end_s=3.5,
    )


WORDS = tuple(
    Word(text=f"w{k}", start_s=float(k), end_s=k + 0.5, speaker="ann" if k % 2 else "ben") for k in range(1000)
)


def test_speakers_are_swapped_as_often_as_ordered():
    heard = misattributed(WORDS, FeatureErrors(swapped_speakers_rate=0.3))
    assert sum(a.speaker != b.speaker for a, b in zip(WORDS, heard, strict=True)) / 1000 == pytest.approx(0.3, abs=0.05)


def test_merged_speakers_are_one_and_times_are_shifted():
    heard = misattributed(WORDS, FeatureErrors(merged_speakers=True, word_shift_s=0.2))
    assert {word.speaker for word in heard} == {"ann"}
    assert heard[3].start_s == pytest.approx(3.2)


def test_labels_are_wrong_or_absent_as_often_as_ordered():
    errors = FeatureErrors(wrong_labels_rate=0.2, absent_labels_rate=0.1)
    made = [mislabelled({"gender": "male"}, errors, str(k)) for k in range(1000)]
    assert sum(not labels for labels in made) / 1000 == pytest.approx(0.1, abs=0.03)
    assert sum(labels.get("gender") == "female" for labels in made) / 900 == pytest.approx(0.2, abs=0.04)


def test_redaction_lets_through_what_was_ordered():
    assert sum(is_let_through(str(k), FeatureErrors(leak_rate=0.25)) for k in range(1000)) == pytest.approx(250, abs=45)


@pytest.mark.parametrize(
    ("errors", "expected"),
    [
        (
            {},
            {
                "cpwer": 0.0,
                "der": 0.0,
                "wder": 0.0,
                "emotion_f1": 1.0,
                "gender_accuracy": 1.0,
                "boundaries_f1_250_ms": 1.0,
            },
        ),
        ({"merged_speakers": True}, {"speaker_count.bias": -1.0, "wder": 0.5, "der.confused": 0.5}),
        ({"wrong_labels_rate": 1.0}, {"emotion_f1": 0.0, "gender_accuracy": 0.0, "gender_claimed": 1.0}),
        ({"absent_labels_rate": 1.0}, {"gender_claimed": 0.0}),
        ({"leak_rate": 0.0}, {"leaked_cards": 0.0, "leaked_private": 0.0, "leaked_private.final": 0.0}),
        ({"leak_rate": 1.0}, {"leaked_cards": 1.0, "leaked_private": 1.0}),
        ({"word_shift_s": 0.4}, {"cpwer": 0.0, "der.missed": 0.7 / 3, "der.confused": 0.1 / 3}),
    ],
)
def test_what_was_ordered_is_what_the_run_reports(tmp_path: Path, errors: dict[str, object], expected):
    write_manifest(tmp_path / "manifest.jsonl", HEADER, [call(tmp_path, k) for k in range(4)])
    (tmp_path / "script.yaml").write_text(f"recites: true\nmanifests: [{tmp_path}/manifest.jsonl]\n", "utf-8")
    run = bench.run(config_of(tmp_path, errors), out=tmp_path / "run")
    values = run.estimates.set_index("metric")["value"].to_dict()
    assert {name: values.get(name) for name in expected} == pytest.approx(expected)


def config_of(folder: Path, errors: dict[str, object]) -> dict[str, object]:
    emulate = {
        "recognizer": f"script:{folder}/script.yaml",
        "behaviour": {"redacted_words": ["4111", "2222"], "feature_errors": errors},
    }
    params = {"language": "en", "word_timestamps": True, "diarize": True}
    params |= {name: True for name in ("emotion_detection", "gender_detection", "age_detection")}
    params["redact_pci"] = "leak_rate" in errors
    return {
        "name": "features",
        "corpora": [f"{folder}/manifest.jsonl"],
        "engines": [{"id": "pulse", "engine": "pulse", "emulate": emulate, "settings": params}],
        "modes": ["batch"],
    }
