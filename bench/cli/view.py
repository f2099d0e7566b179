"""`bench view`: a run on a page that only this machine can reach, while it goes on and afterwards."""

from __future__ import annotations

from pathlib import Path

import click

from bench.cli.address import Address
from bench.cli.output import page_opener


@click.command()
@click.argument("run", type=Address(path_type=Path))
@click.option("--port", type=click.IntRange(0, 65535), default=0, help="Default: any that is free.")
@click.option("--no-browser", is_flag=True, help="Print the address only.")
def view(run: Path, port: int, no_browser: bool) -> None:
    """Show a run in the browser: its progress while it goes on, and its report once there is one.

    \b
    bench view reports/my-run

    Word errors and latency are of what has come back so far. It takes no time that the run needs: it runs at the
    lowest priority of this machine.
    """
    from bench.live.view import show

    show(run, port, page_opener("Ctrl-C ends; the run goes on without it", no_browser=no_browser))
    click.echo("")
