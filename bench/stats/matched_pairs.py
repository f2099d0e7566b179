"""NIST's matched-pairs sentence-segment word error test (MAPSSWE) of two systems on the same references. Pure.

It treats segments as independent, so speakers that share causes make it too sure of itself; it is here to be
comparable with published results. Decisions rest on `bench.stats.intervals`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import chain

import numpy as np
from scipy.special import ndtr

MIN_GOOD = 2
"""Words both systems must have right, side by side, to end a segment (SCTK's MIN_NUM_GOOD)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MatchedPairs:
    """`mean_difference` is errors of A - errors of B per segment; `p_value` is two-sided (normal)."""

    n_segments: int
    mean_difference: float
    z: float
    p_value: float


def mapsswe(marks_a: Sequence[Sequence[int]], marks_b: Sequence[Sequence[int]]) -> MatchedPairs:
    """Compare two systems by their errors along the same references.

    Args:
        marks_a: per utterance of n words, 2n + 1 numbers: insertions before word i at 2i, word i wrong at 2i + 1.
        marks_b: the same of the other system, in the same order.

    One known difference: `sc_stats` leaves out the second system's insertions after the last word, which makes its
    result depend on the order of the two; here both count.
    Source: Gillick and Cox, "Some statistical issues in the comparison of speech recognition algorithms", ICASSP 1989;
    Pallett et al., 1990; NIST SCTK, sc_stats.

    Raises:
        ValueError: where the two have different references.
    """
    pairs = zip(marks_a, marks_b, strict=True)
    differences = np.array(list(chain.from_iterable(_segments(a, b) for a, b in pairs)), dtype=np.float64)
    if differences.size == 0:
        return MatchedPairs(n_segments=0, mean_difference=0.0, z=0.0, p_value=1.0)
    mean = float(differences.mean())
    deviation = float(differences.std(ddof=1)) if differences.size > 1 else 0.0
    z = mean / (deviation / differences.size**0.5) if deviation > 0 else 0.0
    return MatchedPairs(n_segments=differences.size, mean_difference=mean, z=z, p_value=float(2 * ndtr(-abs(z))))


def _segments(a: Sequence[int], b: Sequence[int]) -> Iterator[int]:
    """Errors of A - errors of B in each stretch that starts at an error and ends at `MIN_GOOD` good words."""
    if len(a) != len(b):
        raise ValueError(f"expected marks of the same reference, got {len(a)} and {len(b)} numbers")
    difference, good, is_open = 0, 0, False
    for position, (errors_a, errors_b) in enumerate(zip(a, b, strict=True)):
        if errors_a or errors_b:
            difference, good, is_open = difference + errors_a - errors_b, 0, True
        elif position % 2 and is_open:
            good += 1
            if good == MIN_GOOD:
                yield difference
                difference, good, is_open = 0, 0, False
    if is_open:
        yield difference
