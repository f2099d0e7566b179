"""One scored trial as a baseline keeps it: counts and latencies, no audio and no text; and what can be counted of many.

Pure. A baseline, a comparison and the gate work on these rows, so that what was stored a year ago can be compared
without its run folder.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from bench.types import Cell, ErrorCounts, FailureKind, Mode

CELL_KEYS = Cell._fields


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """The order of a run's report: engines and conditions as the config names them."""

    engines: Sequence[str]
    conditions: Sequence[str]
    """The first is what the others are compared with."""

    def of(self, cell: Cell) -> tuple[object, ...]:
        """The sort key of a cell: conditions of one corpus and language stand together."""
        engine, condition = self.engines.index(cell.engine), self.conditions.index(cell.condition)
        return engine, cell.mode, cell.corpus, cell.language, condition


@dataclass(frozen=True, slots=True, kw_only=True)
class ScoredRow:
    """One trial. `words` and `chars` are `None` where it failed; then `failure_kind` says why."""

    utterance_id: str
    cluster: str
    """Speaker or conversation; the utterance's own id where neither is known."""
    engine: str
    mode: Mode
    condition: str
    corpus: str
    language: str
    repeat: int = 0
    duration_s: float
    reference_words: int
    words: ErrorCounts | None
    chars: ErrorCounts | None = None
    failure_kind: FailureKind | None = None
    metrics: Mapping[str, float | None] = field(default_factory=dict)

    @property
    def cell(self) -> Cell:
        """The cell of the report it belongs to."""
        return Cell(self.engine, self.mode, self.condition, self.corpus, self.language)

    @property
    def empty(self) -> bool:
        """Answered with no words."""
        return self.words is not None and self.words.hypothesis_length == 0

    @property
    def words_or_all_deleted(self) -> ErrorCounts:
        """The counts; where it failed, every reference word deleted."""
        return self.words if self.words is not None else ErrorCounts(deletions=self.reference_words)


@dataclass(frozen=True, slots=True, kw_only=True)
class Coverage:
    """What became of the trials of a cell. Empty ones are answered."""

    attempted: int
    answered: int
    empty: int
    missed: int
    """Empty although the reference has words."""
    failed: Mapping[FailureKind, int]

    @property
    def failed_rate(self) -> float:
        return sum(self.failed.values()) / self.attempted if self.attempted else 0.0

    @property
    def empty_rate(self) -> float:
        """Empty answers to speech, among all answers."""
        return self.missed / self.answered if self.answered else 0.0


def by_cell(rows: Iterable[ScoredRow]) -> dict[Cell, list[ScoredRow]]:
    """Rows of each cell, cells in sorted order."""
    cells: dict[Cell, list[ScoredRow]] = defaultdict(list)
    for row in rows:
        cells[row.cell].append(row)
    return dict(sorted(cells.items()))


def coverage(rows: Sequence[ScoredRow]) -> Coverage:
    """Attempted, answered, empty and failed by kind."""
    failed = Counter(row.failure_kind for row in rows if row.failure_kind is not None)
    return Coverage(
        attempted=len(rows),
        answered=len(rows) - failed.total(),
        empty=sum(row.empty for row in rows),
        missed=sum(row.empty and row.reference_words > 0 for row in rows),
        failed={kind: failed[kind] for kind in FailureKind if failed[kind]},
    )


def alarms(
    rows: Sequence[ScoredRow], *, max_empty_rate: float = 0.02, min_length_ratio: float = 0.7
) -> tuple[str, ...]:
    """What must not be overlooked in one cell: too many empty answers, or answers much shorter than what was said.

    A wrong language, a stream cut short or a wrong sample rate shows here before anyone reads a transcript.
    """
    found = []
    count = coverage(rows)
    if count.empty_rate > max_empty_rate:
        found.append(
            f"{count.missed} of {count.answered} answers ({count.empty_rate:.1%}) are empty although there was speech; "
            f"expected at most {max_empty_rate:.1%}"
        )
    words = sum((row.words for row in rows if row.words is not None), ErrorCounts())
    if words.reference_length and words.hypothesis_length < min_length_ratio * words.reference_length:
        found.append(
            f"answers hold {words.hypothesis_length / words.reference_length:.0%} as many words as the references; "
            f"expected at least {min_length_ratio:.0%}"
        )
    return tuple(found)
