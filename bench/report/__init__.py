"""Reporters: HTML, Markdown, CSV and the terminal. They format; they compute nothing."""

from __future__ import annotations

from collections.abc import Sequence

from bench.report.run.document import Document, document
from bench.store import RunFolder
from bench.types import Estimate


def write_report(folder: RunFolder, estimates: Sequence[Estimate], *, width: int = 120) -> str:
    """Write report.html, report.md and summary.csv; returns what the terminal shows."""
    from bench.report.run.html import to_html
    from bench.report.run.markdown import to_markdown
    from bench.report.run.summary_table import to_csv

    content = document(folder, estimates)
    folder.write_text("summary.csv", to_csv(estimates))
    folder.write_text("report.md", to_markdown(content))
    page = folder.write_text("report.html", to_html(content))
    return f"{for_terminal(content, width)}\nreport: {page}"


def for_terminal(content: Document, width: int) -> str:
    """The summary table and the warnings as plain text."""
    import io

    from rich.console import Console
    from rich.table import Table as RichTable

    console = Console(file=io.StringIO(), width=width, force_terminal=False)
    table = RichTable(title=content.title, title_justify="left", caption=content.summary.note, caption_justify="left")
    for column in content.summary.columns:
        table.add_column(column, justify="right" if column in content.summary.numeric else "left", overflow="fold")
    for row in content.summary.rows:
        table.add_row(*row)
    console.print(table)
    for warning in content.warnings:
        console.print(f"! {warning}", highlight=False, markup=False)
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue().rstrip()
