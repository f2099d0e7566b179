"""Tables as plain text of a given width."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence

from bench.report.escape import line
from bench.report.phrases import KEPT, unbroken
from bench.report.tables import Table

_SHORTEST_NAME = 8


def table_to_text(table: Table, width: int) -> str:
    """Title, the table, its note; long cells fold."""
    import io

    from rich.console import Console
    from rich.table import Table as RichTable

    file = io.StringIO()
    console = Console(file=file, width=width, force_terminal=False)
    shown = RichTable(title=table.title, title_justify="left", caption=table.note, caption_justify="left")
    for column in table.columns:
        shown.add_column(column, justify="right" if column in table.numeric else "left", overflow="fold")
    for row in table.rows:
        shown.add_row(*map(line, row))
    console.print(shown, markup=False)
    return file.getvalue().rstrip()


def wrapped(text: str, width: int, *, first: str = "", rest: str = "") -> list[str]:
    """Lines of a text; a number and its unit stay together. `first`, `rest`: what the lines begin with."""
    lines = textwrap.wrap(unbroken(text), width, initial_indent=first, subsequent_indent=rest)
    return [line.replace(KEPT, " ") for line in lines]


def plain_table(table: Table, width: int) -> list[str]:
    """Columns set apart by two blanks. Numbers stay whole; long names are cut, the first columns first."""
    rows = [table.columns, *table.rows]
    sizes = [max(len(row[k]) for row in rows) for k in range(len(table.columns))]
    _shrink(sizes, [k for k, name in enumerate(table.columns) if name not in table.numeric], width)
    title = f"{table.title} ({table.note})" if table.note and len(table.title) + len(table.note) + 3 <= width else ""
    head = [title] if title else [*wrapped(table.title, width), *wrapped(table.note, width)]
    lines = [_line(row, sizes, table) for row in rows]
    return [*head, lines[0], "-" * min(width, max(map(len, lines))), *lines[1:]]


def _shrink(sizes: list[int], names: Sequence[int], width: int) -> None:
    """Makes the widest columns of names narrower, until the line fits or they are as short as may be."""
    while names and sum(sizes) + 2 * (len(sizes) - 1) > width:
        widest = max(names, key=lambda k: sizes[k])
        if sizes[widest] <= _SHORTEST_NAME:
            return
        sizes[widest] -= 1


def _line(row: Sequence[str], sizes: Sequence[int], table: Table) -> str:
    cells = [
        text.rjust(size) if name in table.numeric else _cut(line(text), size).ljust(size)
        for text, size, name in zip(row, sizes, table.columns, strict=True)
    ]
    return "  ".join(cells).rstrip()


def _cut(text: str, size: int) -> str:
    """The beginning and, since names often differ at their end, the last letters of what is too long."""
    if len(text) <= size:
        return text
    tail = size // 3
    return f"{text[: size - tail - 1]}…{text[len(text) - tail :]}"
