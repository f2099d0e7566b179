"""`bench condition preview`: listen to a config's conditions, and look at them."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from bench.cli.address import Address
from bench.cli.output import say

if TYPE_CHECKING:
    from bench.execution.preview import Previewed


@click.group()
def condition() -> None:
    """What conditions do to audio."""


@condition.command("preview")
@click.argument("config", type=Address(path_type=Path))
@click.option("--utterance", metavar="ID", help="Id of an utterance, or corpus/id. Default: the first.")
@click.option("--out", type=Address(path_type=Path), default=Path("preview"), show_default=True, help="Folder.")
def preview_command(config: Path, utterance: str | None, out: Path) -> None:
    """Write one utterance under every condition of CONFIG: the audio as sent, a picture of all, a page to hear them.

    \b
    bench condition preview configs/quickstart.yaml --utterance two_cities-01 --out preview
    """
    from bench.execution.preview import preview

    def tell(sent: Previewed) -> None:
        doses = ", ".join(f"{name} {value:.4g}" for name, value in sorted(sent.dose.items()))
        say(f"{sent.path}  {sent.audio.sample_rate_hz} Hz  {sent.audio.duration_s:.2f} s  {doses}")

    say(str(preview(config, utterance, out, tell)))
