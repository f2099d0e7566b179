"""Time and memory to validate a manifest of a million lines: `python benchmarks/manifest.py [LINES]`.

Lines are like those of a real corpus (id, digest, length, Hindi and English text, speaker, tags); audio is looked
for on disk but not decoded, which costs whatever the disk costs.
"""

from __future__ import annotations

import hashlib
import json
import resource
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from time import perf_counter, process_time

from bench.corpora.manifest import Header, write_manifest
from bench.corpora.validate import validate
from bench.types import Utterance

_TEXTS = ("the quick brown fox jumps over the lazy dog near the bank of river {}", "नदी के किनारे {} तेज़ भूरी लोमड़ी कूदती है")
_WORDS = (
    ("one", "three", "blue", "green", "seven", "red", "two", "nine"),
    ("एक", "तीन", "नीला", "हरा", "सात", "लाल", "दो", "नौ"),
)


def utterances(count: int) -> Iterator[Utterance]:
    for number in range(count):
        words = " ".join(_WORDS[number % 2][(number >> shift) % 8] for shift in range(0, 24, 3))
        yield Utterance(
            id=f"benchmark-{number:07d}",
            corpus="benchmark",
            audio=f"audio/{number % 1000:03d}.wav",
            sha256=hashlib.sha256(str(number).encode()).hexdigest(),
            sample_rate_hz=16000,
            num_samples=96000 + number % 5000,
            text=_TEXTS[number % 2].format(words),
            language=("en", "hi")[number % 2],
            cluster=f"speaker-{number % 700}",
            speech_start_s=0.25,
            speech_end_s=5.75,
            tags={"gender": "female", "accent": "none"},
        )


def main() -> None:
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "manifest.jsonl"
        (Path(folder) / "audio").mkdir()
        for number in range(1000):
            (Path(folder) / "audio" / f"{number:03d}.wav").touch()
        header = Header(name="benchmark", licence="CC0-1.0", source="made up", synthetic=True)
        write_manifest(path, header, utterances(count))
        start, busy = perf_counter(), process_time()
        found = validate(path, audio="exists")
        elapsed, busy = perf_counter() - start, process_time() - busy
        size = path.stat().st_size
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    figures = {
        "lines": found.count,
        "megabytes": round(size / 1e6),
        "seconds": round(elapsed, 1),
        "cpu_seconds": round(busy, 1),
    }
    print(json.dumps({**figures, "peak_rss_mb": round(peak), "errors": found.errors, "warnings": found.warnings}))


if __name__ == "__main__":
    main()
