"""`bench report`: the report of a scored run, made again."""

from __future__ import annotations

from pathlib import Path
from shutil import get_terminal_size

import click

from bench.report import write_report
from bench.store import RunFolder


@click.command()
@click.argument("run", type=click.Path(path_type=Path))
def report(run: Path) -> None:
    """Write report.html, report.md and summary.csv of a scored run.

    \b
    bench report reports/my-run

    It computes nothing: run `bench score` first where the scores are old.
    """
    folder = RunFolder.open(run)
    click.echo(write_report(folder, folder.estimates(), width=get_terminal_size((120, 24)).columns))
