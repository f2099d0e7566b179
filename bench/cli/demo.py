"""`bench demo`: everything for a run and a gate that need no key, to see them work in a repository."""

from __future__ import annotations

from pathlib import Path

import click

from bench.cli.address import Address


@click.command("demo")
@click.argument("folder", type=Address(file_okay=False, path_type=Path), required=False)
@click.option(
    "--for", "config", metavar="CONFIG", help="Only the corpus that this config looks for: dialects, two-speakers ..."
)
@click.option("--error-rate", type=click.FloatRange(0, 1), default=0.06, show_default=True, help="Of words.")
@click.option("--seed", type=int, default=1, show_default=True, help="Of the errors.")
def demo_command(folder: Path | None, config: str | None, error_rate: float, seed: int) -> None:
    """Write a corpus of noise with known texts, a config that the emulator answers, and rules for the gate.

    \b
    bench demo speech/
    bench run speech/demo.yaml --out reports/main
    bench demo --for dialects        (the corpus that `bench run dialects` looks for)
    """
    if (folder is None) == (config is None):
        raise click.UsageError("expected FOLDER or --for CONFIG")
    if config is not None:
        from bench.emulator.demo_corpora import write_corpus_for

        click.echo(write_corpus_for(config))
        click.echo(f"next: bench run {config} --dry-run")
        return
    assert folder is not None
    from bench.emulator.scripted_corpus import write_demo

    for path in write_demo(folder, error_rate=error_rate, seed=seed):
        click.echo(path)
    click.echo(f"next: bench run {folder / 'demo.yaml'} --out reports/main")
