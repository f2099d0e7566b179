"""`bench report`: the report of a scored run, made again."""

from __future__ import annotations

from pathlib import Path

import click

import bench
from bench.cli.address import Address
from bench.cli.output import say, terminal_width
from bench.cli.progress import Now


@click.command()
@click.argument("run", type=Address(path_type=Path))
@click.option("--full", is_flag=True, help="Show every table in the terminal, too.")
@click.option("--clips", "clips_mb", type=click.FloatRange(min=0), metavar="MB", help="Room for sound in the page.")
@click.option("--redact", type=Address(path_type=Path), metavar="DIR", help="Write it there without text and names.")
@click.option("--figures", type=Address(path_type=Path), metavar="DIR", help="Also write figures: SVG, PDF, PNG.")
def report(run: Path, full: bool, clips_mb: float | None, redact: Path | None, figures: Path | None) -> None:
    """Write report.html, report.md and summary.csv of a scored run.

    \b
    bench report reports/my-run
    bench report reports/my-run --clips 10 --figures figures/
    bench report reports/my-run --redact to-send/

    It computes nothing: run `bench score` first where the scores are old.
    """
    opened = bench.open_run(run)
    with Now("writing the report"):
        made = opened.report(width=terminal_width(), full=full, clips_mb=clips_mb, redact=redact)
    say(str(made))
    for path in [] if figures is None else opened.write_figures(figures):
        say(f"figure: {path}")
