"""`bench annotate`: hear clips and write down what is said, on a page that only this machine can reach."""

from __future__ import annotations

from pathlib import Path

import click

from bench.cli.address import Address
from bench.cli.output import page_opener


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
    from bench.live.annotate import annotate

    def opened(address: str, sheet: Path) -> None:
        page_opener(f"Ctrl-C ends; everything is saved in {sheet}", no_browser=no_browser)(address)

    annotate(folder, port, opened)
    click.echo(f"next: bench init {folder} --language ... (as before)")
