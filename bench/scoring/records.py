"""Both ends of the stored tables, scores.parquet and estimates.parquet: values as columns or flat rows, and back.

Pure: what reads and writes the files is the store.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any, Literal, TypeAlias, TypeVar

import numpy as np
from numpy.typing import NDArray

from bench.scoring.cells import ScoredTrial
from bench.scoring.features import FAMILIES
from bench.scoring.text.terms import TermCounts
from bench.types import Cell, Cluster, Contrast, ErrorCounts, Estimate, FailureKind, Interval, Pool, Scope, Sweep

T = TypeVar("T")

# -- scores -----------------------------------------------------------------------------------

K = TypeVar("K")
_UNKNOWN: Any = object()

Columns: TypeAlias = Mapping[str, Sequence[Any]]
"""A table by the names of its columns, all of one length."""

TABLES_FORMAT = 2
"""Of the stored tables; 1 had mappings as JSON text in a column, and estimates without a scope."""

_EDITS = tuple(field.name for field in fields(ErrorCounts))
_TERMS = tuple(field.name for field in fields(TermCounts))
_PLAIN = ("repeat", "cluster", "duration_s", "reference_words", "failure", "empty", "wrong_script")
_TEXTS = ("reference", "hypothesis", "path")
_SELDOM = ("node", "word_errors")
"""Columns that are there only where some trial has such a value."""
MAPPINGS = ("metrics", "reasons", "tallies", "dose", "tags")
"""Mappings of a trial, each entry in a column of its own: `metrics.final_latency_s`, `dose.snr_db`, `tags.gender`."""
NUMBERS = ("metrics.", "tallies.", "dose.")
"""How columns of mappings to numbers begin."""


def score_columns(trials: Sequence[ScoredTrial]) -> dict[str, list[Any]]:
    """One row a trial, in the order given; `None`: the trial has no such value.

    Counts of edits are in `words_hits`, `chars_hits`, `further.NAME.hits` and so on, those of terms in `terms.hits`.
    """
    return {
        "trial_id": [trial.trial_id for trial in trials],
        "utterance_id": [trial.utterance_id for trial in trials],
        **{name: [trial.cell[index] for trial in trials] for index, name in enumerate(Cell._fields)},
        **{name: [getattr(trial, name) for trial in trials] for name in _PLAIN},
        "failure_kind": [None if trial.failure_kind is None else trial.failure_kind.value for trial in trials],
        **{name: [getattr(trial, name) for trial in trials] for name in _TEXTS},
        **{name: values for name in _SELDOM if any(values := [getattr(trial, name) for trial in trials])},
        **_counts_columns("words_", [trial.words for trial in trials], _EDITS),
        **_counts_columns("chars_", [trial.chars for trial in trials], _EDITS),
        **_further_columns([trial.further for trial in trials]),
        **(_counts_columns("terms.", terms, _TERMS) if any(terms := [trial.terms for trial in trials]) else {}),
        **{key: values for name in MAPPINGS for key, values in _entries(name, trials)},
    }


def column_kind(column: str) -> Literal["ids", "numbers", "marks", "counts", "texts"]:
    """What a column of `score_columns` holds."""
    if column == "trial_id":
        return "ids"
    if column == "duration_s" or column.startswith(NUMBERS):
        return "numbers"
    if column in ("empty", "wrong_script"):
        return "marks"
    is_count = column in ("repeat", "reference_words") or column.startswith(("words_", "chars_", "further.", "terms."))
    return "counts" if is_count else "texts"


def _counts_columns(
    prefix: str, counts: Sequence[ErrorCounts | TermCounts | None], names: Sequence[str]
) -> dict[str, list[int | None]]:
    return {
        f"{prefix}{name}": [None if counted is None else getattr(counted, name) for counted in counts] for name in names
    }


def _further_columns(further: Sequence[Mapping[str, ErrorCounts]]) -> dict[str, list[int | None]]:
    columns: dict[str, list[int | None]] = {}
    for name in sorted({name for counts in further for name in counts}):
        columns |= _counts_columns(f"further.{name}.", [counts.get(name) for counts in further], _EDITS)
    return columns


def _entries(name: str, trials: Sequence[ScoredTrial]) -> Iterator[tuple[str, list[Any]]]:
    mappings: list[Mapping[str, Any]] = [getattr(trial, name) for trial in trials]
    for key in sorted({key for mapping in mappings for key, value in mapping.items() if value is not None}):
        yield f"{name}.{key}", [mapping.get(key) for mapping in mappings]


@dataclass(frozen=True, slots=True, kw_only=True)
class WantedColumns:
    """What is read of a stored table, beside what every trial has."""

    texts: bool = True
    """References, answers and paths."""
    mappings: Collection[str] | None = None
    """Kinds of columns that some trials have (`tallies`), and single ones (`metrics.final_latency_s`). `None`: all."""

    def of(self, columns: Iterable[str]) -> list[str]:
        """Those of a table's columns that `scored_trials` needs for it."""
        return [name for name in columns if self._has(name)]

    def _has(self, column: str) -> bool:
        if column in _TEXTS:
            return self.texts
        kind, dot, _ = column.partition(".")
        return not dot or self.mappings is None or kind in self.mappings or column in self.mappings


