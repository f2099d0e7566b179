"""Conversations: recordings that stay whole, with who said what and when in segments. RTTM, SegLST, UEM; and the parts
that another format cuts, put together again.

RTTM says who spoke and no words: such a corpus has a DER, and no WER.
Sources: NIST RT-09 evaluation plan, appendix A (RTTM, UEM); CHiME-7 (SegLST).
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from bench.corpora.entry import Entry, labels_of
from bench.corpora.importers.common import (
    ImportOptions,
    Problems,
    fields_of,
    require_audio,
    require_language,
)
from bench.corpora.importers.folders import files_in
from bench.corpora.importers.reading import parse_json, parse_seconds, read_lines, read_text
from bench.corpora.importers.references import PASSAGES, gender_of, labels_of_speakers, references_of
from bench.errors import ManifestError, Problem
from bench.types import Passage, Segment

_NO_NAME = {"", "<NA>"}


def read_rttm(path: Path, options: ImportOptions, problems: Problems) -> Iterator[Entry]:
    """One entry per recording; of lines of other types than SPEAKER and SPKR-INFO nothing is taken."""
    sessions = _Sessions(path, options, problems)
    for where, line in (line for file in _files(path, ".rttm") for line in read_lines(file)):
        fields = fields_of(line)
        if fields and fields[0] == "SPKR-INFO" and len(fields) >= 8:
            sessions.label(fields[1], fields[7], {"gender": gender_of(fields[6])})
        if line.lstrip().startswith(";;") or (fields and fields[0] != "SPEAKER"):
            continue
        if len(fields) < 8:
            problems.append(Problem(where, "`SPEAKER file channel start duration ... speaker`", repr(line[:80])))
            continue
        start_s = parse_seconds(fields[3], "a start", where, problems)
        length_s = parse_seconds(fields[4], "a duration", where, problems)
        if start_s is None or length_s is None:
            continue
        if fields[7] in _NO_NAME:
            problems.append(Problem(where, "the name of a speaker", repr(fields[7])))
            continue
        sessions.add(fields[1], Segment(text="", start_s=start_s, end_s=start_s + length_s, speaker=fields[7]), where)
    yield from sessions.entries()


def read_seglst(path: Path, options: ImportOptions, problems: Problems) -> Iterator[Entry]:
    """One entry per session of a JSON list of segments, or of all such files in a folder."""
    sessions = _Sessions(path, options, problems)
    for file in _files(path, ".json"):
        _read_seglst(file, sessions, problems)
    yield from sessions.entries()


def _files(path: Path, suffix: str) -> list[Path]:
    """The file, or all of a folder that end so."""
    files = files_in(path, (suffix,)) if path.is_dir() else [path]
    if not files:
        raise ManifestError([Problem(str(path), f"files *{suffix}", "none in it or below")])
    return files


def is_seglst(path: Path) -> bool:
    """Whether it is a JSON list of segments, by its first."""
    try:
        rows = parse_json(read_text(path))
    except (OSError, ValueError):
        return False
    return isinstance(rows, list) and bool(rows) and isinstance(rows[0], Mapping) and "session_id" in rows[0]


def segments_of(path: Path, problems: Problems) -> Iterator[tuple[str, Segment]]:
    """Session and segment of each row of a JSON list."""
    for number, row in enumerate(parse_json(read_text(path))):
        session, segment = _segment(row, f"{path}: [{number}]", problems)
        if segment is not None:
            yield session, segment


def _read_seglst(path: Path, sessions: _Sessions, problems: Problems) -> None:
    try:
        rows = parse_json(read_text(path))
    except (OSError, ValueError) as error:
        raise ManifestError([Problem(str(path), "a JSON list of segments", str(error))]) from error
    if not isinstance(rows, list):
        raise ManifestError([Problem(str(path), "a JSON list of segments", type(rows).__name__)])
    for number, row in enumerate(rows):
        where = f"{path}: [{number}]"
        session, segment = _segment(row, where, problems)
        if segment is not None:
            sessions.add(session, segment, where)
            sessions.label(session, segment.speaker or "", row)
            sessions.refer(session, references_of(row, where, problems))


def _segment(row: Any, where: str, problems: Problems) -> tuple[str, Segment | None]:
    missing = [] if isinstance(row, Mapping) else ["an object"]
    if isinstance(row, Mapping):
        missing = [name for name in ("session_id", "speaker", "words") if not isinstance(row.get(name), str)]
    if missing:
        problems.append(Problem(where, ", ".join(missing), json.dumps(row, ensure_ascii=False)[:80]))
        return "", None
    start_s, end_s = (parse_seconds(row.get(name), name, where, problems) for name in ("start_time", "end_time"))
    if start_s is None or end_s is None:
        return "", None
    if end_s < start_s:
        problems.append(Problem(where, "an end at or after the start", f"{start_s}..{end_s} s"))
        return "", None
    return row["session_id"], Segment(text=row["words"], start_s=start_s, end_s=end_s, speaker=row["speaker"])


@dataclass(slots=True)
class _Sessions:
    """Segments by recording, in order of first appearance."""

    path: Path
    options: ImportOptions
    problems: Problems
    _segments: dict[str, list[Segment]] = field(default_factory=dict)
    _where: dict[str, str] = field(default_factory=dict)
    _said: dict[str, list[tuple[str, Mapping[str, Any]]]] = field(default_factory=dict)
    _passages: dict[str, dict[str, Any]] = field(default_factory=dict)

    def label(self, session: str, speaker: str, row: Mapping[str, Any]) -> None:
        """Keep what is said of a speaker."""
        self._said.setdefault(session, []).append((speaker, row))

    def refer(self, session: str, references: Mapping[str, Any]) -> None:
        """Keep the passages of a segment: those of the session are all of its segments'."""
        for name in PASSAGES:
            if name in references:
                kept = self._passages.setdefault(session, {})
                kept[name] = (*kept.get(name, ()), *references[name])

    def add(self, session: str, segment: Segment, where: str) -> None:
        self._segments.setdefault(session, []).append(segment)
        self._where.setdefault(session, where)

    def entries(self) -> Iterator[Entry]:
        language = require_language(self.options, str(self.path), self.problems)
        folder = self.options.audio_root or (self.path if self.path.is_dir() else self.path.parent)
        for session, segments in self._segments.items():
            audio = require_audio(folder, session, self._where[session], self.problems)
            if audio is None or language is None:
                continue
            ordered = _ordered(segments)
            yield Entry(
                id=session,
                text=_text(ordered),
                language=language,
                audio=audio,
                where=self._where[session],
                cluster=session,
                segments=ordered,
                speaker_labels=labels_of_speakers(self._said.get(session, ())),
                **self._passages.get(session, {}),
            )


