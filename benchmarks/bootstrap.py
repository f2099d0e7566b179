"""Speed and agreement of the intervals: closed form, exact grouped bootstrap, plain loop, scipy; and the exact test.

    python -m benchmarks.bootstrap [--utterances 100000] [--resamples 10000] [--slow]

`--slow` adds scipy.stats.bootstrap and the plain resampling loop, which take minutes at full size.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from time import perf_counter

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from bench.stats.bootstrap import bootstrap_interval, rate
from bench.stats.intervals import ratio_interval
from bench.stats.percentiles import percentile_interval
from bench.stats.permutation import paired_permutation


def loop(errors: NDArray[np.int64], lengths: NDArray[np.int64], resamples: int) -> tuple[float, float]:
    """The utterance bootstrap as it is usually written."""
    rng = np.random.default_rng(0)
    draws = np.empty(resamples)
    for i in range(resamples):
        chosen = rng.integers(0, errors.size, errors.size)
        draws[i] = errors[chosen].sum() / lengths[chosen].sum()
    low, high = np.quantile(draws, (0.025, 0.975))
    return float(low), float(high)


def with_scipy(errors: NDArray[np.int64], lengths: NDArray[np.int64], resamples: int) -> tuple[float, float]:
    found = stats.bootstrap(
        (errors, lengths),
        lambda e, n, axis=-1: e.sum(axis=axis) / n.sum(axis=axis),
        paired=True,
        n_resamples=resamples,
        method="percentile",
        batch=50,
    ).confidence_interval
    return float(found.low), float(found.high)


def show(name: str, work: Callable[[], object]) -> None:
    start = perf_counter()
    found = work()
    print(f"{name:58} {perf_counter() - start:9.4f} s  {found}")


def bounds(low: float | None, high: float | None) -> str:
    return f"{low:.5f} to {high:.5f}" if low is not None and high is not None else "no interval"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--utterances", type=int, default=100_000)
    parser.add_argument("--resamples", type=int, default=10_000)
    parser.add_argument("--slow", action="store_true")
    given = parser.parse_args()
    rng = np.random.default_rng(1)
    n = given.utterances
    lengths = np.maximum(1, rng.gamma(1 / 0.36, 12 * 0.36, n).astype(int))
    errors = rng.binomial(lengths, rng.beta(0.6, 5.4, n))
    other = rng.binomial(lengths, rng.beta(0.6, 5.4, n))
    latency_s = rng.gamma(3, 0.2, n)
    speakers = [f"s{i % 200}" for i in range(n)]
    alone = [str(i) for i in range(n)]
    columns = np.column_stack([errors, lengths])

    def drawn(clusters: list[str] | None, method: str) -> str:
        found = bootstrap_interval(columns, rate, clusters, resamples=given.resamples, method=method)  # type: ignore[arg-type]
        return bounds(found.low, found.high)

    def closed(clusters: list[str]) -> str:
        found = ratio_interval(errors, lengths, clusters)
        return bounds(found.low, found.high)

    def tail() -> str:
        found = percentile_interval(latency_s, speakers, 0.95)
        return bounds(found.low, found.high)

    print(f"{n:,} utterances, {given.resamples:,} resamples, 200 speakers")
    show("closed form over speakers (default)", lambda: closed(speakers))
    show("closed form over utterances", lambda: closed(alone))
    show("bootstrap over speakers, percentile", lambda: drawn(speakers, "percentile"))
    show("bootstrap over speakers, BCa", lambda: drawn(speakers, "bca"))
    show("exact utterance bootstrap, grouped multinomial", lambda: drawn(None, "percentile"))
    show("exact utterance bootstrap, grouped multinomial, BCa", lambda: drawn(None, "bca"))
    show("p95 of latency over speakers, 2,000 resamples", tail)
    show("exact paired permutation, by speaker", lambda: f"p = {paired_permutation(errors, other, speakers):.4f}")
    show("exact paired permutation, by utterance", lambda: f"p = {paired_permutation(errors, other, alone):.4f}")
    if given.slow:
        show("utterance bootstrap, plain numpy loop", lambda: bounds(*loop(errors, lengths, given.resamples)))
        show("scipy.stats.bootstrap, percentile", lambda: bounds(*with_scipy(errors, lengths, given.resamples)))


if __name__ == "__main__":
    main()
