"""What lies in a folder of recordings: every file is used, or named with the reason why not."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from bench import audio
from bench.corpora.importers.folders import beside, files_in, name_of, names_beside
from bench.corpora.own.transcripts import SUFFIXES, TranscriptTable, find_tables
from bench.errors import AudioError, ManifestError, Problem

SHEET = "annotation.csv"
MANIFEST = "manifest.jsonl"
SPEAKERS = "speakers.csv"
CLIPS = "earwitness-clips"
"""Folder of the clips that are cut here: no recording in it is one of the person's own."""
_OURS = (SHEET, MANIFEST, SPEAKERS)
_SAME_CHANNEL = 0.95
"""Correlation of two channels above which they carry the same sound."""
_PROBE_S = 60.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Recording:
    """A recording that was found."""

    path: Path
    name: str
    """From the folder, without suffix; what its utterances are called."""
    duration_s: float
    channels: tuple[int | None, ...]
    """The channels to treat apart; `(None,)`: as one."""
    doubt: str
    """What is odd about the file; empty: nothing."""
    transcript: Path | None
    """The file beside it that says what was spoken."""
    table: TranscriptTable | None = None
    """The table that says what was spoken, where no file beside it does."""

    @property
    def has_reference(self) -> bool:
        return self.transcript is not None or self.table is not None

    def side(self, channel: int | None) -> int | None:
        """The channel, if it has a voice of its own; `None`: the recording has no sides, or all are meant."""
        return channel if len(self.channels) > 1 and channel in self.channels else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Survey:
    """What a folder holds."""

    folder: Path
    recordings: tuple[Recording, ...]
    problems: tuple[Problem, ...]
    """Files that cannot be used, or were not, and why."""
    sheet: Path | None
    """An annotation sheet from an earlier visit."""

    @property
    def without_transcript(self) -> tuple[Recording, ...]:
        return tuple(recording for recording in self.recordings if not recording.has_reference)


def survey(folder: Path) -> Survey:
    """Find recordings, and what lies beside them.

    Raises:
        ManifestError: if there is no such folder, or nothing in it can be read as audio.
    """
    if not folder.is_dir():
        raise ManifestError([Problem(str(folder), "a folder of recordings", "a file" if folder.exists() else "none")])
    files = [path for path in files_in(folder, ("",)) if path.relative_to(folder).parts[0] != CLIPS]
    paths = [path for path in files if path.suffix.lower() in audio.AUDIO_SUFFIXES]
    tables, problems_by_table = find_tables(folder, [path for path in files if path.name not in _OURS], paths)
    problems = [problem for own in problems_by_table.values() for problem in own]
    recordings = []
    for path in paths:
        try:
            recordings.append(_recording(folder, path, tables))
        except AudioError as error:
            problems += error.problems
    if not recordings:
        raise ManifestError([*problems] or [Problem(str(folder), "audio files", "none in it or below")])
    problems += _leftover([path for path in files if path not in problems_by_table], paths, recordings, tables)
    sheet = folder / SHEET
    return Survey(
        folder=folder,
        recordings=tuple(recordings),
        problems=tuple(problems),
        sheet=sheet if sheet.exists() else None,
    )


def _recording(folder: Path, path: Path, tables: Iterable[TranscriptTable]) -> Recording:
    info = audio.probe(path)
    transcript = beside(path, SUFFIXES)
    table = next((table for table in tables if path.absolute() in table.recordings), None)
    return Recording(
        path=path,
        name=path.relative_to(folder).with_suffix("").as_posix(),
        duration_s=info.duration_s,
        channels=tuple(range(info.channels)) if _channels_differ(path, info) else (None,),
        doubt=info.doubt,
        transcript=transcript,
        table=None if transcript else table,
    )


def _channels_differ(path: Path, info: audio.AudioInfo) -> bool:
    """Whether two channels carry two voices, as calls are recorded, judged by their first minute."""
    if info.channels != 2:
        return False
    left, right = (audio.read(path, end_s=_PROBE_S, channel=channel).samples.astype(np.float64) for channel in (0, 1))
    energy = float(np.sqrt(np.sum(left**2) * np.sum(right**2)))
    return energy == 0.0 or abs(float(np.sum(left * right))) / energy < _SAME_CHANNEL


def _leftover(
    files: list[Path], paths: list[Path], recordings: list[Recording], tables: list[TranscriptTable]
) -> list[Problem]:
    """Files that nothing was made of; a transcript without a recording is a misspelt name, more often than not."""
    names = names_beside(paths)  # one that cannot be read has its own message
    used = {*paths, *(recording.transcript for recording in recordings), *(table.path for table in tables)}
    problems = []
    for path in files:
        if path in used or path.name in _OURS:
            continue
        if path.suffix.lower() not in SUFFIXES:
            problems.append(Problem(str(path), "a recording or a transcript", "neither", "it is not used"))
        elif name_of(path) not in names:
            advice = "move it if it is no transcript"
            problems.append(Problem(str(path), "a recording of the same name beside it", "none", advice))
        else:
            other = next(r.transcript for r in [*recordings, _NOBODY] if r is _NOBODY or _is_beside(r, path))
            if other:
                advice = "merge them, or move one of them away"
                problems.append(Problem(str(path), "one transcript a recording", f"{other.name} as well", advice))
    return problems


_NOBODY = Recording(path=Path(), name="", duration_s=0.0, channels=(), doubt="", transcript=None)


def _is_beside(recording: Recording, path: Path) -> bool:
    return name_of(path) in names_beside([recording.path])
