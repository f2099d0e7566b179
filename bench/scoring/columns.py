"""Scored trials as columns: some hundred bytes each, made into `ScoredTrial`s only where they are looked at.

Pure: what fills them from a table is the store.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, NamedTuple, TypeAlias, overload

import numpy as np
from numpy.typing import NDArray

from bench.scoring.cells import ScoredTrial
from bench.scoring.records import Shared, column_kind, score_columns, scored_trials
from bench.types import EDITS, Cell, FailureKind

_TOGETHER = 5_000
"""Trials that are made at a time where all are gone through."""
_MISSING = -1
"""In columns of counts and of marks, which hold no number below 0."""


@dataclass(frozen=True, slots=True)
class Coded:
    """A column of texts, each distinct one kept once."""

    codes: NDArray[np.int32]
    """Places in `names`; -1: `None`."""
    names: Sequence[str]

    def __len__(self) -> int:
        return len(self.codes)

    def texts(self) -> NDArray[np.object_]:
        """Each trial's text, or `None`."""
        return np.array([*self.names, None], dtype=object)[self.codes]

    def taken(self, rows: NDArray[Any]) -> Coded:
        """Only these trials', by their numbers or by a mark for each."""
        return Coded(self.codes[rows], self.names)

    def ranks(self) -> NDArray[np.int64]:
        """Each trial's place in the sorted names; -1: `None`."""
        order = np.empty(len(self.names) + 1, np.int64)
        order[sorted(range(len(self.names)), key=self.names.__getitem__)] = np.arange(len(self.names))
        order[-1] = _MISSING
        return order[self.codes]

    def counted(self, chosen: NDArray[np.bool_]) -> dict[str, int]:
        """How many of the chosen trials have each name, in the order in which names first come."""
        codes, first, numbers = np.unique(self.codes[chosen], return_index=True, return_counts=True)
        order = [k for k in np.argsort(first).tolist() if codes[k] >= 0]
        return {self.names[codes[k]]: int(numbers[k]) for k in order}

    def are(self, name: str) -> NDArray[np.bool_]:
        """Of each trial, whether it has this name."""
        if name not in self.names:
            return np.zeros(len(self.codes), np.bool_)
        same: NDArray[np.bool_] = self.codes == self.names.index(name)
        return same

    def used(self) -> list[str]:
        """The names that some trial has, in order."""
        return sorted(self.names[code] for code in np.unique(self.codes).tolist() if code >= 0)


Column: TypeAlias = NDArray[Any] | Coded
"""Texts; trial ids as bytes; numbers as floats, missing ones NaN; counts and marks as integers, missing ones -1."""


class Edits(NamedTuple):
    """What was counted of each trial's words, or characters."""

    counted: NDArray[np.bool_]
    """Whether they were: it was answered."""
    errors: NDArray[np.int64]
    """0 where they were not; `lengths` likewise."""
    lengths: NDArray[np.int64]
    """Of the reference that the answer was read by."""


