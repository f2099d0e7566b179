"""`init`: a folder of someone's own recordings becomes a corpus, or an annotation sheet to fill in first.

Knows recordings, the transcripts that may lie beside them (text, subtitles, TextGrid, STM, or a sheet that this module
wrote), and that a telephone recording has one speaker per channel. Engines are not its business: drafts come from
a function the caller passes.
"""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TypeAlias

import numpy as np

from bench import audio
from bench.corpora.entry import Entry, Shelf
from bench.corpora.importers import IMPORTERS
from bench.corpora.importers.common import ImportOptions, Problems, parse_channel, read_lines, squeezed
from bench.corpora.importers.folders import AUDIO_SUFFIXES, beside, files_in
from bench.corpora.importers.pairs import alone
from bench.corpora.importers.table import read_rows
from bench.corpora.importing import put_all, shortened
from bench.corpora.manifest import Header, write_manifest
from bench.corpora.scripts import script_of, scripts_of
from bench.errors import AudioError, ManifestError, Problem
from bench.types import Utterance

SHEET = "annotation.csv"
COLUMNS = ("audio", "channel", "duration_s", "speaker", "text", "draft", "draft_engine")
_TRANSCRIPTS = {".srt": "srt", ".vtt": "vtt", ".textgrid": "textgrid", ".stm": "stm"}
_SAME_CHANNEL = 0.95
"""Correlation of two channels above which they carry the same sound."""
_PROBE_S = 60.0

