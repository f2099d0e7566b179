"""Files of JSON lines: a Result as a row and back, and reading what a kill may have torn."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Any, TypeVar

from pydantic import TypeAdapter

from bench.errors import Problem, RunFolderError
from bench.types import Failure, Result, Span, Transcript

T = TypeVar("T")


@cache
def adapter(kind: type) -> TypeAdapter[Any]:
    """Of a value type, made once."""
    return TypeAdapter(kind)


def row_of(result: Result) -> dict[str, Any]:
    """A Result as JSON values, defaults left out. The outcome carries its `type`.

    Raises:
        ValueError: if a field holds what its type does not allow.
    """
    row: dict[str, Any] = adapter(Result).dump_python(result, mode="json", exclude_defaults=True, warnings="error")
    row["outcome"]["type"] = "failure" if isinstance(result.outcome, Failure) else "transcript"
    return row


def decode_result(line: bytes) -> Result:
    """Inverse of `row_of`, from the row as JSON.

    Raises:
        ValueError: if the line is not a result.
    """
    return result_of(json.loads(line))


def result_of(row: dict[str, Any]) -> Result:
    """Inverse of `row_of`; takes the row apart.

    Raises:
        ValueError, KeyError or TypeError: if it is not a result.
    """
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
                found = f"{line[:60]!r} ({error})"
                problem = Problem(f"{path}:{number}", f"one {what} as JSON", found, "remove the line")
                raise RunFolderError(problem) from error