class Shared:
    """Values that many trials have, each kept once: a million trials have few cells, speakers and counts of edits."""

    def __init__(self) -> None:
        self._known: dict[str, dict[Any, Any]] = defaultdict(dict)

    def made(self, kind: str, keys: Iterable[K], make: Callable[[K], T]) -> list[T]:
        """What is made of each key, by the kind of thing once for all equal keys."""
        known, values = self._known[kind], []
        for key in keys:
            value = known.get(key, _UNKNOWN)
            if value is _UNKNOWN:
                value = known[key] = make(key)
            values.append(value)
        return values

    def each(self, kind: str, values: Iterable[T]) -> list[T]:
        """The value that was met first among equals, which are of one type."""
        return self.made(kind, values, lambda value: value)


class Numbers(Mapping[str, float | None]):
    """The numbers of one trial, read from columns that all trials share: no dictionary a trial."""

    __slots__ = ("_columns", "_index", "_missing")

    def __init__(self, columns: Mapping[str, NDArray[np.float64]], index: int, missing: Mapping[str, Any]) -> None:
        """`missing`: names that are `None`, of those that have no number."""
        self._columns, self._index, self._missing = columns, index, missing

    def __getitem__(self, name: str) -> float | None:
        column = self._columns.get(name)
        if column is not None and (value := float(column[self._index])) == value:
            return value
        if name in self._missing:
            return None
        raise KeyError(name)

    def get(self, name: str, default: Any = None) -> Any:
        column = self._columns.get(name)
        if column is not None and (value := float(column[self._index])) == value:
            return value
        return None if name in self._missing else default

    def __iter__(self) -> Iterator[str]:
        yield from (name for name, column in self._columns.items() if not np.isnan(column[self._index]))
        yield from self._missing

    def __len__(self) -> int:
        return sum(1 for _ in self)

    def __reduce__(self) -> tuple[type, tuple[dict[str, float | None]]]:
        """A copy of one trial does not copy those of all."""
        return dict, (dict(self),)

    def __repr__(self) -> str:
        return repr(dict(self))


