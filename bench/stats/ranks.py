"""The nearest rank: which of the sorted values a percentile is. Pure; standard library only."""

from __future__ import annotations

import math


def nearest_rank(count: int, q: float) -> int:
    """The place, from 0 in ascending order, of percentile `q` (0..1) of so many values: the smallest that at least a
    share `q` of them does not exceed, so always a value that occurred.

    Raises:
        ValueError: for no values.
    """
    if count < 1:
        raise ValueError(f"expected values to take a percentile of, got {count}")
    return max(0, math.ceil(q * count) - 1)
