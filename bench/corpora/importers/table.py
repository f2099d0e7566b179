"""CSV (RFC 4180) and TSV with a header row. Columns are found by their usual names or by a column map.

Columns may be parted by semicolons, tabs or strokes too, as spreadsheets and databases do. TSV follows Common Voice and
FLEURS in having no quoting: a quotation mark is a character of the text.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator, Sequence
from itertools import chain
from pathlib import Path
from string import whitespace
from typing import Literal

from bench.corpora.entry import Entry
from bench.corpora.importers.common import (
    ImportOptions,
    Problems,
    candidates,
    check_columns,
    is_known,
    row_entry,
    usual_name,
)
from bench.corpora.importers.reading import numbered_lines
from bench.errors import ManifestError, Problem

_SEPARATORS = (";", "\t", ",", "|")
_UNSEEN = "\ufeff\u200b\u200c\u200d\u200e\u200f\u2060"
_LONGEST_CELL = 2**31 - 1


def read_entries(path: Path, options: ImportOptions, problems: Problems) -> Iterator[Entry]:
    """One entry a row.

    Raises:
        ManifestError: as `read_rows` does, or if no column names the recording or its text.
    """
    check_columns(options)
    _check_needed(path, options)
    for where, row in read_rows(path, problems):
        entry = row_entry(row, where, path.parent, options, problems)
        if entry:
            yield entry


def read_rows(path: Path, problems: Problems) -> Iterator[tuple[str, dict[str, str]]]:
    """Rows as (`path:line`, column -> value); rows of another width than the header are problems.

    Raises:
        ManifestError: if there is no such file, it is no text, it is empty, or two columns have one name.
    """
    lines = _Recorded(line for _, line in numbered_lines(path, newline=""))
    csv.field_size_limit(_LONGEST_CELL)
    try:
        first, skipped = _header_line(lines)
        separator = _separator(path, first)
        quoting: Literal[0, 3] = csv.QUOTE_NONE if separator == "\t" and _is_tsv(path) else csv.QUOTE_MINIMAL
        is_spaced = re.search(rf"{re.escape(separator)} ", first) is not None
        reader = csv.reader(chain([first], lines), delimiter=separator, quoting=quoting, skipinitialspace=is_spaced)
        header = _names(next(reader, ()))
        _check_header(path, header, skipped)
        lines.kept.clear()
        for cells in reader:
            where = f"{path}:{reader.line_num + skipped}"
            _check_closed(lines.kept, reader.line_num + skipped, path, quoting)
            lines.kept.clear()
            if not any(cell.strip() for cell in cells):
                continue  # blank lines, and the rows of separators alone that spreadsheets leave
            if len(cells) > len(header) and not any(cell.strip() for cell in cells[len(header) :]):
                cells = cells[: len(header)]
            if len(cells) != len(header):
                problems.append(Problem(where, f"{len(header)} columns", str(len(cells))))
            else:
                yield where, dict(zip(header, cells, strict=True))
    except csv.Error as error:
        raise ManifestError([Problem(str(path), "text in columns", str(error))]) from error


class _Recorded:
    """Lines, with those kept that were taken since somebody cleared them."""

    def __init__(self, lines: Iterator[str]) -> None:
        self._lines = lines
        self.kept: list[str] = []

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        self.kept.append(next(self._lines))
        return self.kept[-1]


def _check_closed(row: Sequence[str], last: int, path: Path, quoting: int) -> None:
    """Raise if a row over several lines is one because of a quotation mark that nothing closes."""
    if len(row) > 1 and quoting != csv.QUOTE_NONE and sum(line.count('"') for line in row) % 2:
        first = last - len(row) + 1
        found = f"{row[0].strip()[:60]!r} and no other up to line {last}"
        raise ManifestError([Problem(f"{path}:{first}", "a second quotation mark", found, "close it, or double it")])


def _check_needed(path: Path, options: ImportOptions) -> None:
    header, line = header_of(path), _header_line(line for _, line in numbered_lines(path, newline=""))[1] + 1
    names = {usual_name(name) for name in header} | {*header}
    missing = [name for name in ("audio", "text") if header and not names & {*candidates(name, options)}]
    if missing:
        advice = f"put a row of names in front, such as audio,text; or map one with --column {missing[0]}=NAME"
        raise ManifestError([Problem(f"{path}:{line}", f"a column {' and '.join(missing)}", ", ".join(header), advice)])


def header_of(path: Path) -> list[str]:
    """The columns of a table.

    Raises:
        ManifestError: as `read_rows` does.
    """
    first, _ = _header_line(line for _, line in numbered_lines(path, newline=""))
    return _names(next(csv.reader([first], delimiter=_separator(path, first)), ()))


def _names(header: Sequence[str]) -> list[str]:
    """Names of columns, without what cannot be seen around them."""
    return [cell.strip(f"{_UNSEEN}{whitespace}\u00a0") for cell in header]


def _is_tsv(path: Path) -> bool:
    return path.suffix.lower() in (".tsv", ".tab")


def _header_line(lines: Iterator[str]) -> tuple[str, int]:
    """The first line that has something in it, and how many lines lie before it."""
    skipped = 0
    for line in lines:
        if line.strip() and not _HINT.fullmatch(line.strip("\r\n ")) and not _is_remark(line):
            return line, skipped
        skipped += 1
    return "", skipped


def _is_remark(line: str) -> bool:
    return line.startswith("#") and not any(mark in line for mark in _SEPARATORS)


_HINT = re.compile(r"sep=.", re.I)
"""What Excel writes and reads in front of a header."""


def _separator(path: Path, header: str) -> str:
    """What parts the columns: what the suffix says, unless the header has another one alone, or more known names by it.

    Spreadsheets write `;` where the comma is the decimal mark, and tabs as "Unicode text".
    """
    usual = "\t" if _is_tsv(path) else ","
    marks = [mark for mark in (usual, *_SEPARATORS) if mark in header]
    known = [sum(is_known(cell.strip(' "')) for cell in header.strip().split(mark)) for mark in marks]
    return marks[known.index(max(known))] if marks else usual


def _check_header(path: Path, header: list[str], skipped: int) -> None:
    if not header:
        raise ManifestError([Problem(str(path), "a header row", "an empty file")])
    twice = next((name for index, name in enumerate(header) if name and name in header[:index]), None)
    if twice is not None:
        where = f"{path}:{skipped + 1}"
        raise ManifestError([Problem(where, "columns of different names", f"{twice!r} twice", "rename one of them")])