def scored_trials(columns: Columns, shared: Shared | None = None) -> tuple[ScoredTrial, ...]:
    """The trials that `score_columns` wrote, in order; columns of texts and of mappings may be left out.

    `shared`: what trials read before have in common with these.
    """
    shared = shared or Shared()
    number = len(columns["trial_id"])
    texts = {name: columns[name] for name in _TEXTS if name in columns}
    rows = {name: columns[name] for name in ("trial_id", "repeat", "reference_words", "empty", "wrong_script")} | texts
    names = ("utterance_id", "cluster", "duration_s", "failure", *(name for name in _SELDOM if name in columns))
    rows |= {name: shared.each(name, columns[name]) for name in names}
    reasons = _mappings_of(columns, "reasons", number, shared)
    missing = _missing(reasons)
    values = {
        "cell": shared.made("cell", zip(*(columns[name] for name in Cell._fields), strict=True), Cell._make),
        "failure_kind": [None if kind is None else FailureKind(kind) for kind in columns["failure_kind"]],
        "words": _counts_of(columns, "words_", shared),
        "chars": _counts_of(columns, "chars_", shared),
        "further": _further_of(columns, number, shared),
        "terms": _terms_of(columns, number),
        "reasons": reasons,
        "tags": _mappings_of(columns, "tags", number, shared),
        "metrics": _numbers_of(columns, "metrics", missing),
        "tallies": _numbers_of(columns, "tallies", [_NONE] * number),
        "dose": _numbers_of(columns, "dose", [_NONE] * number),
        **rows,
    }
    return tuple(ScoredTrial(**dict(zip(values, row, strict=True))) for row in zip(*values.values(), strict=True))


_NONE: Mapping[str, Any] = {}


def _missing(reasons: Sequence[Mapping[str, str]]) -> list[Mapping[str, None]]:
    """Names of numbers that have a reason in place of a value; one mapping for all trials that share their reasons."""
    distinct = {id(why): why for why in reasons}
    made = {own: {name: None for name in why if name not in FAMILIES} for own, why in distinct.items()}
    return [made[id(why)] for why in reasons]


