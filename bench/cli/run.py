"""`bench run`: from a config to a report, or to any stage before it."""

from __future__ import annotations

import os
import sys
from datetime import UTC, datetime
from pathlib import Path

import click

from bench.cli.progress import Progress
from bench.errors import ExitCode, RunFolderError
from bench.execution.engines import Secrets, read_secrets
from bench.execution.plan import Plan
from bench.execution.planning import load_plan, missing_audio
from bench.execution.processes import run_work
from bench.execution.score import score
from bench.execution.stages import create, open_work
from bench.store import RunFolder
from bench.types import Failure, Result, Trial

REPORTS_ROOT = Path("reports")
STAMP = f"{'[0-9]' * 8}T{'[0-9]' * 6}Z"
"""What the times in names of folders look like, as a glob pattern."""


@click.command()
@click.argument("config", type=click.Path(path_type=Path))
@click.option("--out", type=click.Path(path_type=Path), help="Run folder. Default: reports/NAME-TIME.")
@click.option("--resume", is_flag=True, help="Go on with the run folder (default: the newest of this config's name).")
@click.option("--dry-run", is_flag=True, help="Check everything and show the plan; call nothing.")
@click.option("--limit", type=click.IntRange(min=1), metavar="N", help="At most N utterances of each corpus.")
@click.option("--set", "overrides", multiple=True, metavar="KEY=VALUE", help="Override a value of the config.")
@click.option("--no-report", is_flag=True, help="Stop after scoring.")
def run(
    config: Path,
    out: Path | None,
    resume: bool,
    dry_run: bool,
    limit: int | None,
    overrides: tuple[str, ...],
    no_report: bool,
) -> None:
    """Run a config: transcribe every trial, score, and write the report.

    \b
    bench run configs/quickstart.yaml
    bench run configs/pulse.yaml --dry-run
    bench run my.yaml --limit 5 --set stream.concurrency=2 --set engines.moonshine.settings.language=en
    bench run my.yaml --out reports/nightly --resume

    Exit codes: 0 done; 2 usage or config; 3 INVALID (latency must not be believed; it says why); 4 finished, but
    trials failed; 130 stopped by Ctrl-C (go on with --resume).
    """
    plan, text = load_plan(config, overrides=overrides, limit=limit)
    secrets = read_secrets(plan, os.environ)
    if dry_run:
        show_plan(plan)
        return
    folder = _folder(plan, out, resume)
    show_plan(plan)
    create(plan, folder, text)
    failed = _execute(plan, folder, secrets)
    found = score(folder)
    if no_report:
        click.echo(f"scored: {folder.path}")
    else:
        from bench.report import write_report

        click.echo(write_report(folder, found, width=_width()))
    sys.exit(_exit_code(folder, failed))


def _exit_code(folder: RunFolder, failed: int) -> ExitCode:
    """An invalid run comes first: of its numbers, latency cannot be used at all."""
    validity = folder.validity()
    for reason in validity.reasons:
        click.echo(f"INVALID: {reason}", err=True)
    if not validity.valid:
        return ExitCode.INCONCLUSIVE
    return ExitCode.TRIALS_FAILED if failed else ExitCode.OK


def _width() -> int:
    from shutil import get_terminal_size

    return get_terminal_size((120, 24)).columns


def _folder(plan: Plan, out: Path | None, resume: bool) -> RunFolder:
    name = plan.config.name
    if resume:
        path = out or newest(name)
        RunFolder.open(path)
        return RunFolder(path)
    path = out or REPORTS_ROOT / f"{name}-{datetime.now(UTC):%Y%m%dT%H%M%SZ}"
    if (path / "trials.jsonl").exists():
        raise RunFolderError(f"{path}: expected a new folder, found a run; add --resume, or choose another --out")
    return RunFolder(path)


def newest(name: str) -> Path:
    """The latest run folder of a config's name.

    Raises:
        RunFolderError: if there is none.
    """
    found = sorted(path.parent for path in REPORTS_ROOT.glob(f"{name}-{STAMP}/trials.jsonl"))
    if not found:
        raise RunFolderError(f"{REPORTS_ROOT}/{name}-*: expected a run to resume, found none; run without --resume")
    return found[-1]


def show_plan(plan: Plan) -> None:
    """What is about to happen, before anything is paid for."""
    modes = [f"{sum(trial.mode == mode for trial in plan.trials)} {mode}" for mode in ("batch", "stream")]
    cost = plan.cost()
    price = "" if cost is None else f", about {cost:.2f} {plan.config.currency}"
    click.echo(
        f"{plan.config.name}: {len(plan.trials)} trials ({', '.join(modes)}) of {len(plan.utterances)} utterances, "
        f"{len(plan.engines)} engines, {len(plan.conditions)} conditions; "
        f"{plan.audio_hours() * 60:.1f} min of audio{price}"
    )
    warn_of_missing_audio(plan)


def warn_of_missing_audio(plan: Plan) -> None:
    paths = missing_audio(plan)
    for path in paths[:5]:
        click.echo(f"warning: {path}: expected a recording, found none; its trials will fail", err=True)
    if len(paths) > 5:
        click.echo(f"warning: ... and {len(paths) - 5} more recordings are missing", err=True)


def _execute(plan: Plan, folder: RunFolder, secrets: Secrets) -> int:
    """Run what is left; returns how many trials of the run have failed."""
    done = {id for id, result in folder.results().items() if not isinstance(result.outcome, Failure)}
    left = sum(trial.id not in done for trial in plan.trials)
    if left < len(plan.trials):
        click.echo(f"resuming {folder.path}: {len(plan.trials) - left} of {len(plan.trials)} trials are answered")
    with Progress(left) as progress:

        def on_result(trial: Trial, result: Result) -> None:
            progress.advance(failed=isinstance(result.outcome, Failure))

        try:
            with open_work(plan, folder, secrets, on_result) as work:
                run_work(work)
        except KeyboardInterrupt:
            progress.close()
            click.echo(f"\nstopped; everything answered is in {folder.path}; go on with --resume", err=True)
            sys.exit(ExitCode.INTERRUPTED)
    results = folder.results()
    return sum(isinstance(results[trial.id].outcome, Failure) for trial in plan.trials)
