"""How small a difference a corpus can show between two systems like these two runs, as the gate would find it. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from math import isfinite
from pathlib import Path

from bench.comparison.rules import Rule
from bench.comparison.runs import match
from bench.scoring.cells import ScoredTrial
from bench.scoring.columns import ScoredColumns
from bench.scoring.measures import Measure, measure
from bench.scoring.pairing import Pair, pair_trials
from bench.stats.intervals import degrees_of_freedom
from bench.stats.noninferiority import stated_noise
from bench.stats.power import Growth, Needed, minimum_detectable, needed
from bench.store import RunFolder
from bench.types import Cell, Interval

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
    """The true worsening that a gate without margin accuses with probability `TARGET`: by a baseline of several runs
    without drift, or by rules that allow for none."""
    detectable_by_one_run: float | None
    """The same by one baseline run, where the rule's drift is allowed for."""
    passable: float | None
    """The smallest margin that an unchanged system passes with probability `TARGET`."""
    needed: Needed | None
    """What lets an unchanged system pass a gate with the margin with probability `TARGET`."""
    note: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Spread:
    """One cell of the two runs, as measured."""

    cell: Cell
    difference: Interval
    with_margin: Interval
    """What the gate tests under the margin: candidate - (1 + relative margin) x baseline."""
    margin: float
    drift: float
    """Of an unchanged system from run to run, one standard deviation, at this baseline."""
    grows: Growth
    audio_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class RunsPower:
    """What the corpus of two runs can show."""

    cells: tuple[CellPower, ...]
    notes: tuple[str, ...]
    """What was left out, and what to doubt."""


def power_of_runs(a: Path, b: Path, *, rule: Rule, checks: int | None = None, common: bool = False) -> RunsPower:
    """What the corpus of two scored runs can show between systems like theirs; as `corpus_power`.

    Raises:
        UsageError: with every reason why the runs are not comparable; `common` takes what both have.
        RunFolderError: if one is not scored.
    """
    rows = match(RunFolder.open(a), RunFolder.open(b), common=common)
    return RunsPower(cells=corpus_power(rows.a, rows.b, rule=rule, checks=checks), notes=rows.notes)


def corpus_power(
    a: Sequence[ScoredTrial],
    b: Sequence[ScoredTrial],
    *,
    rule: Rule,
    checks: int | None = None,
) -> tuple[CellPower, ...]:
    """For every cell of both: what its utterances can show, and how many would show the margin.

    Args:
        a: trials of one run.
        b: trials of another.
        rule: metric, margin, alpha and unit.
        checks: how many checks the gate makes, over which it adjusts accusations; `None`: one for each cell.
    """
    cells_a, cells_b = ScoredColumns.of(a).by_cell(), ScoredColumns.of(b).by_cell()
    spreads = [
        _spread(cell, pair_trials(cells_a[cell], cells_b[cell]).measured_by(rule.metric), rule)
        for cell in cells_a
        if cell in cells_b
    ]
    tested = sum(spread.difference.standard_error is not None for spread in spreads)
    # Holm's first step: a difference in one cell alone must stand out of all that is tested.
    accusing = rule.alpha / max(1, tested if checks is None else checks)
    return tuple(_cell_power(spread, rule, accusing) for spread in spreads)


def _spread(cell: Cell, pairs: Sequence[Pair], rule: Rule) -> _Spread:
    measured = measure(rule.metric)
    before = [trial for pair in pairs for trial in pair.a]
    after = [trial for pair in pairs for trial in pair.b]
    value_a, value_b = (measured.of(side, unit=rule.unit).value or 0.0 for side in (before, after))
    difference = measured.difference(pairs, unit=rule.unit)
    times = rule.times_baseline(value_a)
    return _Spread(
        cell=cell,
        difference=difference,
        with_margin=difference if times == 1 else measured.difference(pairs, times_a=times, unit=rule.unit),
        margin=rule.margin.at(value_a),
        drift=rule.drift.at(value_a),
        grows=_growth(measured, (value_a, value_b), after, difference.standard_error or 0.0),
        audio_s=sum(pair.a[0].duration_s for pair in pairs),
    )


def _growth(measured: Measure, values: tuple[float, float], trials: Sequence[ScoredTrial], error: float) -> Growth:
    """A worse system also varies more: in proportion to what it has more of, as two runs' own spread does.

    Errors that a rate gains are at least as noisy as words that go wrong each by itself: two runs that hardly differ,
    as of one deterministic system, do not show that.
    """
    if not measured.lower_is_better:
        values = (1 - values[0], 1 - values[1])
    total = sum(values)
    tokens = sum((measured.ratio(trial) or (0, 0))[1] for trial in trials) if measured.ratio is not None else 0

    def factor(worse_by: float) -> float:
        as_before = worse_by / total if total > 0 else 0.0
        right = max(0.0, 1 - total - worse_by)
        alone = worse_by * right / (tokens * error**2) if tokens and error > 0 else 0.0
        return 1 + max(as_before, alone)

    return factor


def _cell_power(spread: _Spread, rule: Rule, accusing: float) -> CellPower:
    difference, error = spread.difference, spread.difference.standard_error
    blank = CellPower(
        cell=spread.cell._asdict(),
        n=difference.n,
        n_clusters=difference.n_clusters,
        hours=spread.audio_s / 3600,
        margin=spread.margin,
        detectable=None,
        detectable_by_one_run=None,
        passable=None,
        needed=None,
        note=difference.note,
    )
    if error is None:
        return blank
    if error == 0:
        return replace(blank, note="the runs do not differ here, so their spread says nothing")
    freedom = degrees_of_freedom(difference)
    detectable = _detectable(error, freedom, accusing, spread.grows)
    passable = minimum_detectable(
        error, freedom + 1, alpha=rule.alpha, target=TARGET, two_sided=False, known_by=freedom
    )
    told = replace(blank, passable=passable, needed=_needed(spread, rule) if spread.margin > 0 else None)
    if not isfinite(detectable):
        return replace(told, note="no worsening stands out: the runs differ too much")
    by_one_run = _detectable(
        error, freedom, accusing, spread.grows, variance_of_drift=stated_noise(spread.drift).variance
    )
    return replace(told, detectable=detectable, detectable_by_one_run=by_one_run)


def _detectable(error: float, freedom: float, alpha: float, grows: Growth, *, variance_of_drift: float = 0.0) -> float:
    """What is found beside a drift whose variance is stated: that adds to the spread, and is known."""
    drifting = variance_of_drift / error**2
    known_by = freedom * (1 + drifting) ** 2
    return minimum_detectable(
        error * (1 + drifting) ** 0.5,
        known_by + 1,
        alpha=alpha,
        target=TARGET,
        two_sided=False,
        known_by=known_by,
        grows=lambda worse_by: (grows(worse_by) + drifting) / (1 + drifting),
    )


def _needed(spread: _Spread, rule: Rule) -> Needed | None:
    difference = spread.with_margin
    if not difference.standard_error:
        return None
    freedom = degrees_of_freedom(difference)
    return needed(
        spread.margin,
        difference.standard_error,
        n_clusters=difference.n_clusters,
        effective=freedom + 1,
        n_utterances=difference.n,
        audio_s=spread.audio_s,
        alpha=rule.alpha,
        target=TARGET,
        two_sided=False,
        known_by=freedom,
    )
