"""Speed of the normalisers, beside the package whisper-normalizer, per utterance and without the cache.

    python -m benchmarks.normalize [--utterances 5000] [--rounds 5]

Texts are the lines of `tests/scoring/text/normalize/cases/` of a language, joined to utterances of about 12
words and drawn with a fixed seed. Rounds are interleaved, and the median is shown.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from statistics import median
from time import perf_counter

import numpy as np

from bench.scoring.text.normalize import get_normalizer
from bench.scoring.text.normalize.data import profiles
from bench.scoring.text.normalize.pipeline import compile_pipeline
from bench.scoring.text.normalize.ports import PORTS
from tests.scoring.text.normalize.cases import load

LANGUAGES = ("en", "hi", "ta", "ru", "de", "fi")
PROFILES = ("basic", "earwitness-spoken", "earwitness", "lenient", "whisper-basic", "whisper-english")


def utterances(language: str, count: int, *, numbers: bool) -> list[str]:
    """Utterances of about 12 words, about every third of them a number in words or digits, or none."""
    rng = np.random.default_rng(1)
    cases, normalizer = load(language), get_normalizer("earwitness")
    lines = [line for pair in cases.equal + cases.differ for line in pair]
    words = [word for line in lines for word in line.split() if numbers or word.isalpha() or not word.isascii()]
    if not numbers:
        words = [word for word in words if not any(map(str.isdigit, normalizer(word, language)))]
    return [" ".join(rng.choice(words, size=max(1, rng.poisson(12)))).capitalize() + "." for _ in range(count)]


def compiled(profile: str, language: str) -> Callable[[str], str]:
    spec = profiles()[profile]
    return PORTS[spec["port"]]()[0] if "port" in spec else compile_pipeline(spec, language)


def micros(run: Callable[[str], str], texts: list[str]) -> float:
    start = perf_counter()
    for text in texts:
        run(text)
    return (perf_counter() - start) / len(texts) * 1e6


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--utterances", type=int, default=5000)
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    print(f"{'µs per utterance':18}" + "".join(f"{profile:>20}" for profile in PROFILES))
    for language in LANGUAGES:
        for numbers in (False, True):
            texts = utterances(language, options.utterances, numbers=numbers)
            runs = [compiled(profile, language) for profile in PROFILES]
            rounds = [[micros(run, texts) for run in runs] for _ in range(options.rounds)]
            name = f"{language}{', numbers' if numbers else ''}"
            print(f"{name:18}" + "".join(f"{median(column):20.1f}" for column in zip(*rounds, strict=True)))


if __name__ == "__main__":
    main()
