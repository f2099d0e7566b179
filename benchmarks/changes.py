"""How often the search for changes of level finds one that is not there, and one that is.

    python -m benchmarks.changes [--seed 0]

Gaussian series of unit variance, their noise estimated as `bench history` does: unchanged ones, and ones with a step
of two standard deviations in the middle, found if any change is marked within two runs of it. Prints the table of
docs/analysis.md, with the number of series of each kind, fewer the longer they are.
"""

from __future__ import annotations

import argparse

import numpy as np
from numpy.typing import NDArray

from bench.history.changes import change_points, noise

SERIES = {20: 1000, 50: 1000, 100: 1000, 300: 500, 1000: 200}
"""Runs -> series of each kind."""
STEP_SIGMAS = 2.0
WITHIN_RUNS = 2


def found(values: NDArray[np.float64]) -> tuple[int, ...]:
    return change_points(values.tolist(), noise(values.tolist()))


def measure(runs: int, series: int, rng: np.random.Generator) -> tuple[float, float]:
    """Share of unchanged series with a change, and of changed ones whose step is found."""
    unchanged = rng.normal(size=(series, runs))
    middle = runs // 2
    changed = rng.normal(size=(series, runs)) + STEP_SIGMAS * (np.arange(runs) >= middle)
    false = [bool(found(values)) for values in unchanged]
    true = [any(abs(position - middle) <= WITHIN_RUNS for position in found(values)) for values in changed]
    return float(np.mean(false)), float(np.mean(true))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--seed", type=int, default=0)
    seed = parser.parse_args().seed
    columns = (
        "runs",
        "series of each kind",
        "unchanged series with a change",
        "step of 2 sigma in the middle found within 2 runs",
    )
    print(f"| {' | '.join(columns)} |\n{'|---' * len(columns)}|")
    for runs, series in SERIES.items():
        false, true = measure(runs, series, np.random.default_rng([seed, runs]))
        print(f"| {runs:,} | {series:,} | {false:.1%} | {true:.1%} |".replace("%", " %"), flush=True)


if __name__ == "__main__":
    main()
