"""Text files as people save them: UTF-8 or UTF-16, lines ended in any way; JSON by line, over several, or in a list;
times.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import chain
from pathlib import Path
from typing import Any

from bench.errors import ManifestError, Problem

_NO_TEXT = re.compile("[\0\udc80-\udcff]")
"""What stands for a byte that is no UTF-8, and the null byte, of which UTF-16 without its mark has many."""


_BETWEEN = re.compile(r"[\[\], \t\n]*")


def encoding_of(path: Path) -> str:
    """UTF-16 where a byte order mark says so, else UTF-8.

    Raises:
        ManifestError: if there is no such file.
    """
    try:
        with path.open("rb") as file:
            return "utf-16" if file.read(2) in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig"
    except OSError as error:
        raise ManifestError([Problem(str(path), "a file", error.strerror or str(error))]) from error


def numbered_lines(path: Path, *, newline: str | None = None) -> Iterator[tuple[int, str]]:
    """Lines with their ends, from 1; `newline` is that of `open`: by default each ends with a line feed.

    Raises:
        ManifestError: if the file is missing, or is no text, with the first line that is none.
    """
    with path.open(encoding=encoding_of(path), newline=newline, errors="surrogateescape") as file:
        try:
            for number, line in enumerate(file, start=1):
                if wrong := _NO_TEXT.search(line):
                    got = f"byte 0x{ord(wrong[0]) & 0xFF:02x}"
                    encoding = "WINDOWS-1252" if ord(wrong[0]) else "UTF-16LE"
                    advice = f"save it as UTF-8; if it is {encoding}: iconv -f {encoding} -t UTF-8"
                    raise ManifestError([Problem(f"{path}:{number}", "UTF-8 text", got, advice)])
                yield number, line
        except UnicodeDecodeError as error:
            raise ManifestError([Problem(str(path), "UTF-16 text, as its first bytes say", error.reason)]) from error


def read_text(path: Path) -> str:
    """A text file, its lines ended by line feeds.

    Raises:
        ManifestError: as `numbered_lines` does.
    """
    return "".join(line for _, line in numbered_lines(path))


def read_lines(path: Path) -> Iterator[tuple[str, str]]:
    """Lines as (`path:number`, line without its end), blank ones left out.

    Raises:
        ManifestError: as `numbered_lines` does.
    """
    for number, line in numbered_lines(path):
        if line.strip():
            yield f"{path}:{number}", line.rstrip("\n")


def read_objects(path: Path, problems: list[Problem]) -> Iterator[tuple[str, dict[str, Any]]]:
    """JSON objects as (`path:line`, object): one a line, one behind the other over several lines, or in a list.

    Of one a line, a line that is none is a problem, and the others are read.

    Raises:
        ManifestError: as `numbered_lines` does.
    """
    lines = read_lines(path)
    first = next(lines, None)
    if first is None:
        return
    if first[1].lstrip().startswith("[") or first[1].strip() == "{":
        yield from _objects_anywhere(path, problems)
        return
    for where, line in chain([first], lines):
        try:
            row = parse_json(line)
        except ValueError as error:
            problems.append(Problem(where, "one JSON object", str(error)))
            continue
        if isinstance(row, dict):
            yield where, row
        else:
            problems.append(Problem(where, "one JSON object", type(row).__name__))


def parse_json(text: str) -> Any:
    """One value of JSON.

    Raises:
        ValueError: if it is none, or nested too deep; if a key is there twice, of which one would be lost; or if it has
            half a character.
    """
    with _nesting_told():
        value = json.loads(text, object_pairs_hook=_without_doubles)
        _check_encodable(text)
    return value


@contextmanager
def _nesting_told() -> Iterator[None]:
    try:
        yield
    except RecursionError as error:
        raise ValueError("values nested too deep") from error


def _without_doubles(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    values = dict(pairs)
    if len(values) < len(pairs):
        names = [name for name, _ in pairs]
        raise ValueError(f"{next(name for name in names if names.count(name) > 1)!r} twice in one object")
    return values


_ESCAPED_HALF = re.compile(r"\\u[dD][89a-fA-F]")


def _check_encodable(text: str) -> None:
    """Half of a pair of surrogates cannot be written to any file."""
    if _ESCAPED_HALF.search(text):
        try:
            json.dumps(json.loads(text), ensure_ascii=False).encode()
        except UnicodeEncodeError as error:
            raise ValueError("half of a surrogate pair, which is no character") from error


def _objects_anywhere(path: Path, problems: list[Problem]) -> Iterator[tuple[str, dict[str, Any]]]:
    text, at, line = read_text(path), 0, 1
    decoder = json.JSONDecoder(object_pairs_hook=_without_doubles)
    while (begin := _BETWEEN.match(text, at).end()) < len(text):  # type: ignore[union-attr]  # it matches nothing too
        line += text.count("\n", at, begin)
        try:
            with _nesting_told():
                row, at = decoder.raw_decode(text, begin)
                _check_encodable(text[begin:at])
        except json.JSONDecodeError as error:
            problems.append(Problem(f"{path}:{error.lineno}", "JSON", error.msg))
            return
        except ValueError as error:
            problems.append(Problem(f"{path}:{line}", "JSON", str(error)))
            return
        if isinstance(row, dict):
            yield f"{path}:{line}", row
        else:
            problems.append(Problem(f"{path}:{line}", "a JSON object", type(row).__name__))
        line += text.count("\n", begin, at)


_CLOCK = re.compile(r"\s*(?:(\d+):)?([0-5]?\d):([0-5]?\d(?:[.,]\d+)?)\s*")
_COMMA = re.compile(r"\s*(\d*),(\d+)\s*")


def parse_seconds(value: Any, what: str, where: str, problems: list[Problem]) -> float | None:
    """A time of 0 or more, `1.5`, `1,5` or `0:01:30.5`; anything else is a problem."""
    try:
        seconds = _seconds(value)
    except (OverflowError, TypeError, ValueError):
        seconds = float("nan")
    if not 0 <= seconds < float("inf"):
        problems.append(Problem(where, f"{what} in seconds, 0 or more", repr(value)[:80]))
        return None
    return seconds


def _seconds(value: Any) -> float:
    text = value if isinstance(value, str) else ""
    if clock := _CLOCK.fullmatch(text):
        return int(clock[1] or 0) * 3600 + int(clock[2]) * 60 + float(clock[3].replace(",", "."))
    if comma := _COMMA.fullmatch(text):
        return float(f"{comma[1]}.{comma[2]}")
    if isinstance(value, bool) or "_" in text:
        return float("nan")
    return float(value)
