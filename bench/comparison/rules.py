"""What the gate allows: a rule is a metric, the cells it speaks of, and a margin, ceiling or maximum share. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, TypeAlias, get_args

from bench.errors import ConfigError, Problem
from bench.scoring.measures import Unit, measure

CoverageKind: TypeAlias = Literal["failed_rate", "empty_rate", "leaked_cards"]
"""Shares that are held to a maximum as observed: one is a fact, not an estimate."""
_MARGIN = re.compile(r"\+?(?P<number>\d+(?:\.\d+)?)\s*(?P<unit>pp|%|ms|s)?")
_ABSOLUTE = {None: 1.0, "pp": 0.01, "ms": 0.001, "s": 1.0}


@dataclass(frozen=True, slots=True, kw_only=True)
class Margin:
    """Allowed worsening: `absolute` in the metric's unit + `relative` as a share of the baseline's value."""

    absolute: float = 0.0
    relative: float = 0.0

    def at(self, baseline: float) -> float:
        """What it allows at this baseline, of which latencies may be below 0 (a final before speech ends)."""
        return self.absolute + self.relative * abs(baseline)


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One demand.

    With `margin` alone the candidate is compared with the baseline; with `ceiling` it must stay below a fixed value
    (above it where higher is better); `failed_rate`, `empty_rate` and `leaked_cards` are held to `maximum` as observed.

    Raises:
        ConfigError: for a rule that asks for two things, for nothing, or for an unknown metric.
    """

    metric: str
    where: Mapping[str, str] = field(default_factory=dict)
    """Cells it speaks of: any of engine, mode, condition, corpus, language; empty: all."""
    modes: tuple[str, ...] = ()
    """Modes in which its metric exists; empty: all. Elsewhere it says nothing, which is no fault."""
    margin: Margin = Margin()
    ceiling: float | None = None
    maximum: float = 0.0
    alpha: float = 0.05
    min_utterances: int = 50
    """Fewer make it inconclusive, whatever they show."""
    unit: Unit = "cluster"
    """`utterance`: the verdict speaks of these speakers only, not of new ones."""
    drift: Margin = Margin()
    """How far an unchanged system moves from run to run, one standard deviation. A baseline of three runs or more shows
    it; with fewer, this much is allowed for before anything is called regressed."""
    lower_is_better: bool = True

    def __post_init__(self) -> None:
        if self.coverage is None:
            measure(self.metric)
        problems = []
        if self.ceiling is not None and self.margin != Margin():
            problems.append(Problem(self.metric, "a margin or a ceiling", "both", "make two rules of it"))
        if not 0 < self.alpha < 0.5:
            problems.append(Problem(f"{self.metric}.alpha", "a number between 0 and 0.5", repr(self.alpha)))
        if problems:
            raise ConfigError(problems)

    @property
    def coverage(self) -> CoverageKind | None:
        """Which share of trials it bounds; `None`: it is about a metric."""
        known: tuple[CoverageKind, ...] = get_args(CoverageKind)
        return next((kind for kind in known if kind == self.metric), None)

    def times_baseline(self, baseline: float) -> float:
        """By what the baseline is multiplied where the relative part of the margin is tested against it."""
        sign = 1.0 if self.lower_is_better else -1.0
        return 1 + sign * self.margin.relative * (-1.0 if baseline < 0 else 1.0)

    def speaks_of(self, cell: Mapping[str, str]) -> bool:
        if self.modes and cell.get("mode") not in self.modes:
            return False
        return all(cell.get(key) == value for key, value in self.where.items())


def usual_drift(metric: str) -> Margin:
    """What the presets take an unchanged system to move by: a point of a rate, 5 % of a value."""
    return Margin(absolute=0.01) if measure(metric).values_of is None else Margin(relative=0.05)


def parse_margin(text: str, where: str) -> Margin:
    """Read `+0.5pp` (points of a rate), `+10%` (of the baseline), `+50ms`, `+0.2s` or a bare number.

    Raises:
        ConfigError: for anything else.
    """
    match = _MARGIN.fullmatch(text.strip())
    if match is None:
        expected = "a margin such as +0.5pp, +10%, +50ms or +0.2s"
        raise ConfigError([Problem(where, expected, repr(text))])
    number, unit = float(match["number"]), match["unit"]
    if unit == "%":
        return Margin(relative=number / 100)
    return Margin(absolute=number * _ABSOLUTE[unit])
