"""`bench corpus import` and `lock`: corpora from elsewhere, and for elsewhere."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from bench.cli.address import Address
from bench.cli.corpus.options import MANIFEST, pairs
from bench.cli.language import check_language
from bench.cli.output import say


@click.command("import")
@click.argument("kind", metavar="FORMAT")
@click.argument("source", type=Address(path_type=Path))
@click.argument("manifest", type=Address(dir_okay=False, path_type=Path))
@click.option("--name", help="Of the corpus; default: the folder of the manifest.")
@click.option("--licence", required=True, help="Shown in every report.")
@click.option("--citation", default="")
@click.option("--language", callback=check_language, help="BCP-47, of everything that does not name its own.")
@click.option("--audio-root", type=Address(path_type=Path), help="Where relative audio paths start.")
@click.option(
    "--column", multiple=True, callback=pairs, metavar="FIELD=COLUMN", help="For tables: text=sentence, audio=path ..."
)
@click.option("--tag", multiple=True, callback=pairs, metavar="TAG=COLUMN", help="Keep a column as a tag.")
@click.option("--split", default="test", show_default=True, help="For formats that have splits.")
@click.option("--gap", type=float, default=0.8, show_default=True, help="Seconds of silence to cut timed words at.")
@click.option("--cluster-by-folder", is_flag=True, help="A file's folder is its speaker.")
@click.option("--whole", is_flag=True, help="Keep recordings whole: their parts become segments, each of its speaker.")
@click.option("--uem", type=Address(path_type=Path, exists=True, dir_okay=False), help="Which parts are scored (UEM).")
@click.option("--synthetic", is_flag=True, help="No human spoke these words.")
@click.option("--copy", is_flag=True, help="Copy whole audio files beside the manifest too.")
@click.option("--no-speech-bounds", is_flag=True, help="Do not look for the start and end of speech (faster).")
@click.option("--skip-bad", is_flag=True, help="Leave out what cannot be read, and say what it was.")
def import_command(kind: str, source: Path, manifest: Path, **given: Any) -> None:
    """Bring a corpus in from another format; audio that must be cut is written beside the manifest.

    \b
    FORMAT: audiofolder, common-voice, crema-d, csv, ctm, fleurs, jsonl (NeMo), kaldi,
            language-folders, lhotse, librispeech, pairs (x.wav + x.txt), ravdess, rttm, seglst, srt,
            stm, textgrid, tsv, vtt
    \b
    bench corpus import pairs recordings/ corpora/mine/manifest.jsonl --language en --licence own
    bench corpus import csv calls.csv corpora/calls/manifest.jsonl --column text=what --column audio=wav
    """
    from bench.corpora.importers.common import ImportOptions
    from bench.corpora.importing import import_corpus
    from bench.corpora.manifest import Header

    header = Header(
        name=given["name"] or manifest.resolve().parent.name,
        licence=given["licence"],
        source=f"import:{kind}:{source.name}",
        synthetic=given["synthetic"],
        citation=given["citation"],
    )
    options = ImportOptions(
        language=given["language"],
        audio_root=given["audio_root"],
        columns=given["column"],
        tags=given["tag"],
        split=given["split"],
        gap_s=given["gap"],
        cluster_by_folder=given["cluster_by_folder"],
        whole=given["whole"],
        uem=given["uem"],
    )
    made = import_corpus(
        kind,
        source,
        manifest,
        header,
        options,
        copy=given["copy"],
        find_speech=not given["no_speech_bounds"],
        skip_bad=given["skip_bad"],
    )
    for problem in made.left_out:
        click.echo(f"left out: {problem}", err=True)
    for doubt in made.doubts:
        click.echo(f"note: {doubt}", err=True)
    say(f"{made.manifest}: {made.count} utterances; next: bench corpus validate {made.manifest}")


@click.command("lock")
@MANIFEST
@click.option("--out", type=Address(dir_okay=False, path_type=Path), required=True, help="NAME.lock.jsonl")
def lock_command(manifest: Path, out: Path) -> None:
    """Freeze a corpus, of a card or your own, or a sample of it; commit the lock, and `bench prepare` it anywhere.

    \b
    bench corpus lock corpora/quickstart-en/manifest.jsonl --out quickstart.lock.jsonl
    """
    from bench.corpora.locking import lock

    locked = lock(manifest, out)
    say(f"{out}: {len(locked.utterances)} utterances locked; commit it, then: bench prepare {out}")
