"""scores.parquet: written part by part, parts joined in their order, read in batches."""

from __future__ import annotations

import json
import shutil
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from bench.errors import Problem, RunFolderError
from bench.files import written_whole
from bench.scoring.cells import ScoredTrial
from bench.scoring.columns import Coded, Column, ScoredColumns, checked
from bench.scoring.records import (
    MAPPINGS,
    NUMBERS,
    TABLES_FORMAT,
    Shared,
    WantedColumns,
    column_kind,
    score_columns,
    scored_trials,
)
from bench.scoring.timing.shared_words import read_back
from bench.store.strict import parsed
from bench.store.texts import ScoredTexts
from bench.types import Cell

if TYPE_CHECKING:
    import pyarrow

_MADE_BY = b"earwitness.made_by"
_BATCH_ROWS = 2_000
_COLUMN_ROWS = 20_000
_MOST = 1e100
"""No number of a trial is as large."""
_KINDS = ("further", "terms", *MAPPINGS)
"""Kinds of columns that a part has only where a trial of it has such a value, in their order."""


def score_table(trials: Sequence[ScoredTrial]) -> bytes:
    """Trials as a Parquet file, one row each."""
    import pyarrow
    import pyarrow.parquet

    sink = pyarrow.BufferOutputStream()
    pyarrow.parquet.write_table(pyarrow.table(score_columns(trials)), sink, compression="zstd")
    content: bytes = sink.getvalue().to_pybytes()
    return content


@dataclass(frozen=True, slots=True)
class ScoreParts:
    """Parts of the scores, each in a file of its own until they are joined."""

    path: Path

    def __enter__(self) -> ScoreParts:
        shutil.rmtree(self.path, ignore_errors=True)
        self.path.mkdir(parents=True)
        return self

    def __exit__(self, *_: object) -> None:
        shutil.rmtree(self.path, ignore_errors=True)

    def write(self, number: int, table: bytes) -> None:
        """Write one part, whose trials come after those of all parts of lower numbers."""
        (self.path / f"{number:08}.parquet").write_bytes(table)

    def join(self, target: Path, made_by: Mapping[str, Any]) -> None:
        """One table of all parts, whole or not at all; the same parts make the same bytes."""
        import pyarrow
        import pyarrow.parquet

        paths = sorted(self.path.glob("*.parquet"))
        schema = _common_schema([pyarrow.parquet.read_schema(path) for path in paths] or [_no_scores()])
        schema = schema.append(pyarrow.field("normalizer", pyarrow.string()))
        about = {_MADE_BY: json.dumps({"format": TABLES_FORMAT, **made_by}, sort_keys=True)}
        with (
            written_whole(target) as partial,
            pyarrow.parquet.ParquetWriter(partial, schema.with_metadata(about), compression="zstd") as writer,
        ):
            for path in paths:
                part = pyarrow.parquet.read_table(path)
                columns = {name: part[name] for name in part.column_names}
                columns["normalizer"] = pyarrow.repeat(made_by["normalizer"]["id"], len(part))
                arrays = [
                    columns[field.name].cast(field.type)
                    if field.name in columns
                    else pyarrow.nulls(len(part), field.type)
                    for field in schema
                ]
                writer.write_table(pyarrow.table(arrays, schema=schema.with_metadata(about)))


def _no_scores() -> pyarrow.Schema:
    import pyarrow

    return pyarrow.table(score_columns([])).schema


def _common_schema(schemas: Sequence[pyarrow.Schema]) -> pyarrow.Schema:
    """Every column of any part, in one order: those all trials have, then the entries of mappings by name."""
    import pyarrow

    merged = pyarrow.unify_schemas(list(schemas), promote_options="permissive").remove_metadata()
    return pyarrow.schema(sorted(merged, key=lambda field: _rank(field.name)))


def _rank(column: str) -> tuple[int, str]:
    kind, _, name = column.partition(".")
    if not name:
        return -1, ""
    return _KINDS.index(kind), {"terms": "", "further": name.partition(".")[0]}.get(kind, name)


_EVERYTHING = WantedColumns()


