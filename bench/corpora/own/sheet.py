"""The annotation sheet: a row for every clip that has no reference yet. What a person typed in it is never lost.

A sheet is only ever written whole, and again only with more in it: rows for new recordings, drafts where there were
neither text nor draft.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

from bench import audio
from bench.corpora.cutting import CutPiece, cut
from bench.corpora.importers.common import Problems, parse_channel
from bench.corpora.importers.folders import stem_of
from bench.corpora.importers.reading import parse_seconds
from bench.corpora.importers.table import header_of, read_rows
from bench.corpora.own.speakers import Speakers
from bench.corpora.own.survey import SHEET, Recording, Survey
from bench.errors import ManifestError, Problem
from bench.files import written_whole

COLUMNS = (
    "audio", "channel", "start_s", "end_s", "duration_s", "speaker", "text", "draft", "draft_engine", "personal_data",
)  # fmt: skip
_NEEDED = ("audio", "channel", "text", "draft", "draft_engine", "speaker")
_TYPED = ("text", "draft", "personal_data")

Draft: TypeAlias = Callable[[audio.Audio], str]
Row: TypeAlias = dict[str, str]
Tell: TypeAlias = Callable[[str], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class SheetClip:
    """What a row of the sheet is about."""

    audio: str
    """As the sheet names it: from the folder."""
    channel: int | None
    start_s: float | None
    end_s: float | None

    @property
    def id(self) -> str:
        """Of the utterance that the row becomes."""
        name = stem_of(self.audio)
        channel = "" if self.channel is None else f"-channel{self.channel}"
        return name + channel + ("" if self.start_s is None else f"-{round(self.start_s * 1000):08d}")


@dataclass(frozen=True, slots=True, kw_only=True)
class WrittenSheet:
    """What was done to a sheet."""

    path: Path
    added: int
    """Rows that are new."""
    drafted: int
    quiet_s: float
    """Audio of new rows' recordings in which nothing is heard, and which is in no row."""


def read_sheet(path: Path) -> list[tuple[str, Row]]:
    """Rows with their places.

    Raises:
        ManifestError: if it is no sheet of ours, or a row of it is broken.
    """
    problems: Problems = []
    rows = [(where, {**dict.fromkeys(COLUMNS, ""), **row}) for where, row in read_rows(path, problems)]
    columns = header_of(path)
    missing = [name for name in _NEEDED if name not in columns]
    if missing:
        problems.insert(0, Problem(f"{path}:1", f"columns {', '.join(_NEEDED)}", f"none called {missing[0]}"))
    if problems:
        raise ManifestError(problems)
    return rows


def clip_of(row: Mapping[str, str], where: str, problems: Problems) -> SheetClip:
    """The recording, channel and part that a row names."""
    times = [parse_seconds(row[key], key, where, problems) if row.get(key) else None for key in ("start_s", "end_s")]
    return SheetClip(
        audio=row["audio"], channel=parse_channel(row["channel"], where, problems), start_s=times[0], end_s=times[1]
    )


def update_sheet(
    survey: Survey,
    speakers: Speakers,
    *,
    longest_s: float | None = None,
    draft: Draft | None = None,
    draft_engine: str = "",
    tell: Tell = lambda what: None,
) -> WrittenSheet:
    """Write the sheet, or what is missing in it: rows of recordings without a reference, and drafts.

    Args:
        survey: the folder.
        speakers: who speaks, where something says so.
        longest_s: recordings longer than this are cut at pauses; `None`: none are.
        draft: fills the column `draft`, never `text`, of rows that have neither.
        draft_engine: its name.
        tell: is called with what is being worked on.

    Raises:
        ManifestError: if the sheet that is there cannot be read.
    """
    path = survey.folder / SHEET
    rows = [row for _, row in read_sheet(path)] if path.exists() else []
    before = [{**row} for row in rows]
    quiet_s, added, drafted = 0.0, 0, 0
    try:
        for recording in survey.without_transcript:
            own = [row for row in rows if row["audio"] == _name(survey, recording)]
            if own and not _may_be_cut(own, recording, longest_s):
                continue
            tell(f"{recording.path.name}: looking for pauses" if longest_s else recording.path.name)
            new, quiet = _rows_of(survey, recording, speakers, longest_s)
            rows = [row for row in rows if row not in own] + new
            added += len(new) - len(own)
            quiet_s += quiet
        if draft:
            drafted = _draft(survey.folder, rows, draft, draft_engine, tell)
    finally:  # what was cut and drafted before an end that nobody wanted is there the next time
        if rows != before or not path.exists():
            _replace(path, _text(rows, header_of(path) if path.exists() else COLUMNS))
    return WrittenSheet(path=path, added=added, drafted=drafted, quiet_s=quiet_s)


