"""`bench score`: numbers from a run folder, without network or audio."""

from __future__ import annotations

from pathlib import Path

import click

from bench import stages
from bench.store import RunFolder


@click.command()
@click.argument("run", type=click.Path(path_type=Path))
@click.option("--normalizer", help="Score by another text profile (bench list normalizers).")
def score(run: Path, normalizer: str | None) -> None:
    """Score a run again, and write scores.parquet and estimates.json.

    \b
    bench score reports/my-run
    bench score reports/my-run --normalizer whisper-english

    The same inputs give the same bytes.
    """
    found = stages.score(RunFolder.open(run), normalizer=normalizer)
    click.echo(f"{run}: {len(found)} estimates; now: bench report {run}")
