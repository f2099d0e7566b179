"""Files of JSON lines: a Result as a row and back, and reading what a kill may have torn."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, TypeVar

from bench.errors import Problem, RunFolderError
from bench.store.moments import check_moments
from bench.store.strict import adapter, parsed
from bench.types import Failure, Result, Span, Transcript

T = TypeVar("T")


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
    return result_of(parsed(line))


def result_of(row: dict[str, Any]) -> Result:
    """Inverse of `row_of`; takes the row apart.

    Raises:
        ValueError, KeyError or TypeError: if it is not a result.
    """
    outcome = row["outcome"]
    if not isinstance(outcome, dict):
        raise ValueError("expected an outcome")
    kind = {"failure": Failure, "transcript": Transcript}[outcome.pop("type")]
    row["outcome"] = adapter(kind).validate_python(outcome)
    if "span" in row:
        row["span"] = adapter(Span).validate_python(row["span"])
    result = Result(**row)
    _check_call(result)
    check_moments(result.outcome)
    return result


def _check_call(result: Result) -> None:
    """What of a result no adapter has checked."""
    cost, dose = result.cost, result.dose
    if (
        type(result.attempts) is int
        and isinstance(result.trial_id, str)
        and isinstance(result.started_at, str)
        and all(
            text is None or isinstance(text, str) for text in (result.engine_version, result.answer_key, result.node)
        )
        and (cost is None or type(cost) in (int, float))
        and isinstance(dose, dict)
        and all(value is None or type(value) in (int, float) for value in dose.values())
    ):
        return
    raise ValueError("expected a trial's id, attempts, time, version, cost, dose, key and node")


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
                got = f"{line[:60]!r} ({error})"
                problem = Problem(f"{path}:{number}", f"one {what} as JSON", got, "remove the line")
                raise RunFolderError(problem) from error
