"""`bench view`: a run on a page that only this machine can reach, while it goes on and afterwards."""

from __future__ import annotations

from pathlib import Path

import click

from bench.cli.address import Address


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
    import os

    from bench.live.view import Viewer, serve

    if hasattr(os, "nice"):
        os.nice(19)
    server = serve(Viewer(run), port)
    address = f"http://127.0.0.1:{server.server_address[1]}/"
    click.echo(f"{address} (Ctrl-C ends; the run goes on without it)")
    if not no_browser:
        import webbrowser

        webbrowser.open(address)
    try:
        server.serve_forever()
    except KeyboardInterrupt:
        click.echo("")
    finally:
        server.server_close()
