"""`bench corpus`: import, validate, stats, sample, split, lock, terms, exclude. `align` and `init` are modules."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from bench.cli.address import Address
from bench.cli.language import check_language, without_rules
from bench.cli.lazy import LazyGroup
from bench.errors import Problem, UsageError

if TYPE_CHECKING:
    from bench.corpora.sampling import Allocation
    from bench.corpora.terms import Frequency
    from bench.types import Utterance

_MANIFEST = click.argument("manifest", type=Address(dir_okay=False, path_type=Path))
_OUT = click.option("--out", type=Address(dir_okay=False, path_type=Path), required=True, help="Manifest to write.")
_SEED = click.option("--seed", type=int, default=0, show_default=True)
_BY = click.option(
    "--by", multiple=True, metavar="KEY", help="language | cluster | duration | any tag; may be repeated."
)


_ELSEWHERE = {
    "align": ("bench.cli.align:align_command", "Set the times of words by forced alignment."),
    "init": ("bench.cli.init:corpus_init_command", "Is `bench init` now."),
}


@click.group("corpus", cls=LazyGroup, table=_ELSEWHERE)
def corpus_command() -> None:
    """Make, check and cut corpora. All of them are manifests: JSON Lines, one utterance a line.

    \b
    bench corpus import common-voice cv-corpus/ta corpora/cv-ta/manifest.jsonl --licence CC0-1.0
    bench corpus validate corpora/cv-ta/manifest.jsonl
    bench corpus sample corpora/cv-ta/manifest.jsonl --minutes 30 --by gender --out ta-30min.jsonl
    """


def _pairs(values: Sequence[str], option: str) -> dict[str, str]:
    """`a=b` options as a mapping."""
    for value in values:
        if "=" not in value:
            raise UsageError(Problem(f"{option} {value}", "NAME=VALUE", "no '='"))
    return dict(value.split("=", 1) for value in values)


@corpus_command.command("import")
@click.argument("kind", metavar="FORMAT")
@click.argument("source", type=Address(path_type=Path))
@click.argument("manifest", type=Address(dir_okay=False, path_type=Path))
@click.option("--name", help="Of the corpus; default: the folder of the manifest.")
@click.option("--licence", required=True, help="Shown in every report.")
@click.option("--citation", default="")
@click.option("--language", callback=check_language, help="BCP-47, of everything that does not name its own.")
@click.option("--audio-root", type=Address(path_type=Path), help="Where relative audio paths start.")
@click.option("--column", multiple=True, metavar="FIELD=COLUMN", help="For tables: text=sentence, audio=path ...")
@click.option("--tag", multiple=True, metavar="TAG=COLUMN", help="Keep a column as a tag.")
@click.option("--split", default="test", show_default=True, help="For formats that have splits.")
@click.option("--gap", type=float, default=0.8, show_default=True, help="Seconds of silence to cut timed words at.")
@click.option("--cluster-by-folder", is_flag=True, help="A file's folder is its speaker.")
@click.option("--whole", is_flag=True, help="Keep recordings whole: their parts become segments, each of its speaker.")
@click.option("--uem", type=Address(path_type=Path, exists=True, dir_okay=False), help="Which parts are scored (UEM).")
@click.option("--synthetic", is_flag=True, help="No human spoke these words.")
@click.option("--copy", is_flag=True, help="Copy whole audio files beside the manifest too.")
@click.option("--no-speech-bounds", is_flag=True, help="Do not look for the start and end of speech (faster).")
@click.option("--skip-bad", is_flag=True, help="Leave out what cannot be read, and say what it was.")
def import_command(kind: str, source: Path, manifest: Path, **given: object) -> None:
    """Bring a corpus in from another format; audio that must be cut is written beside the manifest.

    \b
    FORMAT: audiofolder, common-voice, csv, ctm, fleurs, jsonl (NeMo), kaldi, lhotse, librispeech,
            pairs (x.wav + x.txt), srt, stm, textgrid, tsv, vtt
    \b
    bench corpus import pairs recordings/ corpora/mine/manifest.jsonl --language en --licence own
    bench corpus import csv calls.csv corpora/calls/manifest.jsonl --column text=what --column audio=wav
    """
    from bench.corpora.importers.common import ImportOptions
    from bench.corpora.importing import import_corpus
    from bench.corpora.manifest import Header

    header = Header(
        name=str(given["name"] or manifest.resolve().parent.name),
        licence=str(given["licence"]),
        source=f"import:{kind}:{source.name}",
        synthetic=bool(given["synthetic"]),
        citation=str(given["citation"]),
    )
    options = ImportOptions(
        language=given["language"],  # type: ignore[arg-type]  # click's own types
        audio_root=given["audio_root"],  # type: ignore[arg-type]
        columns=_pairs(given["column"], "--column"),  # type: ignore[arg-type]
        tags=_pairs(given["tag"], "--tag"),  # type: ignore[arg-type]
        split=str(given["split"]),
        gap_s=given["gap"],  # type: ignore[arg-type]
        cluster_by_folder=bool(given["cluster_by_folder"]),
        whole=bool(given["whole"]),
        uem=given["uem"],  # type: ignore[arg-type]
    )
    done = import_corpus(
        kind,
        source,
        manifest,
        header,
        options,
        copy=bool(given["copy"]),
        find_speech=not given["no_speech_bounds"],
        skip_bad=bool(given["skip_bad"]),
    )
    for problem in done.left_out:
        click.echo(f"left out: {problem}", err=True)
    for doubt in done.doubts:
        click.echo(f"note: {doubt}", err=True)
    click.echo(f"{done.manifest}: {done.count} utterances; next: bench corpus validate {done.manifest}")


@corpus_command.command("validate")
@_MANIFEST
@click.option(
    "--audio",
    type=click.Choice(["none", "exists", "decode"]),
    default="decode",
    show_default=True,
    help="How far to look at recordings.",
)
@click.option("--strict", is_flag=True, help="Warnings fail too.")
def validate_command(manifest: Path, audio: str, strict: bool) -> None:
    """Say what is wrong (error) or doubtful (warning), by line. Exit code 2 if there is an error.

    \b
    bench corpus validate my-calls/manifest.jsonl --audio decode
    """
    from bench.corpora.validate import validate

    found = validate(manifest, audio)  # type: ignore[arg-type]  # click checked it
    click.echo(found)
    for sentence in without_rules(found.languages):
        click.echo(f"{manifest}: {sentence}")
    if found.errors or (strict and found.warnings):
        raise click.exceptions.Exit(2)


@corpus_command.command("stats")
@_MANIFEST
@_BY
def stats_command(manifest: Path, by: tuple[str, ...]) -> None:
    """Hours, speakers, words and speech rate, for everything and by group.

    \b
    bench corpus stats my-calls/manifest.jsonl --by language --by gender
    """
    from rich.console import Console
    from rich.table import Column, Table

    from bench.corpora.manifest import load_manifest
    from bench.corpora.sampling import check_keys
    from bench.corpora.summary import corpus_stats
    from bench.corpora.validate import speakers_unknown

    loaded = load_manifest(manifest)
    check_keys(loaded.utterances, by)
    header = loaded.header
    click.echo(f"{header.name}: {header.licence}; {header.source}{'; synthetic' if header.synthetic else ''}")
    group = Column("group", no_wrap=True)
    table = Table(group, "utterances", "speakers", "hours", "median s", "words", "chars/s", "Hz", box=None)
    for row in corpus_stats(loaded.utterances, by or ("language",)):
        rates = ", ".join(map(str, row.sample_rates_hz))
        cells = (row.utterances, row.clusters, f"{row.hours:.2f}", f"{row.median_s:.2f}", row.words)
        table.add_row(f"{row.key} {row.value}".strip(), *map(str, cells), f"{row.chars_per_s:.1f}", rates)
    Console().print(table)
    unknown = speakers_unknown(sum(each.cluster is None for each in loaded.utterances), len(loaded.utterances))
    if unknown is not None:
        click.echo(unknown)


@corpus_command.command("sample")
@_MANIFEST
@_OUT
@_SEED
@_BY
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
    from bench.corpora.manifest import load_manifest
    from bench.corpora.sampling import sample

    loaded = load_manifest(manifest)
    allocation: Allocation = "equal" if equal else "proportional"
    chosen = sample(loaded.utterances, seed=seed, count=count, minutes=minutes, by=by, allocation=allocation)
    drawn = {"seed": seed, "count": count, "minutes": minutes, "by": list(by), "allocation": allocation}
    _write(out, replace(loaded.header, sample=drawn), chosen, manifest)


@corpus_command.command("split")
@_MANIFEST
@click.option("--part", multiple=True, required=True, metavar="NAME=SHARE", help="dev=0.2 --part test=0.8")
@click.option("--by", default="cluster", show_default=True, help="What no two parts share.")
@_SEED
def split_command(manifest: Path, part: tuple[str, ...], by: str, seed: int) -> None:
    """Split by speaker: `dev.jsonl` and `test.jsonl` beside the manifest, no speaker in both.

    \b
    bench corpus split my-calls/manifest.jsonl --part dev=0.2 --part test=0.8
    """
    from bench.corpora.manifest import load_manifest
    from bench.corpora.sampling import split

    loaded = load_manifest(manifest)
    try:
        parts = {name: float(share) for name, share in _pairs(part, "--part").items()}
    except ValueError as error:
        raise UsageError(Problem("--part", "NAME=SHARE with a number", " ".join(part))) from error
    for name, utterances in split(loaded.utterances, parts, seed=seed, by=by).items():
        drawn = {"split": name, "shares": parts, "by": by, "seed": seed}
        _write(manifest.with_name(f"{name}.jsonl"), replace(loaded.header, sample=drawn), utterances, manifest)


@corpus_command.command("lock")
@_MANIFEST
@click.option("--out", type=Address(dir_okay=False, path_type=Path), required=True, help="NAME.lock.jsonl")
def lock_command(manifest: Path, out: Path) -> None:
    """Freeze a corpus, of a card or your own, or a sample of it; commit the lock, and `bench prepare` it anywhere.

    \b
    bench corpus lock corpora/quickstart-en/manifest.jsonl --out quickstart.lock.jsonl
    """
    from bench.corpora.locking import write_lock
    from bench.corpora.manifest import load_manifest

    loaded = load_manifest(manifest)
    write_lock(loaded, out)
    click.echo(f"{out}: {len(loaded.utterances)} utterances locked; commit it, then: bench prepare {out}")


@corpus_command.command("terms")
@_MANIFEST
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
    from bench.corpora.importers.reading import read_lines
    from bench.corpora.manifest import load_manifest
    from bench.corpora.terms import mark_terms, suggest_terms

    loaded = load_manifest(manifest)
    if (terms is None) != (out is None):
        raise UsageError(Problem("--list, --out", "both (to add terms) or neither (to propose some)", "one"))
    if terms is None or out is None:
        frequency = _frequency()
        if frequency is None:
            click.echo("rare words are left out; for them run: pip install 'earwitness[terms]'", err=True)
        for term, _ in suggest_terms(loaded.utterances, limit, frequency):
            click.echo(term)
        return
    marked = mark_terms(loaded.utterances, [line.strip() for _, line in read_lines(terms)])
    _write(out, loaded.header, marked, manifest)


def _frequency() -> Frequency | None:
    """Frequencies of general language; `None`: their package is not installed."""
    try:
        import wordfreq
    except ImportError:
        return None
    known = wordfreq.available_languages()

    def frequency(word: str, language: str) -> float | None:
        code = language.split("-")[0].lower()
        return float(wordfreq.zipf_frequency(word, code)) if code in known else None

    return frequency


@corpus_command.command("exclude")
@_MANIFEST
@_OUT
@click.option("--id", "ids", multiple=True, required=True, help="Utterance to leave out; may be repeated.")
@click.option("--reason", required=True, help="Kept in the manifest and shown in reports.")
def exclude_command(manifest: Path, out: Path, ids: tuple[str, ...], reason: str) -> None:
    """Leave utterances with bad references out, on the record.

    \b
    bench corpus exclude my-calls/manifest.jsonl --id call-17 --reason "wrong transcript" --out clean.jsonl
    """
    from bench.corpora.curation import exclude
    from bench.corpora.manifest import load_manifest

    loaded = load_manifest(manifest)
    header, kept = exclude(loaded.header, loaded.utterances, ids, reason)
    _write(out, header, kept, manifest)


def _write(out: Path, header: object, utterances: Sequence[Utterance], source: Path) -> None:
    """Write a derived manifest, its audio paths turned to where the recordings are."""
    from bench.corpora.manifest import Header, relocated, write_manifest

    assert isinstance(header, Header)
    write_manifest(out, header, (relocated(item, source.parent, out.parent) for item in utterances))
    minutes = sum(utterance.duration_s for utterance in utterances) / 60
    click.echo(f"{out}: {len(utterances)} utterances, {minutes:.1f} minutes")
