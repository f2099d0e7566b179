"""`bench history`: the trend of metrics over many runs."""

from __future__ import annotations

from pathlib import Path

import click

from bench.cli.address import Address
from bench.cli.output import terminal_width

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
    from bench.history.read import find_runs, read_points
    from bench.history.series import series
    from bench.report.history import to_csv, to_page, to_terminal
    from bench.report.page import page_html
    from bench.report.redaction import redacted_points

    runs = find_runs(folder)
    points = read_points(runs, metrics or _DEFAULT_METRICS)
    found = series(redacted_points(points) if redact else points)
    page = to_page(found, len(runs))
    out.mkdir(parents=True, exist_ok=True)
    (out / "history.csv").write_text(to_csv(found), encoding="utf-8")
    (out / "history.html").write_text(page_html(page), encoding="utf-8")
    click.echo(to_terminal(found, width=terminal_width()))
    click.echo(f"history: {out / 'history.html'}")
