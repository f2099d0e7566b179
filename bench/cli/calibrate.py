"""`bench calibrate`: how far this harness, on this machine, is from the truth."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING

import click

from bench.cli.progress import Now
from bench.errors import ExitCode

if TYPE_CHECKING:
    from bench.calibration.record import CalibratedLevel, MetricError


@click.command("calibrate")
@click.option(
    "--streams",
    type=click.IntRange(1, 10_000),
    multiple=True,
    default=(1, 10, 50, 100, 200),
    show_default=True,
    help="How many at once; may be given several times.",
)
def calibrate_command(streams: tuple[int, ...]) -> None:
    """Measure the harness's own latency error against an emulator with known delays.

    \b
    bench calibrate
    bench calibrate --streams 1 --streams 500

    About three minutes, most of them for the smallest numbers of streams, which are run again and again. The result is
    kept for this machine; runs copy it into environment.json, and reports state it. Milliseconds of |measured - true|
    (bias: of measured - true); they hold the emulator's own lateness too, so the harness is no worse. Exit code 3: not
    valid at any number of streams.
    """
    from bench import machine
    from bench.calibration.measure import calibrate

    click.echo(f"{'at once':>7}  {'metric':<36}{'bias':>8}{'p50':>8}{'p95':>8}{'p99':>8}{'n':>6}")
    levels = sorted(set(streams))
    with Now(f"streams at once: {levels[0]}") as now:

        def shown(level: CalibratedLevel) -> None:
            now.aside()
            _show(level)
            now(_next(levels, level.streams))

        calibration = calibrate(levels, on_level=shown)
    if calibration.batch is not None:
        click.echo(_line(1, "batch_latency_s", calibration.batch))
    click.echo(f"kept: {machine.cache_path()}")
    if calibration.largest_valid is None:
        click.echo("not valid at any of these numbers of streams", err=True)
        sys.exit(ExitCode.INCONCLUSIVE)
    click.echo(f"valid up to {calibration.largest_valid} streams at once")


def _next(levels: Sequence[int], done: int) -> str:
    later = levels[levels.index(done) + 1 :]
    return (
        f"streams at once: {later[0]} ({len(levels) - len(later)} of {len(levels)} are measured)" if later else "batch"
    )


def _show(level: CalibratedLevel) -> None:
    for name, error in level.errors.items():
        click.echo(_line(level.streams, name, error))
    click.echo(f"{level.streams:>7}  {'valid' if level.valid else 'NOT valid'}")
    for reason in level.reasons:
        click.echo(f"{'':>7}  {reason}")


def _line(at_once: int, name: str, error: MetricError) -> str:
    from bench.calibration.record import tail_name

    values = (error.bias_s, error.p50_s, error.p95_s, error.p99_s)
    tail = "" if tail_name(error.n) == "p99" else f"  p99: {tail_name(error.n)}"
    return f"{at_once:>7}  {name:<36}{''.join(f'{1000 * value:8.2f}' for value in values)}{error.n:>6}{tail}"
