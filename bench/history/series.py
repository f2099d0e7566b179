"""Points of many runs put into series that may be compared, with their changes of level marked. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from statistics import fmean, median
from typing import TypeAlias

from bench.history.changes import levels, noise
from bench.stats.clusters import t_quantile
from bench.types import Cell, Interval

LEVEL = 0.95
_NOISE_FLOOR = 0.05
"""Of the usual half-width of the runs' own intervals: a smaller wobble is never called a change."""

Key: TypeAlias = tuple[str, Cell, str]
"""metric, cell, material."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Point:
    """One metric of one cell of one run."""

    run: str
    started_at: str
    metric: str
    unit: str
    cell: Cell
    material: str
    """What must be equal to compare: the utterances with their references, the normaliser, the metric's definition."""
    value: float
    interval: Interval
    """Of the run itself."""
    n_failed: int
    lower_is_better: bool

    @property
    def key(self) -> Key:
        return self.metric, self.cell, self.material


@dataclass(frozen=True, slots=True, kw_only=True)
class LevelChange:
    """A new level from the run at `position` on."""

    position: int
    before: float
    after: float
    difference: Interval
    """after - before, from the noise between runs."""
    worse: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class MetricSeries:
    """Points of one metric, oldest first."""

    points: tuple[Point, ...]
    changes: tuple[LevelChange, ...]
    noise: float
    """Standard deviation between neighbouring runs."""
    correlation: float = 0.0
    """Of a run with the next about their level: where it is high the series wanders, and few changes are certain."""

    @property
    def first(self) -> Point:
        return self.points[0]

    @property
    def last(self) -> Point:
        return self.points[-1]


def series(points: Iterable[Point]) -> tuple[MetricSeries, ...]:
    """One series per metric, cell and material; in the order of their names, then of their first run."""
    grouped: dict[Key, list[Point]] = defaultdict(list)
    for point in points:
        grouped[point.key].append(point)
    made = [_series(sorted(own, key=lambda p: (p.started_at, p.run))) for own in grouped.values()]
    return tuple(
        sorted(made, key=lambda traced: (traced.first.key[:-1], traced.first.started_at, traced.first.material))
    )


def _series(points: Sequence[Point]) -> MetricSeries:
    values = [point.value for point in points]
    ends = [(point.interval.low, point.interval.high) for point in points]
    halves = [(high - low) / 2 for low, high in ends if low is not None and high is not None]
    # A deterministic system repeats itself exactly; then any difference is a change, but sigma must not be 0.
    tiny = 1e-9 * max(1.0, *(abs(value) for value in values))
    least = max(_NOISE_FLOOR * median(halves) if halves else 0.0, tiny)
    starts = levels(values, least)
    changes = _changes(points, starts.changes, starts.sigma)
    return MetricSeries(
        points=tuple(points), changes=changes, noise=max(noise(values), least), correlation=starts.correlation
    )


def _changes(points: Sequence[Point], positions: Sequence[int], sigma: float) -> tuple[LevelChange, ...]:
    values = [point.value for point in points]
    bounds = [0, *positions, len(values)]
    changes = []
    for start, position, end in zip(bounds, positions, bounds[2:], strict=False):
        before, after = fmean(values[start:position]), fmean(values[position:end])
        half = t_quantile(LEVEL, len(values) - 1) * sigma * (1 / (position - start) + 1 / (end - position)) ** 0.5
        changes.append(
            LevelChange(
                position=position,
                before=before,
                after=after,
                difference=Interval(
                    value=after - before, low=after - before - half, high=after - before + half, level=LEVEL
                ),
                worse=(after > before) == points[0].lower_is_better,
            )
        )
    return tuple(changes)
