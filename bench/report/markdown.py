"""Tables as GitHub-flavoured Markdown. Formats. Pure."""

from __future__ import annotations

from bench.report import escape
from bench.report.tables import Table


def table_to_markdown(table: Table, *, level: int = 2) -> str:
    """A heading, the table, its note."""
    rule = ["---:" if column in table.numeric else "---" for column in table.columns]
    lines = [_line(table.columns), _line(rule), *(_line(row) for row in table.rows)]
    note = f"\n\n{table.note}" if table.note else ""
    content = "\n".join(lines) + note
    if table.folded:
        return f"<details>\n<summary>{table.title}</summary>\n\n{content}\n\n</details>"
    return f"{'#' * level} {table.title}\n\n{content}"


def _line(cells: tuple[str, ...] | list[str]) -> str:
    return "| " + " | ".join(escape.markdown(cell) for cell in cells) + " |"
