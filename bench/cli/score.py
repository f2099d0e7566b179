"""`bench score`: numbers from a run folder, without network or audio."""

from __future__ import annotations

import sys
from pathlib import Path

import click

import bench
from bench.cli.address import Address
from bench.cli.output import say
from bench.cli.progress import Now
from bench.cli.run import is_seconded
from bench.errors import ExitCode


@click.command()
@click.argument("run", type=Address(path_type=Path))
@click.option("--normalizer", help="Score by another text profile (bench list normalizers).")
@click.option(
    "--profiles", metavar="A,B,C", help="Also score every engine by these profiles; does the ranking hang on them?"
)
@click.option("--transliterate", is_flag=True, default=None, help="Also count wrong-script answers transliterated.")
@click.option("--executor", default="process", metavar="NAME", help="process (this machine) or ray (a Ray cluster).")
@click.option("--address", metavar="ADDRESS", help="Of the Ray cluster; auto: the one this machine is part of.")
@click.option(
    "--workers", type=click.IntRange(min=1), metavar="N", help="Processes. Default: one for each processor, if it pays."
)
def score(
    run: Path,
    normalizer: str | None,
    profiles: str | None,
    transliterate: bool | None,
    executor: str,
    address: str | None,
    workers: int | None,
) -> None:
    """Score a run again, and write scores.parquet and estimates.json.

    \b
    bench score reports/my-run
    bench score reports/my-run --normalizer whisper-english
    bench score reports/my-run --profiles earwitness,basic,whisper-basic
    bench score reports/my-run --workers 8
    bench score s3://bucket/my-run --executor ray --address auto

    The same inputs give the same bytes, whatever the number of processes and wherever they run. Exit code 5: jiwer
    counts other word errors in the same texts.
    """
    names = None if profiles is None else [name.strip() for name in profiles.split(",") if name.strip()]
    with Now() as now:
        scored = bench.open_run(run).score(
            normalizer=normalizer,
            profiles=names,
            transliterate=transliterate,
            workers=workers,
            executor=executor,
            address=address,
            tell=now.stage,
        )
    say(f"{run}: {len(scored.estimates)} estimates; now: bench report {run}")
    if not is_seconded(scored):
        sys.exit(ExitCode.RULER)
