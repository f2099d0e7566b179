"""Is a difference within a margin, beyond it, or is it too early to tell? Pure.

Two one-sided tests against the same margin. That the margin holds is shown when the upper bound lies below it, that it
is broken when the lower bound lies above it; in between, nothing is claimed. "Not significant" is never taken for
"not worse".
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.special import stdtr, stdtrit

from bench.types import Interval


@dataclass(frozen=True, slots=True, kw_only=True)
class MarginTest:
    """`p_within`: were the margin just reached, how often so low a value; `p_beyond`: how often so high a one."""

    p_within: float
    p_beyond: float
    standard_error: float
    degrees_of_freedom: float


@dataclass(frozen=True, slots=True, kw_only=True)
class RunNoise:
    """Variance of the difference of two runs of one unchanged system, beyond what their utterances explain."""

    variance: float
    n_runs: int


NO_NOISE = RunNoise(variance=0.0, n_runs=0)


def run_noise(differences: Sequence[Interval], n_runs: int) -> RunNoise:
    """Estimate it from the paired differences of all pairs of `n_runs` runs of the same system (A/A).

    Under no common drift a squared difference is on average its squared standard error; the excess is drift.
    Source: DerSimonian and Laird, Controlled Clinical Trials 7, 1986 (moment estimate of variance between studies).
    """
    excess = [
        d.value**2 - d.standard_error**2 for d in differences if d.value is not None and d.standard_error is not None
    ]
    return RunNoise(variance=max(0.0, float(np.mean(excess))) if excess else 0.0, n_runs=n_runs)


def margin_test(difference: Interval, margin: float, noise: RunNoise = NO_NOISE) -> MarginTest | None:
    """Test `difference` (positive: worse) against `margin`; `None` where it has no standard error.

    Degrees of freedom by Welch and Satterthwaite over clusters and runs.
    """
    if difference.value is None or difference.standard_error is None:
        return None
    within = difference.standard_error**2
    variance = within + noise.variance
    gap = difference.value - margin
    if variance == 0:
        # Nothing varies: the same answers to every utterance, or the same change in every one.
        return MarginTest(
            p_within=float(gap > 0), p_beyond=float(gap <= 0), standard_error=0.0, degrees_of_freedom=np.inf
        )
    spread = within**2 / (difference.n_clusters - 1)
    if noise.variance > 0:
        spread += noise.variance**2 / (noise.n_runs - 1)
    freedom = variance**2 / spread
    p_within = float(stdtr(freedom, gap / variance**0.5))
    return MarginTest(
        p_within=p_within, p_beyond=1 - p_within, standard_error=variance**0.5, degrees_of_freedom=freedom
    )


def bounds(value: float, test: MarginTest, alpha: float) -> tuple[float, float]:
    """One-sided lower and upper bounds of a difference, each wrong with probability `alpha`."""
    if test.standard_error == 0:
        return value, value
    half = float(stdtrit(test.degrees_of_freedom, 1 - alpha)) * test.standard_error
    return value - half, value + half
