"""Ends of turns over a sweep: what a system's delay is at a given share of turns cut short, and the reverse. Pure.

A short time-out is fast and cuts people off, a long one does neither, so no one setting ranks systems. A sweep is
engines that differ in one number of their settings; its frontier joins, by straight lines, the settings that no other
beats in both; nothing is said beyond what was swept. All settings are compared on the same utterances, and a turn
whose end was not declared within 2 s counts as 2 s.
Source: LiveKit eot-bench (delay at given shares of false cut-offs).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from bench.scoring.alike import Series, numbers_of, series
from bench.scoring.cells import ScoredTrial
from bench.scoring.tally import quotient
from bench.scoring.timing.turns import MISSED_AFTER_S
from bench.stats.intervals import degrees_of_freedom, empty_interval, statistic_interval
from bench.types import Cell, Estimate, Interval, JsonValue, Sweep

_Floats: TypeAlias = NDArray[np.float64]
_TALLIES = ("turn.early", "turn.delay_s", "turn.all")
_FAMILY = "sweep of ends of turns"
_FEWEST_SPEAKERS = 20
"""Of a delay: between two settings it bends so much that over 8 and 10 speakers its interval held 90 and 91 %."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FrontierMeasure:
    """One coordinate of the frontier, where the other is given."""

    name: str
    definition: str
    unit: str
    at: float
    """The share of turns cut short, or the delay in seconds."""
    family: str = _FAMILY
    source: str = "LiveKit eot-bench"
    lower_is_better: bool = True
    version: int = 1


def _delay_at(percent: int) -> FrontierMeasure:
    return FrontierMeasure(
        name=f"turn_end_delay_at_{percent}_pct_s",
        definition=f"mean delay of ends of turns, of a sweep, at the setting that cuts {percent} % of turns short",
        unit="s",
        at=percent / 100,
    )


def _early_at(limit_ms: int) -> FrontierMeasure:
    return FrontierMeasure(
        name=f"early_turn_ends_at_{limit_ms}_ms",
        definition=f"turns cut short, of a sweep, at the setting whose mean delay is {limit_ms} ms",
        unit="ratio",
        at=limit_ms / 1000,
    )


MEASURES = (_delay_at(5), _delay_at(10), _early_at(300), _early_at(600))


def sweeps(engines: Mapping[str, tuple[str, Mapping[str, JsonValue], JsonValue]]) -> tuple[Series, ...]:
    """Sets of engines that differ in one number of their settings.

    Args:
        engines: by id, the registered name, the settings as effective, and what else decides its answers.
    """
    return series(
        (name, f"{kind} by {key}", value, [others, further])
        for name, (kind, settings, further) in engines.items()
        for key, value, others in numbers_of(settings)
    )


def sweep_estimates(trials: Sequence[ScoredTrial], swept: Iterable[Series]) -> Iterator[Estimate]:
    """The frontier's measures of every sweep, mode, condition, corpus and language that has ends of turns."""
    cells = _by_utterance(trials)
    for each in swept:
        engines = [name for _, name in each.points]
        for mode, condition, corpus, language in dict.fromkeys(cell[1:] for cell in cells if cell.engine in engines):
            estimates_of_engines = (cells.get(Cell(name, mode, condition, corpus, language)) for name in engines)
            settings = [own for own in estimates_of_engines if own]
            scope = Sweep(name=each.label, mode=mode, condition=condition, corpus=corpus, language=language)
            if len(settings) > 1:
                yield from _estimates(scope, settings)


_Utterances: TypeAlias = dict[str, list[ScoredTrial]]


def _by_utterance(trials: Iterable[ScoredTrial]) -> dict[Cell, _Utterances]:
    """Trials with ends of turns, by cell and utterance."""
    cells: dict[Cell, _Utterances] = defaultdict(lambda: defaultdict(list))
    for trial in trials:
        if "turn.all" in trial.tallies:
            cells[trial.cell][trial.utterance_id].append(trial)
    return cells


def _estimates(scope: Sweep, settings: Sequence[_Utterances]) -> Iterator[Estimate]:
    shared = sorted(set.intersection(*(set(each) for each in settings)))
    rows = [[_sum(each[name], tally) for each in settings for tally in _TALLIES] for name in shared]
    clusters = [settings[0][name][0].cluster for name in shared]
    for measure in MEASURES:
        yield Estimate(metric=measure.name, unit=measure.unit, scope=scope, interval=_interval(measure, rows, clusters))


def _sum(trials: Iterable[ScoredTrial], tally: str) -> float:
    return sum(trial.tallies.get(tally, 0.0) for trial in trials)


def _interval(measure: FrontierMeasure, rows: Sequence[Sequence[float]], clusters: Sequence[str]) -> Interval:
    if not rows:
        return empty_interval(0.95, 0, 0, "no turn was heard at every setting")

    def statistic(sums: _Floats) -> _Floats:
        early, delay_s = coordinates(sums)
        return along(early, delay_s, measure.at) if measure.unit == "s" else along(delay_s, early, measure.at)

    early, delay_s = coordinates(np.asarray(rows, dtype=np.float64).sum(axis=0))
    given, named = (early, "cuts so few turns short") if measure.unit == "s" else (delay_s, "is as fast")
    if measure.at < given.min():
        why = f"no setting {named}: the nearest has {given.min():.3g}; sweep further"
        return empty_interval(0.95, len(rows), len(set(clusters)), why)
    within = (0.0, MISSED_AFTER_S) if measure.unit == "s" else (0.0, 1.0)
    interval = statistic_interval(rows, statistic, clusters, within=within)
    if measure.unit == "s":
        interval = _of_enough(interval)
    if measure.at > given.max():
        reached = f"{given.max():.3g} is the most that was swept: the value is of that setting"
        return interval.noting(reached)
    return interval


def _of_enough(interval: Interval) -> Interval:
    """Without limits, and saying so, where speakers are too few for them to hold (`benchmarks.coverage`)."""
    if interval.low is None or round(degrees_of_freedom(interval) + 1) >= _FEWEST_SPEAKERS:
        return interval
    bare = replace(interval, low=None, high=None, standard_error=None, degrees_of_freedom=None, note=None)
    return bare.noting(f"a delay between two settings needs an effective {_FEWEST_SPEAKERS} speakers for an interval")


def coordinates(sums: _Floats) -> tuple[_Floats, _Floats]:
    """Share of turns cut short and mean delay of each setting, both (..., settings), of sums (..., settings * 3)."""
    early, delay_s, turns = np.moveaxis(sums.reshape(*sums.shape[:-1], -1, len(_TALLIES)), -1, 0)
    return quotient(early, turns), quotient(delay_s, turns)


def along(x: _Floats, y: _Floats, at: float) -> _Floats:
    """The frontier's least y at x = `at`; before its begin the y of the begin. Both of shape (..., settings)."""
    order = np.lexsort((y, x), axis=-1)
    xs, ys = np.take_along_axis(x, order, -1), np.minimum.accumulate(np.take_along_axis(y, order, -1), axis=-1)
    flat = zip(xs.reshape(-1, xs.shape[-1]), ys.reshape(-1, ys.shape[-1]), strict=True)
    return np.array([_interpolated(own_x, own_y, at) for own_x, own_y in flat]).reshape(xs.shape[:-1])


def _interpolated(x: _Floats, y: _Floats, at: float) -> float:
    """`y` never rises; where it does not fall, another setting is as good at a smaller x."""
    kept = [index for index in range(len(y)) if index == 0 or y[index] < y[index - 1]]
    return float(np.interp(at, x[kept], y[kept]))
