"""`bench import-answers`: score transcripts that are there already."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import click

from bench.cli.address import Address


@click.command("import-answers")
@click.argument("answers", type=Address(path_type=Path))
@click.argument("manifest", type=Address(path_type=Path))
@click.option("--engine", default="production", show_default=True, help="What to call the system that gave them.")
@click.option("--reader", metavar="ENGINE", help="Whose JSON the answers are, read as that engine's own: pulse ...")
@click.option("--out", type=Address(path_type=Path), help="Run folder. Default: reports/ENGINE-TIME.")
@click.option("--no-report", is_flag=True, help="Stop after scoring.")
def import_answers_command(
    answers: Path, manifest: Path, engine: str, reader: str | None, out: Path | None, no_report: bool
) -> None:
    """Score transcripts you already have, as a run like any other; there is no latency in them.

    ANSWERS is a table (CSV, TSV, JSON Lines: id or audio, and hypothesis or text), CTM, STM or SegLST with their times
    and speakers, or a folder of one file a recording (text, SRT, WebVTT, a vendor's JSON). MANIFEST is the corpus they
    are answers to.

    \b
    bench import-answers production.csv my-calls/manifest.jsonl
    bench import-answers responses/ my-calls/manifest.jsonl --engine pulse-june --reader pulse
    """
    import bench
    from bench.cli.output import say, terminal_width
    from bench.execution.imported import import_answers

    path = out or Path("reports") / f"{engine}-{datetime.now(UTC):%Y%m%dT%H%M%SZ}"
    done = import_answers(answers, manifest, engine=engine, out=path, reader=reader)
    for name in done.unused[:12]:
        click.echo(f"not used: {name}: expected an id or a recording of the corpus, found none", err=True)
    if len(done.unused) > 12:
        click.echo(f"not used: ... and {len(done.unused) - 12} more", err=True)
    missing = f"; {done.missing} utterances have none, and count as failures" if done.missing else ""
    click.echo(f"{done.answered} answers{missing}")
    run = bench.open_run(done.path).score()
    say(f"scored: {run.path}" if no_report else str(run.report(width=terminal_width())))
