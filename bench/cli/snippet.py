"""`bench snippet`: the integration that is measured, as code to begin with."""

from __future__ import annotations

import click

from bench.errors import Problem, UsageError

_SUFFIXES = {"python": "py", "node": "mjs"}


@click.command("snippet")
@click.option("--engine", default="pulse", show_default=True)
@click.option("--mode", type=click.Choice(["batch", "stream"]), default="stream", show_default=True)
@click.option(
    "--recipe",
    type=click.Choice(["url", "features", "finalize", "microphone"]),
    help="In place of the plain call: an address, who speaks and how, several turns, the microphone.",
)
@click.option("--language", "in_language", type=click.Choice(sorted(_SUFFIXES)), default="python", show_default=True)
def snippet_command(engine: str, mode: str, recipe: str | None, in_language: str) -> None:
    """Print a working integration: the right field, chunks, retries, and the end flushed.

    \b
    bench snippet --engine pulse --mode stream --language node > stream.mjs
    bench snippet --engine pulse --recipe features
    """
    from bench.files import resource_dir

    folder = resource_dir("examples") / engine
    path = folder / f"{recipe or mode}.{_SUFFIXES[in_language]}"
    if not path.is_file():
        known = sorted(item.name for item in resource_dir("examples").iterdir() if item.is_dir())
        raise UsageError(Problem(f"--engine {engine}", f"an engine with examples ({', '.join(known)})", "none"))
    click.echo(path.read_text(encoding="utf-8"), nl=False)
