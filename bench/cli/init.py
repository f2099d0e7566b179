"""`bench init`: a folder of someone's own recordings becomes a corpus and a run config, step by step."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

import click

from bench.cli.address import Address
from bench.cli.language import check_language
from bench.cli.progress import Now

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence, Sized

    from bench.corpora.own.adopt import Adopted
    from bench.corpora.own.sheet import WrittenSheet
    from bench.corpora.own.survey import Survey
    from bench.corpora.own.visit import VisitedFolder

_SHOWN = 12
_SHOWN_OF_A_KIND = 2
"""`bench corpus validate` lists all."""

_OPTIONS = (
    click.argument("folder", type=Address(path_type=Path)),
    click.option(
        "--language", required=True, callback=check_language, help="BCP-47, of all recordings: en, hi, pt-BR ..."
    ),
    click.option("--name", help="Of the corpus; default: the folder's."),
    click.option("--licence", default="own recordings, not for publication", show_default=True),
    click.option(
        "--speaker-from",
        metavar="PATTERN",
        help=r"Who speaks, from file names: 'agent-(\w+)-'; of a call in stereo: '(?P<left>\w+)_(?P<right>\w+)'.",
    ),
    click.option(
        "--speakers",
        type=Address(dir_okay=False, path_type=Path),
        help="Who speaks: CSV with the columns audio, speaker [, channel]. Default: FOLDER/speakers.csv, if there.",
    ),
    click.option(
        "--cut/--no-cut", default=None, help="Cut recordings without transcript at pauses into clips of 4 to 30 s."
    ),
    click.option("--draft", metavar="ENGINE", help="Fill the sheet's column draft by a local engine; early or late."),
    click.option("--accept-drafts", is_flag=True, help="Use drafts as references; reports will say so."),
)
_Command: TypeAlias = Callable[..., None]


def _with_options(command: _Command) -> _Command:
    for option in reversed(_OPTIONS):
        command = option(command)
    return command


@click.command("init")
@_with_options
@click.option("--engine", "engines", multiple=True, metavar="ENGINE", help="To test; may be repeated. Default: pulse.")
@click.option("--config", type=Address(dir_okay=False, path_type=Path), default=Path("my.yaml"), show_default=True,
              help="Run config to write; one that is there is never touched.")  # fmt: skip
def init_command(engines: tuple[str, ...], config: Path, **given: object) -> None:
    """From a folder of your own recordings to a corpus and a run config; run it again after each step.

    It takes every recording in any format, with the transcripts beside them (x.txt, x.srt, x.vtt, x.TextGrid, x.stm,
    x.ctm, x.json, in any case) or in tables (CSV, TSV, JSON Lines with the columns audio and text); each file is used
    or named. For recordings without transcript it writes annotation.csv, to be filled in: `bench annotate` plays them.

    \b
    bench init my-calls/ --language en
    bench init my-calls/ --language en --cut --draft moonshine
    bench init my-calls/ --language en --speaker-from 'agent-(\\w+)-' --engine pulse
    """
    done = _make(**given)  # type: ignore[arg-type]  # click's own types
    if done is not None:
        _write_config(done, config, engines or ("pulse",), str(given["language"]))


@click.command("init")
@_with_options
def corpus_init_command(**given: object) -> None:
    """Is `bench init` now, which writes a run config as well.

    \b
    bench corpus init my-calls/ --language en      the same as `bench init`, without the config
    """
    click.echo("note: `bench corpus init` is `bench init` now, which also writes a run config", err=True)
    done = _make(**given)  # type: ignore[arg-type]  # click's own types
    if done is not None:
        click.echo(f"next: put this into a config under corpora: {done.manifest}")


def _make(
    folder: Path,
    language: str,
    name: str | None,
    licence: str,
    speaker_from: str | None,
    speakers: Path | None,
    cut: bool | None,
    draft: str | None,
    accept_drafts: bool,
) -> Adopted | None:
    """The manifest; `None`: nothing has a reference yet, and it was said what to do."""
    from bench.corpora.cutting import LONGEST_S
    from bench.corpora.own.visit import visit
    from bench.engines.drafting import drafter

    with Now() as now:
        visited = visit(
            folder,
            language,
            _Told(now, cut, draft),
            name=name,
            licence=licence,
            speaker_from=speaker_from,
            speakers=speakers,
            longest_s=LONGEST_S if cut else None,
            draft=drafter(draft, language) if draft else None,
            draft_engine=draft or "",
            accept_drafts=accept_drafts,
        )
    if visited is None:
        click.echo(f"next: bench annotate {folder}, or fill in the column text yourself; then run this again")
        return None
    _show_adopted(visited)
    return visited.adopted


class _Told:
    """What a visit says on its way."""

    def __init__(self, now: Now, cut: bool | None, draft: str | None) -> None:
        self._now, self._cut, self._draft = now, cut, draft

    def working(self, what: str) -> None:
        self._now(what)

    def surveyed(self, survey: Survey) -> None:
        self._now.aside()
        _show_survey(survey, self._cut)

    def written(self, sheet: WrittenSheet) -> None:
        self._now.aside()
        _show_sheet(sheet, self._draft)


def _show_survey(survey: Survey, cut: bool | None) -> None:
    from bench.corpora.cutting import LONGEST_S

    for problem in survey.problems:  # each file is used or named
        click.echo(f"left out: {problem}", err=True)
    channels = sum(len(recording.channels) > 1 for recording in survey.recordings)
    waiting = survey.without_transcript
    minutes = sum(recording.duration_s for recording in survey.recordings) / 60
    click.echo(
        f"{_recordings(survey.recordings)}, {minutes:.1f} minutes; "
        f"{channels} with a speaker per channel; {len(survey.recordings) - len(waiting)} with a transcript"
    )
    _some(f"note: {recording.path}: {recording.doubt}" for recording in survey.recordings if recording.doubt)
    long = [recording for recording in waiting if recording.duration_s > 2 * LONGEST_S]
    if long and cut is None:
        minutes = sum(recording.duration_s for recording in long) / 60
        click.echo(
            f"{_recordings(long)} without transcript, {minutes:.0f} minutes in all, could be cut into clips "
            "at pauses: --cut"
        )


def _recordings(recordings: Sized) -> str:
    return "1 recording" if len(recordings) == 1 else f"{len(recordings)} recordings"


def _some(lines: Iterable[str]) -> None:
    """The first of them, and how many more there are."""
    told = list(lines)
    for line in told[:_SHOWN]:
        click.echo(line, err=True)
    if len(told) > _SHOWN:
        click.echo(f"... and {len(told) - _SHOWN} more like it", err=True)


def _show_sheet(written: WrittenSheet, draft: str | None) -> None:
    from bench.report.phrases import plural

    if written.added:
        click.echo(f"{written.path}: {plural(written.added, 'clip')} to write down, in its column text")
    if written.quiet_s > 0:
        click.echo(f"{written.quiet_s / 60:.1f} minutes in which nothing is heard are in no clip")
    if draft:
        state = (
            f"{plural(written.drafted, 'draft')} by {draft}"
            if written.drafted
            else "nothing to draft: every row has a text or one"
        )
        click.echo(f"{written.path}: {state}")


def _show_adopted(visited: VisitedFolder) -> None:
    from bench.report.phrases import plural

    done = visited.adopted
    if done.kept:
        click.echo(f"somebody had edited the manifest: it is kept as {done.kept}")
    if done.waiting:
        rows = plural(done.waiting, "row of the annotation sheet has", "rows of the annotation sheet have")
        click.echo(f"{rows} no text yet, left out")
    if done.draft_engine:
        click.echo(f"references were drafted by {done.draft_engine}: they favour it, and every report will say so")
    _some(f"note: {doubt}" for doubt in done.doubts)
    times = "is longer than a minute and has one reference: times (SRT, CTM) would let it be cut"
    _some(f"note: {id} {times}" for id in done.long)
    for script, number in visited.other_scripts.items():
        letters = f"{number} references are mostly in {script.lower()} letters"
        click.echo(f"{letters}: is the language really {visited.language}?")
    click.echo(visited.validation.listed(most_warnings=_SHOWN_OF_A_KIND))
    if visited.validation.errors:
        raise click.exceptions.Exit(2)
    _show_speakers(done)


def _show_speakers(done: Adopted) -> None:
    """What not knowing who speaks costs: the commonest way to an interval that is far too narrow."""
    from bench.report.phrases import plural

    clips = plural(done.count, "clip")
    if not done.unknown_speakers:
        click.echo(f"{clips} of {plural(done.speakers, 'known speaker')}, {done.minutes:.1f} minutes")
        return
    click.echo(
        f"{clips}, {done.minutes:.1f} minutes; of {done.unknown_speakers} nothing says who speaks, so each "
        "recording counts as a speaker of its own. If the same few people speak in many of them, intervals will be far "
        "too narrow, and a difference may look proven that is not. Say who speaks: --speaker-from 'agent-(\\w+)-' (a "
        "pattern of file names), speakers.csv (columns audio, speaker), or the column speaker of annotation.csv."
    )


def _write_config(done: Adopted, config: Path, engines: Sequence[str], language: str) -> None:
    from bench.corpora.own.starter import write_config
    from bench.engines import is_local_engine

    if write_config(config, done.manifest, language, {engine: is_local_engine(engine) for engine in engines}):
        click.echo(f"{config}: a run of {', '.join(engines)}, with comments, to look through")
    elif str(done.manifest) in config.read_text(encoding="utf-8", errors="replace"):
        click.echo(f"{config} is there already and stays as it is")
    else:
        click.echo(f"{config} is there already and stays as it is; it needs, under corpora: {done.manifest}")
    click.echo(f"next: bench run {config} --dry-run")
