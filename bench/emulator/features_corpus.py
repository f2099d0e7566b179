"""A corpus of seeded noise whose references say everything that can be measured beyond words, and a script that recites
it.

Writes FOLDER/manifest.jsonl, FOLDER/script.yaml and the recordings. Each is a call of two voices of 4 s, with a card
number, a name, a mood and an end of turn, and 2 s of silence after it. Not speech: it exercises everything but a
recogniser, with answers whose errors are known (`feature_errors` of the emulator).
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

from bench.audio import Audio, sha256_file, write_wav
from bench.corpora.manifest import Header, write_manifest
from bench.emulator.heard import spread
from bench.types import Passage, Segment, Utterance

RATE_HZ = 16_000
SPEECH_S, LENGTH_S = 4.0, 6.0
CARD = "4111 2222"
_EMOTIONS, _GENDERS, _AGES = ("happy", "sad", "angry", "neutral"), ("female", "male"), ("24", "38", "61")


def make(folder: Path, *, calls: int = 10, seed: int = 1) -> tuple[Path, Path]:
    """Write so many calls; returns manifest and script."""
    folder.mkdir(parents=True, exist_ok=True)
    manifest, script = folder / "manifest.jsonl", folder / "script.yaml"
    header = Header(name="features", licence="CC0-1.0", source="bench.emulator.features_corpus", synthetic=True)
    write_manifest(manifest, header, [_call(folder, number, seed) for number in range(calls)])
    script.write_text(f"recites: true\nprefix_s: 0.1\nmanifests: [{manifest}]\n", encoding="utf-8")
    return manifest, script


def _call(folder: Path, number: int, seed: int) -> Utterance:
    rng = np.random.default_rng((seed, number))
    samples = rng.normal(0, 0.05, round(RATE_HZ * LENGTH_S)).astype(np.float32)
    samples[round(RATE_HZ * SPEECH_S) :] = 0.0
    path = folder / f"call{number:03}.wav"
    write_wav(path, Audio(samples, RATE_HZ))
    segments = (
        Segment(text="Good morning, how are you?", start_s=0.2, end_s=1.7, speaker="0"),
        Segment(text=f"Ada here, my card is {CARD}.", start_s=2.0, end_s=4.0, speaker="1"),
    )
    text = " ".join(segment.text for segment in segments)
    return Utterance(
        id=path.stem,
        corpus="features",
        audio=path.name,
        sha256=sha256_file(path),
        sample_rate_hz=RATE_HZ,
        num_samples=len(samples),
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
