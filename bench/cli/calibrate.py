"""`bench calibrate`: how far this harness, on this machine, is from the truth."""

from __future__ import annotations

import sys

import click

from bench.calibration import Level, calibrate, keep
from bench.cli.run import EXIT_INVALID

_SHOWN = ("first_partial_latency_s", "final_latency_s", "end_to_last_message_s")


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

    The result is kept for this machine; runs copy it into environment.json, and reports state it. Milliseconds of
    |measured - true|; they hold the emulator's own lateness too, so the harness is no worse. Exit code 3: not valid
    at any number of streams.
    """
    click.echo(f"{'streams':>7}  {'metric':<26}{'bias':>8}{'p50':>8}{'p95':>8}{'p99':>8}  valid")
    found = calibrate(sorted(set(streams)), on_level=_show)
    click.echo(f"kept: {keep(found)}")
    if found.largest_valid is None:
        click.echo("not valid at any of these numbers of streams", err=True)
        sys.exit(EXIT_INVALID)
    click.echo(f"valid up to {found.largest_valid} streams at once")


def _show(level: Level) -> None:
    for name in _SHOWN:
        if name in level.errors:
            error = level.errors[name]
            numbers = "".join(f"{1000 * value:8.2f}" for value in (error.bias_s, error.p50_s, error.p95_s, error.p99_s))
            click.echo(f"{level.streams:>7}  {name:<26}{numbers}  {'yes' if level.valid else 'no'}")
    for reason in level.reasons:
        click.echo(f"{'':>7}  {reason}")
