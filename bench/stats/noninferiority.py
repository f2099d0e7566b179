"""Is a difference within a margin, beyond it, or is it too early to tell? Pure.

Two one-sided tests against the same margin. That the margin holds is shown when the upper bound lies below it, that it
is broken when the lower bound lies above it; in between, nothing is claimed. "Not significant" is never taken for
"not worse".
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import inf

import numpy as np
from scipy.special import stdtr, stdtrit

from bench.stats.intervals import degrees_of_freedom
from bench.stats.scales import Scale
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
    n_runs: float
    """By which it was estimated; infinite: it is stated, not estimated."""


NO_NOISE = RunNoise(variance=0.0, n_runs=0)
_FEW_RUNS = 2


def stated_noise(drift: float) -> RunNoise:
    """Where an unchanged system moves by `drift` from run to run (one standard deviation), in the metric's unit."""
    return RunNoise(variance=2 * drift**2, n_runs=inf)


def filled_up(measured: RunNoise, drift: float) -> RunNoise:
    """What fewer than three runs show of noise, filled up with a stated drift; `NO_NOISE`: there is nothing to fill up.

    A single run shows none. Two are one difference, whose square (a chi-squared of one degree of freedom) is
    most often far below its mean: the stated variance counts as another.
    """
    if drift == 0 or measured.n_runs > _FEW_RUNS:
        return NO_NOISE
    stated = stated_noise(drift)
    if measured.n_runs < _FEW_RUNS:
        return stated
    return RunNoise(variance=(measured.variance + stated.variance) / 2, n_runs=_FEW_RUNS + 1)


def run_noise(differences: Sequence[Interval], n_runs: int) -> RunNoise:
    """Estimate it from the paired differences of all pairs of `n_runs` runs of the same system (A/A).

    Under no common drift a squared difference is on average its squared standard error; the excess is drift.
    Source: DerSimonian and Laird, Controlled Clinical Trials 7, 1986 (moment estimate of variance between studies).
    """
    excess = [
        located(d) ** 2 - d.standard_error**2
        for d in differences
        if d.value is not None and d.standard_error is not None
    ]
    return RunNoise(variance=max(0.0, float(np.mean(excess))) if excess else 0.0, n_runs=n_runs)


def margin_test(difference: Interval, margin: float, noise: RunNoise = NO_NOISE) -> MarginTest | None:
    """Test `difference` (positive: worse) against `margin`; `None` where it has no standard error.

    Degrees of freedom by Welch and Satterthwaite over effective clusters and runs. Where nothing varies between
    clusters there is no spread to test by: all of them lie on one side, as by a sign test.
    """
    if difference.value is None or difference.standard_error is None:
        return None
    within, freedom = difference.standard_error**2, degrees_of_freedom(difference)
    variance = within + noise.variance
    gap = located(difference) - margin
    if variance == 0:
        return _one_sided(gap, freedom)
    spread = within**2 / freedom
    if noise.variance > 0:
        spread += noise.variance**2 / (noise.n_runs - 1)
    freedom = variance**2 / spread if spread > 0 else inf
    p_within = float(stdtr(freedom, gap / variance**0.5))
    return MarginTest(
        p_within=p_within, p_beyond=1 - p_within, standard_error=variance**0.5, degrees_of_freedom=freedom
    )


def bound_test(test: MarginTest, value: float, bound: float, scale: Scale, *, sign: float = 1.0) -> MarginTest:
    """`test` of how far `value` lies from a fixed bound, on the scale on which the value varies alike to both sides.

    Args:
        test: the same of the plain difference; it stays where the value or the bound lies at an end of the scale.
        value: what was measured.
        bound: what it is to stay below; with `sign` -1 above.
        scale: of what there can be.
        sign: 1 where less is better.
    """
    if test.standard_error == 0 or not (scale.has(value) and scale.has(bound)):
        return test
    gap = sign * (scale.place(value) - scale.place(bound))
    p_within = float(stdtr(test.degrees_of_freedom, gap / scale.error(value, test.standard_error)))
    return replace(test, p_within=p_within, p_beyond=1 - p_within)


def _one_sided(gap: float, freedom: float) -> MarginTest:
    """Every cluster the same: were each as likely above the margin as below it, that would be 1 in 2^G."""
    chance = float(0.5 ** (freedom + 1))
    p_within, p_beyond = (1.0, chance) if gap > 0 else (chance, 1.0)
    return MarginTest(p_within=p_within, p_beyond=p_beyond, standard_error=0.0, degrees_of_freedom=freedom)


def bounds(difference: Interval, test: MarginTest, alpha: float) -> tuple[float | None, float | None]:
    """One-sided lower and upper bounds of a difference, each wrong with probability `alpha`.

    Widened to hold its value; `None` where nothing varies, so that there is nothing to bound it by.
    """
    if test.standard_error == 0 or difference.value is None:
        return None, None
    half = one_sided_half(test, alpha)
    middle = located(difference)
    return min(difference.value, middle - half), max(difference.value, middle + half)


def one_sided_half(test: MarginTest, alpha: float) -> float:
    """How far a bound that is wrong with probability `alpha` lies from the value."""
    return float(stdtrit(test.degrees_of_freedom, 1 - alpha)) * test.standard_error


def located(difference: Interval) -> float:
    """What its interval is built around."""
    if difference.centre is not None:
        return difference.centre
    if difference.value is None:
        raise ValueError("expected a difference with a value")
    return difference.value


def moved(difference: Interval, *, sign: float = 1.0, by: float = 0.0) -> Interval:
    """`sign` * difference + `by`, with its standard error; bounds are left out, for a test makes its own."""
    value, centre = difference.value, difference.centre
    return replace(
        difference,
        value=None if value is None else sign * value + by,
        centre=None if centre is None else sign * centre + by,
        low=None,
        high=None,
    )
