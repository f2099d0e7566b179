"""`bench report`: the report of a scored run, made again."""

from __future__ import annotations

from pathlib import Path

import click

import bench
from bench.cli.output import terminal_width


@click.command()
@click.argument("run", type=click.Path(path_type=Path))
@click.option("--full", is_flag=True, help="Show every table in the terminal, too.")
def report(run: Path, full: bool) -> None:
    """Write report.html, report.md and summary.csv of a scored run.

    \b
    bench report reports/my-run

    It computes nothing: run `bench score` first where the scores are old.
    """
    click.echo(bench.open_run(run).report(width=terminal_width(), full=full))
