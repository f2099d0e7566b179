"""`bench compare`: what changed between two runs."""

from __future__ import annotations

from pathlib import Path

import click

import bench
from bench.cli.address import Address
from bench.cli.output import terminal_width, write_or_show
from bench.cli.progress import Now

_OUTPUT = Address(path_type=Path, dir_okay=False, allow_dash=True)


@click.command()
@click.argument("run_a", type=Address(path_type=Path))
@click.argument("run_b", type=Address(path_type=Path))
@click.option("--common", is_flag=True, help="Compare what both have, where the trials are not the same.")
@click.option("--json", "json_file", type=_OUTPUT, metavar="FILE", help="Write all numbers and all changed utterances.")
@click.option("--markdown", type=_OUTPUT, metavar="FILE", help="Write it as Markdown.")
@click.option("--html", type=_OUTPUT, metavar="FILE", help="Write it as a page.")
@click.option("--redact", is_flag=True, help="Without texts, and names of speakers, utterances and runs.")
def compare(
    run_a: Path,
    run_b: Path,
    common: bool,
    json_file: Path | None,
    markdown: Path | None,
    html: Path | None,
    redact: bool,
) -> None:
    """Differences from RUN_A to RUN_B with intervals, and the utterances that broke or were fixed, by cause.

    \b
    bench compare reports/monday reports/tuesday
    bench compare reports/en-10 reports/en-100 --common
    bench compare reports/monday reports/tuesday --html compare.html --json -

    A FILE of - is standard output. Runs with other recordings, texts, conditions or text rules are refused.
    """
    with Now("comparing"):
        changes = bench.open_run(run_a).compare(run_b, common=common)
    if redact:
        changes = changes.redacted()
    if Path("-") not in (json_file, markdown, html):
        click.echo(changes.text(width=terminal_width()))
    write_or_show(json_file, changes.json)
    write_or_show(markdown, changes.markdown)
    write_or_show(html, changes.html)
