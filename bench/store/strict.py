"""JSON as typed values, strictly: what was not written by this package is refused with its place, never guessed at.

A folder may come from a stranger, a torn copy or an editor. Neither infinities nor text in place of numbers get in.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter, ValidationError

from bench.config.spec import dotted
from bench.errors import Problem, RunFolderError

_SHOWN = 60


@cache
def adapter(kind: Any) -> TypeAdapter[Any]:
    """Of a value type, made once."""
    return TypeAdapter(kind)


def parsed(text: str | bytes) -> Any:
    """JSON as RFC 8259 has it, whose numbers can be told.

    Raises:
        ValueError: if it is none.
    """
    try:
        return json.loads(text, parse_constant=_no_number, parse_float=_finite)
    except RecursionError as error:
        raise ValueError("nested too deep") from error


def _no_number(name: str) -> float:
    raise ValueError(f"{name} is no number")


def _finite(digits: str) -> float:
    number = float(digits)
    if not math.isfinite(number):
        raise ValueError(f"{digits[:_SHOWN]} is no number")
    return number


def decoder(kind: Any) -> Callable[[bytes], Any]:
    """Makes values of a type from JSON.

    It raises:
        ValueError: if that is no such value.
    """
    validate = adapter(kind).validate_json

    def decode(line: bytes) -> Any:
        parsed(line)
        return validate(line, strict=True)

    return decode


def read_text(path: Path) -> str:
    """A file's text.

    Raises:
        RunFolderError: if it is missing, or no text.
    """
    try:
        return path.read_text(encoding="utf-8")
    except FileNotFoundError as error:
        raise RunFolderError(Problem(str(path.parent), path.name, "none", "run the stage that writes it")) from error
    except UnicodeDecodeError as error:
        raise RunFolderError(Problem(str(path), "text in UTF-8", str(error), "run the stage again")) from error


def read_json(path: Path) -> Any:
    """What a JSON file holds.

    Raises:
        RunFolderError: if it is missing or broken.
    """
    text = read_text(path)
    try:
        return parsed(text)
    except ValueError as error:
        raise RunFolderError(Problem(str(path), "JSON", str(error)[:200], "run the stage again")) from error


def read_value(path: Path, kind: Any, advice: str) -> Any:
    """A value of a type from a JSON file; `advice`: what to do where it holds another.

    Raises:
        RunFolderError: if it is missing, broken, or holds another.
    """
    read_json(path)
    try:
        return adapter(kind).validate_json(read_text(path), strict=True)
    except ValidationError as error:
        raise not_as_written(path, error, advice) from error


def not_as_written(path: Path, error: ValidationError, advice: str) -> RunFolderError:
    """The first thing that is wrong with a file."""
    first = error.errors(include_url=False)[0]
    where, shown = dotted(first["loc"]), repr(first["input"])
    got = f"another value ({first['msg']}; {shown if len(shown) <= _SHOWN else shown[:_SHOWN] + '...'})"
    at = f"{path}: {where}" if where else str(path)
    return RunFolderError(Problem(at, "what this earwitness writes", got, advice))
