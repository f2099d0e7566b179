"""`bench baseline`: the small committed file that runs are held against."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from bench.cli.address import Address
from bench.cli.output import terminal_width

if TYPE_CHECKING:
    from bench.comparison.baseline_file import Baseline

_RUNS = click.argument("runs", nargs=-1, required=True, type=Address(path_type=Path))
_METRICS = click.option(
    "--metric", "metrics", multiple=True, metavar="NAME", help="Keep this metric beside the headline latencies."
)


@click.group("baseline")
def baseline_command() -> None:
    """Counts and latencies per utterance, to commit: no audio, no text."""


@baseline_command.command()
@_RUNS
@click.option("--out", required=True, type=Address(path_type=Path), help="The file, such as baselines/main.json.")
@_METRICS
def save(runs: tuple[Path, ...], out: Path, metrics: tuple[str, ...]) -> None:
    """Make a baseline of a scored run, or of several runs of one unchanged system.

    \b
    bench baseline save reports/main --out baselines/main.json
    bench baseline save reports/mon reports/tue reports/wed --out baselines/main.json

    From several runs the gate learns how far the system drifts by itself, and does not call that a regression.
    """
    from bench.comparison.baseline import save_baseline

    _show(out, save_baseline(out, runs, metrics))


@baseline_command.command()
@click.argument("file", type=Address(path_type=Path))
def show(file: Path) -> None:
    """Say what a baseline holds.

    \b
    bench baseline show baselines/main.json
    """
    from bench.comparison.baseline_file import read_baseline
    from bench.report.baseline import to_terminal

    click.echo(to_terminal(read_baseline(file), width=terminal_width()))


@baseline_command.command()
@click.argument("file", type=Address(path_type=Path))
@_RUNS
@click.option("--add", is_flag=True, help="Keep what it holds: the runs are more of the same unchanged system.")
@_METRICS
def update(file: Path, runs: tuple[Path, ...], add: bool, metrics: tuple[str, ...]) -> None:
    """Replace what a baseline holds by newer runs, and say what changed in its definition.

    \b
    bench baseline update baselines/main.json reports/main
    bench baseline update baselines/main.json reports/nightly --add
    """
    from bench.comparison.baseline import update_baseline

    updated = update_baseline(file, runs, metrics, add=add)
    for change in updated.changes:
        click.echo(f"changed: {change} with runs of before")
    _show(file, updated.baseline)


def _show(path: Path, baseline: Baseline) -> None:
    from bench.report.baseline import to_terminal

    click.echo(
        f"{to_terminal(baseline, width=terminal_width())}\nbaseline: {path} ({path.stat().st_size / 1000:.0f} kB)"
    )
