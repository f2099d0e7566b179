"""`bench snippet`: the integration that is measured, as code to begin with."""

from __future__ import annotations

import click


@click.command("snippet")
@click.option("--engine", default="pulse", show_default=True)
@click.option("--mode", type=click.Choice(["batch", "stream"]), default="stream", show_default=True)
@click.option(
    "--recipe",
    type=click.Choice(["url", "features", "finalize", "microphone"]),
    help="In place of the plain call: an address, who speaks and how, several turns, the microphone.",
)
@click.option("--language", "in_language", type=click.Choice(["node", "python"]), default="python", show_default=True)
def snippet_command(engine: str, mode: str, recipe: str | None, in_language: str) -> None:
    """Print a working integration: the right field, chunks, retries, and the end flushed.

    \b
    bench snippet --engine pulse --mode stream --language node > stream.mjs
    bench snippet --engine pulse --recipe features
    bench snippet --engine deepgram --mode batch
    """
    from bench.engines.snippets import snippet

    click.echo(snippet(engine, recipe or mode, in_language), nl=False)
