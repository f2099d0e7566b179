"""A corpus of seeded noise with random words as its texts, and the emulator's script that answers with those texts.

    python -m benchmarks.scripted_corpus FOLDER [--speakers 40] [--utterances 10] [--seed 1]

Writes FOLDER/manifest.jsonl, FOLDER/script.yaml and the recordings; the same arguments give the same bytes. Not speech:
it exercises everything but a recogniser, with answers whose errors are known (`word_errors` of the emulator). Words are
drawn from a vocabulary so large that errors, which hang on a word and its place, are independent between utterances.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import numpy as np

from bench.audio import Audio, sha256_file, write_wav
from bench.corpora.manifest import Header, write_manifest
from bench.emulator.script import pcm_sha256
from bench.types import Utterance

RATE_HZ = 8_000
DURATION_S = 0.2
PREFIX_S = 0.1
VOCABULARY = 80**3


def make(
    folder: Path, *, speakers: int, utterances: int, words: tuple[int, int] = (6, 16), seed: int = 1
) -> tuple[Path, Path]:
    """Write `speakers` x `utterances` recordings of `words` (from, to) words; returns manifest and script."""
    rng = np.random.default_rng(seed)
    made, entries = [], []
    for index in range(speakers * utterances):
        samples = rng.normal(0, 0.05, round(RATE_HZ * DURATION_S)).astype(np.float32)
        text = " ".join(map(_word, rng.integers(0, VOCABULARY, rng.integers(words[0], words[1] + 1))))
        path = folder / f"u{index:05}.wav"
        write_wav(path, Audio(samples, RATE_HZ))
        made.append(
            Utterance(
                id=path.stem,
                corpus="scripted",
                audio=path.name,
                sha256=sha256_file(path),
                sample_rate_hz=RATE_HZ,
                num_samples=len(samples),
                text=text,
                language="en",
                cluster=f"speaker-{index % speakers}",
            )
        )
        entries.append(
            {
                "text": text,
                "sha256": pcm_sha256(samples),
                "prefix_sha256": pcm_sha256(samples[: round(RATE_HZ * PREFIX_S)]),
                "speech_end_s": DURATION_S,
                "batch_delay_s": 0.0,
                "close_delay_s": 0.0,
            }
        )
    manifest, script = folder / "manifest.jsonl", folder / "script.yaml"
    header = Header(name="scripted", licence="CC0-1.0", source="benchmarks.scripted_corpus", synthetic=True)
    write_manifest(manifest, header, made)
    script.write_text(json.dumps({"prefix_s": PREFIX_S, "utterances": entries}), encoding="utf-8")
    return manifest, script


def _word(number: int) -> str:
    """Three syllables: letters alone, so that no normaliser takes it apart."""
    digits = (number // 6400, number // 80 % 80, number % 80)
    return "".join("bcdfghjklmnprstv"[digit // 5] + "aeiou"[digit % 5] for digit in digits)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--speakers", type=int, default=40)
    parser.add_argument("--utterances", type=int, default=10, help="of each speaker")
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    arguments.folder.mkdir(parents=True, exist_ok=True)
    make(arguments.folder, speakers=arguments.speakers, utterances=arguments.utterances, seed=arguments.seed)


if __name__ == "__main__":
    main()
