"""`bench gate`: is this run worse than the baseline?"""

from __future__ import annotations

import os
import sys
from pathlib import Path

import click

import bench
from bench.cli.address import Address
from bench.cli.output import terminal_width, write_or_show
from bench.errors import ExitCode

_EXIT_CODES = {
    "pass": ExitCode.OK,
    "regressed": ExitCode.REGRESSED,
    "inconclusive": ExitCode.INCONCLUSIVE,
    "invalid": ExitCode.INCONCLUSIVE,
}
_OUTPUT = Address(path_type=Path, dir_okay=False, allow_dash=True)


@click.command()
@click.argument("run", type=Address(path_type=Path))
@click.option("--baseline", required=True, type=Address(path_type=Path), help="File made by bench baseline save.")
@click.option("--rules", type=Address(path_type=Path), help="What is allowed. Default: the preset configs/gate.yaml.")
@click.option("--junit", type=_OUTPUT, metavar="FILE", help="Write JUnit XML: one test case per check.")
@click.option("--json", "json_file", type=_OUTPUT, metavar="FILE", help="Write the verdict with all its numbers.")
@click.option("--markdown", type=_OUTPUT, metavar="FILE", help="Write a comment for a pull request.")
@click.option("--full", is_flag=True, help="Show every check, not only those that failed.")
@click.option("--redact", is_flag=True, help="Without sentences: only how many are newly broken.")
@click.option("--github", is_flag=True, help="Annotations, and the summary of the GitHub Actions step.")
def gate(
    run: Path,
    baseline: Path,
    rules: Path | None,
    junit: Path | None,
    json_file: Path | None,
    markdown: Path | None,
    github: bool,
    full: bool,
    redact: bool,
) -> None:
    """Hold a scored run against a baseline, by rules: pass, regressed, inconclusive or invalid.

    \b
    bench gate reports/nightly --baseline baselines/main.json
    bench gate reports/nightly --baseline baselines/main.json --rules gate.yaml --junit gate.xml
    bench gate reports/pr-17 --baseline baselines/main.json --github --markdown comment.md --redact

    A FILE of - is standard output. Exit codes: 0 pass; 1 regressed; 2 usage or config; 3 inconclusive or invalid.
    """
    judgement = bench.open_run(run).gate(baseline, rules)
    if redact:
        judgement = judgement.redacted()
    if Path("-") not in (junit, json_file, markdown):
        click.echo(judgement.text(width=terminal_width(), full=full))
    write_or_show(junit, judgement.junit)
    write_or_show(json_file, judgement.json)
    write_or_show(markdown, judgement.markdown)
    if github:
        _tell_github(judgement)
    sys.exit(_EXIT_CODES[judgement.outcome])


def _tell_github(judgement: bench.Judgement) -> None:
    """Annotations on standard output; the summary where GITHUB_STEP_SUMMARY says."""
    for line in judgement.annotations():
        click.echo(line)
    summary = os.environ.get("GITHUB_STEP_SUMMARY")
    if not summary:
        click.echo("warning: GITHUB_STEP_SUMMARY: expected a path, found none; no step summary is written", err=True)
        return
    with Path(summary).open("a", encoding="utf-8") as file:
        file.write(judgement.markdown() + "\n")