def _numbers_of(columns: Columns, name: str, missing: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    named = [column for column in columns if column.startswith(f"{name}.")]
    numbers = {column.partition(".")[2]: np.array(columns[column], dtype=np.float64) for column in named}
    if not numbers:
        return list(missing)
    return [Numbers(numbers, index, names) for index, names in enumerate(missing)]


def _edits(row: tuple[Any, ...]) -> ErrorCounts | None:
    return None if row[0] is None else ErrorCounts(**dict(zip(_EDITS, row, strict=True)))


def _counts_of(columns: Columns, prefix: str, shared: Shared) -> list[ErrorCounts | None]:
    return shared.made("edits", zip(*(columns[f"{prefix}{name}"] for name in _EDITS), strict=True), _edits)


def _terms_of(columns: Columns, number: int) -> list[TermCounts | None]:
    if f"terms.{_TERMS[0]}" not in columns:
        return [None] * number
    rows = zip(*(columns[f"terms.{name}"] for name in _TERMS), strict=True)
    return [None if row[0] is None else TermCounts(**dict(zip(_TERMS, row, strict=True))) for row in rows]


def _further_of(columns: Columns, number: int, shared: Shared) -> list[Mapping[str, ErrorCounts]]:
    names = sorted({column.split(".")[1] for column in columns if column.startswith("further.")})
    if not names:
        return [_NONE] * number
    counts = zip(*(_counts_of(columns, f"further.{name}.", shared) for name in names), strict=True)
    kind = f"further {' '.join(names)}"
    return shared.made(
        kind, counts, lambda row: {name: own for name, own in zip(names, row, strict=True) if own is not None}
    )


def _mappings_of(columns: Columns, name: str, number: int, shared: Shared) -> list[Mapping[str, Any]]:
    """A mapping of the entries that each trial has; one for all trials that have the same."""
    own = [column for column in columns if column.startswith(f"{name}.")]
    if not own:
        return [_NONE] * number
    keys = [column.removeprefix(f"{name}.") for column in own]
    rows = zip(*(columns[column] for column in own), strict=True)
    kind = f"{name} {' '.join(keys)}"
    return shared.made(
        kind, rows, lambda row: {key: value for key, value in zip(keys, row, strict=True) if value is not None}
    )


# -- estimates --------------------------------------------------------------------------------

_MINUS = tuple(f"minus_{name}" for name in Cell._fields)
_SWEPT = ("mode", "condition", "corpus", "language")
_NUMBERS = ("value", "low", "high", "standard_error", "degrees_of_freedom", "centre", "level")
_COUNTS = ("n", "n_clusters", "n_failed")
_MOST = 1e100
"""No estimate is as large: a rate, seconds, a count."""
ESTIMATE_COLUMNS: Mapping[str, type] = {
    **dict.fromkeys(("scope", *Cell._fields, "contrast", *_MINUS, "cluster", "metric", "unit"), str),
    **dict.fromkeys(_NUMBERS, float),
    **dict.fromkeys(_COUNTS, int),
    "lower_is_better": bool,
    "valid": bool,
    "note": str,
}
"""Columns of the stored estimates. `scope` is `cell`, `contrast`, `cluster`, `pool` or `sweep`, and says which of the
names that follow it are set: of a contrast the names are those of its first cell and `minus_...` those of the one
subtracted; a pool has no corpus, and no language where it is over languages; the engine of a sweep is its name."""


def estimate_row(estimate: Estimate) -> dict[str, Any]:
    """An estimate as a line of the stored table: a value for each of `ESTIMATE_COLUMNS`."""
    interval = estimate.interval
    return {
        **dict.fromkeys(ESTIMATE_COLUMNS),
        **_scope_row(estimate.scope),
        "metric": estimate.metric,
        "unit": estimate.unit,
        **{name: getattr(interval, name) for name in (*_NUMBERS, "n", "n_clusters", "note")},
        "n_failed": estimate.n_failed,
        "lower_is_better": estimate.lower_is_better,
        "valid": estimate.valid,
    }


def _scope_row(scope: Scope) -> dict[str, Any]:
    match scope:
        case Cell():
            return {"scope": "cell", **scope._asdict()}
        case Contrast():
            minus = dict(zip(_MINUS, scope.minus, strict=True))
            return {"scope": "contrast", "contrast": scope.name, **scope.of._asdict(), **minus}
        case Cluster():
            return {"scope": "cluster", **scope.cell._asdict(), "cluster": scope.cluster}
        case Pool():
            names = ("engine", "mode", "condition", "language")
            return {"scope": "pool", **{name: getattr(scope, name) for name in names}}
        case Sweep():
            return {"scope": "sweep", "engine": scope.name, **{name: getattr(scope, name) for name in _SWEPT}}


def estimate_of(row: Mapping[str, Any]) -> Estimate:
    """The estimate that `estimate_row` wrote; absent columns count as `None`.

    Raises:
        ValueError: if the row is none of this version.
    """
    if "scope" not in row:
        raise ValueError("expected estimates with a scope, got those of an earlier version")
    for name, kind in ESTIMATE_COLUMNS.items():
        value = row.get(name)
        if value is not None and not _is(value, kind):
            raise ValueError(f"{name}: expected {_KINDS[kind]}, got {str(value)[:40]!r}")
    return Estimate(
        metric=row["metric"],
        unit=row["unit"],
        scope=_scope_of(row),
        interval=_interval_of(row),
        n_failed=row["n_failed"],
        lower_is_better=row["lower_is_better"],
        valid=row.get("valid", True),
    )


_KINDS = {str: "text", float: "a number", int: "a whole number", bool: "true or false"}


def _is(value: object, kind: type) -> bool:
    if kind is float:
        return isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < _MOST
    return type(value) is kind


def _interval_of(row: Mapping[str, Any]) -> Interval:
    values: dict[str, Any] = {name: row.get(name) for name in (*_NUMBERS, "n", "n_clusters", "note")}
    return Interval(**values)


def _scope_of(row: Mapping[str, Any]) -> Scope:
    match row["scope"]:
        case "pool":
            return Pool(
                engine=row["engine"], mode=row["mode"], condition=row["condition"], language=row.get("language")
            )
        case "cell":
            return _cell_of(row)
        case "sweep":
            return Sweep(name=row["engine"], **{name: row[name] for name in _SWEPT})
        case "cluster":
            return Cluster(cell=_cell_of(row), cluster=row["cluster"])
        case "contrast":
            minus = Cell(*(row[name] for name in _MINUS))
            return Contrast(name=row["contrast"], of=_cell_of(row), minus=minus)
        case other:
            raise ValueError(f"scope: expected cell, contrast, cluster, pool or sweep, got {other!r}")


def _cell_of(row: Mapping[str, Any]) -> Cell:
    return Cell(*(row[name] for name in Cell._fields))
