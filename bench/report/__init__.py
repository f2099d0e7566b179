"""Reporters: HTML, Markdown, CSV and the terminal. They format; they compute nothing."""

from __future__ import annotations

from collections.abc import Sequence

from bench.store import RunFolder
from bench.types import Estimate


def write_report(folder: RunFolder, estimates: Sequence[Estimate], *, width: int = 80, full: bool = False) -> str:
    """Write report.html, report.md and summary.csv; returns what the terminal shows. `full`: every table too."""
    from bench.report.run.data import read
    from bench.report.run.markdown import to_markdown
    from bench.report.run.page import write_page
    from bench.report.run.summary_table import to_csv
    from bench.report.run.terminal import to_terminal

    data = read(folder, estimates)
    folder.write_text("summary.csv", to_csv(estimates))
    folder.write_text("report.md", to_markdown(data))
    page = write_page(data, folder)
    return f"{to_terminal(data, width=width, full=full)}\n\nreport: {page}"
