"""`bench corpus validate` and `stats`: what is in a manifest, and what is wrong with it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from bench.cli.corpus.options import BY, MANIFEST
from bench.cli.output import say

if TYPE_CHECKING:
    from bench.corpora.validate import AudioCheck


@click.command("validate")
@MANIFEST
@click.option(
    "--audio",
    type=click.Choice(["none", "exists", "decode"]),
    default="decode",
    show_default=True,
    help="How far to look at recordings.",
)
@click.option("--strict", is_flag=True, help="Warnings fail too.")
def validate_command(manifest: Path, audio: AudioCheck, strict: bool) -> None:
    """Say what is wrong (error) or doubtful (warning), by line. Exit code 2 if there is an error.

    \b
    bench corpus validate my-calls/manifest.jsonl --audio decode
    """
    from bench.corpora.validate import validate
    from bench.report.phrases import without_rules

    validation = validate(manifest, audio)
    say(str(validation))
    for sentence in without_rules(validation.languages):
        say(f"{manifest}: {sentence}")
    if validation.errors or (strict and validation.warnings):
        raise click.exceptions.Exit(2)


@click.command("stats")
@MANIFEST
@BY
def stats_command(manifest: Path, by: tuple[str, ...]) -> None:
    """Hours, speakers, words and speech rate, for everything and by group.

    \b
    bench corpus stats my-calls/manifest.jsonl --by language --by gender
    """
    from rich.console import Console
    from rich.table import Column, Table

    from bench.corpora.summary import summarise

    summary = summarise(manifest, by)
    header = summary.header
    click.echo(f"{header.name}: {header.licence}; {header.source}{'; synthetic' if header.synthetic else ''}")
    group = Column("group", no_wrap=True)
    table = Table(group, "utterances", "speakers", "hours", "median s", "words", "chars/s", "Hz", box=None)
    for row in summary.rows:
        rates = ", ".join(map(str, row.sample_rates_hz))
        cells = (row.utterances, row.clusters, f"{row.hours:.2f}", f"{row.median_s:.2f}", row.words)
        table.add_row(f"{row.key} {row.value}".strip(), *map(str, cells), f"{row.chars_per_s:.1f}", rates)
    Console().print(table)
    if summary.unknown is not None:
        click.echo(summary.unknown)
