"""Sealed parts: the logs of a run that is complete, as Parquet that anybody's pandas reads, a fifth of their size.

`sealed.json` names the parts that count, and is written whole after them; logs are removed after it. So a run that is
never sealed, or is killed while it is, has lost nothing: without the manifest its logs count, and with it a log that
was left says the same again. Nothing is rounded: a Result is read back equal.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import groupby, islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from bench.errors import Problem, RunFolderError
from bench.files import written_whole
from bench.store.strict import parsed

if TYPE_CHECKING:
    import pyarrow

MANIFEST = "sealed.json"
ROWS = 20_000
"""Of a part."""
_GROUP_ROWS = 1_000
"""Rows that are decompressed together."""
_TIMING = ("connect_s", "first_sent_s", "last_sent_s", "end_sent_s", "done_s", "audio_s", "max_send_lag_s")
_FAILURE = {"kind": "failure_kind", "message": "failure", "http_status": "http_status"}
_CALL = ("attempts", "started_at", "engine_version", "cost", "answer_key")
_ANSWER = ("trial_id", "text", *_CALL, "rest")
_EVENT = {
    "t_s": float, "kind": str, "text": str, "audio_sent_s": float, "start_s": float, "end_s": float, "is_last": bool,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class SealedPart:
    """A Parquet file of results, sorted by trial id; missing values are defaults, and `rest` is JSON of all else."""

    path: Path
    sha256: str | None = None
    """As the manifest says; `None`: it is not looked at again."""

    def ids(self) -> tuple[NDArray[np.bytes_], NDArray[np.bool_]]:
        """Trial ids, and whether each was answered.

        Raises:
            RunFolderError: if the file is gone or broken, or is not what was sealed.
        """
        import pyarrow.parquet

        with self._read():
            if self.sha256 is not None and hashlib.sha256(self.path.read_bytes()).hexdigest() != self.sha256:
                raise ValueError(f"its SHA-256 is not that of {MANIFEST}")
            table = pyarrow.parquet.read_table(self.path, columns=["trial_id", "answered"])
            ids = np.array([id.encode() for id in table["trial_id"].to_pylist()], dtype=np.bytes_)
            return ids, np.array(table["answered"].to_pylist(), dtype=np.bool_)

    @contextmanager
    def _read(self) -> Iterator[None]:
        """Says of the file what goes wrong in reading it."""
        import pyarrow

        try:
            yield
        except (OSError, pyarrow.ArrowException, ValueError, KeyError, TypeError, AttributeError) as error:
            got = f"none that can be read ({str(error)[:200]})"
            problem = Problem(str(self.path), "a sealed part of the results", got, "restore the file")
            raise RunFolderError(problem) from error

    def rows(self, numbers: NDArray[np.int64], *, only: Sequence[str] = ()) -> Iterator[dict[str, Any]]:
        """The rows of these ascending numbers, as a log says them; `only` these columns, as they are.

        Raises:
            RunFolderError: if the file is gone or broken.
        """
        with self._read():
            yield from self._rows(numbers, only)

    def _rows(self, numbers: NDArray[np.int64], only: Sequence[str]) -> Iterator[dict[str, Any]]:
        import pyarrow.parquet

        with pyarrow.parquet.ParquetFile(self.path) as file:
            first = 0
            apart = [name for name in only if name not in file.schema_arrow.names]
            only = [name for name in (*only, *(("rest",) if apart else ())) if name not in apart]
            for group in range(file.num_row_groups):
                size = file.metadata.row_group(group).num_rows
                wanted = numbers[(numbers >= first) & (numbers < first + size)] - first
                if len(wanted):
                    table = file.read_row_group(group, columns=list(only) or None).take(wanted)
                    yield from (
                        (_with_apart(row, apart) for row in table.to_pylist())
                        if only
                        else map(_row_of, table.to_pylist())
                    )
                first += size

    def answer(self, number: int) -> dict[str, Any]:
        """The row of this number, of an answer, as a log says it, but without its times and messages."""
        columns = next(self.rows(np.array([number]), only=_ANSWER))
        row = _row_of({**dict.fromkeys(_schema().names), **columns, "answered": True})
        row["outcome"].pop("events", None)
        row["outcome"]["timing"] = {}
        return row


def _with_apart(row: dict[str, Any], names: Sequence[str]) -> dict[str, Any]:
    """With what had no column of its own when the part was sealed."""
    if not names:
        return row
    rest = parsed(row["rest"])
    return {**row, **{name: rest.get(name) for name in names}}


def sealed_parts(folder: Path) -> tuple[SealedPart, ...]:
    """Those that the manifest names; none without it.

    Raises:
        RunFolderError: if the manifest is broken.
    """
    path = folder / MANIFEST
    if not path.is_file():
        return ()
    try:
        return tuple(
            SealedPart(folder / part["file"], part.get("sha256")) for part in parsed(path.read_text("utf-8"))["parts"]
        )
    except (ValueError, KeyError, TypeError) as error:
        raise RunFolderError(
            Problem(str(path), "a list of sealed parts", f"another ({error})", "restore it")
        ) from error


def sealed_logs(folder: Path) -> frozenset[Path]:
    """Logs that a kill left beside the parts that say the same: not one that has grown since.

    Raises:
        RunFolderError: if the manifest is broken.
    """
    path = folder / MANIFEST
    if not path.is_file():
        return frozenset()
    try:
        sizes = dict(parsed(path.read_text("utf-8")).get("logs", {}))
    except (ValueError, TypeError, AttributeError) as error:
        problem = Problem(str(path), "the sizes of sealed logs", f"another ({error})", "restore it")
        raise RunFolderError(problem) from error
    return frozenset(log for log in folder.glob("*.jsonl") if sizes.get(log.name) == log.stat().st_size)


def seal(folder: Path, lines: Iterable[bytes | dict[str, Any]]) -> None:
    """Write results, given in the order of their trial ids as lines or rows, as parts in place of all files.

    The caller holds the run folder's lock.

    Raises:
        ValueError, KeyError, TypeError or AttributeError: if one cannot be a result; nothing is replaced.
    """
    logs = {log: log.stat().st_size for log in sorted(folder.glob("*.jsonl"))}
    earlier = [*logs, *folder.glob("part-*.parquet")]
    generation = 1 + max((int(path.name.split("-")[1]) for path in folder.glob("part-*.parquet")), default=-1)
    rows = _distinct(parsed(each) if isinstance(each, bytes) else each for each in lines)
    parts: list[dict[str, Any]] = []
    while some := list(islice(rows, ROWS)):
        parts.append(_write_part(folder / f"part-{generation:03}-{len(parts):05}.parquet", some))
    _write_whole(
        folder / MANIFEST,
        json.dumps({"parts": parts, "logs": {log.name: size for log, size in logs.items()}}, indent=1).encode(),
    )
    for path in earlier:
        path.unlink(missing_ok=True)


def _distinct(rows: Iterable[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """Without what a log says again after a kill left it beside its part; rows of a trial follow each other.

    Of equal rows the last stays, since among failures the last one counts.
    """
    for _, same_trial in groupby(rows, key=lambda row: row["trial_id"]):
        from_the_last: list[dict[str, Any]] = []
        for row in reversed(list(same_trial)):
            if row not in from_the_last:
                from_the_last.append(row)
        yield from reversed(from_the_last)


def _write_part(path: Path, rows: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """Write one part, and return what the manifest says of it."""
    import pyarrow.parquet

    first, last = rows[0]["trial_id"], rows[-1]["trial_id"]
    table = pyarrow.Table.from_pylist([_columns_of(row) for row in rows], schema=_schema())
    numbers = [
        *_TIMING,
        "chunk_sent_s.list.element",
        *(f"events.list.element.{name}" for name, kind in _EVENT.items() if kind is float),
    ]
    sink = pyarrow.BufferOutputStream()
    pyarrow.parquet.write_table(
        table,
        sink,
        compression="zstd",
        compression_level=9,
        row_group_size=_GROUP_ROWS,
        use_dictionary=["failure_kind", "engine_version", "events.list.element.kind"],
        column_encoding=dict.fromkeys(numbers, "BYTE_STREAM_SPLIT"),
    )
    content = sink.getvalue().to_pybytes()
    _write_whole(path, content)
    digest = hashlib.sha256(content).hexdigest()
    return {"file": path.name, "rows": len(rows), "first": first, "last": last, "sha256": digest}


def _write_whole(path: Path, content: bytes) -> None:
    with written_whole(path) as partial, partial.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def _schema() -> pyarrow.Schema:
    import pyarrow

    kinds = {float: pyarrow.float64(), str: pyarrow.string(), bool: pyarrow.bool_(), int: pyarrow.int64()}
    event = pyarrow.struct([(name, kinds[kind]) for name, kind in _EVENT.items()])
    columns = {
        **{
            name: str
            for name in ("trial_id", "text", "failure_kind", "failure", "started_at", "engine_version", "answer_key")
        },
        **dict.fromkeys(("http_status", "attempts"), int),
        **dict.fromkeys(("cost", *_TIMING), float),
        "rest": str,
    }
    return pyarrow.schema(
        [
            *((name, kinds[kind]) for name, kind in columns.items()),
            ("answered", pyarrow.bool_()),
            ("chunk_sent_s", pyarrow.list_(pyarrow.float64())),
            ("events", pyarrow.list_(event)),
        ]
    )


# -- one row ----------------------------------------------------------------------------------


def _columns_of(row: dict[str, Any]) -> dict[str, Any]:
    """A log's row by columns. Takes the row apart."""
    outcome = row.pop("outcome")
    columns = {"trial_id": row.pop("trial_id"), "answered": outcome.pop("type") == "transcript"}
    columns |= {name: row.pop(name) for name in _CALL if name in row}
    if columns["answered"]:
        columns |= _taken(outcome["recognised"], {"text": "text"})
        timing = outcome.get("timing", {})
        columns |= _taken(timing, {name: name for name in (*_TIMING, "chunk_sent_s")})
        if "events" in outcome:
            columns["events"] = [_taken(event, {name: name for name in _EVENT}) for event in outcome["events"]]
            if not any(outcome["events"]):
                del outcome["events"]
    else:
        columns |= _taken(outcome, _FAILURE)
    columns["rest"] = json.dumps({"outcome": outcome, **row}, ensure_ascii=False, separators=(",", ":"))
    return columns


