"""Everything about speed in one go, as Markdown to paste into README.md: run it on a machine that does nothing else.

    python -m benchmarks.realtime                 # about 8 minutes
    python -m benchmarks.realtime --seconds 10    # shorter streams

First how much of a core a lone busy loop gets, and its gaps: on a quiet machine 1.00 and below 1 ms. Then the
streaming driver beside the sleep-per-chunk pattern, the calibration, and the harness beside a bare httpx loop.
"""

from __future__ import annotations

import argparse
import os
import platform
import time
from datetime import UTC, datetime

from bench import machine
from bench.calibration.measure import calibrate
from bench.calibration.record import Calibration, MetricError, keep, tail_name
from benchmarks import batch, streaming


def quietness(seconds: float = 3.0) -> str:
    """What a lone busy loop gets of a core, and the longest time it was kept waiting."""
    began, cpu, last, gap = time.perf_counter(), time.process_time(), time.perf_counter(), 0.0
    while (now := time.perf_counter()) - began < seconds:
        gap, last = max(gap, now - last), now
    share = (time.process_time() - cpu) / (time.perf_counter() - began)
    load = os.getloadavg()[0]
    return f"load average {load:.1f}; a lone busy loop got {share:.2f} of a core, longest gap {1000 * gap:.1f} ms"


def calibration_table(found: Calibration) -> str:
    """Error of each latency metric at each number of streams, and of a batch request, in ms."""
    head = ("at once", "metric", "bias ms", "p50 ms", "p95 ms", "p99 ms", "n", "valid")
    rows = [
        _calibration_row(level.streams, name, error, "yes" if level.valid else "no: " + "; ".join(level.reasons))
        for level in found.levels
        for name, error in level.errors.items()
    ]
    if found.batch is not None:
        rows.append(_calibration_row(1, "batch_latency_s", found.batch, "-"))
    lines = "\n".join("| " + " | ".join(row) + " |" for row in (head, ["---"] * len(head), *rows))
    return f"{lines}\n\nValid up to {found.largest_valid} streams at once, server on the same processors."


def _calibration_row(at_once: int, name: str, error: MetricError, valid: str) -> tuple[str, ...]:
    values = [f"{1000 * value:.2f}" for value in (error.bias_s, error.p50_s, error.p95_s, error.p99_s)]
    if tail_name(error.n) != "p99":
        values[-1] += f" ({tail_name(error.n)})"
    return (str(at_once), f"`{name}`", *values, str(error.n), valid)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--streams", type=int, nargs="+", default=[1, 100, 1000, 4000])
    parser.add_argument("--seconds", type=float, default=30.0)
    parser.add_argument("--calibrate", type=int, nargs="+", default=[1, 10, 50, 100, 200, 400])
    parser.add_argument("--requests", type=int, default=2000)
    parser.add_argument("--rounds", type=int, default=5)
    arguments = parser.parse_args()
    about = machine.describe()
    print(f"### {datetime.now(UTC):%Y-%m-%d}, {about['cpus']} x {about['cpu']}, Python {platform.python_version()}\n")
    print(f"Before: {quietness()}.\n")
    print(f"**Streaming**, {arguments.seconds:g} s per stream, uvloop:\n")
    print(streaming.measure_table(arguments.streams, ["driver", "sleep"], arguments.seconds), flush=True)
    print("\n**Calibration** (`bench calibrate`):\n")
    calibrated = calibrate(arguments.calibrate)
    keep(calibrated)
    print(calibration_table(calibrated), flush=True)
    print("\n**Batch**:\n")
    rounds = batch.measure(arguments.requests, arguments.rounds, 8)
    print(batch.table(rounds, arguments.requests, 8))
    print(f"\nAfter: {quietness()}.")


if __name__ == "__main__":
    main()
