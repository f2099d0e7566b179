"""`bench history`: the trend of metrics over many runs."""

from __future__ import annotations

from pathlib import Path

import click

from bench.cli.address import Address
from bench.cli.output import say, terminal_width

_DEFAULT_METRICS = (
    "wer",
    "cer",
    "wer.failures_deleted",
    "batch_latency_s.p50",
    "batch_latency_s.p95",
    "first_partial_latency_s.p50",
    "final_latency_s.p50",
    "final_latency_s.p95",
)


@click.command("history")
@click.argument("folder", type=Address(path_type=Path, exists=True, file_okay=False))
@click.option(
    "--metric", "metrics", multiple=True, help="Name or pattern; may be repeated [default: WER, CER, latency]."
)
@click.option("--out", default="history", show_default=True, type=Address(path_type=Path), help="Folder to write.")
@click.option("--redact", is_flag=True, help="With numbers in place of the names of runs.")
def history(folder: Path, metrics: tuple[str, ...], out: Path, redact: bool) -> None:
    """Show how metrics moved over all scored runs below FOLDER, and mark where their level changed.

    \b
    bench history reports
    bench history reports --metric wer --metric 'final_latency_s.*'
    bench history reports --metric '*' --out site/history

    Writes history.html and history.csv. Needs the extra: pip install 'earwitness[history]'.
    """
    from bench.report.history import to_terminal, write_history

    written = write_history(folder, metrics or _DEFAULT_METRICS, out, redact=redact)
    click.echo(to_terminal(written.series, width=terminal_width()))
    say(f"history: {written.page}")
