"""A corpus of seeded noise with random words as its texts, and the emulator's script that answers with those texts.

    python -m benchmarks.scripted_corpus FOLDER [--speakers 40] [--utterances 10] [--seed 1]
    python -m benchmarks.scripted_corpus FOLDER --rate 16000 --duration 1.6 --also-at 24000    (configs/dialects.yaml)

Writes FOLDER/manifest.jsonl, FOLDER/script.yaml and the recordings; the same arguments give the same bytes. Not speech:
it exercises everything but a recogniser, with answers whose errors are known (`word_errors` of the emulator). Words are
drawn from a vocabulary so large that errors, which hang on a word and its place, are independent between utterances.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from bench.emulator.scripted_corpus import DURATION_S, RATE_HZ, make


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
