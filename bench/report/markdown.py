"""Tables as GitHub-flavoured Markdown. Formats. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from bench.report import escape
from bench.report.tables import Struck, Table


def table_to_markdown(table: Table, *, level: int = 2) -> str:
    """A heading, the table, its note."""
    rule = ["---:" if column in table.numeric else "---" for column in table.columns]
    numbers = [column in table.numeric for column in table.columns]
    lines = [
        _line(map(escape.markdown, table.columns)),
        _line(rule),
        *(_line(_cells(row, numbers)) for row in table.rows),
    ]
    note = f"\n\n{table.note}" if table.note else ""
    content = "\n".join(lines) + note
    if table.folded:
        return f"<details>\n<summary>{escape.markdown(table.title)}</summary>\n\n{content}\n\n</details>"
    return f"{'#' * level} {escape.markdown(table.title)}\n\n{content}"


def _cells(row: Sequence[str], numbers: Sequence[bool]) -> Iterator[str]:
    """Numbers are of our own writing and stay readable; all else is escaped."""
    return (_cell(cell, number) for cell, number in zip(row, numbers, strict=True))


def _cell(cell: str, number: bool) -> str:
    text = cell if number else escape.markdown(cell)
    return f"~~{text}~~" if isinstance(cell, Struck) else text


def _line(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cells)} |"
