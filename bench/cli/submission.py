"""`bench submission`: runs that others sent."""

from __future__ import annotations

import json
import sys
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click

from bench.cli.address import Address
from bench.cli.output import say, write_or_show
from bench.errors import ExitCode

if TYPE_CHECKING:
    from bench.execution.submission import SubmissionCheck

_MOST = 20
"""Problems that are printed; the JSON has all."""


@click.group("submission")
def submission_command() -> None:
    """Check a run that was sent to you."""


@submission_command.command("check")
@click.argument("folders", nargs=-1, required=True, type=Address(path_type=Path))
@click.option(
    "--json",
    "json_file",
    type=Address(path_type=Path, dir_okay=False, allow_dash=True),
    metavar="FILE",
    help="Write everything found.",
)
def check(folders: tuple[Path, ...], json_file: Path | None) -> None:
    """Score run folders again from their stored answers: the same rows, estimates and digests must come out.

    \b
    bench submission check submissions/anna-pulse-hi
    bench submission check submissions/*/ --json checks.json

    It needs neither audio nor network, and changes nothing. Other versions of libraries are named and are no fault.
    Exit code 0: all are what they say; 5: one differs; 2: one cannot be checked (no run, not scored, redacted).
    """
    from bench.execution.submission import check_submission

    checks = [check_submission(folder) for folder in folders]
    if json_file != Path("-"):
        for checked in checks:
            _show(checked)
    write_or_show(
        json_file, lambda: json.dumps([_content(each) for each in checks], ensure_ascii=False, indent=2) + "\n"
    )
    if not all(checked.equal for checked in checks):
        sys.exit(ExitCode.RULER)


def _content(checked: SubmissionCheck) -> dict[str, object]:
    return {**asdict(checked), "equal": checked.equal}


def _show(checked: SubmissionCheck) -> None:
    verdict = "the same rows and estimates" if checked.equal else f"DIFFERS in {len(checked.problems)}"
    say(f"{checked.name}: {verdict}; {checked.num_trials:,} trials scored again, digest {checked.digest}")
    for problem in checked.problems[:_MOST]:
        say(f"  {problem}")
    if len(checked.problems) > _MOST:
        say(f"  and {len(checked.problems) - _MOST} more; all of them: --json FILE")
    for note in checked.notes:
        say(f"  note: {note}")
