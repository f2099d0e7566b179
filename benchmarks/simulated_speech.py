"""Speech of simulated speakers whose true rates and percentiles are known, for `benchmarks.coverage`.

Speakers differ (log-normal, sd 0.6 of a rate, 0.15 of a latency), utterances of a speaker differ (beta-binomial), 2 %
of utterances are disasters, and speakers are of equal size, Pareto-sized, or one has two thirds of the speech. Two
systems share most of what makes an utterance hard.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

Sizes: TypeAlias = Literal["equal", "pareto", "two thirds"]
SIZES: tuple[Sizes, ...] = ("equal", "pareto", "two thirds")
SPEAKERS = (8, 10, 20, 40, 100)
_UTTERANCES = 25
_DISASTERS, _DISASTER_RATE = 0.02, 0.8
_POPULATION = 40_000


@dataclass(frozen=True, kw_only=True)
class Speech:
    """One corpus as two systems heard it; all arrays of shape (n,), one element an utterance."""

    speakers: list[str]
    words: NDArray[np.int64]
    errors_a: NDArray[np.int64]
    errors_b: NDArray[np.int64]
    chars: NDArray[np.int64]
    char_errors: NDArray[np.int64]
    latency_a: NDArray[np.float64]
    latency_b: NDArray[np.float64]

    @property
    def effective(self) -> float:
        """Kish's effective number of speakers, by their words."""
        sums: dict[str, int] = {}
        for speaker, words in zip(self.speakers, self.words, strict=True):
            sums[speaker] = sums.get(speaker, 0) + int(words)
        return sum(sums.values()) ** 2 / sum(each**2 for each in sums.values())


def utterances_of(sizes: Sizes, speakers: int, rng: np.random.Generator) -> NDArray[np.int64]:
    """How many utterances each speaker has."""
    if sizes == "equal":
        return np.full(speakers, _UTTERANCES)
    if sizes == "pareto":
        return np.rint(10 * (1 + rng.pareto(1.5, speakers))).astype(np.int64).clip(max=400)
    return np.array([2 * _UTTERANCES * (speakers - 1), *[_UTTERANCES] * (speakers - 1)])


def speak(
    rng: np.random.Generator,
    utterances: NDArray[np.int64],
    wer: float,
    *,
    worse_by: float = 0.0,
    slower_by: float = 0.0,
) -> Speech:
    """Speech of speakers with so many utterances each.

    Args:
        rng: where chance comes from.
        utterances: of each speaker.
        wer: word error rate of both systems, disasters apart.
        worse_by: what is added to the rate of the second system.
        slower_by: share by which the second system is slower.
    """
    of = np.repeat(np.arange(utterances.size), utterances)
    n = of.size
    words = rng.integers(4, 21, n)
    hard, quarrel = rng.normal(0, 0.6, utterances.size), rng.normal(0, 0.1, utterances.size)
    both = _rates(rng, wer * np.exp(hard - 0.18), of)
    own = _rates(rng, wer * np.exp(hard - quarrel - 0.18), of)
    disaster = rng.random(n) < _DISASTERS
    rate_a = np.where(disaster, _DISASTER_RATE, both)
    rate_b = np.where(disaster, _DISASTER_RATE, 0.7 * both + 0.3 * own) + worse_by
    chars = words * rng.integers(3, 8, n)
    latency_a, latency_b = _latencies(rng, of, utterances.size)
    return Speech(
        speakers=[f"s{speaker}" for speaker in of],
        words=words,
        errors_a=rng.binomial(words, rate_a),
        errors_b=rng.binomial(words, rate_b.clip(0, 1)),
        chars=chars,
        char_errors=rng.binomial(chars, rate_a * 0.5),
        latency_a=latency_a,
        latency_b=latency_b * (1 + slower_by),
    )


def _rates(rng: np.random.Generator, of_speaker: NDArray[np.float64], of: NDArray[np.intp]) -> NDArray[np.float64]:
    mean, concentration = of_speaker.clip(0.001, 0.9)[of], 10.0
    return rng.beta(mean * concentration, (1 - mean) * concentration)


def _latencies(
    rng: np.random.Generator, of: NDArray[np.intp], speakers: int
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Of each utterance on both systems: its speaker and length matter to both; 2 % of requests are slow."""
    shared = rng.normal(0, 0.15, speakers)[of] + rng.normal(0, 0.3, of.size)

    def heard() -> NDArray[np.float64]:
        slow = np.where(rng.random(of.size) < 0.02, rng.exponential(0.8, of.size), 0.0)
        return 0.4 * np.exp(shared + rng.normal(0, 0.15, of.size)) + slow

    return heard(), heard()


@dataclass(frozen=True, kw_only=True)
class Truth:
    """Of all speakers there could be."""

    wer: float
    difference: float
    cer: float
    latencies: NDArray[np.float64]

    def percentile(self, q: float) -> float:
        return float(np.quantile(self.latencies, q))


@cache
def truth(wer: float) -> Truth:
    everyone = speak(np.random.default_rng(2), np.full(_POPULATION, _UTTERANCES), wer)
    words = everyone.words.sum()
    return Truth(
        wer=float(everyone.errors_a.sum() / words),
        difference=float((everyone.errors_b.sum() - everyone.errors_a.sum()) / words),
        cer=float(everyone.char_errors.sum() / everyone.chars.sum()),
        latencies=everyone.latency_a,
    )