def _may_be_cut(rows: Sequence[Row], recording: Recording, longest_s: float | None) -> bool:
    """Whether nothing was typed for a long recording that is in one row a channel."""
    is_whole = not any(row["start_s"] or any(row[key] for key in _TYPED) for row in rows)
    return longest_s is not None and recording.duration_s > longest_s and is_whole


def _name(survey: Survey, recording: Recording) -> str:
    return recording.path.relative_to(survey.folder).as_posix()


def _rows_of(
    survey: Survey, recording: Recording, speakers: Speakers, longest_s: float | None
) -> tuple[list[Row], float]:
    """Rows of a recording, a channel after the other, and the seconds in which nothing is heard."""
    rows, quiet_s = [], 0.0
    pieces: dict[int | None, Sequence[CutPiece | None]] = dict.fromkeys(recording.channels, (None,))
    if longest_s is not None and recording.duration_s > longest_s:
        with audio.Unpacked() as unpacked:
            path = unpacked.path(recording.path)
            cuttings = {channel: cut(path, channel=channel, longest_s=longest_s) for channel in recording.channels}
        pieces = {channel: cutting.pieces for channel, cutting in cuttings.items()}
        quiet_s = sum(part.end_s - part.start_s for cutting in cuttings.values() for part in cutting.quiet)
    for channel in recording.channels:
        for piece in pieces[channel]:
            duration_s = recording.duration_s if piece is None else piece.end_s - piece.start_s
            rows.append(
                {
                    **dict.fromkeys(COLUMNS, ""),
                    "audio": _name(survey, recording),
                    "channel": "" if channel is None else str(channel),
                    "start_s": "" if piece is None else f"{piece.start_s:.3f}",
                    "end_s": "" if piece is None else f"{piece.end_s:.3f}",
                    "duration_s": f"{duration_s:.2f}",
                    "speaker": speakers.of(recording.name, channel, recording.side(channel)) or "",
                }
            )
    return rows, quiet_s


def read_clip(folder: Path, clip: SheetClip, unpacked: audio.Unpacked) -> audio.Audio:
    """The sound of a row.

    Raises:
        AudioError: if it cannot be read.
    """
    path = folder / clip.audio
    if clip.start_s is not None:
        path = unpacked.path(path)
    return audio.read(path, start_s=clip.start_s or 0.0, end_s=clip.end_s, channel=clip.channel)


def _draft(folder: Path, rows: Sequence[Row], draft: Draft, engine: str, tell: Tell) -> int:
    """Fill the drafts that are missing; how many were."""
    problems: Problems = []
    waiting = [row for row in rows if not row["text"].strip() and not row["draft"].strip()]
    with audio.Unpacked() as unpacked:
        for number, row in enumerate(waiting, 1):
            clip = clip_of(row, SHEET, problems)
            if problems:
                raise ManifestError(problems)
            tell(f"draft {number} of {len(waiting)} by {engine}: {clip.id}")
            row["draft"], row["draft_engine"] = draft(read_clip(folder, clip, unpacked)), engine
    return len(waiting)


def save_row(path: Path, number: int, changes: Mapping[str, str]) -> Row:
    """Write cells of one row of the sheet, as it is now on disk; the row as it became.

    Raises:
        ManifestError: if the sheet cannot be read, or has no such row.
    """
    rows = [row for _, row in read_sheet(path)]
    if not 0 <= number < len(rows):
        raise ManifestError([Problem(str(path), f"a row 0 to {len(rows) - 1}", str(number))])
    columns = header_of(path)
    rows[number].update(changes)
    _replace(path, _text(rows, [*columns, *(name for name in changes if name not in columns)]))
    return rows[number]


def _text(rows: Sequence[Row], columns: Sequence[str]) -> bytes:
    """The sheet as bytes, with a mark, so that Excel reads UTF-8; columns that a person added stay."""
    file = io.StringIO(newline="")
    named = [*columns, *(name for name in COLUMNS if name not in columns)]
    writer = csv.DictWriter(file, named, extrasaction="ignore", restval="")
    writer.writeheader()
    writer.writerows(rows)
    return file.getvalue().encode("utf-8-sig")


def _replace(path: Path, data: bytes) -> None:
    """Write the file whole or not at all."""
    with written_whole(path) as partial:
        partial.write_bytes(data)


def filled_rows(sheet: Path, *, accept_drafts: bool) -> Iterator[tuple[str, SheetClip, Row, str]]:
    """(place, clip, row, text) of every row; the text is empty where none was written yet.

    Raises:
        ManifestError: if a row names no channel or time that can be read.
    """
    problems: Problems = []
    for where, row in read_sheet(sheet):
        text = row["text"].strip() or (row["draft"].strip() if accept_drafts else "")
        yield where, clip_of(row, where, problems), row, text
    if problems:
        raise ManifestError(problems)