def _ordered(segments: Iterable[Segment]) -> tuple[Segment, ...]:
    return tuple(sorted(segments, key=lambda segment: (segment.start_s or 0.0, segment.end_s or 0.0)))


def _text(segments: Iterable[Segment]) -> str:
    return " ".join(segment.text for segment in segments if segment.text)


# -- parts put together -----------------------------------------------------------------------


def joined(entries: Iterable[Entry]) -> Iterator[Entry]:
    """Entries that are parts of one recording as one, each part a segment of its speaker; channels are mixed down.

    Words keep their times, which are then of the recording; labels become those of the speaker.
    """
    recordings: dict[Path, list[Entry]] = {}
    for entry in entries:
        if isinstance(entry.audio, bytes):
            yield entry
        else:
            recordings.setdefault(entry.audio, []).append(entry)
    for audio, parts in recordings.items():
        yield _joined(audio, sorted(parts, key=lambda part: part.start_s or 0.0))


def _joined(audio: Path, parts: list[Entry]) -> Entry:
    segments = tuple(
        Segment(text=part.text, start_s=part.start_s or 0.0, end_s=part.end_s, speaker=part.cluster) for part in parts
    )
    words = [
        replace(word, start_s=_later(word.start_s, part), end_s=_later(word.end_s, part), speaker=part.cluster)
        for part in parts
        for word in part.words or ()
    ]
    labels = {part.cluster: own for part in parts if part.cluster and (own := part.labels or labels_of(part.tags))}
    passages: dict[str, Any] = {
        name: tuple(_moved(passage, part) for part in parts for passage in getattr(part, name)) for name in PASSAGES
    }
    return replace(
        parts[0],
        id=audio.stem,
        is_id_made=True,
        text=_text(segments),
        start_s=None,
        end_s=None,
        channel=None,
        cluster=audio.stem,
        words=tuple(sorted(words, key=lambda word: word.start_s or 0.0)) or None,
        labels={},
        tags={},
        speaker_labels=labels,
        segments=segments,
        turn_end_s=_later(parts[-1].turn_end_s, parts[-1]),
        **passages,
    )


def _moved(passage: Passage, part: Entry) -> Passage:
    return replace(passage, start_s=_later(passage.start_s, part), end_s=_later(passage.end_s, part))


def _later(at_s: float | None, part: Entry) -> float | None:
    return None if at_s is None else round(at_s + (part.start_s or 0.0), 6)


# -- what is scored ---------------------------------------------------------------------------


def scored_parts(path: Path, problems: Problems) -> dict[str, tuple[tuple[float, float], ...]]:
    """Of a UEM file, the parts of each recording that are scored: lines of `file channel start end`."""
    parts: dict[str, list[tuple[float, float]]] = {}
    for where, line in read_lines(path):
        if line.startswith(";;"):
            continue
        fields = fields_of(line)
        if len(fields) != 4:
            problems.append(Problem(where, "`file channel start end`", repr(line[:80])))
            continue
        start_s, end_s = (parse_seconds(value, "a time", where, problems) for value in fields[2:])
        if start_s is not None and end_s is not None and end_s <= start_s:
            problems.append(Problem(where, "an end after the start", f"{start_s}..{end_s} s"))
        elif start_s is not None and end_s is not None:
            parts.setdefault(fields[0], []).append((start_s, end_s))
    return {name: tuple(sorted(own)) for name, own in parts.items()}


def with_scored_parts(
    entries: Iterable[Entry], parts: Mapping[str, tuple[tuple[float, float], ...]]
) -> Iterator[Entry]:
    """Entries with the parts of the recording of their id's name."""
    for entry in entries:
        yield replace(entry, scored_s=parts.get(entry.id, ()))