class ScoredColumns(Sequence[ScoredTrial]):
    """Trials by the names of `score_columns`. As a sequence, its trials are made anew each time they are asked for."""

    def __init__(self, columns: Mapping[str, Column]) -> None:
        self.columns = columns
        self._number = len(columns["utterance_id"])

    @classmethod
    def of(cls, trials: Iterable[ScoredTrial]) -> ScoredColumns:
        """The same trials; those that are columns already stay what they are."""
        if isinstance(trials, ScoredColumns):
            return trials
        return cls({name: column_of(name, values) for name, values in score_columns(list(trials)).items()})

    def __len__(self) -> int:
        return self._number

    @overload
    def __getitem__(self, index: int) -> ScoredTrial: ...
    @overload
    def __getitem__(self, index: slice) -> ScoredColumns: ...
    def __getitem__(self, index: int | slice) -> ScoredTrial | ScoredColumns:
        if isinstance(index, slice):
            return self.taken(np.arange(self._number)[index])
        return self.trials(np.array([range(self._number)[index]]))[0]

    def __iter__(self) -> Iterator[ScoredTrial]:
        shared = Shared()
        for begin in range(0, self._number, _TOGETHER):
            yield from self.trials(np.arange(begin, min(begin + _TOGETHER, self._number)), shared)

    def trials(self, rows: NDArray[np.intp], shared: Shared | None = None) -> tuple[ScoredTrial, ...]:
        """Those of these numbers, in their order."""
        return scored_trials(self.taken(rows)._lists(), shared)

    def taken(self, rows: NDArray[Any]) -> ScoredColumns:
        """Only these trials, by their numbers or by a mark for each."""
        return ScoredColumns({name: _taken(column, rows) for name, column in self.columns.items()})

    def replaced(self, columns: Mapping[str, Column]) -> ScoredColumns:
        """With other columns in place of those of the same names, or beside."""
        return ScoredColumns({**self.columns, **columns})

    @classmethod
    def joined(cls, parts: Sequence[ScoredColumns]) -> ScoredColumns:
        """The trials of all, one after the other."""
        if len(parts) == 1:
            return parts[0]
        names = dict.fromkeys(name for part in parts for name in part.columns)
        return cls({name: _joined(name, parts) for name in names})

    def without_metrics(self, rows: NDArray[np.bool_]) -> ScoredColumns:
        """Without all metrics of these trials."""
        metrics = [name for name in self.columns if name.startswith("metrics.")]
        return self.replaced({name: np.where(rows, np.nan, self.numbers(name)) for name in metrics})

    def only_metrics(self, names: Collection[str]) -> ScoredColumns:
        """Without all other metrics."""
        kept = {
            name: column
            for name, column in self.columns.items()
            if not name.startswith("metrics.") or name.removeprefix("metrics.") in names
        }
        return ScoredColumns(kept)

    def _lists(self) -> dict[str, Any]:
        return {name: _values(name, column) for name, column in self.columns.items()}

    # -- what is asked of all trials ----------------------------------------------------------

    @cached_property
    def _of_cells(self) -> tuple[tuple[Cell, ...], NDArray[np.int64]]:
        columns = [self.texts(name) for name in Cell._fields]
        key = np.zeros(self._number, np.int64)
        for column in columns:
            _, key = np.unique(key * (len(column.names) + 1) + column.codes + 1, return_inverse=True)
        _, first = np.unique(key, return_index=True)
        found = [Cell._make(column.names[column.codes[row]] for column in columns) for row in first.tolist()]
        order = sorted(range(len(found)), key=found.__getitem__)
        place = np.empty(len(order), np.int64)
        place[order] = np.arange(len(order))
        return tuple(found[k] for k in order), place[key]

    @property
    def cells(self) -> tuple[Cell, ...]:
        """Those of some trial, sorted."""
        return self._of_cells[0]

    @property
    def cell_numbers(self) -> NDArray[np.int64]:
        """Of each trial the place of its cell in `cells`."""
        return self._of_cells[1]

    def rows_of(self, cell: Cell) -> NDArray[np.intp]:
        """Numbers of the trials of a cell; empty: it has none."""
        if cell not in self.cells:
            return np.array([], np.intp)
        return np.flatnonzero(self.cell_numbers == self.cells.index(cell))

    def texts(self, name: str) -> Coded:
        """A column of texts; one that no trial has is all `None`."""
        column = self.columns.get(name)
        return column if isinstance(column, Coded) else Coded(np.full(self._number, _MISSING, np.int32), ())

    @property
    def trial_ids(self) -> NDArray[np.bytes_]:
        """In UTF-8."""
        ids = self.columns["trial_id"]
        assert not isinstance(ids, Coded)
        return ids

    def numbers(self, name: str) -> NDArray[np.float64]:
        """A column of numbers, NaN where a trial has none: `metrics.final_latency_s`, `tallies.wer.n`."""
        column = self.columns.get(name)
        if column is None or isinstance(column, Coded):
            return np.full(self._number, np.nan)
        return column.astype(np.float64)

    def counts(self, name: str) -> NDArray[np.int64]:
        """A column of counts or marks; 0 where a trial has none."""
        column = self.columns.get(name)
        if column is None or isinstance(column, Coded):
            return np.zeros(self._number, np.int64)
        counted: NDArray[np.int64] = np.maximum(column.astype(np.int64), 0)
        return counted

    @cached_property
    def failed(self) -> NDArray[np.bool_]:
        """Of each trial, whether it failed."""
        return self.texts("failure_kind").codes >= 0

    @cached_property
    def empty(self) -> NDArray[np.bool_]:
        """Of each trial, whether it was answered with no words."""
        return self.counts("empty") > 0

    @cached_property
    def words(self) -> Edits:
        """Of each trial's words."""
        return self._edits("words_")

    @cached_property
    def chars(self) -> Edits:
        """Of each trial's characters."""
        return self._edits("chars_")

    def _edits(self, prefix: str) -> Edits:
        wrong, missed, added, hits = (self.counts(f"{prefix}{name}") for name in EDITS)
        column = self.columns[f"{prefix}hits"]
        counted: NDArray[np.bool_] = np.zeros(len(self), np.bool_) if isinstance(column, Coded) else column >= 0
        return Edits(counted, wrong + missed + added, hits + wrong + missed)

    @property
    def errors(self) -> NDArray[np.int64]:
        """Word errors of each trial; 0 where it failed."""
        return self.words.errors

    @cached_property
    def modes(self) -> NDArray[np.object_]:
        """Of each trial."""
        return self.texts("mode").texts()

    def by_cell(self) -> Mapping[Cell, Sequence[ScoredTrial]]:
        """The trials of each cell, cells sorted, each made when it is asked for, and not kept."""
        return _ByCell(self)


