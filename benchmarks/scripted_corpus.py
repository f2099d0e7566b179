"""A corpus of seeded noise with random words as its texts, and the emulator's script that answers with those texts.

    python -m benchmarks.scripted_corpus FOLDER [--speakers 40] [--utterances 10] [--seed 1]
    python -m benchmarks.scripted_corpus FOLDER --rate 16000 --duration 1.6 --also-at 24000    (configs/dialects.yaml)

Writes FOLDER/manifest.jsonl, FOLDER/script.yaml and the recordings; the same arguments give the same bytes. Not speech:
it exercises everything but a recogniser, with answers whose errors are known (`word_errors` of the emulator). Words are
drawn from a vocabulary so large that errors, which hang on a word and its place, are independent between utterances.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np

from bench.audio import Audio, Samples, read, resample, sha256_file, write_wav
from bench.corpora.manifest import Header, write_manifest
from bench.emulator.script import pcm_sha256
from bench.types import Utterance

RATE_HZ = 8_000
DURATION_S = 0.2
PREFIX_S = 0.1
SILENCE_S = 0.3
"""Before and after the speech of recordings that are long enough for it."""
VOCABULARY = 80**3


def make(
    folder: Path,
    *,
    speakers: int,
    utterances: int,
    words: tuple[int, int] = (6, 16),
    seed: int = 1,
    rate_hz: int = RATE_HZ,
    duration_s: float = DURATION_S,
    also_at_hz: int | None = None,
) -> tuple[Path, Path]:
    """Write `speakers` x `utterances` recordings of `words` (from, to) words; returns manifest and script.

    `also_at_hz`: the script knows the recordings at this rate, too, as engines that take no other are sent them.
    """
    rng = np.random.default_rng(seed)
    made, entries = [], []
    for index in range(speakers * utterances):
        samples = rng.normal(0, 0.05, round(rate_hz * duration_s)).astype(np.float32)
        text = " ".join(map(_word, rng.integers(0, VOCABULARY, rng.integers(words[0], words[1] + 1))))
        path = folder / f"u{index:05}.wav"
        write_wav(path, Audio(samples, rate_hz))
        made.append(
            Utterance(
                id=path.stem,
                corpus="scripted",
                audio=path.name,
                sha256=sha256_file(path),
                sample_rate_hz=rate_hz,
                num_samples=len(samples),
                text=text,
                language="en",
                cluster=f"speaker-{index % speakers}",
            )
        )
        entry = {"text": text, "speech_end_s": duration_s, "batch_delay_s": 0.0, "close_delay_s": 0.0}
        if duration_s > 2 * SILENCE_S:
            bounds = {"speech_start_s": SILENCE_S, "speech_end_s": duration_s - SILENCE_S}
            made[-1] = replace(made[-1], **bounds)
            entry |= {**bounds, "first_partial_delay_s": 0.2, "final_delay_s": 0.3}
        for rate, heard in _at_rates(path, also_at_hz):
            prefix = pcm_sha256(heard[: round(rate * PREFIX_S)])
            entries.append({**entry, "sha256": pcm_sha256(heard), "prefix_sha256": prefix})
    manifest, script = folder / "manifest.jsonl", folder / "script.yaml"
    header = Header(name="scripted", licence="CC0-1.0", source="benchmarks.scripted_corpus", synthetic=True)
    write_manifest(manifest, header, made)
    script.write_text(json.dumps({"prefix_s": PREFIX_S, "utterances": entries}), encoding="utf-8")
    return manifest, script


def _at_rates(path: Path, also_at_hz: int | None) -> Iterator[tuple[int, Samples]]:
    """The recording as written, and as the harness resamples it."""
    audio = read(path)
    yield audio.sample_rate_hz, audio.samples
    if also_at_hz is not None:
        yield also_at_hz, resample(audio, also_at_hz).samples


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
    parser.add_argument("--rate", type=int, default=RATE_HZ, help="in Hz")
    parser.add_argument("--duration", type=float, default=DURATION_S, help="in seconds")
    parser.add_argument("--also-at", type=int, help="a second rate that the script knows the recordings at, in Hz")
    arguments = parser.parse_args()
    arguments.folder.mkdir(parents=True, exist_ok=True)
    make(
        arguments.folder,
        speakers=arguments.speakers,
        utterances=arguments.utterances,
        seed=arguments.seed,
        rate_hz=arguments.rate,
        duration_s=arguments.duration,
        also_at_hz=arguments.also_at,
    )


if __name__ == "__main__":
    main()
