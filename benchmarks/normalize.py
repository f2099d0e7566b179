"""Speed of the normalisers, beside the package whisper-normalizer, per utterance and without the cache.

    python -m benchmarks.normalize [--utterances 5000] [--rounds 5]
    python -m benchmarks.normalize --against other/checkout/.venv/bin/python [--profile earwitness] [--languages en hi]

Texts are the lines of `tests/scoring/text/normalize/cases/` of a language, joined to utterances of about 12
words and drawn with a fixed seed. Rounds are interleaved, and the median is shown. With `--against` the same texts go
through this code and that of another interpreter, turn by turn, in processor time; each turn has texts of its own, so
that nothing is remembered but words.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from collections.abc import Callable, Sequence
from functools import cache
from pathlib import Path
from statistics import median
from time import perf_counter

import numpy as np

from bench.scoring.text.normalize import get_normalizer
from bench.scoring.text.normalize.data import profiles, rules
from bench.scoring.text.normalize.pipeline import compile_pipeline
from bench.scoring.text.normalize.ports import PORTS
from bench.scoring.text.normalize.runs import script_of
from tests.scoring.text.normalize.cases import load

LANGUAGES = ("en", "hi", "ta", "ru", "de", "fi")
PROFILES = ("basic", "earwitness-spoken", "earwitness", "lenient", "whisper-basic", "whisper-english")


ROUNDS = Path(__file__).with_name("normalize_rounds.py")
MIXTURES = ("", ", a number in 20 words", ", every sixth text numbers", ", words of other scripts", ", numbers")
"""Without numbers, as people talk, full of numbers in one text of six, with words of other scripts among them, and
about every third word a number."""


def mixed(language: str, count: int, mixture: str, seed: int) -> list[str]:
    """Texts of one of the `MIXTURES`."""
    if mixture == MIXTURES[1]:
        return with_a_number(language, count, seed)
    if mixture != MIXTURES[2]:
        switched = mixture in MIXTURES[3:]
        return utterances(language, count, numbers=mixture == MIXTURES[4], switched=switched, seed=seed)
    plain, full = (utterances(language, count, numbers=numbers, switched=False, seed=seed) for numbers in (False, True))
    return [(full if index % 6 == 0 else plain)[index] for index in range(count)]


def utterances(language: str, count: int, *, numbers: bool, switched: bool = True, seed: int = 1) -> list[str]:
    """Utterances of about 12 words, about every third of them a number in words or digits, or none."""
    rng = np.random.default_rng(seed)
    words = _words(language, numbers=numbers, switched=switched)
    return [" ".join(rng.choice(words, size=max(1, rng.poisson(12)))).capitalize() + "." for _ in range(count)]


def with_a_number(language: str, count: int, seed: int) -> list[str]:
    """Texts of 20 words with one number among them: any in digits, or one as the cases have it, with what it counts."""
    rng = np.random.default_rng(seed)
    words, numbers = _words(language, numbers=False, switched=False), _numbers(language)
    texts = []
    for _ in range(count):
        drawn = list(rng.choice(words, size=20))
        in_digits = rng.choice([int(10 ** rng.uniform(0, 5)), int(rng.integers(1900, 2031))])
        drawn[rng.integers(20)] = rng.choice(numbers) if numbers and rng.random() < 0.5 else str(in_digits)
        texts.append(" ".join(drawn).capitalize() + ".")
    return texts


@cache
def _numbers(language: str) -> list[str]:
    """Numbers of the cases as they are said or written, each with the word behind it."""
    cases, normalizer = load(language), get_normalizer("earwitness")
    numbers = []
    for line in (line for pair in cases.equal for line in pair):
        words, first = [*line.split(), ""], None
        for index, word in enumerate(words):
            is_number = any(map(str.isdigit, normalizer(word, language)))
            first = index if is_number and first is None else first
            if first is not None and not is_number:
                numbers.append(" ".join(words[first : index + 1]).strip())
                first = None
    return numbers


@cache
def _words(language: str, *, numbers: bool, switched: bool) -> list[str]:
    cases, normalizer = load(language), get_normalizer("earwitness")
    lines = [line for pair in cases.equal + cases.differ for line in pair]
    words = [word for line in lines for word in line.split() if numbers or word.isalpha() or not word.isascii()]
    if not switched:
        own = {None, *rules(language).get("scripts", ())}
        words = [word for word in words if script_of(word) in own]
    if not numbers:
        spoken = [word for word in words if any(map(str.isalpha, word))]
        words = [word for word in spoken if not any(map(str.isdigit, normalizer(word, language)))]
    return words


def compiled(profile: str, language: str) -> Callable[[str], str]:
    spec = profiles()[profile]
    return PORTS[spec["port"]]()[0] if "port" in spec else compile_pipeline(spec, language)


def micros(run: Callable[[str], str], texts: list[str]) -> float:
    start = perf_counter()
    for text in texts:
        run(text)
    return (perf_counter() - start) / len(texts) * 1e6


def compare(python: str, profile: str, languages: Sequence[str], utterances_each: int, rounds: int) -> None:
    """Prints what this code and that of another interpreter take for the same texts, and the ratio of their speeds."""
    texts = {
        f"{language}{mixture}": [
            mixed(language, utterances_each, mixture, len(MIXTURES) * turn + number) for turn in range(rounds + 1)
        ]
        for language in languages
        for number, mixture in enumerate(MIXTURES)
    }
    workers = [_worker(each, profile, texts) for each in (python, sys.executable)]
    taken: dict[str, list[list[float]]] = {name: [[], []] for name in texts}
    for turn in range(rounds + 1):
        for side, worker in enumerate(workers):
            for name, micros_each in _round(worker).items():
                if turn:  # the first warms up
                    taken[name][side].append(micros_each)
    print(f"{profile + ', µs of processor':30}{'before':>10}{'now':>10}{'speed now':>12}")
    for name, (before, now) in taken.items():
        ratios = [old / new for old, new in zip(before, now, strict=True)]
        print(f"{name:30}{median(before):10.1f}{median(now):10.1f}{median(ratios):12.2f}")
    for worker in workers:
        worker.communicate()


def _worker(python: str, profile: str, texts: dict[str, list[list[str]]]) -> subprocess.Popen[str]:
    worker = subprocess.Popen([python, str(ROUNDS)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert worker.stdin is not None
    worker.stdin.write(json.dumps({"profile": profile, "texts": texts}) + "\n")
    return worker


def _round(worker: subprocess.Popen[str]) -> dict[str, float]:
    assert worker.stdin is not None
    assert worker.stdout is not None
    worker.stdin.write("again\n")
    worker.stdin.flush()
    taken: dict[str, float] = json.loads(worker.stdout.readline())
    return taken


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--utterances", type=int, default=5000)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--against", help="the interpreter of another checkout's environment")
    parser.add_argument("--profile", default="earwitness", help="with --against")
    parser.add_argument("--languages", nargs="+", default=list(LANGUAGES), help="with --against")
    options = parser.parse_args()
    if options.against:
        compare(options.against, options.profile, options.languages, options.utterances, options.rounds)
        return
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
