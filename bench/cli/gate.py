"""`bench gate`: is this run worse than the baseline?"""

from __future__ import annotations

import os
import sys
from pathlib import Path
from shutil import get_terminal_size

import click

from bench.cli.output import write_or_show
from bench.comparison.baseline import judge
from bench.comparison.gate import Outcome, Verdict
from bench.errors import ExitCode
from bench.files import resource_dir
from bench.report import verdict as report
from bench.store import RunFolder

EXIT_CODES = {
    Outcome.PASS: ExitCode.OK,
    Outcome.REGRESSED: ExitCode.REGRESSED,
    Outcome.INCONCLUSIVE: ExitCode.INCONCLUSIVE,
    Outcome.INVALID: ExitCode.INCONCLUSIVE,
}
_OUTPUT = click.Path(path_type=Path, dir_okay=False, allow_dash=True)


@click.command()
@click.argument("run", type=click.Path(path_type=Path))
@click.option("--baseline", required=True, type=click.Path(path_type=Path), help="File made by bench baseline save.")
@click.option(
    "--rules", type=click.Path(path_type=Path), help="What is allowed. Default: the preset configs/gate.yaml."
)
@click.option("--junit", type=_OUTPUT, metavar="FILE", help="Write JUnit XML: one test case per check.")
@click.option("--json", "json_file", type=_OUTPUT, metavar="FILE", help="Write the verdict with all its numbers.")
@click.option("--markdown", type=_OUTPUT, metavar="FILE", help="Write a comment for a pull request.")
@click.option("--github", is_flag=True, help="Annotations, and the summary of the GitHub Actions step.")
def gate(
    run: Path,
    baseline: Path,
    rules: Path | None,
    junit: Path | None,
    json_file: Path | None,
    markdown: Path | None,
    github: bool,
) -> None:
    """Hold a scored run against a baseline, by rules: pass, regressed, inconclusive or invalid.

    \b
    bench gate reports/nightly --baseline baselines/main.json
    bench gate reports/nightly --baseline baselines/main.json --rules gate.yaml --junit gate.xml
    bench gate reports/pr-17 --baseline baselines/main.json --github --markdown comment.md

    A FILE of - is standard output. Exit codes: 0 pass; 1 regressed; 2 usage or config; 3 inconclusive or invalid.
    """
    verdict = judge(RunFolder.open(run), baseline, rules or resource_dir("configs") / "gate.yaml")
    title = f"{run.name} against {baseline.name}"
    about = {"run": str(run), "baseline": str(baseline)}
    if Path("-") not in (junit, json_file, markdown):
        click.echo(report.to_terminal(verdict, width=get_terminal_size((120, 24)).columns))
    write_or_show(junit, lambda: report.to_junit(verdict, title=title))
    write_or_show(json_file, lambda: report.to_json(verdict, about=about))
    write_or_show(markdown, lambda: report.to_markdown(verdict, title=title))
    if github:
        _tell_github(verdict, title)
    sys.exit(EXIT_CODES[verdict.outcome])


def _tell_github(verdict: Verdict, title: str) -> None:
    """Annotations on standard output; the summary where GITHUB_STEP_SUMMARY says."""
    for line in report.to_annotations(verdict):
        click.echo(line)
    summary = os.environ.get("GITHUB_STEP_SUMMARY")
    if not summary:
        click.echo("warning: GITHUB_STEP_SUMMARY: expected a path, found none; no step summary is written", err=True)
        return
    with Path(summary).open("a", encoding="utf-8") as file:
        file.write(report.to_markdown(verdict, title=title) + "\n")
