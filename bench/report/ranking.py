"""A leaderboard as files: from run folders to a page, Markdown, and tables for machines."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from bench.leaderboard.build import Options, build
from bench.leaderboard.values import Leaderboard
from bench.report.contributions import contributions
from bench.report.leaderboard import to_csv, to_json, to_page
from bench.report.page import page_html, page_markdown
from bench.store import RunFolder


def write_leaderboard(runs: Sequence[Path], options: Options, out: Path, *, redact: bool = False) -> Leaderboard:
    """Write `leaderboard.html`, `.md`, `.csv` and `.json` of scored runs, and return what they show.

    Args:
        runs: folders.
        options: what is ranked; without conditions, the first of the first run.
        out: folder to write.
        redact: runs are their numbers.

    Raises:
        BenchError: if a run is not scored, or runs cannot be compared.
    """
    folders = [RunFolder.open(run) for run in runs]
    if not options.conditions:
        options = replace(options, conditions=(next(iter(folders[0].conditions())),))
    leaderboard = build(contributions(folders, redact=redact), options)
    page = to_page(leaderboard)
    out.mkdir(parents=True, exist_ok=True)
    files = {
        "leaderboard.html": page_html(page),
        "leaderboard.md": page_markdown(page),
        "leaderboard.csv": to_csv(leaderboard),
        "leaderboard.json": to_json(leaderboard),
    }
    for name, content in files.items():
        (out / name).write_text(content, encoding="utf-8")
    return leaderboard
