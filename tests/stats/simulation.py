"""Simulated corpora whose speakers differ, so that the truth of an interval or a test can be counted."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class Corpus:
    """Word counts, and error counts of two systems, per utterance; speakers in blocks."""

    lengths: NDArray[np.int64]
    errors_a: NDArray[np.int64]
    errors_b: NDArray[np.int64]
    clusters: tuple[str, ...]


def simulate(
    rng: np.random.Generator,
    *,
    speakers: int,
    utterances: int,
    wer: float = 0.10,
    worse_by: float = 0.0,
    speaker_cv: float = 0.5,
    quarrel_sd: float = 0.01,
) -> Corpus:
    """Two systems on the same speech; the expected WER of A is `wer`, of B `wer + worse_by`.

    A speaker's rate varies with coefficient of variation `speaker_cv` and is shared by the systems, except that each
    speaker also suits one system better than the other by `quarrel_sd` (absolute), which only speakers can average out.
    """
    lengths = rng.integers(4, 21, (speakers, utterances))
    shape = 1 / speaker_cv**2
    base = rng.gamma(shape, wer / shape, (speakers, 1)).clip(0.005, 0.6)
    suits = rng.normal(0, quarrel_sd, (speakers, 1))
    # Half each way, so that cutting off at 0 treats both alike.
    rate_a = np.broadcast_to((base - suits / 2).clip(0.0, 1.0), lengths.shape)
    rate_b = (base + suits / 2 + worse_by).clip(0.0, 1.0)
    return Corpus(
        lengths=lengths.ravel(),
        errors_a=rng.binomial(lengths, rate_a).ravel(),
        errors_b=rng.binomial(lengths, rate_b).ravel(),
        clusters=tuple(f"s{i}" for i in range(speakers) for _ in range(utterances)),
    )