def read_scores(
    path: Path,
    wanted: WantedColumns = _EVERYTHING,
    *,
    cells: Collection[Cell] | None = None,
    trial_ids: Collection[str] | None = None,
) -> Iterator[ScoredTrial]:
    """The trials of a table in its order, batch by batch; only those of some cells or ids, where they are given."""
    import pyarrow
    import pyarrow.compute
    import pyarrow.parquet

    shared = Shared()
    ids = None if trial_ids is None else pyarrow.array(list(trial_ids), pyarrow.string())
    try:
        with pyarrow.parquet.ParquetFile(path) as file:
            names = [name for name in file.schema_arrow.names if name != "normalizer"]
            _check_columns(file.schema_arrow)
            for batch in file.iter_batches(_BATCH_ROWS, columns=wanted.of(names)):
                chosen = batch if cells is None else _of_cells(batch, cells)
                if ids is not None:
                    chosen = chosen.filter(pyarrow.compute.is_in(chosen["trial_id"], ids))
                if len(chosen):
                    _check_numbers(chosen)
                    yield from scored_trials(_values(chosen), shared)
    except (pyarrow.ArrowException, OSError, KeyError, TypeError, ValueError) as error:
        if isinstance(error, OSError) and error.errno:
            raise
        raise _not_as_written(path, error) from error


def read_columns(path: Path, wanted: WantedColumns) -> ScoredColumns:
    """The trials of a table, in its order.

    Raises:
        RunFolderError: if it is none of this version.
    """
    import pyarrow
    import pyarrow.parquet

    try:
        with pyarrow.parquet.ParquetFile(path) as file:
            _check_columns(file.schema_arrow)
            names = wanted.of(name for name in file.schema_arrow.names if name != "normalizer")
            gathered = {name: _Gathered(name) for name in names}
            for batch in file.iter_batches(_COLUMN_ROWS, columns=names):
                _check_numbers(batch)
                _check_counts(batch)
                for name, column in gathered.items():
                    column.add(batch[name])
        columns = {name: column.whole() for name, column in gathered.items()}
        return checked(ScoredColumns(columns))
    except (pyarrow.ArrowException, OSError, KeyError, TypeError, ValueError) as error:
        if isinstance(error, OSError) and error.errno:
            raise
        raise _not_as_written(path, error) from error


class _Gathered:
    """A column as it is read, batch by batch."""

    def __init__(self, name: str) -> None:
        self._kind = column_kind(name)
        self._parts: list[NDArray[Any]] = []
        self._known: dict[str, int] = {}

    def add(self, values: pyarrow.Array) -> None:
        match self._kind:
            case "ids":
                part: NDArray[Any] = np.array([value.encode() for value in values.to_pylist()], dtype=np.bytes_)
            case "numbers":
                part = _numbers(values)
            case "texts":
                part = self._codes(values)
            case kind:
                whole = values.cast("int8" if kind == "marks" else "int64").fill_null(-1).to_numpy(zero_copy_only=False)
                part = _narrow(whole)
        self._parts.append(part)

    def _codes(self, values: pyarrow.Array) -> NDArray[np.int32]:
        import pyarrow

        if pyarrow.types.is_null(values.type):
            return np.full(len(values), -1, np.int32)
        coded = values.dictionary_encode()
        known = self._known
        places = np.array(
            [known.setdefault(name, len(known)) for name in coded.dictionary.to_pylist()] + [-1], np.int32
        )
        own: NDArray[np.int32] = places[coded.indices.fill_null(-1).to_numpy(zero_copy_only=False)]
        return own

    def whole(self) -> Column:
        column = np.concatenate(self._parts) if self._parts else np.array([], _EMPTY[self._kind])
        self._parts.clear()
        return Coded(column, tuple(self._known)) if self._kind == "texts" else column


_EMPTY = {"ids": "S1", "numbers": "f8", "texts": "i4", "marks": "i1", "counts": "i4"}


def _narrow(counts: NDArray[Any]) -> NDArray[Any]:
    """In half the memory, where they are no more than that holds."""
    return counts.astype(np.int32) if counts.dtype == np.int64 and counts.max(initial=0) < 2**31 else counts


def _check_counts(batch: pyarrow.RecordBatch) -> None:
    """Raises ValueError where some counts of an answer are missing, and others are not."""
    for prefix in ("words_", "chars_"):
        missing = {batch[name].null_count for name in batch.schema.names if name.startswith(prefix)}
        if len(missing) > 1:
            raise ValueError(f"{prefix}*: some counts are missing")


