"""What a calibration found, and the machine's latest one, kept in the user's cache folder."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from bench import machine
from bench.calibration.known import KnownScript, true_latencies
from bench.files import written_whole
from bench.scoring.timing.metrics import METRICS


@dataclass(frozen=True, slots=True, kw_only=True)
class MetricError:
    """Measured minus true, over streams or requests, in seconds."""

    bias_s: float
    """Mean; positive: the harness says too much."""
    p50_s: float
    """Of the absolute error, as the others; nearest rank."""
    p95_s: float
    p99_s: float
    n: int


def tail_name(n: int) -> str:
    """What the p99 of so many values is."""
    return "p99" if n >= 100 else f"max of {n}"


@dataclass(frozen=True, slots=True, kw_only=True)
class CalibratedLevel:
    """One number of streams at once."""

    streams: int
    failed: int
    valid: bool
    reasons: tuple[str, ...]
    send_lag_p99_s: float | None
    errors: Mapping[str, MetricError]


@dataclass(frozen=True, slots=True, kw_only=True)
class Calibration:
    """What `bench calibrate` found."""

    made_at: str
    earwitness: str
    python: str
    machine: Mapping[str, Any]
    metrics: Mapping[str, int]
    """Versions of the definitions that were measured."""
    chunk_bytes: int
    batch: MetricError | None
    """Of `batch_latency_s`, one request at a time; `None`: no request was answered."""
    levels: Sequence[CalibratedLevel]

    @property
    def largest_valid(self) -> int | None:
        """The largest number of streams up to which every level was valid; `None`: none was."""
        largest = None
        for level in sorted(self.levels, key=lambda level: level.streams):
            if not level.valid:
                break
            largest = level.streams
        return largest


def metric_versions() -> dict[str, int]:
    """Of every metric that is calibrated."""
    return {name: METRICS[name].version for name in true_latencies(KnownScript())}


def keep(calibration: Calibration) -> Path:
    """Store it as the machine's latest; returns where."""
    path = machine.cache_path()
    path.parent.mkdir(parents=True, exist_ok=True)
    row = {**asdict(calibration), "largest_valid": calibration.largest_valid}
    with written_whole(path) as partial:
        partial.write_text(json.dumps(row, indent=2) + "\n", encoding="utf-8")
    return path


def is_current(stored: Mapping[str, Any]) -> bool:
    """Whether a stored calibration measured the metrics as they are defined now."""
    return stored.get("metrics") == metric_versions()
