"""How small a difference a corpus can show between two systems like these two runs. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from bench.comparison.rules import Margin
from bench.scoring.cells import ScoredTrial, by_cell
from bench.scoring.measures import measure
from bench.scoring.pairing import pair_trials
from bench.stats.intervals import degrees_of_freedom
from bench.stats.power import Needed, minimum_detectable, needed
from bench.types import Interval

TARGET = 0.8
"""Chance with which a difference is to be found."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CellPower:
    """One cell. `None`: cannot be said, with why in `note`."""

    cell: Mapping[str, str]
    n: int
    n_clusters: int
    hours: float
    margin: float
    """In the metric's unit, at this baseline."""
    detectable: float | None
    """The true worsening found with probability `TARGET`, one-sided."""
    needed: Needed | None
    note: str | None = None


def corpus_power(
    a: Sequence[ScoredTrial], b: Sequence[ScoredTrial], *, metric: str, margin: Margin, alpha: float = 0.05
) -> Iterator[CellPower]:
    """For every cell of both: what its utterances can show, and how many would show the margin.

    Raises:
        UnknownNameError: for a metric of no known form.
    """
    cells_a, cells_b = by_cell(a), by_cell(b)
    measured = measure(metric)
    for cell in (cell for cell in cells_a if cell in cells_b):
        pairs = pair_trials(cells_a[cell], cells_b[cell]).answered
        baseline = measured.of([row for pair in pairs for row in pair.a]).value
        distance = margin.absolute + margin.relative * (baseline or 0.0)
        audio_s = sum(pair.a[0].duration_s for pair in pairs)
        yield _cell_power(cell._asdict(), measured.difference(pairs), distance, audio_s, alpha)


def _cell_power(cell: Mapping[str, str], found: Interval, margin: float, audio_s: float, alpha: float) -> CellPower:
    error, note = found.standard_error, found.note
    detectable = enough = None
    if error == 0:
        note = "the runs do not differ here, so their spread says nothing"
    elif error is not None:
        effective = degrees_of_freedom(found) + 1
        detectable = minimum_detectable(error, effective, alpha=alpha, target=TARGET, two_sided=False)
        if margin > 0:
            enough = needed(
                margin,
                error,
                n_clusters=found.n_clusters,
                effective=effective,
                n_utterances=found.n,
                audio_s=audio_s,
                alpha=alpha,
                target=TARGET,
                two_sided=False,
            )
    return CellPower(
        cell=cell,
        n=found.n,
        n_clusters=found.n_clusters,
        hours=audio_s / 3600,
        margin=margin,
        detectable=detectable,
        needed=enough,
        note=note,
    )
