"""The exact paired permutation (sign-flip) test on whole clusters, without drawing anything. Pure."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.fft import irfft, next_fast_len

from bench.stats.clusters import cluster_sums, code_clusters


def paired_permutation(errors_a: ArrayLike, errors_b: ArrayLike, clusters: Sequence[str]) -> float:
    """Two-sided p-value that A and B make equally many errors, were the two exchangeable within each cluster.

    Args:
        errors_a: error counts of A, whole numbers, shape (n,); the references are the same for both.
        errors_b: error counts of B on the same utterances.
        clusters: what is flipped as one; pass utterance ids only if utterances share no causes.

    Under the null each cluster's difference d changes sign with probability 1/2, so the sum is a known shift of
    sum(|d| * Binomial(multiplicity, 1/2)); its distribution is a product of characteristic functions.
    Values below about 1e-12 are rounding, and are returned as that bound.
    Source: Fisher, The Design of Experiments, 1935; Pagano and Tritchler, JASA 78, 1983 (by Fourier transform).
    """
    codes, n_clusters = code_clusters(clusters)
    per_utterance = np.asarray(errors_a, dtype=np.float64) - np.asarray(errors_b, dtype=np.float64)
    differences = cluster_sums(per_utterance, codes, n_clusters)
    sizes = np.abs(differences).round().astype(np.int64)
    if np.abs(sizes - np.abs(differences)).max(initial=0) > 0:
        raise ValueError("expected whole error counts, got fractions")
    total = int(sizes.sum())
    observed = abs(int(differences.sum()))
    probabilities = _positive_part(sizes[sizes > 0], total)
    sums = 2 * np.arange(total + 1) - total
    p_value = probabilities[np.abs(sums) >= observed].sum()
    return float(min(1.0, max(1e-12, p_value)))


def _positive_part(sizes: NDArray[np.int64], total: int) -> NDArray[np.float64]:
    """P(the differences that come out positive sum to k), k = 0..total; shape (total + 1,)."""
    length = next_fast_len(total + 1, real=True)
    frequencies = np.arange(length // 2 + 1) * (2 * np.pi / length)
    # (1 + e^{-i w a}) / 2 = cos(w a / 2) e^{-i w a / 2}: keep the real factor, and put the phase in once.
    magnitude = np.ones(frequencies.size)
    for size, multiplicity in zip(*np.unique(sizes, return_counts=True), strict=True):
        magnitude *= np.cos(frequencies * size / 2) ** multiplicity
    transform = magnitude * np.exp(-0.5j * frequencies * total)
    return np.asarray(irfft(transform, n=length)[: total + 1]).clip(min=0.0)
