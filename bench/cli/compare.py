"""`bench compare`: what changed between two runs."""

from __future__ import annotations

from pathlib import Path
from shutil import get_terminal_size

import click

from bench.cli.output import write_or_show
from bench.comparison.runs import compare_runs
from bench.report import comparison as report
from bench.store import RunFolder

_OUTPUT = click.Path(path_type=Path, dir_okay=False, allow_dash=True)


@click.command()
@click.argument("run_a", type=click.Path(path_type=Path))
@click.argument("run_b", type=click.Path(path_type=Path))
@click.option("--common", is_flag=True, help="Compare what both have, where the trials are not the same.")
@click.option("--json", "json_file", type=_OUTPUT, metavar="FILE", help="Write all numbers and all changed utterances.")
@click.option("--markdown", type=_OUTPUT, metavar="FILE", help="Write it as Markdown.")
@click.option("--html", type=_OUTPUT, metavar="FILE", help="Write it as a page.")
def compare(
    run_a: Path, run_b: Path, common: bool, json_file: Path | None, markdown: Path | None, html: Path | None
) -> None:
    """Differences from RUN_A to RUN_B with intervals, and the utterances that broke or were fixed, by cause.

    \b
    bench compare reports/monday reports/tuesday
    bench compare reports/en-10 reports/en-100 --common
    bench compare reports/monday reports/tuesday --html compare.html --json -

    A FILE of - is standard output. Runs with other recordings, texts, conditions or text rules are refused.
    """
    found = compare_runs(RunFolder.open(run_a), RunFolder.open(run_b), common=common)
    title = f"{run_a.name} → {run_b.name}"
    about = {"first": str(run_a), "second": str(run_b)}
    if Path("-") not in (json_file, markdown, html):
        click.echo(report.to_terminal(found, width=get_terminal_size((120, 24)).columns))
    write_or_show(json_file, lambda: report.to_json(found, about=about))
    write_or_show(markdown, lambda: report.to_markdown(found, title=title))
    write_or_show(html, lambda: report.to_html(found, title=title))
