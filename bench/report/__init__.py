"""Reporters: HTML, Markdown, CSV and the terminal. They format; they compute nothing."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from bench.store import RunFolder
from bench.types import Estimate


def write_report(
    folder: RunFolder, estimates: Sequence[Estimate], *, width: int = 80, full: bool = False, redact: Path | None = None
) -> str:
    """Write report.html, report.md and summary.csv; returns what the terminal shows. `full`: every table too.

    `redact`: write them into this folder instead, without text, sound, ids and names.
    """
    from bench.report.run.data import read
    from bench.report.run.markdown import to_markdown
    from bench.report.run.page import write_page
    from bench.report.run.summary_table import to_csv
    from bench.report.run.terminal import to_terminal

    data = read(folder, estimates)
    if redact is not None:
        from bench.report.run.redact import redacted
        from bench.store.redacted import mark_redacted

        data, folder = redacted(data), RunFolder(redact)
        redact.mkdir(parents=True, exist_ok=True)
        mark_redacted(redact)
    folder.write_text("summary.csv", to_csv(data.estimates))
    folder.write_text("report.md", to_markdown(data))
    page = write_page(data, folder)
    return f"{to_terminal(data, width=width, full=full)}\n\nreport: {page}"
