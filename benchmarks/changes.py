"""How often the search for changes of level finds one that is not there, and one that is.

    python -m benchmarks.changes [--seed 0]

Series of unit variance as `bench history` reads them: unchanged ones whose runs are independent or correlated with the
run before, and independent ones with a step of four standard deviations in the middle, found if any change is marked
within two runs of it. Prints the table of
docs/analysis.md, with the number of series of each kind, fewer the longer they are.
"""

from __future__ import annotations

import argparse

import numpy as np
from numpy.typing import NDArray

from bench.history.changes import levels

SERIES = {12: 300, 20: 300, 60: 200, 150: 100}
"""Runs -> series of each kind."""
STEP_SIGMAS = 4.0
CORRELATIONS = (0.0, 0.3, 0.6)
WITHIN_RUNS = 2


def found(values: NDArray[np.float64]) -> tuple[int, ...]:
    return levels(values.tolist(), 1e-6).changes


def wandering(runs: int, correlation: float, rng: np.random.Generator) -> NDArray[np.float64]:
    values = rng.normal(size=runs)
    for place in range(1, runs):
        values[place] = correlation * values[place - 1] + (1 - correlation**2) ** 0.5 * values[place]
    return values


def measure(runs: int, series: int, rng: np.random.Generator) -> list[float]:
    """Share of unchanged series with a change, for each correlation; and of changed ones whose step is found."""
    middle = runs // 2
    false = [
        float(np.mean([bool(found(wandering(runs, correlation, rng))) for _ in range(series)]))
        for correlation in CORRELATIONS
    ]
    changed = rng.normal(size=(series, runs)) + STEP_SIGMAS * (np.arange(runs) >= middle)
    true = [any(abs(position - middle) <= WITHIN_RUNS for position in found(values)) for values in changed]
    return [*false, float(np.mean(true))]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--seed", type=int, default=0)
    seed = parser.parse_args().seed
    columns = (
        "runs",
        "series of each kind",
        *(f"a change, unchanged, correlation {correlation:g}" for correlation in CORRELATIONS),
        f"step of {STEP_SIGMAS:g} sigma found",
    )
    print(f"| {' | '.join(columns)} |\n{'|---' * len(columns)}|")
    for runs, series in SERIES.items():
        shares = measure(runs, series, np.random.default_rng([seed, runs]))
        print(f"| {runs:,} | {series:,} | {' | '.join(f'{share:.1%}' for share in shares)} |", flush=True)


if __name__ == "__main__":
    main()
