"""`bench load`: how latency and accuracy change with concurrent sessions."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click

from bench.cli.address import Address
from bench.cli.output import ALLOW_KEY
from bench.cli.run import warn_of_missing_audio
from bench.errors import ExitCode, Problem, RunFolderError

if TYPE_CHECKING:
    from bench.config import LoadSpec
    from bench.execution.plan import Plan
    from bench.load.curve import Curve, Measured, Point
    from bench.load.plan import Needs
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
    from bench.execution.keys import read_secrets
    from bench.execution.planning import load_plan
    from bench.load.levels import run_load
    from bench.load.plan import check

    plan = load_plan(config, overrides=overrides, limit=limit, is_bounded=False)
    spec, needs = check(plan)
    secrets = read_secrets(plan, os.environ, allow_keys)
    _show_needs(plan, spec, needs)
    if dry_run:
        return
    folder = _folder(plan.config.name, out, resume)
    measured: list[Measured] = []
    try:
        for level in run_load(plan, folder.path, secrets):
            measured.append(level)
            _show(level.point)
    except KeyboardInterrupt:
        click.echo("\nstopped; the level that was running is lost, go on with --resume", err=True)
        sys.exit(ExitCode.INTERRUPTED)
    finally:
        curves = _curves(measured, spec)
        _write(plan.config.name, folder, curves)
        if redact is not None:
            _write(plan.config.name, _sent(redact), curves)
    if any(not curve.points[0].valid or not curve.points[0].trials for curve in curves):
        sys.exit(ExitCode.INCONCLUSIVE)


def _folder(name: str, out: Path | None, resume: bool) -> RunFolder:
    from bench.load.levels import LEVELS
    from bench.store import RunFolder
    from bench.store.paths import new_path, newest

    if resume:
        path = out or newest(f"{name}-load", marker=LEVELS, what="a load test")
        if not (path / LEVELS).is_dir():
            raise RunFolderError(Problem(str(path), "a load test to resume", "none", "run without --resume"))
        return RunFolder(path)
    path = out or new_path(f"{name}-load")
    if (path / LEVELS).exists() or (path / "load.json").exists():
        raise RunFolderError(Problem(str(path), "a new folder", "a load test", "add --resume, or choose another --out"))
    path.mkdir(parents=True, exist_ok=True)
    return RunFolder(path)


def _show_needs(plan: Plan, spec: LoadSpec, needs: Needs) -> None:
    """What is about to happen, before anything is paid for."""
    from bench.report.load import KINDS

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


def _curves(measured: Sequence[Measured], spec: LoadSpec) -> list[Curve]:
    """Of the levels that are finished."""
    from bench.load.curve import curve

    engines = dict.fromkeys(level.point.engine for level in measured)
    return [curve(engine, [one for one in measured if one.point.engine == engine], spec) for engine in engines]


def _sent(path: Path) -> RunFolder:
    """A folder that can be sent: a load report holds numbers alone, and the texts of its levels stay behind."""
    from bench.store import RunFolder
    from bench.store.redacted import mark_redacted

    path.mkdir(parents=True, exist_ok=True)
    mark_redacted(path)
    return RunFolder(path)


def _write(name: str, folder: RunFolder, curves: Sequence[Curve]) -> None:
    """The report; without any level, none."""
    from bench.report.load import findings, load_page
    from bench.report.page import page_html, page_markdown

    if curves:
        folder.write_json("load.json", [asdict(found) for found in curves])
        page = load_page(name, curves)
        folder.write_text("load.md", page_markdown(page))
        for engine, line in findings(curves):
            click.echo(f"{engine}: {line}")
        click.echo(f"report: {folder.write_text('load.html', page_html(page))}")


def _show(point: Point) -> None:
    from bench.report.load import KINDS

    latency = "none" if point.latency_p95_s is None else f"{point.latency_p95_s:.3f} s"
    valid = "" if point.valid else "; INVALID"
    click.echo(
        f"{point.engine}: {point.level:g} {KINDS[point.kind]}: {point.trials} counted, {point.failed} failed, "
        f"{point.empty} empty, latency p95 {latency}{valid}",
        err=True,
    )
