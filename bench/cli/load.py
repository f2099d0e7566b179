"""`bench load`: how latency and accuracy change with concurrent sessions."""

from __future__ import annotations

import os
import sys
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path

import click

from bench import stages
from bench.cli.run import EXIT_INVALID, REPORTS_ROOT
from bench.errors import RunFolderError
from bench.report.load import findings, to_html, to_markdown
from bench.scoring.load import Point
from bench.store import RunFolder
from bench.types import Result, Trial


@click.command("load")
@click.argument("config", type=click.Path(path_type=Path))
@click.option("--out", type=click.Path(path_type=Path), help="Folder. Default: reports/NAME-load-TIME.")
@click.option("--limit", type=click.IntRange(min=1), metavar="N", help="At most N utterances of each corpus.")
@click.option("--set", "overrides", multiple=True, metavar="KEY=VALUE", help="Override a value of the config.")
def load_command(config: Path, out: Path | None, limit: int | None, overrides: tuple[str, ...]) -> None:
    """Put the load of a config's section `load` on its engines, one after the other.

    \b
    bench load my.yaml
    bench load my.yaml --set 'load.sessions=[1, 10, 100]' --set load.duration_s=60
    bench load my.yaml --set load.arrivals_per_s='[0.5, 1, 2]' --set load.sessions=null

    Writes load.md, load.html (with a figure) and load.json; each level is a run folder of its own below levels/.
    Exit codes: 0 done; 2 usage or config; 3 not even the first level could be driven in time.
    """
    from bench.load import run_load

    plan, text = stages.load_plan(config, overrides=overrides, limit=limit)
    secrets = stages.read_secrets(plan, os.environ)
    path = out or REPORTS_ROOT / f"{plan.config.name}-load-{datetime.now(UTC):%Y%m%dT%H%M%SZ}"
    if (path / "load.json").exists():
        raise RunFolderError(f"{path}: expected a new folder, found a load test; choose another --out")
    path.mkdir(parents=True, exist_ok=True)
    folder = RunFolder(path)
    curves = run_load(plan, folder, text, secrets, on_result=_ignore, on_point=_show)
    folder.write_json("load.json", [asdict(curve) for curve in curves])
    folder.write_text("load.md", to_markdown(plan.config.name, curves))
    page = folder.write_text("load.html", to_html(plan.config.name, curves))
    for line in findings(curves):
        click.echo(line)
    click.echo(f"report: {page}")
    if any(not curve.points[0].valid for curve in curves):
        sys.exit(EXIT_INVALID)


def _ignore(trial: Trial, result: Result) -> None: ...


def _show(point: Point) -> None:
    latency = "none" if point.latency_p95_s is None else f"{point.latency_p95_s:.3f} s"
    valid = "" if point.valid else "; INVALID"
    click.echo(
        f"{point.engine}: {point.level:g} {point.kind}: {point.trials} counted, {point.failed} failed, "
        f"{point.empty} empty, latency p95 {latency}{valid}",
        err=True,
    )