class _ByCell(Mapping[Cell, Sequence[ScoredTrial]]):
    def __init__(self, trials: ScoredColumns) -> None:
        self._trials = trials

    def __getitem__(self, cell: Cell) -> Sequence[ScoredTrial]:
        if cell not in self._trials.cells:
            raise KeyError(cell)
        return self._trials.trials(self._trials.rows_of(cell))

    def __contains__(self, cell: object) -> bool:
        return cell in self._trials.cells

    def __iter__(self) -> Iterator[Cell]:
        return iter(self._trials.cells)

    def __len__(self) -> int:
        return len(self._trials.cells)


def column_of(name: str, values: Sequence[Any]) -> Column:
    """A column of `score_columns`, whose values may be `None`."""
    match column_kind(name):
        case "ids":
            return np.array([value.encode() for value in values], dtype=np.bytes_)
        case "numbers":
            return np.array([np.nan if value is None else value for value in values], np.float64)
        case "texts":
            known: dict[str, int] = {}
            codes = [_MISSING if value is None else known.setdefault(value, len(known)) for value in values]
            return Coded(np.array(codes, np.int32), tuple(known))
        case _:
            return np.array([_MISSING if value is None else int(value) for value in values], np.int64)


def coded(names: Sequence[str], places: NDArray[np.int32]) -> Coded:
    """A column of texts by their places in a list, where one may stand more than once; -1: `None`."""
    known: dict[str, int] = {}
    codes = np.array([*(known.setdefault(name, len(known)) for name in names), _MISSING], np.int32)
    return Coded(codes[places], tuple(known))


def _joined(name: str, parts: Sequence[ScoredColumns]) -> Column:
    """One column of all; where a part lacks it, its trials have no value."""
    columns = [part.columns.get(name) for part in parts]
    if column_kind(name) != "texts":
        lacking = np.nan if column_kind(name) == "numbers" else _MISSING
        whole = (
            np.full(len(part), lacking) if column is None or isinstance(column, Coded) else column
            for part, column in zip(parts, columns, strict=True)
        )
        return np.concatenate(list(whole))
    known: dict[str, int] = {}
    codes = []
    for part in parts:
        own = part.texts(name)
        places = np.array([*(known.setdefault(each, len(known)) for each in own.names), _MISSING], np.int32)
        codes.append(places[own.codes])
    return Coded(np.concatenate(codes), tuple(known))


def _taken(column: Column, rows: NDArray[Any]) -> Column:
    return column.taken(rows) if isinstance(column, Coded) else column[rows]


def _values(name: str, column: Column) -> Any:
    """As `scored_trials` takes it."""
    if isinstance(column, Coded):
        return column.texts().tolist()
    match column_kind(name):
        case "ids":
            return [value.decode() for value in column.tolist()]
        case "numbers":
            return column.tolist() if name == "duration_s" else column
        case "marks":
            return np.array([False, True, None], dtype=object)[column].tolist()
        case _:
            values = column.tolist()
            return values if column.min(initial=0) >= 0 else [None if value < 0 else value for value in values]


def checked(trials: ScoredColumns) -> ScoredColumns:
    """The same, where every failure is of a kind that exists.

    Raises:
        ValueError: where one is not.
    """
    for name in trials.texts("failure_kind").names:
        FailureKind(name)
    return trials
