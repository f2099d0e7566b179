"""`bench corpus sample`, `split`, `terms` and `exclude`: manifests made of a manifest."""

from __future__ import annotations

from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

import click

from bench.cli.address import Address
from bench.cli.corpus.options import BY, MANIFEST, OUT, SEED, pairs
from bench.cli.output import say
from bench.errors import Problem, UsageError

if TYPE_CHECKING:
    from bench.corpora.manifest import Manifest
    from bench.corpora.sampling import Allocation


def _shares(context: click.Context, parameter: click.Parameter, values: Sequence[str]) -> dict[str, float]:
    try:
        return {name: float(share) for name, share in pairs(context, parameter, values).items()}
    except ValueError as error:
        raise UsageError(Problem("--part", "NAME=SHARE with a number", " ".join(values))) from error


def _tell(made: Manifest) -> None:
    say(f"{made.path}: {len(made.utterances)} utterances, {made.minutes:.1f} minutes")


@click.command("sample")
@MANIFEST
@OUT
@SEED
@BY
@click.option("--count", type=click.IntRange(min=1), help="Utterances.")
@click.option("--minutes", type=click.FloatRange(min=0, min_open=True), help="Minutes of audio.")
@click.option("--equal", is_flag=True, help="The same from each stratum, rather than its share.")
def sample_command(
    manifest: Path, out: Path, seed: int, by: tuple[str, ...], count: int | None, minutes: float | None, equal: bool
) -> None:
    """Draw a seeded sample, stratified by language, speaker, duration or tags.

    \b
    bench corpus sample my-calls/manifest.jsonl --out small.jsonl --minutes 30 --by accent --equal
    """
    from bench.corpora.derived import draw_sample

    allocation: Allocation = "equal" if equal else "proportional"
    _tell(draw_sample(manifest, out, seed=seed, count=count, minutes=minutes, by=by, allocation=allocation))


@click.command("split")
@MANIFEST
@click.option(
    "--part",
    "shares",
    multiple=True,
    required=True,
    callback=_shares,
    metavar="NAME=SHARE",
    help="dev=0.2 --part test=0.8",
)
@click.option("--by", default="cluster", show_default=True, help="What no two parts share.")
@SEED
def split_command(manifest: Path, shares: dict[str, float], by: str, seed: int) -> None:
    """Split by speaker: `dev.jsonl` and `test.jsonl` beside the manifest, no speaker in both.

    \b
    bench corpus split my-calls/manifest.jsonl --part dev=0.2 --part test=0.8
    """
    from bench.corpora.derived import draw_parts

    for part in draw_parts(manifest, shares, seed=seed, by=by):
        _tell(part)


@click.command("terms")
@MANIFEST
@click.option("--list", "terms", type=Address(dir_okay=False, path_type=Path), help="A term a line; marks them.")
@click.option("--out", type=Address(dir_okay=False, path_type=Path), help="Manifest to write, with --list.")
@click.option("--limit", type=click.IntRange(min=1), default=50, show_default=True, help="Candidates to propose.")
def terms_command(manifest: Path, terms: Path | None, out: Path | None, limit: int) -> None:
    """Propose domain terms, or mark those of a list as keywords of each utterance.

    Proposed are names, codes and, with the extra terms (wordfreq), words that general language seldom uses; one a line,
    most frequent first. Choose among them: what is kept may be given to --list, or to a condition's `keywords`.

    \b
    bench corpus terms my-calls/manifest.jsonl > terms.txt
    bench corpus terms my-calls/manifest.jsonl --list terms.txt --out with-terms.jsonl
    """
    from bench.corpora.derived import propose_terms, with_terms

    if (terms is None) != (out is None):
        raise UsageError(Problem("--list, --out", "both (to add terms) or neither (to propose some)", "one"))
    if terms is not None and out is not None:
        _tell(with_terms(manifest, out, terms))
        return
    if find_spec("wordfreq") is None:
        click.echo("rare words are left out; for them run: pip install 'earwitness[terms]'", err=True)
    for term in propose_terms(manifest, limit):
        click.echo(term)


@click.command("exclude")
@MANIFEST
@OUT
@click.option("--id", "ids", multiple=True, required=True, help="Utterance to leave out; may be repeated.")
@click.option("--reason", required=True, help="Kept in the manifest and shown in reports.")
def exclude_command(manifest: Path, out: Path, ids: tuple[str, ...], reason: str) -> None:
    """Leave utterances with bad references out, on the record.

    \b
    bench corpus exclude my-calls/manifest.jsonl --id call-17 --reason "wrong transcript" --out clean.jsonl
    """
    from bench.corpora.derived import exclude

    _tell(exclude(manifest, out, ids, reason))
