"""`bench load`: how latency and accuracy change with concurrent sessions."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from bench.cli.address import Address
from bench.cli.output import ALLOW_KEY, say
from bench.cli.run import warn_of_missing_audio
from bench.errors import ExitCode

if TYPE_CHECKING:
    from bench.load.curve import Curve, LoadPoint, Measured
    from bench.load.levels import LoadTest
    from bench.store import RunFolder


@click.command("load")
@click.argument("config", type=Address(path_type=Path))
@click.option("--out", type=Address(path_type=Path), help="Folder. Default: reports/NAME-load-TIME.")
@click.option("--resume", is_flag=True, help="Keep the finished levels of the folder (default: the newest).")
@click.option("--allow-key", "allow_keys", multiple=True, metavar="NAME=HOST", help=ALLOW_KEY)
@click.option("--dry-run", is_flag=True, help="Check everything and show what is needed; call nothing.")
@click.option("--limit", type=click.IntRange(min=1), metavar="N", help="At most N utterances of each corpus.")
@click.option("--redact", type=Address(path_type=Path), metavar="DIR", help="Also write it there, without levels/.")
@click.option("--set", "overrides", multiple=True, metavar="KEY=VALUE", help="Override a value of the config.")
def load_command(
    config: Path,
    out: Path | None,
    resume: bool,
    allow_keys: tuple[str, ...],
    dry_run: bool,
    limit: int | None,
    redact: Path | None,
    overrides: tuple[str, ...],
) -> None:
    """Put the load of a config's section `load` on its engines, one after the other.

    \b
    bench load my.yaml --dry-run
    bench load my.yaml --set 'load.sessions=[1, 10, 100]' --set load.duration_s=60
    bench load my.yaml --set load.arrivals_per_s='[0.5, 1, 2]' --set load.sessions=null
    bench load my.yaml --set budget.max_cost=5 --resume

    What it needs is held against the config's budget before the first call, and what was spent after each level.
    Writes load.md, load.html (with a figure) and load.json; each level is a run folder of its own below levels/.
    After Ctrl-C or an error these hold the finished levels, and --resume runs the others; on a folder whose levels
    are all finished it only computes and writes them again.

    Exit codes: 0 done; 2 usage, config, or budget used up; 3 the first level says nothing of an engine (not driven
    in time, or nothing counted); 130 stopped by Ctrl-C.
    """
    from bench.load.levels import load_test

    test = load_test(config, os.environ, overrides=overrides, limit=limit, allow_keys=allow_keys)
    _show_needs(test)
    if dry_run:
        return
    folder = test.folder(out, resume=resume)
    measured: list[Measured] = []
    try:
        for level in test.run(folder):
            measured.append(level)
            _show(level.point)
    except KeyboardInterrupt:
        click.echo("\nstopped; the level that was running is lost, go on with --resume", err=True)
        sys.exit(ExitCode.INTERRUPTED)
    finally:
        curves = _written(test, folder, redact, measured)
    if any(not curve.points[0].valid or not curve.points[0].trials for curve in curves):
        sys.exit(ExitCode.INCONCLUSIVE)


def _written(test: LoadTest, folder: RunFolder, redact: Path | None, measured: Sequence[Measured]) -> Sequence[Curve]:
    """The report of the levels that are finished; without any level, none."""
    from bench.load.curve import curves
    from bench.report.load import findings, write_load, write_redacted_load

    by_engine = curves(measured, test.spec)
    if by_engine:
        page = write_load(test.plan.config.name, folder, by_engine)
        for engine, line in findings(by_engine):
            click.echo(f"{engine}: {line}")
        say(f"report: {page}")
        if redact is not None:
            say(f"to be sent: {write_redacted_load(test.plan.config.name, redact, by_engine)}")
    return by_engine


def _show_needs(test: LoadTest) -> None:
    """What is about to happen, before anything is paid for."""
    from bench.report.load import KINDS

    plan, spec, needs = test.plan, test.spec, test.needs

    levels = ", ".join(f"{level:g}" for level in needs.levels)
    search = "" if spec.search is None else "a search, at the most "
    kind = KINDS["sessions" if spec.arrivals_per_s is None else "arrivals_per_s"]
    bound = "at least" if needs.at_least else "at most"
    cost = "" if needs.cost is None else f", {needs.cost:.2f} {plan.config.currency}"
    click.echo(
        f"{plan.config.name}: {spec.mode} load on {len(plan.engines)} engines, {search}levels of {levels} {kind}: "
        f"{bound} {needs.sessions} sessions, {needs.audio_hours * 60:.1f} min of audio{cost}; about "
        f"{needs.duration_s / 60:.1f} min"
    )
    if needs.at_least:
        click.echo("how many requests it makes is up to the engine; it stops when the budget is used up")
    warn_of_missing_audio(plan)


def _show(point: LoadPoint) -> None:
    from bench.report.load import KINDS

    latency = "none" if point.latency_p95_s is None else f"{point.latency_p95_s:.3f} s"
    valid = "" if point.valid else "; INVALID"
    click.echo(
        f"{point.engine}: {point.level:g} {KINDS[point.kind]}: {point.trials} counted, {point.failed} failed, "
        f"{point.empty} empty, latency p95 {latency}{valid}",
        err=True,
    )
