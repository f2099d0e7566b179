"""`bench annotate`: hear clips and write down what is said, on a page that only this machine can reach."""

from __future__ import annotations

from pathlib import Path

import click

from bench.cli.address import Address


@click.command("annotate")
@click.argument("folder", type=Address(path_type=Path))
@click.option("--port", type=click.IntRange(0, 65535), default=0, help="Default: any that is free.")
@click.option("--no-browser", is_flag=True, help="Print the address only.")
def annotate_command(folder: Path, port: int, no_browser: bool) -> None:
    """Hear each clip of FOLDER's annotation sheet, and write down what is said; saved as you go.

    Everything can be done from the keyboard. What cannot be understood is written {*}. Then run `bench init` again.

    \b
    bench annotate my-calls/
    """
    from bench.live.annotate import Annotator, serve

    annotator = Annotator(folder)
    server = serve(annotator, port)
    address = f"http://127.0.0.1:{server.server_address[1]}/"
    click.echo(f"{address} (Ctrl-C ends; everything is saved in {annotator.sheet})")
    if not no_browser:
        import webbrowser

        webbrowser.open(address)
    try:
        server.serve_forever()
    except KeyboardInterrupt:
        click.echo(f"next: bench init {folder} --language ... (as before)")
    finally:
        server.server_close()
        annotator.close()
