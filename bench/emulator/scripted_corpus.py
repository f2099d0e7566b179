"""A corpus of seeded noise with random words as its texts, and the emulator's script that answers with those texts.

The same arguments give the same bytes. Not speech: it exercises all but a recogniser, without a key, with answers whose
errors are known (`word_errors` of the emulator). Words are drawn from a vocabulary so large that errors, which
hang on a word and its place, are independent between utterances.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np

from bench.audio import Audio, Samples, read, resample, write_wav
from bench.corpora.entry import Entry, Shelf
from bench.corpora.manifest import Header, write_manifest
from bench.emulator.script import pcm_sha256

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
    shelf, made, entries = Shelf(folder=folder, corpus="scripted"), [], []
    for index in range(speakers * utterances):
        samples = rng.normal(0, 0.05, round(rate_hz * duration_s)).astype(np.float32)
        text = " ".join(map(_word, rng.integers(0, VOCABULARY, rng.integers(words[0], words[1] + 1))))
        path = folder / f"u{index:05}.wav"
        write_wav(path, Audio(samples, rate_hz))
        recording = Entry(
            id=path.stem,
            audio=path,
            where=path.name,
            text=text,
            language="en",
            cluster=f"speaker-{index % speakers}",
        )
        entry = {"text": text, "speech_end_s": duration_s, "batch_delay_s": 0.0, "close_delay_s": 0.0}
        if duration_s > 2 * SILENCE_S:
            start_s, end_s = SILENCE_S, duration_s - SILENCE_S
            recording = replace(recording, speech_start_s=start_s, speech_end_s=end_s)
            entry |= {
                "speech_start_s": start_s,
                "speech_end_s": end_s,
                "first_partial_delay_s": 0.2,
                "final_delay_s": 0.3,
            }
        made.append(shelf.put(recording))
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


_CONFIG = """\
# A run that needs no key: the emulator answers with known texts, of which {share} of the words are wrong.
name: demo
seed: 1
corpora: [{manifest}]
engines:
  - id: scripted
    engine: pulse
    settings: {{language: en}}
    emulate:
      recognizer: script:{script}
      behaviour: {{word_errors: {{substitution_rate: {rate}, seed: {seed}}}}}
modes: [batch, stream]
batch: {{concurrency: 8}}
stream: {{concurrency: 4, speed: 4, limit: 40}}   # faster than real time: for accuracy, on any machine
"""
_RULES = """\
# What a change may do before the gate calls it worse; `bench gate --help`, docs/ci.md.
min_utterances: 40
rules:
  - wer: +2pp
  - failed_rate: 1%
"""


def write_demo(folder: Path, *, error_rate: float = 0.06, seed: int = 1) -> tuple[Path, ...]:
    """A corpus, a run config and rules for the gate; what is there already stays as it is. Returns what was written.

    Args:
        folder: where; the config names the corpus from the working directory.
        error_rate: share of the words that the emulator gets wrong.
        seed: of those errors.
    """
    manifest, script = folder / "corpus" / "manifest.jsonl", folder / "corpus" / "script.yaml"
    if not manifest.exists():
        make(folder / "corpus", speakers=30, utterances=4)
    texts = {
        "demo.yaml": _CONFIG.format(
            manifest=manifest.as_posix(),
            script=script.as_posix(),
            rate=error_rate,
            share=f"{error_rate:.0%}",
            seed=seed,
        ),
        "gate.yaml": _RULES,
    }
    new = [folder / name for name in texts if not (folder / name).exists()]
    for path in new:
        path.write_text(texts[path.name], encoding="utf-8")
    return (manifest, *new)
