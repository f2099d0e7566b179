"""How long `bench history` takes over many runs.

    python -m benchmarks.history [--runs 1000] [--utterances 200] [--folder DIR]

Writes run folders with made-up numbers (as many estimates and trials as a real run of two engines in both modes has),
then reads them as the command does. `--folder` keeps them; otherwise they are removed.
"""

from __future__ import annotations

import argparse
import tempfile
from datetime import UTC, datetime, timedelta
from pathlib import Path
from time import perf_counter

import numpy as np

from bench.history.read import find_runs, read_points
from bench.history.series import series
from bench.report.history import to_csv, to_page
from bench.report.page import page_html
from bench.scoring.cells import ScoredTrial
from bench.store import RunFolder
from bench.types import Cell, ErrorCounts, Estimate, Interval

CELLS = tuple((engine, mode) for engine in ("a", "b") for mode in ("batch", "stream"))
METRICS = (
    "wer",
    "cer",
    "final_latency_s.p50",
    "final_latency_s.p95",
    *(f"other_metric_{number}.p50" for number in range(60)),
)
BEGIN = datetime(2024, 1, 1, tzinfo=UTC)
REFERENCE = "the quick brown fox jumps over the lazy dog again and again"


def write_run(folder: Path, number: int, level: float, n_utterances: int) -> None:
    """One run of made-up numbers around `level`, on the same utterances as every other."""
    rng = np.random.default_rng(number)
    run = RunFolder(folder)
    folder.mkdir(parents=True)
    run.write_json("environment.json", {"started_at": (BEGIN + timedelta(days=number)).isoformat(timespec="seconds")})
    run.write_estimates(
        Estimate(
            metric=metric,
            unit="ratio" if metric in {"wer", "cer"} else "s",
            scope=Cell(engine, mode, "clean", "c", "en"),
            interval=Interval(
                value=(value := float(rng.normal(level, 0.003))),
                low=value - 0.02,
                high=value + 0.02,
                n=n_utterances,
                n_clusters=20,
            ),
        )
        for engine, mode in CELLS
        for metric in METRICS
    )
    run.write_scores(
        [
            ScoredTrial(
                utterance_id=f"c/{utterance}",
                cell=Cell(engine, mode, "clean", "c", "en"),
                cluster="s",
                duration_s=4.0,
                reference_words=13,
                words=ErrorCounts(hits=13),
                reference=f"{REFERENCE} {utterance}",
            )
            for engine, mode in CELLS
            for utterance in range(n_utterances)
        ],
        {"normalizer": {"id": "earwitness@1", "hash": "0123456789ab"}, "corpora": {"c": f"{n_utterances} utterances"}},
    )


def measure(folder: Path) -> None:
    begin = perf_counter()
    runs = find_runs(folder)
    points = read_points(runs, ("wer", "cer", "final_latency_s.*"))
    read = perf_counter()
    found = series(points)
    marked = perf_counter()
    to_csv(found)
    page_html(to_page(found, len(runs)))
    written = perf_counter()
    changes = [change.position for one in found for change in one.changes]
    print(f"| {len(runs)} | {len(points)} | {len(found)} | {sorted(set(changes))} | {read - begin:.2f} |", end="")
    print(f" {marked - read:.2f} | {written - marked:.2f} | {written - begin:.2f} |")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--runs", type=int, default=1000)
    parser.add_argument("--utterances", type=int, default=200)
    parser.add_argument("--folder", type=Path)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        folder = arguments.folder or Path(temporary)
        if not any(folder.glob("*/estimates.parquet")):
            for number in range(arguments.runs):
                level = 0.10 if number < arguments.runs * 0.6 else 0.12
                write_run(folder / f"run-{number:05d}", number, level, arguments.utterances)
        print("| runs | points | series | changes at | read s | mark s | write s | total s |")
        print("|---|---|---|---|---|---|---|---|")
        measure(folder)


if __name__ == "__main__":
    main()
