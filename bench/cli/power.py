"""`bench power`: how small a difference a corpus can show, and how much speech a margin needs."""

from __future__ import annotations

from pathlib import Path

import click

from bench.cli.address import Address
from bench.cli.output import terminal_width


@click.command()
@click.option("--runs", nargs=2, required=True, type=Address(path_type=Path), metavar="A B", help="Two scored runs.")
@click.option("--margin", default="0.5pp", show_default=True, help="The worsening to be told apart from none.")
@click.option("--metric", default="wer", show_default=True, help="As in rules: wer, final_latency_s.p95 ...")
@click.option("--alpha", default=0.05, show_default=True, type=click.FloatRange(0, 0.5, min_open=True, max_open=True))
@click.option("--checks", type=click.IntRange(min=1), help="Checks of the gate (rules x cells). Default: the cells.")
@click.option("--drift", help="As in rules: of an unchanged system, run to run.  [default: 1pp of rates, 5% of values]")
@click.option("--common", is_flag=True, help="Use what both have, where the trials are not the same.")
def power(
    runs: tuple[Path, Path],
    margin: str,
    metric: str,
    alpha: float,
    checks: int | None,
    drift: str | None,
    common: bool,
) -> None:
    """What this corpus can show between systems like A and B, and how much speech a margin would need.

    \b
    bench power --runs reports/monday reports/tuesday --margin 0.5pp
    bench power --runs reports/monday reports/tuesday --metric final_latency_s.p95 --margin 10%

    "finds": the worsening, in one cell, that a gate without margin accuses with 80 % probability; the gate adjusts
    accusations over all its checks. "by one run": the same where the baseline is a single run, which shows no drift, so
    that the rules' drift is allowed for. "passes": the margin that a system which has not changed passes with 80 %
    probability; "needs": the speech for the margin given. Worked out by the spread of the paired difference over
    speakers, as the gate tests. Take two runs that differ as much as those you mean to compare: two versions, or the
    same system asked twice.
    """
    from bench.comparison.power import power_of_runs
    from bench.comparison.rules import Rule, parse_margin, usual_drift
    from bench.report.power import power_table
    from bench.report.terminal import table_to_text

    moves = usual_drift(metric) if drift is None else parse_margin(drift, "--drift")
    rule = Rule(metric=metric, margin=parse_margin(margin, "--margin"), alpha=alpha, drift=moves)
    shown = power_of_runs(*runs, rule=rule, checks=checks, common=common)
    for note in shown.notes:
        click.echo(f"! {note}")
    click.echo(table_to_text(power_table(shown.cells, metric), terminal_width()))
