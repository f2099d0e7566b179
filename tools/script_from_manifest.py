"""The emulator's script that answers corpora with their own texts, as a start for a script of your own.

    python tools/script_from_manifest.py corpora/my-calls/manifest.jsonl > my-calls.yaml

Recordings are known by the hash of their samples, so the script answers where the condition leaves the audio alone.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import yaml

from bench.corpora.manifest import load_manifest

PREFIX_S = 0.75
"""Long enough to tell recordings apart that begin with silence."""


def script(manifests: list[str]) -> dict[str, Any]:
    """A script as the emulator reads it."""
    utterances = [utterance for path in manifests for utterance in load_manifest(Path(path)).utterances]
    entries = [{"id": f"{utterance.corpus}/{utterance.id}", "text": utterance.text} for utterance in utterances]
    return {"prefix_s": PREFIX_S, "manifests": manifests, "utterances": entries}


def main() -> None:
    if len(sys.argv) < 2:
        sys.exit("usage: python tools/script_from_manifest.py MANIFEST... > SCRIPT")
    yaml.safe_dump(script(sys.argv[1:]), sys.stdout, allow_unicode=True, sort_keys=False, width=1000)


if __name__ == "__main__":
    main()
