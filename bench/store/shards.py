"""Shards: append-only files of JSON lines, one per writer.

A line of a shard is one Result, flushed. A kill can tear only the last line of a shard; a torn line is
not read, and no later writer appends to that shard. Results are merged by trial id: an answer beats a
failure, else the later line wins.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Any, TypeVar

from pydantic import TypeAdapter

from bench.engines.secrets import masked
from bench.errors import RunFolderError
from bench.types import Failure, MachineLook, Result, Span, Transcript

T = TypeVar("T")


@cache
def adapter(kind: type) -> TypeAdapter[Any]:
    return TypeAdapter(kind)


def merged(folder: Path) -> dict[str, Result]:
    """The results of all shards, by trial id.

    Raises:
        RunFolderError: if a complete line is not a result.
    """
    found: dict[str, Result] = {}
    for shard in sorted(folder.glob("*.jsonl")):
        for result in read_lines(shard, "result", decode_result):
            known = found.get(result.trial_id)
            if known is None or not _is_answer(known) or _is_answer(result):
                found[result.trial_id] = result
    return found


def looks(folder: Path) -> list[MachineLook]:
    """All looks at the machine, file by file.

    Raises:
        RunFolderError: if a complete line is none.
    """
    decode = adapter(MachineLook).validate_json
    return [look for shard in sorted(folder.glob("*.jsonl")) for look in read_lines(shard, "look", decode)]


class ResultWriter:
    """Appends results to one new shard. Not for sharing between threads."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._file = _new_shard(folder)

    def append(self, result: Result) -> None:
        """One line, in one write, flushed to the operating system: it survives a kill of this process."""
        self._file.write(encode_result(result))
        self._file.flush()

    def close(self) -> None:
        self._file.close()


class LookWriter:
    """Appends looks at the machine to one new file."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._file = _new_shard(folder)

    def append(self, look: MachineLook) -> None:
        """One line, flushed."""
        self._file.write(adapter(MachineLook).dump_json(look) + b"\n")
        self._file.flush()

    def close(self) -> None:
        self._file.close()


def _new_shard(folder: Path) -> Any:
    number = len(list(folder.glob("*.jsonl")))
    while True:
        path = folder / f"{number:04d}-{os.getpid()}.jsonl"
        try:
            return path.open("xb")
        except FileExistsError:
            number += 1


def encode_result(result: Result) -> bytes:
    """A Result as one line of JSON. The outcome carries its `type`."""
    row = adapter(Result).dump_python(result, mode="json", exclude_defaults=True)
    row["outcome"]["type"] = "failure" if isinstance(result.outcome, Failure) else "transcript"
    return masked(json.dumps(row, ensure_ascii=False, separators=(",", ":"))).encode() + b"\n"


def decode_result(line: bytes) -> Result:
    """Inverse of `encode_result`.

    Raises:
        ValueError: if the line is not a result.
    """
    row = json.loads(line)
    kind = {"failure": Failure, "transcript": Transcript}[row["outcome"].pop("type")]
    row["outcome"] = adapter(kind).validate_python(row["outcome"])
    if "span" in row:
        row["span"] = Span(**row["span"])
    return Result(**row)


def read_lines(path: Path, what: str, decode: Callable[[bytes], T]) -> Iterator[T]:
    """The lines of a file, but for one that was torn by a kill: a trial it held was not recorded, and is asked again.

    Raises:
        RunFolderError: if a complete line is not `what`.
    """
    with path.open("rb") as file:
        for number, line in enumerate(file, start=1):
            if not line.endswith(b"\n"):
                return
            try:
                yield decode(line)
            except (ValueError, KeyError, TypeError) as error:
                message = f"{path}:{number}: expected one {what} as JSON, got {line[:60]!r} ({error}); remove the line"
                raise RunFolderError(message) from error


def _is_answer(result: Result) -> bool:
    return isinstance(result.outcome, Transcript)