Draft: TypeAlias = Callable[[audio.Audio], str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Recording:
    """A recording that was found."""

    path: Path
    duration_s: float
    channels: tuple[int | None, ...]
    """The channels to treat apart; `(None,)`: as one."""
    transcript: Path | None
    """The file beside it that says what was spoken."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Survey:
    """What a folder holds."""

    folder: Path
    recordings: tuple[Recording, ...]
    problems: tuple[Problem, ...]
    sheet: Path | None
    """An annotation sheet from an earlier visit."""

    @property
    def without_transcript(self) -> tuple[Recording, ...]:
        return tuple(item for item in self.recordings if item.transcript is None)


def survey(folder: Path) -> Survey:
    """Find recordings, and what lies beside them.

    Raises:
        ManifestError: if there is no such folder, or nothing in it can be read as audio.
    """
    if not folder.is_dir():
        raise ManifestError([Problem(str(folder), "a folder of recordings", "none")])
    made_here = folder / "audio"
    found, problems = [], []
    for path in files_in(folder, AUDIO_SUFFIXES):
        if (folder / "manifest.jsonl").exists() and path.is_relative_to(made_here):
            continue  # written by an earlier visit
        try:
            found.append(_recording(path))
        except AudioError as error:
            expected, _, got = str(error).removeprefix(f"{path}: expected ").partition(", got ")
            problems.append(Problem(str(path), expected, got or "none"))
    if not found:
        raise ManifestError([*problems] or [Problem(str(folder), "audio files", "none in it or below")])
    sheet = folder / SHEET
    problems += alone(folder, (item.path for item in found), (".txt", *_TRANSCRIPTS))
    return Survey(
        folder=folder,
        recordings=tuple(found),
        problems=tuple(problems),
        sheet=sheet if sheet.exists() else None,
    )


def _recording(path: Path) -> Recording:
    info = audio.probe(path)
    return Recording(
        path=path,
        duration_s=info.duration_s,
        channels=tuple(range(info.channels)) if _channels_differ(path, info) else (None,),
        transcript=beside(path, (".txt", *_TRANSCRIPTS)),
    )


def _channels_differ(path: Path, info: audio.AudioInfo) -> bool:
    """Whether two channels carry two voices, as calls are recorded, judged by their first minute."""
    if info.channels != 2:
        return False
    left, right = (audio.read(path, end_s=_PROBE_S, channel=channel).samples.astype(np.float64) for channel in (0, 1))
    energy = float(np.sqrt(np.sum(left**2) * np.sum(right**2)))
    return energy == 0.0 or abs(float(np.sum(left * right))) / energy < _SAME_CHANNEL


def write_sheet(
    found: Survey, draft: Draft | None = None, draft_engine: str = "", tell: Callable[[Path], None] = lambda path: None
) -> Path:
    """Write an annotation sheet for the recordings without transcript; an existing one is never overwritten.

    `draft` fills the column `draft`, never `text`; `tell` is called with each recording before it is drafted.

    Raises:
        ManifestError: if there is a sheet already.
    """
    path = found.folder / SHEET
    if path.exists():
        raise ManifestError([Problem(str(path), "no sheet yet", "one", "fill in its column text, or move it away")])
    with path.open("w", encoding="utf-8-sig", newline="") as file:  # with a mark, so that Excel reads UTF-8
        writer = csv.DictWriter(file, COLUMNS)
        writer.writeheader()
        for recording in found.without_transcript:
            tell(recording.path)
            for channel in recording.channels:
                spoken = draft(audio.read(recording.path, channel=channel)) if draft else ""
                writer.writerow(
                    {
                        "audio": recording.path.relative_to(found.folder).as_posix(),
                        "channel": "" if channel is None else channel,
                        "duration_s": f"{recording.duration_s:.2f}",
                        "speaker": "",
                        "text": "",
                        "draft": spoken,
                        "draft_engine": draft_engine if draft else "",
                    }
                )
    return path


@dataclass(frozen=True, slots=True, kw_only=True)
class Adopted:
    """What became of a folder."""

    manifest: Path
    count: int
    waiting: int
    """Rows of the sheet that have no text yet, and are left out."""
    draft_engine: str | None


def adopt(found: Survey, header: Header, language: str, *, accept_drafts: bool = False) -> Adopted:
    """Write `manifest.jsonl` from the transcripts beside the recordings and the filled rows of the sheet.

    With `accept_drafts`, rows without text take their draft. A reference that began as a draft, accepted or
    corrected, makes the header name the engine: it is biased towards that engine.

    Raises:
        ManifestError: with every problem, or if no recording has a reference yet.
    """
    problems: Problems = []
    options = ImportOptions(language=language)
    entries = [entry for item in found.recordings for entry in _all_beside(found.folder, item, options, problems)]
    rows = [*_sheet_rows(found, language, accept_drafts, problems)]
    waiting = sum(entry.text == "" for entry, _ in rows)
    filled = [(entry, engine) for entry, engine in rows if entry.text]
    engines = sorted({engine for _, engine in filled if engine})
    shelf = Shelf(folder=found.folder, corpus=header.name, find_speech=True)
    utterances: list[Utterance] = [*put_all(shelf, iter([*entries, *(entry for entry, _ in filled)]), problems)]
    if problems:
        raise ManifestError(shortened(problems))
    if not utterances:
        advice = f"write what is said into the column text of {found.folder / SHEET}, or x.txt beside x.wav"
        raise ManifestError([Problem(str(found.folder), "a reference for at least one recording", "none", advice)])
    path = found.folder / "manifest.jsonl"
    write_manifest(path, replace(header, draft_engine=", ".join(engines) or None), utterances)
    return Adopted(manifest=path, count=len(utterances), waiting=waiting, draft_engine=", ".join(engines) or None)


def _all_beside(folder: Path, recording: Recording, options: ImportOptions, problems: Problems) -> list[Entry]:
    """Entries of the transcript beside a recording; one that cannot be read is a problem, and hides no other."""
    try:
        return list(_beside(folder, recording, options, problems))
    except ManifestError as error:
        problems.extend(error.problems)
        return []


def _beside(folder: Path, recording: Recording, options: ImportOptions, problems: Problems) -> Iterator[Entry]:
    transcript = recording.transcript
    if transcript is None:
        return
    if transcript.suffix.lower() in _TRANSCRIPTS:
        yield from IMPORTERS.load(_TRANSCRIPTS[transcript.suffix.lower()])(transcript, options, problems)
        return
    yield Entry(
        id=recording.path.relative_to(folder).with_suffix("").as_posix(),
        text=squeezed(" ".join(line for _, line in read_lines(transcript))),
        language=options.language or "und",
        audio=recording.path,
        where=str(transcript),
    )


def _sheet_rows(found: Survey, language: str, accept_drafts: bool, problems: Problems) -> Iterator[tuple[Entry, str]]:
    """Rows as entries (text empty: not annotated yet) with the engine that drafted them, if any."""
    if found.sheet is None:
        return
    for where, row in read_rows(found.sheet, problems):
        missing = [name for name in COLUMNS if name not in row]
        if missing:
            raise ManifestError([Problem(where, f"columns {', '.join(COLUMNS)}", f"none called {missing[0]}")])
        text = row["text"].strip() or (row["draft"].strip() if accept_drafts else "")
        name, is_call = Path(row["audio"]).with_suffix("").as_posix(), row["channel"] != ""
        entry = Entry(
            id=f"{name}-channel{row['channel']}" if is_call else name,
            text=text,
            language=language,
            audio=found.folder / row["audio"],
            where=where,
            channel=parse_channel(row["channel"], where, problems),
            cluster=row["speaker"].strip() or (name if is_call else None),  # two ends of a call are not independent
        )
        yield entry, row["draft_engine"].strip() if row["draft"].strip() else ""


def script_mismatch(utterances: Sequence[Utterance]) -> dict[str, int]:
    """Scripts that most letters of a reference are in, against its language -> number of references."""
    found: dict[str, int] = {}
    for utterance in utterances:
        expected = scripts_of(utterance.language)
        scripts = [script for script in map(script_of, utterance.text) if script]
        if expected and scripts:
            usual = max(set(scripts), key=scripts.count)
            if usual not in expected:
                found[usual] = found.get(usual, 0) + 1
    return found
