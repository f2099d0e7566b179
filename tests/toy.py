"""A corpus of seeded noise with known texts, and an emulator script that answers it in a known way."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import yaml

from bench.audio import Audio, sha256_file, write_wav
from bench.corpora.manifest import Header, write_manifest
from bench.emulator.script import pcm_sha256
from bench.types import Utterance

RATE_HZ = 16_000
SPEECH_START_S, SPEECH_END_S = 0.2, 0.8


@dataclass(frozen=True)
class Line:
    """What was said, what the scripted engine answers, and the speaker."""

    reference: str
    answer: str
    speaker: str = "a"


LINES = (
    Line("the cat sat on the mat", "the cat sat on the mat"),  # no error
    Line("red blue green white", "red blew green white", "b"),  # 1 substitution
    Line("hello big wide world", "hello world"),  # 2 deletions
    Line("good morning", "a very good morning", "b"),  # 2 insertions
)


def make_corpus(folder: Path, lines: Sequence[Line] = LINES, duration_s: float = 1.3) -> Path:
    """Write recordings and a manifest; returns its path."""
    rng = np.random.default_rng(7)
    utterances = []
    for number, line in enumerate(lines):
        samples = rng.normal(0, 0.05, round(RATE_HZ * duration_s)).astype(np.float32)
        path = folder / f"u{number}.wav"
        write_wav(path, Audio(samples, RATE_HZ))
        utterances.append(
            Utterance(
                id=f"u{number}",
                corpus="toy",
                audio=path.name,
                sha256=sha256_file(path),
                sample_rate_hz=RATE_HZ,
                num_samples=len(samples),
                text=line.reference,
                language="en",
                cluster=line.speaker,
                speech_start_s=SPEECH_START_S,
                speech_end_s=SPEECH_END_S,
            )
        )
    manifest = folder / "manifest.jsonl"
    header = Header(name="toy", licence="CC0-1.0", source="made by the tests", synthetic=True)
    write_manifest(manifest, header, utterances)
    return manifest


def make_script(folder: Path, lines: Sequence[Line] = LINES, **delays: float) -> Path:
    """The script that answers each recording of `make_corpus` in the same folder; returns its path."""
    from bench.audio import read

    entries = []
    for number, line in enumerate(lines):
        samples = read(folder / f"u{number}.wav").samples
        entries.append(
            {
                "text": line.answer,
                "sha256": pcm_sha256(samples),
                "prefix_sha256": pcm_sha256(samples[: RATE_HZ // 4]),
                "speech_start_s": SPEECH_START_S,
                "speech_end_s": SPEECH_END_S,
                **delays,
            }
        )
    script = folder / "script.yaml"
    script.write_text(yaml.safe_dump({"utterances": entries}), encoding="utf-8")
    return script


def make_config(folder: Path, manifest: Path, script: Path, **changes: Any) -> Path:
    """A config of one scripted engine behind the emulator; `changes` replace top-level keys."""
    config: dict[str, Any] = {
        "name": "toy",
        "corpora": [str(manifest)],
        "engines": [
            {
                "id": "scripted",
                "engine": "pulse",
                "settings": {"language": "en", "end_deadline_s": 120},  # for what hangs, not for what is slow
                "emulate": {"recognizer": f"script:{script}"},
            }
        ],
        "stream": {"concurrency": 1, "connect_timeout_s": 120},
        # A busy test machine is late; the tests of validity set limits of their own.
        "validity": {
            "max_send_lag_p99_s": 60,
            "max_send_lag_s": 60,
            "max_backpressure_s": 60,
            "max_clock_step_s": 60,
            "max_cpu_saturated": 1.0,
        },
        "retry": {"attempts": 2, "base_s": 0.01},
        **changes,
    }
    path = folder / "config.yaml"
    path.write_text(yaml.safe_dump(config), encoding="utf-8")
    return path
