"""Rows of one run together with what must be equal for two runs to be comparable. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from bench.scoring.cells import ScoredTrial
from bench.scoring.timing.reference_error import ReferenceError


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """Rows of a run, with what must be equal for two runs to be comparable (normaliser, corpus digests ...)."""

    rows: Sequence[ScoredTrial]
    facts: Mapping[str, str] = field(default_factory=dict)
    left_out: Mapping[str, str] = field(default_factory=dict)
    """Metrics that are not compared, and why."""
    reference_errors: Mapping[str, ReferenceError] = field(default_factory=dict)
    """By corpus, where an aligner set the times of its words."""


def incomparable(
    a: Mapping[str, str], b: Mapping[str, str], *, names: tuple[str, str] = ("the baseline", "the candidate")
) -> tuple[str, ...]:
    """A reason for each fact in which the two differ."""
    return tuple(
        f"{key}: {names[0]} has {a.get(key, 'nothing')}, {names[1]} {b.get(key, 'nothing')}; not comparable"
        for key in sorted(a.keys() | b.keys())
        if a.get(key) != b.get(key)
    )
