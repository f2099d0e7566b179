"""`bench leaderboard`: engines ranked per language, from one run or from many people's."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import click

from bench.cli.address import Address
from bench.cli.output import say, terminal_width


def _weights(ctx: click.Context, param: click.Parameter, values: Sequence[str]) -> dict[str, float] | None:
    weights = {}
    for value in values:
        language, _, weight = value.partition("=")
        try:
            weights[language] = float(weight)
        except ValueError:
            raise click.BadParameter(f"expected LANGUAGE=NUMBER such as hi=3, got {value!r}") from None
    return weights or None


@click.command("leaderboard")
@click.argument("runs", nargs=-1, required=True, type=Address(path_type=Path))
@click.option("--metric", type=click.Choice(("wer", "cer")), default="wer", show_default=True, help="What ranks.")
@click.option("--language", "languages", multiple=True, help="Only this language; may be repeated.")
@click.option("--mode", "modes", multiple=True, type=click.Choice(("batch", "stream")), help="Only this mode.")
@click.option("--condition", "conditions", multiple=True, help="This condition [default: the first of the first run].")
@click.option("--by", multiple=True, help="Tag of speakers to compare [default: dialect accent gender age l1 device].")
@click.option("--min-utterances", default=20, show_default=True, help="Smaller groups get no number.")
@click.option(
    "--min-speakers", default=8, show_default=True, help="Groups of fewer speakers get no number (8 or more)."
)
@click.option(
    "--weight", "weights", multiple=True, callback=_weights, help="LANGUAGE=NUMBER in the mean [default: equal]."
)
@click.option("--out", default="leaderboard", show_default=True, type=Address(path_type=Path), help="Folder to write.")
@click.option("--redact", is_flag=True, help="Without names of runs and without groups of speakers.")
def leaderboard(
    runs: tuple[Path, ...],
    metric: str,
    languages: tuple[str, ...],
    modes: tuple[str, ...],
    conditions: tuple[str, ...],
    by: tuple[str, ...],
    min_utterances: int,
    min_speakers: int,
    weights: dict[str, float] | None,
    out: Path,
    redact: bool,
) -> None:
    """Rank engines per language with the ranks that the data allow, and show for whom they work less well.

    \b
    bench leaderboard reports/hi-all
    bench leaderboard anna/hi-pulse ravi/hi-whisper --metric cer --out site/hi
    bench leaderboard reports/*/ --by gender --by region --weight hi=3 --weight mt=1

    Runs may come from different people; what cannot be compared is refused with reasons. Writes leaderboard.html,
    leaderboard.md, leaderboard.csv and leaderboard.json (schema: docs/leaderboard.md).
    """
    from bench.leaderboard.build import Options
    from bench.leaderboard.groups import TAGS, GroupLimits
    from bench.report.leaderboard import to_terminal
    from bench.report.ranking import write_leaderboard
    from bench.stats.clusters import MIN_CLUSTERS

    options = Options(
        metric="cer" if metric == "cer" else "wer",
        languages=languages or None,
        modes=modes or None,
        conditions=conditions,
        by=() if redact else by or TAGS,
        limits=GroupLimits(min_utterances=min_utterances, min_speakers=max(min_speakers, MIN_CLUSTERS)),
        weights=weights,
    )
    ranking = write_leaderboard(runs, options, out, redact=redact)
    click.echo(to_terminal(ranking, width=terminal_width()))
    say(f"leaderboard: {out / 'leaderboard.html'}")
