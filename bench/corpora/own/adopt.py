"""References beside recordings, in tables and in the annotation sheet become a manifest."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from bench.corpora.entry import Entry, Shelf
from bench.corpora.importers.common import ImportOptions, Problems
from bench.corpora.importers.folders import stem_of
from bench.corpora.importing import put_all, shortened
from bench.corpora.manifest import Header, write_manifest
from bench.corpora.own.sheet import Tell, filled_rows
from bench.corpora.own.speakers import Speakers
from bench.corpora.own.survey import CLIPS, MANIFEST, SHEET, Recording, Survey
from bench.corpora.own.transcripts import entries_beside, entries_of_table
from bench.corpora.scripts import script_of, scripts_of
from bench.corpora.speech_bounds import VAD_ID
from bench.errors import ManifestError, Problem
from bench.types import Utterance

_LONG_S = 60.0
"""A recording longer than this with one reference is pointed out: most services take less."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Adopted:
    """What became of a folder."""

    manifest: Path
    count: int
    minutes: float
    waiting: int
    """Rows of the sheet that have no text yet, and are left out."""
    draft_engine: str | None
    unknown_speakers: int
    """Utterances of which nothing says who speaks."""
    speakers: int
    """Different ones that are known."""
    doubts: tuple[str, ...]
    long: tuple[str, ...]
    """Recordings with one reference that are long."""
    kept: Path | None = None
    """A manifest that somebody had edited, and where it was put."""


@dataclass(slots=True, kw_only=True)
class _Taken:
    """Entries on their way, with what is to be said of them."""

    entries: list[Entry] = field(default_factory=list)
    engines: set[str] = field(default_factory=set)
    waiting: int = 0


def adopt(
    survey: Survey,
    header: Header,
    language: str,
    speakers: Speakers,
    *,
    accept_drafts: bool = False,
    tell: Tell = lambda what: None,
) -> Adopted:
    """Write `manifest.jsonl` from the transcripts beside the recordings and the filled rows of the sheet.

    With `accept_drafts`, rows without text take their draft. A reference that began as a draft, accepted or
    corrected, makes the header name the engine: it is biased towards that engine.

    Raises:
        ManifestError: with every problem, or if no recording has a reference yet.
    """
    problems: Problems = []
    options = ImportOptions(language=language)
    taken = _Taken()
    for recording in survey.recordings:
        taken.entries += _of_recording(survey.folder, recording, options, speakers, problems)
    if survey.sheet:
        _of_sheet(survey.sheet, language, accept_drafts, taken)
    shelf = Shelf(folder=survey.folder, corpus=header.name, audio_folder=CLIPS, find_speech=True)
    doubts: list[str] = []
    utterances = [*_told(put_all(shelf, taken.entries, problems, doubts), len(taken.entries), tell)]
    if problems:
        raise ManifestError(shortened(problems))
    if not utterances:
        advice = f"write what is said into the column text of {survey.folder / SHEET}, or x.txt beside x.wav"
        raise ManifestError([Problem(str(survey.folder), "a reference for at least one recording", "none", advice)])
    engines = ", ".join(sorted(taken.engines)) or None
    path, kept = _write(survey.folder, replace(header, draft_engine=engines, vad=VAD_ID), utterances)
    known = {utterance.cluster for utterance in utterances if utterance.cluster}
    return Adopted(
        manifest=path,
        count=len(utterances),
        minutes=sum(utterance.duration_s for utterance in utterances) / 60,
        waiting=taken.waiting,
        draft_engine=engines,
        unknown_speakers=sum(not _is_speaker_known(utterance) for utterance in utterances),
        speakers=len(known),
        doubts=tuple(doubts),
        long=tuple(utterance.id for utterance in utterances if utterance.duration_s > _LONG_S),
        kept=kept,
    )


def _is_speaker_known(utterance: Utterance) -> bool:
    """A call as cluster says only that its parts belong together."""
    return utterance.cluster is not None and utterance.cluster != utterance.tags.get("call")


def _told(utterances: Iterable[Utterance], of: int, tell: Tell) -> Iterator[Utterance]:
    for number, utterance in enumerate(utterances, start=1):
        tell(f"{number} of {of} clips described")
        yield utterance


