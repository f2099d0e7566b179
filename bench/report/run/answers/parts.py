"""What all sentences of a run's answer are made with. Pure."""

from __future__ import annotations

from dataclasses import replace

from bench.report.phrases import bounds, plain_points, plural
from bench.report.run.data import RunData, Speech
from bench.scoring.cells import FAILURES_DIFFER
from bench.stats.clusters import MIN_CLUSTERS
from bench.types import Cell, Estimate, Mode


def first_mode(data: RunData, speech: Speech) -> Mode | None:
    """The mode that the answer speaks of first; `None`: no cell has a result."""
    measured = {cell.mode for cell in data.cells if Speech(cell.corpus, cell.language) == speech}
    return next((mode for mode in data.modes if mode in measured), None)


def ranking(data: RunData, mode: Mode, speech: Speech) -> list[Cell]:
    """Cells under the first condition that have a rate, the lowest first."""
    cells = [Cell(engine, mode, data.base, *speech) for engine in data.engines]
    return sorted(
        (cell for cell in cells if data.value(cell, "wer") is not None), key=lambda cell: data.value(cell, "wer") or 0.0
    )


def number(data: RunData, cell: Cell, metric: str = "wer") -> Estimate:
    estimate = data.number(cell, metric)
    assert estimate is not None, f"{cell}: {metric}"
    return estimate


def on_base(data: RunData) -> str:
    """`on clean audio`, or `under CONDITION` where the first one is something else."""
    return "on clean audio" if data.base == "clean" else f"under {data.base}"


def difference_text(difference: Estimate) -> str:
    within = bounds(difference, signed)
    return f"difference {plain_points(difference.value)}{f' ({within})' if within else ''}"


def turned(difference: Estimate) -> Estimate:
    """The same the other way round, for a sentence that says `better by`."""
    value, low, high = (None if v is None else -v for v in (difference.value, difference.high, difference.low))
    return replace(difference, interval=replace(difference.interval, value=value, low=low, high=high))


def failures_differ(difference: Estimate) -> str:
    """What it says of failures that one side has more of; empty: nothing."""
    said = (difference.note or "").split("; ")
    fact = next((part.partition(":")[0] for part in said if part.startswith(FAILURES_DIFFER)), "")
    return f"{fact}, and what failed is left out" if fact else ""


def signed(value: float | None) -> str:
    """Signed, one decimal, no unit: for the bounds of an interval in points."""
    text = plain_points(value)
    return text.partition(" ")[0]


def too_few(estimate: Estimate) -> str:
    """Why there is no interval."""
    if estimate.low is not None:
        return ""
    if estimate.n_clusters >= MIN_CLUSTERS:
        return "no interval can be estimated"
    if estimate.n_clusters:
        return f"too few speakers ({estimate.n_clusters}) for an interval"
    return "no interval"


def amount(estimate: Estimate) -> str:
    return f"{plural(estimate.n, 'utterance')}, {plural(estimate.n_clusters, 'speaker')}"
