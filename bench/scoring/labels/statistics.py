"""What is made of claims at the end: statistics of sums of tallies, over any number of draws at once. Pure.

Each takes names of tallies, shape (k,), and their sums, shape (..., k), and gives values of shape (...). Classes have
no natural share, so headlines weigh every class alike; no claim is counted as a wrong one.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from bench.scoring.labels.claims import ABSENT, is_decade
from bench.scoring.tally import quotient

_Floats = NDArray[np.float64]
_BINS = 10


def pairs_of(names: Sequence[str]) -> list[tuple[str, str]]:
    """(true, claimed) of tallies called `emotion:TRUE>CLAIMED`."""
    return [(true, said) for true, _, said in (name.partition(":")[2].partition(">") for name in names)]


def _matrix(names: Sequence[str], sums: _Floats) -> tuple[list[str], _Floats]:
    """Classes that are true of something, and counts of shape (..., true, claimed); claims of no class come last."""
    pairs = pairs_of(names)
    classes = sorted({true for true, _ in pairs})
    counts = np.zeros((*sums.shape[:-1], len(classes), len(classes) + 1))
    for index, (true, said) in enumerate(pairs):
        column = classes.index(said) if said in classes else len(classes)
        counts[..., classes.index(true), column] += sums[..., index]
    return classes, counts


def macro_f1(names: Sequence[str], sums: _Floats) -> _Floats:
    """Mean over the true classes of 2 TP / (2 TP + FP + FN)."""
    _, counts = _matrix(names, sums)
    right = np.diagonal(counts[..., :-1], axis1=-2, axis2=-1)
    total = counts.sum(axis=-1) + counts[..., :-1].sum(axis=-2)
    f1: _Floats = quotient(2 * right, total).mean(axis=-1)
    return f1


def average_recall(names: Sequence[str], sums: _Floats) -> _Floats:
    """Mean over the true classes of the share that was claimed right."""
    _, counts = _matrix(names, sums)
    right, total = np.diagonal(counts[..., :-1], axis1=-2, axis2=-1), counts.sum(axis=-1)
    recall: _Floats = quotient(right, total).mean(axis=-1)
    return recall


def quadratic_kappa(names: Sequence[str], sums: _Floats) -> _Floats:
    """1 - squared decades apart over what they would be by chance; answers without a number are left out."""
    pairs = pairs_of(names)
    kept = [index for index, (true, said) in enumerate(pairs) if is_decade(true) and is_decade(said)]
    true = np.array([float(pairs[index][0]) for index in kept])
    said = np.array([float(pairs[index][1]) for index in kept])
    weights = sums[..., kept]
    total = np.maximum(weights.sum(axis=-1), 1e-300)
    apart = (weights * (true - said) ** 2).sum(axis=-1) / total

    def mean(values: _Floats) -> _Floats:
        averaged: _Floats = (weights * values).sum(axis=-1) / total
        return averaged

    chance = mean(true**2) + mean(said**2) - 2 * mean(true) * mean(said)
    kappa: _Floats = 1 - np.divide(apart, chance, out=np.ones_like(apart), where=chance > 1e-12)
    return kappa


def accuracy(names: Sequence[str], sums: _Floats) -> _Floats:
    """Share of claims that are true."""
    right = np.array([float(true == said) for true, said in pairs_of(names)])
    return quotient(sums @ right, sums.sum(axis=-1))


def majorities(names: Sequence[str], sums: _Floats) -> tuple[list[str], _Floats]:
    """What most answers of each speaker claim, as one answer of theirs a true class; claims that tie are none.

    Args:
        names: of tallies, shape (k,).
        sums: of each speaker, shape (speakers, k).

    Returns:
        names as they were and those of no claim, and for each speaker a 1 under what they were mostly said to be.
    """
    pairs, kind = pairs_of(names), names[0].partition(":")[0]
    trues = sorted({true for true, _ in pairs})
    every = [*names, *(f"{kind}:{true}>{ABSENT}" for true in trues if (true, ABSENT) not in pairs)]
    places = {name: index for index, name in enumerate(every)}
    chosen = np.zeros((len(sums), len(every)))
    for true in trues:
        own = [index for index, pair in enumerate(pairs) if pair[0] == true]
        counts = sums[:, own]
        best = counts.max(axis=-1)
        tied = (counts == best[:, None]).sum(axis=-1) > 1
        winner = np.array(own)[counts.argmax(axis=-1)]
        winner[tied] = places[f"{kind}:{true}>{ABSENT}"]
        said = best > 0
        chosen[np.flatnonzero(said), winner[said]] += 1
    return every, chosen


def calibration_error(names: Sequence[str], sums: _Floats) -> _Floats:
    """Expected calibration error over ten bins of equal mass; answers of one score that two bins share are shared out.

    Tallies are called `...=SCORE/right` and `...=SCORE/wrong`.

    Source: Nguyen and O'Connor, EMNLP 2015 (equal mass); Guo et al., ICML 2017.
    """
    parts = [name.rpartition("=")[2].partition("/")[::2] for name in names]
    scores = sorted({float(score) for score, _ in parts})
    given, right = (np.zeros((*sums.shape[:-1], len(scores))) for _ in range(2))
    for index, (score, fate) in enumerate(parts):
        column = scores.index(float(score))
        given[..., column] += sums[..., index]
        right[..., column] += sums[..., index] * (fate == "right")
    ends = np.cumsum(given, axis=-1)
    begins, total = ends - given, ends[..., -1:]
    share_right, error = quotient(right, given), np.zeros(sums.shape[:-1])
    for number in range(_BINS):
        low, high = total * number / _BINS, total * (number + 1) / _BINS
        mass = np.clip(np.minimum(ends, high) - np.maximum(begins, low), 0.0, None)
        error += np.abs((mass * (np.array(scores) - share_right)).sum(axis=-1))
    return quotient(error, total[..., 0])
