"""How often intervals cover the truth, gates cry wolf, and plans come true, on simulated speakers.

    python -m benchmarks.coverage [--runs 2000]

Two systems on the same speech: a speaker's error rate varies with a coefficient of variation of 0.5 and is shared,
and each speaker suits one system better than the other by 1 point (standard deviation). Word error rate 10 %.
"""

from __future__ import annotations

import argparse
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri

from bench.stats.bootstrap import bootstrap_interval, rate
from bench.stats.intervals import paired_ratio_difference, ratio_interval
from bench.stats.noninferiority import margin_test
from bench.stats.power import minimum_detectable
from bench.types import Interval

DESIGNS = ((10, 200), (20, 100), (40, 50), (200, 10))


@dataclass(frozen=True)
class Speech:
    lengths: NDArray[np.int64]
    a: NDArray[np.int64]
    b: NDArray[np.int64]
    speakers: list[str]
    alone: list[str]


def speak(rng: np.random.Generator, speakers: int, utterances: int, worse_by: float = 0.0) -> Speech:
    lengths = rng.integers(4, 21, (speakers, utterances))
    base = rng.gamma(4, 0.025, (speakers, 1)).clip(0.005, 0.6)
    suits = rng.normal(0, 0.01, (speakers, 1))
    rate_a, rate_b = (base - suits / 2).clip(0, 1), (base + suits / 2 + worse_by).clip(0, 1)
    return Speech(
        lengths=lengths.ravel(),
        a=rng.binomial(lengths, np.broadcast_to(rate_a, lengths.shape)).ravel(),
        b=rng.binomial(lengths, np.broadcast_to(rate_b, lengths.shape)).ravel(),
        speakers=[f"s{i}" for i in range(speakers) for _ in range(utterances)],
        alone=[str(i) for i in range(speakers * utterances)],
    )


def wilson(errors: int, words: int) -> tuple[float, float]:
    """The binomial interval over words, for what it is worth."""
    z, p = float(ndtri(0.975)), errors / words
    middle = (p + z**2 / (2 * words)) / (1 + z**2 / words)
    half = z / (1 + z**2 / words) * (p * (1 - p) / words + z**2 / (4 * words**2)) ** 0.5
    return middle - half, middle + half


def covers(interval: Interval, truth: float) -> bool:
    return interval.low is not None and interval.high is not None and interval.low <= truth <= interval.high


def coverage(rng: np.random.Generator, speakers: int, utterances: int, runs: int) -> dict[str, float]:
    large = speak(rng, 200_000, 5)
    truth = large.a.sum() / large.lengths.sum()
    found: dict[str, list[bool]] = {}
    for seed in range(runs):
        s = speak(rng, speakers, utterances)
        columns = np.column_stack([s.a, s.lengths])
        low, high = wilson(int(s.a.sum()), int(s.lengths.sum()))
        difference = paired_ratio_difference(s.b, s.lengths, s.a, s.lengths, s.speakers)
        naive = paired_ratio_difference(s.b, s.lengths, s.a, s.lengths, s.alone)
        outcome = {
            "binomial over words": low <= truth <= high,
            "over utterances": covers(ratio_interval(s.a, s.lengths, s.alone), truth),
            "bootstrap over speakers": covers(
                bootstrap_interval(columns, rate, s.speakers, resamples=1000, seed=seed), truth
            ),
            "closed form over speakers (default)": covers(ratio_interval(s.a, s.lengths, s.speakers), truth),
            "difference B - A, over utterances": covers(naive, 0.0),
            "difference B - A, over speakers (default)": covers(difference, 0.0),
        }
        for name, value in outcome.items():
            found.setdefault(name, []).append(value)
    return {name: float(np.mean(values)) for name, values in found.items()}


def verdicts(rng: np.random.Generator, speakers: int, utterances: int, runs: int) -> tuple[float, float, float]:
    """(false alarms without a margin, passes of a system worse by exactly the margin, catches at the MDE)."""

    def difference(worse_by: float) -> Interval:
        s = speak(rng, speakers, utterances, worse_by)
        return paired_ratio_difference(s.b, s.lengths, s.a, s.lengths, s.speakers)

    pilots = [difference(0.0).standard_error or 0.0 for _ in range(50)]
    detectable = minimum_detectable(float(np.sqrt(np.mean(np.square(pilots)))), speakers, two_sided=False)
    alarms, passes, catches = [], [], []
    for _ in range(runs):
        equal, at_margin, worse = (margin_test(difference(d), m) for d, m in ((0, 0), (0.01, 0.01), (detectable, 0)))
        assert equal is not None
        assert at_margin is not None
        assert worse is not None
        alarms.append(equal.p_beyond < 0.05)
        passes.append(at_margin.p_within < 0.05)
        catches.append(worse.p_beyond < 0.05)
    return float(np.mean(alarms)), float(np.mean(passes)), float(np.mean(catches))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=2000)
    runs = parser.parse_args().runs
    rng = np.random.default_rng(1)
    tables = [coverage(rng, speakers, utterances, runs) for speakers, utterances in DESIGNS]
    print(f"{'coverage of 95 % intervals':44}" + "".join(f"{f'{g} x {n}':>10}" for g, n in DESIGNS))
    for name in tables[0]:
        print(f"{name:44}" + "".join(f"{table[name]:10.1%}" for table in tables))
    decided = [verdicts(rng, speakers, utterances, runs) for speakers, utterances in DESIGNS]
    names = (
        "false alarms at alpha 5 %, equal systems",
        "passes at alpha 5 %, worse by the margin",
        "catches where 80 % are predicted",
    )
    for name, row in zip(names, zip(*decided, strict=True), strict=True):
        print(f"{name:44}" + "".join(f"{share:10.1%}" for share in row))


if __name__ == "__main__":
    main()
