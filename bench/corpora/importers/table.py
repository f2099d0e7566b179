"""CSV (RFC 4180) and TSV with a header row. Columns are found by their usual names or by a column map.

Columns may be parted by semicolons or tabs too, as spreadsheets do. TSV follows Common Voice and FLEURS in having no
quoting: a quotation mark is a character of the text.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from itertools import chain
from pathlib import Path
from typing import Literal

from bench.corpora.entry import Entry
from bench.corpora.importers.common import ImportOptions, Problems, check_columns, row_entry
from bench.corpora.importers.reading import numbered_lines
from bench.errors import ManifestError, Problem

_SEPARATORS = (";", "\t", ",")


def read_entries(path: Path, options: ImportOptions, problems: Problems) -> Iterator[Entry]:
    """One entry a row."""
    check_columns(options)
    for where, row in read_rows(path, problems):
        entry = row_entry(row, where, path.parent, options, problems)
        if entry:
            yield entry


def read_rows(path: Path, problems: Problems) -> Iterator[tuple[str, dict[str, str]]]:
    """Rows as (`path:line`, column -> value); rows of another width than the header are problems.

    Raises:
        ManifestError: if there is no such file, it is no text, it is empty, or two columns have one name.
    """
    lines = (line for _, line in numbered_lines(path, newline=""))
    try:
        first, skipped = _header_line(lines)
        separator = _separator(path, first)
        quoting: Literal[0, 3] = csv.QUOTE_NONE if separator == "\t" and _is_tsv(path) else csv.QUOTE_MINIMAL
        is_spaced = re.search(rf"{re.escape(separator)} ", first) is not None
        reader = csv.reader(chain([first], lines), delimiter=separator, quoting=quoting, skipinitialspace=is_spaced)
        header = [cell.strip() for cell in next(reader, ())]
        _check_header(path, header, skipped)
        for cells in reader:
            where = f"{path}:{reader.line_num + skipped}"
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


def header_of(path: Path) -> list[str]:
    """The columns of a table.

    Raises:
        ManifestError: as `read_rows` does.
    """
    first, _ = _header_line(line for _, line in numbered_lines(path, newline=""))
    return [cell.strip() for cell in next(csv.reader([first], delimiter=_separator(path, first)), ())]


def _is_tsv(path: Path) -> bool:
    return path.suffix.lower() in (".tsv", ".tab")


def _header_line(lines: Iterator[str]) -> tuple[str, int]:
    """The first line that has something in it, and how many lines lie before it."""
    skipped = 0
    for line in lines:
        if line.strip() and not _HINT.fullmatch(line.strip("\r\n ")):
            return line, skipped
        skipped += 1
    return "", skipped


_HINT = re.compile(r"sep=.", re.I)
"""What Excel writes and reads in front of a header."""


def _separator(path: Path, header: str) -> str:
    """What parts the columns: what the suffix says, unless the header has another one alone.

    Spreadsheets write `;` where the comma is the decimal mark, and tabs as "Unicode text".
    """
    usual = "\t" if _is_tsv(path) else ","
    others = [mark for mark in _SEPARATORS if mark in header]
    return others[0] if others and usual not in header else usual


def _check_header(path: Path, header: list[str], skipped: int) -> None:
    if not header:
        raise ManifestError([Problem(str(path), "a header row", "an empty file")])
    twice = next((name for index, name in enumerate(header) if name and name in header[:index]), None)
    if twice is not None:
        where = f"{path}:{skipped + 1}"
        raise ManifestError([Problem(where, "columns of different names", f"{twice!r} twice", "rename one of them")])
