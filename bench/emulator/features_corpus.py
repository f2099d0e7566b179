"""Two corpora of seeded noise whose references say everything that can be measured beyond words, and a script that
recites them.

Writes FOLDER/manifest.jsonl, FOLDER/mixed.jsonl, FOLDER/script.yaml and the recordings. The first are calls of two
voices of 4 s, with a card number, a name, a mood and an end of turn, and 2 s of silence after it. In the second English
and Spanish mix, two of four Spanish words are always answered wrong, and speech goes on to the end, so that the last
final comes when the end is sent. Not speech: it exercises everything but a recogniser, with answers whose errors are
known (`feature_errors` of the emulator).
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import yaml

from bench.audio import Audio, write_wav
from bench.corpora.entry import Entry, Shelf
from bench.corpora.manifest import Header, write_manifest
from bench.emulator.heard import spread
from bench.types import Passage, Segment, Utterance

RATE_HZ = 16_000
SPEECH_S, LENGTH_S = 4.0, 6.0
CARD = "4111 2222"
MIXED = (("en", "I told him"), ("es", "buenos días mi amigo"), ("en", "and then he left."))
MISHEARD = "I told him buenos tías me amigo and then he left."
_EMOTIONS, _GENDERS, _AGES = ("happy", "sad", "angry", "neutral"), ("female", "male"), ("24", "38", "61")


def make(folder: Path, *, calls: int = 10, mixed: int = 4, seed: int = 1) -> tuple[Path, Path]:
    """Write so many calls and recordings of two languages; returns the calls' manifest and the script."""
    folder.mkdir(parents=True, exist_ok=True)
    manifest, of_mixed, script = folder / "manifest.jsonl", folder / "mixed.jsonl", folder / "script.yaml"
    two_languages = [_mixed(folder, number, seed) for number in range(mixed)]
    write_manifest(manifest, _header("features"), [_call(folder, number, seed) for number in range(calls)])
    write_manifest(of_mixed, _header("features-mixed"), two_languages)
    answers = [{"id": utterance.key, "text": MISHEARD, "speech_end_s": None} for utterance in two_languages]
    manifests = [str(manifest), str(of_mixed)]
    content = {"recites": True, "prefix_s": 0.1, "manifests": manifests, "utterances": answers}
    script.write_text(yaml.safe_dump(content, allow_unicode=True, sort_keys=False), encoding="utf-8")
    return manifest, script


def _header(name: str) -> Header:
    return Header(name=name, licence="CC0-1.0", source="bench.emulator.features_corpus", synthetic=True)


def _noise(path: Path, seed: tuple[int, ...], length_s: float) -> None:
    """Speech, as far as anything here knows, and silence up to a length."""
    rng = np.random.default_rng(seed)
    samples = rng.normal(0, 0.05, round(RATE_HZ * length_s)).astype(np.float32)
    samples[round(RATE_HZ * SPEECH_S) :] = 0.0
    write_wav(path, Audio(samples, RATE_HZ))


def _mixed(folder: Path, number: int, seed: int) -> Utterance:
    path = folder / f"mixed{number:03}.wav"
    _noise(path, (seed, number, 1), SPEECH_S)
    entry = Entry(
        id=path.stem,
        audio=path,
        where=path.name,
        text=" ".join(text for _, text in MIXED),
        language="en",
        cluster=path.stem,
        speech_start_s=0.2,
        speech_end_s=SPEECH_S,
        languages=tuple(Passage(kind=language, text=text) for language, text in MIXED),
    )
    return Shelf(folder=folder, corpus="features-mixed").put(entry)


def _call(folder: Path, number: int, seed: int) -> Utterance:
    path = folder / f"call{number:03}.wav"
    _noise(path, (seed, number), LENGTH_S)
    segments = (
        Segment(text="Good morning, how are you?", start_s=0.2, end_s=1.7, speaker="0"),
        Segment(text=f"Ada here, my card is {CARD}.", start_s=2.0, end_s=4.0, speaker="1"),
    )
    text = " ".join(segment.text for segment in segments)
    entry = Entry(
        id=path.stem,
        audio=path,
        where=path.name,
        text=text,
        language="en",
        cluster=path.stem,
        words=tuple(w for s in segments for w in spread(s.text.split(), s.start_s or 0.0, s.end_s or 0.0)),
        speech_start_s=0.2,
        speech_end_s=SPEECH_S,
        segments=segments,
        labels={
            "emotion": _EMOTIONS[number % len(_EMOTIONS)],
            "gender": _GENDERS[number % len(_GENDERS)],
            "age": _AGES[number % len(_AGES)],
            "language": "en",
        },
        entities=(Passage(kind="person", text="Ada"),),
        private=(Passage(kind="card_number", text=CARD), Passage(kind="person", text="Ada")),
        turn_end_s=SPEECH_S,
    )
    return Shelf(folder=folder, corpus="features").put(entry)
