"""CSV (RFC 4180) and TSV with a header row. Columns are found by their usual names or by a column map.

TSV follows Common Voice and FLEURS in having no quoting: a quotation mark is a character of the text.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator
from pathlib import Path

from bench.corpora.entry import Entry
from bench.corpora.importers.common import ImportOptions, Problems, check_columns, row_entry
from bench.errors import ManifestError, Problem

_SEPARATORS = {";": "a semicolon", "\t": "a tab", ",": "a comma"}


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
        ManifestError: if there is no such file, it is not UTF-8, it is empty, or it has another separator.
    """
    is_tsv = path.suffix.lower() in (".tsv", ".tab")
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            separator = "\t" if is_tsv else ","
            reader = csv.reader(file, delimiter=separator, quoting=csv.QUOTE_NONE if is_tsv else csv.QUOTE_MINIMAL)
            header = next(reader, None)
            if header is None:
                raise ManifestError([Problem(str(path), "a header row", "an empty file")])
            _check_separator(path, header, separator)
            for cells in reader:
                where = f"{path}:{reader.line_num}"
                if not any(cell.strip() for cell in cells):
                    continue  # blank lines, and the rows of separators alone that spreadsheets leave
                if len(cells) > len(header) and not any(cell.strip() for cell in cells[len(header) :]):
                    cells = cells[: len(header)]
                if len(cells) != len(header):
                    problems.append(Problem(where, f"{len(header)} columns", str(len(cells))))
                else:
                    yield where, dict(zip(header, cells, strict=True))
    except OSError as error:
        raise ManifestError([Problem(str(path), "a table", error.strerror or str(error))]) from error
    except (UnicodeDecodeError, csv.Error) as error:
        raise ManifestError([Problem(str(path), "UTF-8 text in columns", str(error))]) from error


def _check_separator(path: Path, header: list[str], separator: str) -> None:
    """Refuse a header that is one column only because another separator lies between its names.

    Spreadsheets write `;` where the comma is the decimal mark.
    """
    others = [name for mark, name in _SEPARATORS.items() if mark != separator and mark in "".join(header)]
    if others and len(header) == 1:
        wanted = _SEPARATORS[separator]
        advice = f"save it again with {wanted} between the columns"
        raise ManifestError([Problem(f"{path}:1", f"{wanted} as separator", others[0], advice)])
