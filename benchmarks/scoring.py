"""Speed of counting word errors, beside jiwer, meeteval, kaldialign and NIST sclite, on the same texts.

    python -m benchmarks.scoring [--utterances 100000] [--words 12] [--rounds 3]

Needs `pip install meeteval kaldialign` and Debian's `sctk` for those rows; what is missing is said, not guessed.
Texts are drawn from a Zipf vocabulary, lengths from a gamma distribution, error rates per utterance from a Beta
distribution with mean 10 % (60 % substitutions, 25 % deletions, 15 % insertions). Splitting is inside the timing.
Rounds are interleaved, and the median is shown.
"""

from __future__ import annotations

import argparse
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Sequence
from importlib.util import find_spec
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import TypeAlias

import numpy as np

from bench.scoring.text.align import count_edits, count_word_edits

Texts: TypeAlias = list[str]
Counter: TypeAlias = Callable[[Texts, Texts], int]
"""From references and hypotheses to the total of errors."""


def make_texts(utterances: int, mean_words: int, seed: int = 1) -> tuple[Texts, Texts]:
    """References and hypotheses."""
    rng = np.random.default_rng(seed)
    vocabulary = np.array([f"w{i:x}" for i in range(40_000)])
    weights = 1 / np.arange(1, vocabulary.size + 1)
    weights /= weights.sum()
    lengths = np.maximum(1, rng.gamma(1 / 0.36, mean_words * 0.36, utterances).astype(int))
    words = vocabulary[rng.choice(vocabulary.size, lengths.sum(), p=weights)]
    rates = rng.beta(0.6, 5.4, utterances)
    references, hypotheses = [], []
    for chunk, rate in zip(np.split(words, np.cumsum(lengths)[:-1]), rates, strict=True):
        references.append(" ".join(chunk))
        hypotheses.append(" ".join(_misheard(chunk, rng.random(chunk.size) / rate, vocabulary, rng)))
    return references, hypotheses


def _misheard(words: np.ndarray, dice: np.ndarray, vocabulary: np.ndarray, rng: np.random.Generator) -> list[str]:
    said: list[str] = []
    for word, roll in zip(words, dice, strict=True):
        if roll < 0.60:
            said.append(str(vocabulary[rng.integers(vocabulary.size)]))
        elif roll >= 0.85:
            said.append(str(word))
            if roll < 1:
                said.append(str(vocabulary[rng.integers(vocabulary.size)]))
    return said


def ours(references: Texts, hypotheses: Texts) -> int:
    return int(count_word_edits(references, hypotheses)[:, :3].sum())


def ours_canonical(references: Texts, hypotheses: Texts) -> int:
    return int(count_word_edits(references, hypotheses, split="canonical")[:, :3].sum())


def ours_one_by_one(references: Texts, hypotheses: Texts) -> int:
    return sum(count_edits(r.split(), h.split()).errors for r, h in zip(references, hypotheses, strict=True))


def with_jiwer(references: Texts, hypotheses: Texts) -> int:
    import jiwer

    found = jiwer.process_words(references, hypotheses)
    return found.substitutions + found.deletions + found.insertions


def with_meeteval(references: Texts, hypotheses: Texts) -> int:
    from meeteval.wer import siso_word_error_rate

    return sum(siso_word_error_rate(r, h).errors for r, h in zip(references, hypotheses, strict=True))


def with_kaldialign(references: Texts, hypotheses: Texts) -> int:
    from kaldialign import edit_distance

    pairs = zip(references, hypotheses, strict=True)
    return sum(edit_distance(r.split(), h.split())["total"] for r, h in pairs)


def with_sclite(references: Texts, hypotheses: Texts) -> int:
    with tempfile.TemporaryDirectory() as folder:
        for name, texts in (("ref", references), ("hyp", hypotheses)):
            lines = "".join(f"{text} (s_{i:06d})\n" for i, text in enumerate(texts))
            (Path(folder) / name).write_text(lines, encoding="utf-8")
        command = ["sctk", "sclite", "-r", "ref", "trn", "-h", "hyp", "trn", "-i", "spu_id", "-o", "rsum", "stdout"]
        report = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=True).stdout
    (totals,) = [line for line in report.splitlines() if "Sum" in line]
    return int(totals.replace("|", " ").split()[7])


def contenders() -> dict[str, Counter | None]:
    """Name -> what counts; `None`: not installed."""
    return {
        "bench count_word_edits": ours,
        "bench count_word_edits, canonical": ours_canonical,
        "bench count_edits, one by one": ours_one_by_one,
        "jiwer process_words": with_jiwer,
        "meeteval siso_word_error_rate": with_meeteval if find_spec("meeteval") else None,
        "kaldialign edit_distance": with_kaldialign if find_spec("kaldialign") else None,
        "NIST sclite (files, child process)": with_sclite if shutil.which("sctk") else None,
    }


def measure(references: Texts, hypotheses: Texts, rounds: int, skip: Sequence[str]) -> None:
    """Print the table: one short warm-up, then interleaved rounds."""
    words = sum(len(text.split()) for text in references)
    wanted = {name: counter for name, counter in contenders().items() if not any(part in name for part in skip)}
    installed = {name: counter for name, counter in wanted.items() if counter is not None}
    errors = {name: counter(references[:10], hypotheses[:10]) for name, counter in installed.items()}
    seconds: dict[str, list[float]] = {name: [] for name in installed}
    for _ in range(rounds):
        for name, counter in installed.items():
            start = perf_counter()
            errors[name] = counter(references, hypotheses)
            seconds[name].append(perf_counter() - start)
    reference_s = median(seconds["jiwer process_words"])
    differing = sum(r != h for r, h in zip(references, hypotheses, strict=True)) / len(references)
    print(f"{len(references):,} utterances ({differing:.0%} with errors), {words:,} words, median of {rounds}")
    print(f"{'':36} {'seconds':>9} {'Mwords/s':>9} {'x jiwer':>8} {'errors':>9}")
    for name in wanted:
        if name not in installed:
            print(f"{name:36} not installed")
            continue
        taken = median(seconds[name])
        ratio = reference_s / taken
        print(f"{name:36} {taken:9.3f} {words / taken / 1e6:9.2f} {ratio:8.1f} {errors[name]:9,}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--utterances", type=int, default=100_000)
    parser.add_argument("--words", type=int, default=12, help="mean words per utterance; 9000 is an hour of speech")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--skip", nargs="*", default=[], help="leave out rows whose name holds one of these words")
    given = parser.parse_args()
    if any(part in "jiwer process_words" for part in given.skip):
        parser.error("--skip: expected any row but jiwer's, which the others are compared with")
    measure(*make_texts(given.utterances, given.words), given.rounds, given.skip)


if __name__ == "__main__":
    main()
