"""`bench corpus init`: a folder of someone's own recordings becomes a corpus, step by step."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from bench.cli.language import check_language
from bench.errors import UsageError

if TYPE_CHECKING:
    from bench.audio import Audio
    from bench.corpora.newcomer import Draft


@click.command("init")
@click.argument("folder", type=click.Path(path_type=Path))
@click.option("--language", required=True, callback=check_language, help="BCP-47, of all recordings: en, hi, pt-BR ...")
@click.option("--name", help="Of the corpus; default: the folder's.")
@click.option("--licence", default="own recordings, not for publication", show_default=True)
@click.option("--draft", metavar="ENGINE", help="Fill the sheet's column draft by a local engine.")
@click.option("--accept-drafts", is_flag=True, help="Use drafts as references; reports will say so.")
def init_command(
    folder: Path, language: str, name: str | None, licence: str, draft: str | None, accept_drafts: bool
) -> None:
    """Make a corpus of your own recordings, step by step; run it again after each step.

    Recordings with a transcript beside them (x.txt, x.srt, x.vtt, x.TextGrid, x.stm) are taken as they are. For the
    others it writes annotation.csv: fill in its column `text`, and run the same command again.

    \b
    bench corpus init my-calls/ --language en
    bench corpus init my-calls/ --language en --draft moonshine
    """
    from bench.corpora.manifest import Header
    from bench.corpora.newcomer import adopt, survey, write_sheet

    found = survey(folder)
    for problem in found.problems:
        click.echo(f"left out: {problem}", err=True)
    channels = sum(len(item.channels) > 1 for item in found.recordings)
    waiting = found.without_transcript
    click.echo(
        f"{len(found.recordings)} recordings, {sum(item.duration_s for item in found.recordings) / 60:.1f} minutes; "
        f"{channels} with a speaker per channel; {len(found.recordings) - len(waiting)} with a transcript beside them"
    )
    if waiting and found.sheet is None:
        say = _drafter(draft, language) if draft else None
        sheet = write_sheet(found, say, draft or "", lambda path: click.echo(f"  {path.name}"))
        click.echo(f"{sheet}: write what is said into the column text, then run this again")
        found = survey(folder)
    if found.sheet is None or len(waiting) < len(found.recordings) or _has_text(found.sheet, accept_drafts):
        header = Header(name=name or folder.resolve().name, licence=licence, source="own recordings", synthetic=False)
        done = adopt(found, header, language, accept_drafts=accept_drafts)
        _report_init(done.manifest, done.waiting, done.draft_engine)


def _has_text(sheet: Path, accept_drafts: bool) -> bool:
    from bench.corpora.importers.table import read_rows

    return any(row.get("text") or (accept_drafts and row.get("draft")) for _, row in read_rows(sheet, []))


def _report_init(manifest: Path, waiting: int, draft_engine: str | None) -> None:
    from bench.corpora.manifest import load_manifest
    from bench.corpora.newcomer import script_mismatch
    from bench.corpora.validate import validate

    if waiting:
        click.echo(f"{waiting} rows of the annotation sheet have no text yet and are left out")
    if draft_engine:
        click.echo(f"references were drafted by {draft_engine}: they favour it, and every report will say so")
    utterances = load_manifest(manifest).utterances
    for script, number in script_mismatch(utterances).items():
        language = utterances[0].language
        click.echo(f"{number} references are mostly in {script.lower()} letters: is the language really {language}?")
    found = validate(manifest)
    click.echo(found)
    if found.errors:
        raise click.exceptions.Exit(2)
    more = "fill in the rest and run this again, or " if waiting else ""
    click.echo(f"next: {more}put this into a config under corpora: {manifest}")


def _drafter(engine: str, language: str) -> Draft:
    """A function that transcribes by a local engine with its default settings."""
    from bench.engines import ENGINES
    from bench.engines.base import LocalEngine

    factory = ENGINES.load(engine)
    made = factory.create(factory.Settings(), {})
    if not isinstance(made, LocalEngine):
        local = ", ".join(name for name in ("moonshine", "pocketsphinx", "whisper") if name in ENGINES)
        raise UsageError(f"--draft {engine}: expected a local engine ({local}), got one that needs a network")

    def say(recording: Audio) -> str:
        from bench.audio import resample

        at_16k = resample(recording, 16_000)
        return made.transcribe(at_16k.samples, at_16k.sample_rate_hz, language).text

    return say
