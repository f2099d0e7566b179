"""What is made of results: counts, intervals, and estimates with what they are about. Values only."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import NamedTuple, TypeAlias

from bench.types.basic import Mode

EDITS = ("substitutions", "deletions", "insertions", "hits")
"""What `ErrorCounts` counts, in the order of its fields and of files that hold four numbers."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ErrorCounts:
    """Edit counts of hypothesis against reference. `+` pools; a rate exists only where a reference does.

    Raises:
        ValueError: if a count is negative.
    """

    substitutions: int = 0
    deletions: int = 0
    insertions: int = 0
    hits: int = 0

    def __post_init__(self) -> None:
        if self.substitutions < 0 or self.deletions < 0 or self.insertions < 0 or self.hits < 0:
            raise ValueError(f"error counts: expected numbers of 0 or more, got {self}")

    def __add__(self, other: ErrorCounts) -> ErrorCounts:
        return ErrorCounts(
            substitutions=self.substitutions + other.substitutions,
            deletions=self.deletions + other.deletions,
            insertions=self.insertions + other.insertions,
            hits=self.hits + other.hits,
        )

    @property
    def errors(self) -> int:
        return self.substitutions + self.deletions + self.insertions

    @property
    def reference_length(self) -> int:
        return self.substitutions + self.deletions + self.hits

    @property
    def hypothesis_length(self) -> int:
        return self.substitutions + self.insertions + self.hits

    @property
    def rate(self) -> float | None:
        """Errors per reference token; `None` for an empty reference."""
        return self.errors / self.reference_length if self.reference_length else None


class Cell(NamedTuple):
    """What trials are counted together by: a row of the report."""

    engine: str
    mode: Mode
    condition: str
    corpus: str
    language: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Contrast:
    """The cell `of` less the cell `minus`, on the utterances of both."""

    name: str
    of: Cell
    minus: Cell


@dataclass(frozen=True, slots=True, kw_only=True)
class Cluster:
    """One speaker or conversation of a cell."""

    cell: Cell
    cluster: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Pool:
    """Cells of one engine, mode and condition together: the corpora of a language, or all languages."""

    engine: str
    mode: Mode
    condition: str
    language: str | None = None
    """`None`: over languages."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sweep:
    """Engines that differ in one number of their settings, in one mode and condition, on one corpus and language."""

    name: str
    """`silence by end_after_ms`."""
    mode: Mode
    condition: str
    corpus: str
    language: str


Scope: TypeAlias = Cell | Contrast | Cluster | Pool | Sweep
"""What an estimate is about."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Interval:
    """A value with its interval. `value` is `None` without data; `low`, `high` where none may be given."""

    value: float | None
    low: float | None = None
    high: float | None = None
    standard_error: float | None = None
    """`None` where no interval may be given; 0 where nothing varies between clusters, which gives none either."""
    degrees_of_freedom: float | None = None
    """Of Student's t: the effective number of clusters less one. `None`: as many as `n_clusters` less one."""
    centre: float | None = None
    """What the interval is built around, where that is not `value` (differences of percentiles)."""
    level: float = 0.95
    n: int = 0
    """Utterances, or what else was counted."""
    n_clusters: int = 0
    """Whole clusters that the interval was made over; 0: it was made over none."""
    note: str | None = None
    """Why there is no value or no interval, or a caution (few clusters ...)."""

    def noting(self, said: str | None) -> Interval:
        """With one more thing said of it; as it is where there is nothing to say, or no value to say it of."""
        if said is None or self.value is None:
            return self
        return replace(self, note=said if self.note is None else f"{self.note}; {said}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Estimate:
    """One quantity of a run with its interval, and what it is about."""

    metric: str
    unit: str
    scope: Scope
    interval: Interval
    n_failed: int = 0
    lower_is_better: bool = True
    valid: bool = True
    """Whether it may be believed; no: it was timed in an INVALID run, and is the harness's lateness."""

    @property
    def value(self) -> float | None:
        return self.interval.value

    @property
    def low(self) -> float | None:
        return self.interval.low

    @property
    def high(self) -> float | None:
        return self.interval.high

    @property
    def n(self) -> int:
        return self.interval.n

    @property
    def n_clusters(self) -> int:
        return self.interval.n_clusters

    @property
    def note(self) -> str | None:
        return self.interval.note
