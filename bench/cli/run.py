"""`bench run`: from a config to a report, or to any stage before it."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import click

import bench
from bench.cli.address import Address
from bench.cli.output import ALLOW_KEY, say, terminal_width
from bench.cli.progress import Now, Progress
from bench.errors import ExitCode

if TYPE_CHECKING:
    from bench.execution.plan import Plan


@click.command()
@click.argument("config", type=Address(path_type=Path))
@click.option("--out", type=Address(path_type=Path), help="Run folder. Default: reports/NAME-TIME.")
@click.option("--resume", is_flag=True, help="Go on with the run folder (default: the newest of this config's name).")
@click.option(
    "--reuse",
    multiple=True,
    type=Address(path_type=Path),
    metavar="RUN",
    help="Take its answers to the same questions.",
)
@click.option(
    "--replan", is_flag=True, help="With --resume: go on even if this plan leaves out trials of the run's own."
)
@click.option("--allow-key", "allow_keys", multiple=True, metavar="NAME=HOST", help=ALLOW_KEY)
@click.option("--dry-run", is_flag=True, help="Check everything and show the plan; call nothing.")
@click.option("--limit", type=click.IntRange(min=1), metavar="N", help="At most N utterances of each corpus.")
@click.option("--set", "overrides", multiple=True, metavar="KEY=VALUE", help="Override a value of the config.")
@click.option(
    "--executor", metavar="NAME", help="process (this machine) or ray (a Ray cluster). Default: as the config says."
)
@click.option("--address", metavar="ADDRESS", help="Of the Ray cluster; auto: the one this machine is part of.")
@click.option("--no-report", is_flag=True, help="Stop after scoring.")
def run(
    config: Path,
    out: Path | None,
    resume: bool,
    reuse: tuple[Path, ...],
    replan: bool,
    allow_keys: tuple[str, ...],
    dry_run: bool,
    limit: int | None,
    overrides: tuple[str, ...],
    executor: str | None,
    address: str | None,
    no_report: bool,
) -> None:
    """Run a config: transcribe every trial, score, and write the report.

    \b
    bench run configs/quickstart.yaml
    bench run configs/pulse.yaml --dry-run
    bench run my.yaml --limit 5 --set stream.concurrency=2 --set engines.moonshine.settings.language=en
    bench run my.yaml --out reports/nightly --resume

    Exit codes: 0 done; 2 usage or config; 3 INVALID (latency must not be believed; it says why); 4 finished, but
    trials failed; 5 another tool counts other word errors; 130 stopped by Ctrl-C (go on with --resume).
    """
    if executor is not None:
        overrides = (*overrides, f"executor={executor}")
    if dry_run:
        with tempfile.TemporaryDirectory(prefix="earwitness-") as scratch:  # nothing is left behind by looking
            with Now(_PLANNING):
                plan = bench.plan(config, overrides=overrides, limit=limit, needs_keys=False, scratch=Path(scratch))
            show_plan(plan)
        click.echo(f"next: bench run {config}")
        return
    with Progress(_PLANNING, show_plan) as progress:
        try:
            done = bench.run(
                config,
                overrides=overrides,
                limit=limit,
                out=out,
                resume=resume,
                replan=replan,
                reuse=reuse,
                allow_keys=allow_keys,
                listener=progress,
                address=address,
            )
        except KeyboardInterrupt:
            progress.close()
            kept = f"everything answered is in {progress.path}; go on with --resume"
            say(f"\nstopped; {kept if progress.path else 'nothing was asked yet'}", err=True)
            sys.exit(ExitCode.INTERRUPTED)
    if no_report:
        say(f"scored: {done.path}")
    else:
        with Now("writing the report"):
            report = done.report(width=terminal_width())
        say(str(report))
    sys.exit(_exit_code(done))


_PLANNING = "looking through config and corpora; what is not here yet is made or fetched"


def _exit_code(run: bench.Run) -> ExitCode:
    """What must be believed least comes first: word errors that nobody else counts, then latency of an invalid run."""
    for reason in run.invalid:
        click.echo(f"INVALID: {reason}", err=True)
    if not is_seconded(run):
        return ExitCode.RULER
    if run.invalid:
        return ExitCode.INCONCLUSIVE
    return ExitCode.TRIALS_FAILED if run.num_failed else ExitCode.OK


def is_seconded(run: bench.Run) -> bool:
    """Whether jiwer agrees with the word errors; says so where it does not."""
    opinion = run.second_opinion
    if not opinion.agrees:
        click.echo(f"word errors are in doubt: {opinion}; please report it", err=True)
    return opinion.agrees


def show_plan(plan: Plan) -> None:
    """What is about to happen, before anything is paid for."""
    from bench.report.outlook import outlook_lines

    click.echo("\n".join(outlook_lines(plan, width=min(terminal_width(), 100))))
    for engine in plan.engines.values():
        for mode, unsaid in (engine.about.unsaid if engine.about else {}).items():
            told = ", ".join(f"{name} ({what})" for name, what in unsaid.items())
            if told and mode in engine.modes:
                click.echo(f"{engine.id}, {mode}: cannot be told {told}")
    warn_of_missing_audio(plan)


def warn_of_missing_audio(plan: Plan) -> None:
    from bench.execution.planning import missing_audio

    paths = missing_audio(plan)
    for path in paths[:5]:
        click.echo(f"warning: {path}: expected a recording, found none; its trials will fail", err=True)
    if len(paths) > 5:
        click.echo(f"warning: ... and {len(paths) - 5} more recordings are missing", err=True)