def _taken(values: dict[str, Any], names: Mapping[str, str]) -> dict[str, Any]:
    return {column: values.pop(name) for name, column in names.items() if name in values}


def _row_of(columns: dict[str, Any]) -> dict[str, Any]:
    """Inverse of `_columns_of`."""
    row: dict[str, Any] = parsed(columns["rest"])
    row |= {name: columns[name] for name in ("trial_id", *_CALL) if columns.get(name) is not None}
    outcome = row["outcome"]
    if not columns["answered"]:
        outcome["type"] = "failure"
        return row | {"outcome": outcome | _given(columns, _FAILURE)}
    outcome["type"] = "transcript"
    outcome["recognised"] |= _given(columns, {"text": "text"})
    timing = _given(columns, {name: name for name in (*_TIMING, "chunk_sent_s")})
    if timing or "timing" in outcome:
        outcome["timing"] = outcome.get("timing", {}) | timing
    if columns["events"] is not None:
        more = outcome.get("events", [{}] * len(columns["events"]))
        known = ({name: value for name, value in event.items() if value is not None} for event in columns["events"])
        outcome["events"] = [{**event, **rest} for event, rest in zip(known, more, strict=True)]
    return row


def _given(columns: Mapping[str, Any], names: Mapping[str, str]) -> dict[str, Any]:
    return {name: columns[column] for name, column in names.items() if columns[column] is not None}
