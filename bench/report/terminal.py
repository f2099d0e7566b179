"""Tables as plain text of a given width."""

from __future__ import annotations

from bench.report.escape import line
from bench.report.tables import Table


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
