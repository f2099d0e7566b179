"""Accuracy rates beside WER, with their intervals over whole clusters. Pure.

Source: Morris, Maier and Green, "From WER and RIL to MER and WIL", Interspeech 2004.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from bench.stats.bootstrap import word_information_lost
from bench.stats.intervals import ratio_interval, statistic_interval
from bench.types import ErrorCounts, Interval

RATES = {
    "ser": "sentence error rate: answers with at least one word error",
    "mer": "match error rate: word errors per aligned word, insertions included; never above 1",
    "wil": "word information lost: 1 - hits² / (reference words x answered words)",
}
"""Name -> definition; all ratios, lower is better."""


def accuracy_rates(counts: Sequence[ErrorCounts], clusters: Sequence[str]) -> dict[str, Interval]:
    """Each of `RATES` over utterances, by name; `clusters` parallel to `counts`."""
    errors = [count.errors for count in counts]
    aligned = [count.errors + count.hits for count in counts]
    return {
        "ser": ratio_interval([int(error > 0) for error in errors], [1] * len(counts), clusters, at_most=1.0),
        "mer": ratio_interval(errors, aligned, clusters, at_most=1.0),
        "wil": _information_lost(counts, clusters),
    }


def _information_lost(counts: Sequence[ErrorCounts], clusters: Sequence[str]) -> Interval:
    if not sum(count.reference_length for count in counts):
        return ratio_interval([0] * len(counts), [0] * len(counts), clusters)
    columns = [(count.substitutions, count.deletions, count.insertions, count.hits) for count in counts]
    return statistic_interval(columns, _lost, clusters, within=(0.0, 1.0))


def _lost(sums: NDArray[np.float64]) -> NDArray[np.float64]:
    """All is lost where nothing was hit, also where nothing was answered."""
    hit = sums[..., 3] > 0
    return np.where(hit, word_information_lost(np.where(hit[..., None], sums, 1.0)), 1.0)
