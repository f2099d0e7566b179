"""`bench prepare`: fetch corpora, once."""

from __future__ import annotations

from pathlib import Path

import click

from bench.cli.address import Address
from bench.cli.progress import Now
from bench.files import CORPORA_ROOT


@click.command("prepare")
@click.argument("corpora", nargs=-1, required=True, metavar="CORPUS...")
@click.option(
    "--root",
    type=Address(file_okay=False, path_type=Path),
    default=CORPORA_ROOT,
    show_default=True,
    help="Where corpora are kept, one folder each.",
)
def prepare_command(corpora: tuple[str, ...], root: Path) -> None:
    """Fetch corpora and write their manifests; what is there already is left alone.

    A corpus is a card by name (see `bench list corpora`), one language of it, a card of yours, or a lock.

    \b
    bench prepare quickstart-en
    bench prepare fleurs:hi fleurs:ta
    bench prepare my-card.yaml
    bench prepare configs/smoke.lock.jsonl
    """
    from bench.corpora.prepare import prepared

    for corpus in corpora:
        with Now(f"preparing {corpus}"):
            manifest = prepared(corpus, root)
        click.echo(f"{manifest.path}: {len(manifest.utterances)} utterances, {manifest.minutes:.1f} minutes")
        click.echo(f"  licence: {manifest.header.licence}")
        if manifest.header.citation:
            click.echo(f"  cite: {manifest.header.citation}")
        if manifest.header.synthetic:
            click.echo("  synthetic speech: for checking the pipeline, never for a headline")