def read_texts(path: Path) -> ScoredTexts:
    """The texts of a table's trials.

    Raises:
        RunFolderError: if it is none of this version.
    """
    import pyarrow
    import pyarrow.parquet

    try:
        _check_columns(pyarrow.parquet.read_schema(path))
        return ScoredTexts(path)
    except (pyarrow.ArrowException, OSError, KeyError, TypeError, ValueError, AttributeError) as error:
        if isinstance(error, OSError) and error.errno:
            raise
        raise _not_as_written(path, error) from error


def _not_as_written(path: Path, error: Exception) -> RunFolderError:
    got = f"others ({type(error).__name__}: {str(error)[:200]})"
    return RunFolderError(Problem(str(path), "scores of this version", got, f"run: bench score {path.parent}"))


def _check_columns(schema: pyarrow.Schema) -> None:
    """Raises ValueError where a column is missing, is there twice, or is of another kind."""
    import pyarrow.types as kinds

    if len(set(schema.names)) != len(schema.names):
        raise ValueError("a column is there twice")
    for name in score_columns([]):
        if name not in schema.names:
            raise ValueError(f"no column {name}")
    is_of = {
        "ids": kinds.is_string,
        "numbers": _is_number,
        "counts": kinds.is_integer,
        "marks": kinds.is_boolean,
        "texts": kinds.is_string,
    }
    for field in schema:
        if not kinds.is_null(field.type) and not is_of[column_kind(field.name)](field.type):
            raise ValueError(f"column {field.name} is of {field.type}")


def _is_number(kind: pyarrow.DataType) -> bool:
    import pyarrow.types as kinds

    return bool(kinds.is_integer(kind) or kinds.is_floating(kind))


def _check_numbers(batch: pyarrow.RecordBatch) -> None:
    """Raises ValueError where a trial has no name, or a number that cannot be."""
    for name in (*Cell._fields, "utterance_id", "cluster", "repeat", "duration_s", "reference_words", "empty"):
        if batch[name].null_count:
            raise ValueError(f"{name} is missing")
    for name in batch.schema.names:
        kind = column_kind(name)
        if kind not in ("numbers", "counts"):
            continue
        numbers = _numbers(batch[name])
        known = numbers[~np.isnan(numbers)]
        is_length = kind == "counts" or name == "duration_s"
        if len(known) and (np.abs(known).max() > _MOST or (is_length and known.min() < 0)):
            raise ValueError(f"{name}: a number that cannot be")
        if name == "duration_s" and len(known) < len(numbers):
            raise ValueError(f"{name} is no number")
    for value in batch["word_errors"].to_pylist() if "word_errors" in batch.schema.names else ():
        read_back(value or "")


def _of_cells(batch: pyarrow.RecordBatch, cells: Collection[Cell]) -> pyarrow.RecordBatch:
    import pyarrow
    import pyarrow.compute

    names = pyarrow.compute.binary_join_element_wise(*(batch[name] for name in Cell._fields), "\0")
    wanted = pyarrow.array(["\0".join(cell) for cell in cells], names.type)
    return batch.filter(pyarrow.compute.is_in(names, wanted))


def _values(batch: pyarrow.RecordBatch) -> dict[str, Any]:
    """Columns as lists; numbers of mappings as arrays, missing ones NaN."""
    return {
        name: _numbers(batch[name]) if name.startswith(NUMBERS) else batch[name].to_pylist()
        for name in batch.schema.names
    }


def _numbers(column: pyarrow.Array) -> NDArray[np.float64]:
    """An infinite one is missing, too: an older version may have written it, and nothing can be made of it."""
    numbers: NDArray[np.float64] = column.cast("float64").to_numpy(zero_copy_only=False)
    infinite = np.isinf(numbers)
    return np.where(infinite, np.nan, numbers) if infinite.any() else numbers


def scores_made_by(path: Path) -> dict[str, Any]:
    """Versions of the rules behind the scores; empty: the file does not say."""
    import pyarrow
    import pyarrow.parquet

    try:
        made_by = parsed((pyarrow.parquet.read_schema(path).metadata or {}).get(_MADE_BY, b"{}"))
        if not isinstance(made_by, dict):
            raise ValueError("what they were made by is no object")
    except (pyarrow.ArrowException, OSError, ValueError) as error:
        if isinstance(error, OSError) and error.errno:
            raise
        raise _not_as_written(path, error) from error
    return made_by