def _of_recording(
    folder: Path, recording: Recording, options: ImportOptions, speakers: Speakers, problems: Problems
) -> list[Entry]:
    """Entries of one recording's own transcript; one that cannot be read is a problem, and hides no other."""
    try:
        if recording.transcript:
            entries = [*entries_beside(recording.transcript, recording.path, recording.name, options, problems)]
        elif recording.table:
            entries = [*entries_of_table(recording.table, recording.path, recording.name, options, problems)]
        else:
            return []
    except ManifestError as error:
        problems.extend(error.problems)
        return []
    return [_spoken_by(entry, recording, speakers) for entry in entries]


def _spoken_by(entry: Entry, recording: Recording, speakers: Speakers) -> Entry:
    """The entry with its speaker, if anything says who, and its place in its call, if it is a part of one."""
    said = None if entry.cluster in (None, recording.path.stem, f"{recording.path.stem}-1") else entry.cluster
    speaker = speakers.of(recording.name, entry.channel, recording.side(entry.channel)) or said
    if entry.is_whole_file:
        return replace(entry, cluster=speaker)
    return replace(entry, cluster=speaker or recording.name, tags={**entry.tags, **_place(recording.name, entry)})


def _place(call: str, entry: Entry) -> dict[str, str]:
    """Which call a clip is from, and where in it it begins."""
    return {"call": call, **({} if entry.start_s is None else {"at_s": f"{entry.start_s:.3f}"})}


def _of_sheet(sheet: Path, language: str, accept_drafts: bool, taken: _Taken) -> None:
    for where, clip, row, text in filled_rows(sheet, accept_drafts=accept_drafts):
        if not text:
            taken.waiting += 1
            continue
        name = stem_of(clip.audio)
        is_part = clip.start_s is not None or clip.channel is not None
        entry = Entry(
            id=clip.id,
            is_id_made=True,
            text=text,
            language=language,
            audio=sheet.parent / clip.audio,
            where=where,
            start_s=clip.start_s,
            end_s=clip.end_s,
            channel=clip.channel,
            cluster=row["speaker"].strip() or (name if is_part else None),  # two ends of a call are not independent
        )
        tags = _place(name, entry) if is_part else {}
        if row["personal_data"].strip():
            tags["personal_data"] = "yes"
        taken.entries.append(replace(entry, tags=tags))
        if row["draft"].strip() and row["draft_engine"].strip():
            taken.engines.add(row["draft_engine"].strip())


def _write(folder: Path, header: Header, utterances: Sequence[Utterance]) -> tuple[Path, Path | None]:
    """Write the manifest; one that somebody has edited since is put aside first, and its new place is given."""
    path = folder / MANIFEST
    kept = None
    if path.exists() and not _is_ours(path):
        number = next(n for n in range(1, 10_000) if not (folder / f"manifest.edited-{n}.jsonl").exists())
        kept = path.rename(folder / f"manifest.edited-{number}.jsonl")
    write_manifest(path, header, utterances)
    (folder / CLIPS).mkdir(exist_ok=True)
    (folder / CLIPS / _DIGEST).write_text(_digest(path) + "\n", encoding="utf-8")
    return path, kept


_DIGEST = "manifest.sha256"
"""Beside the clips: the manifest as it was written here."""


def _digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _is_ours(path: Path) -> bool:
    """Whether a manifest is as it was written here."""
    digest = path.parent / CLIPS / _DIGEST
    return digest.exists() and digest.read_text(encoding="utf-8").strip() == _digest(path)


def script_mismatch(utterances: Sequence[Utterance]) -> dict[str, int]:
    """Scripts that most letters of a reference are in, against its language -> number of references."""
    counts: dict[str, int] = {}
    for utterance in utterances:
        expected = scripts_of(utterance.language)
        scripts = [script for script in map(script_of, utterance.text) if script]
        if expected and scripts:
            usual = max(set(scripts), key=scripts.count)
            if usual not in expected:
                counts[usual] = counts.get(usual, 0) + 1
    return counts
