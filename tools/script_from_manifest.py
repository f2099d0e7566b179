"""The emulator's script that answers a corpus with its own texts, as a start for a script of your own.

    python tools/script_from_manifest.py corpora/my-calls/manifest.jsonl > my-calls.yaml

Recordings are known by the hash of their samples as mono 16 kHz 16-bit PCM, so the script answers where the condition
leaves the audio alone.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import yaml

from bench.audio import read, resample
from bench.corpora.manifest import load_manifest, resolve_audio
from bench.emulator.script import pcm_sha256

RATE_HZ = 16_000
PREFIX_S = 0.75
"""Long enough to tell recordings apart that begin with silence."""


def script(manifest: Path) -> dict[str, Any]:
    """A script as the emulator reads it."""
    entries = []
    for utterance in load_manifest(manifest).utterances:
        samples = resample(read(resolve_audio(manifest.parent, utterance.audio)), RATE_HZ).samples
        entries.append(
            {
                "text": utterance.text,
                "sha256": pcm_sha256(samples),
                "prefix_sha256": pcm_sha256(samples[: round(PREFIX_S * RATE_HZ)]),
                "speech_start_s": utterance.speech_start_s or 0.0,
                "speech_end_s": utterance.speech_end_s,
            }
        )
    return {"prefix_s": PREFIX_S, "utterances": entries}


def main() -> None:
    if len(sys.argv) != 2:
        sys.exit("usage: python tools/script_from_manifest.py MANIFEST > SCRIPT")
    yaml.safe_dump(script(Path(sys.argv[1])), sys.stdout, allow_unicode=True, sort_keys=False, width=1000)


if __name__ == "__main__":
    main()
