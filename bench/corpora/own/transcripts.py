"""Transcripts as people have them beside recordings, and tables that name recordings and say what was spoken."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from bench import audio
from bench.corpora.entry import Entry
from bench.corpora.importers import IMPORTERS
from bench.corpora.importers.common import FIELDS, ImportOptions, Problems, row_entry, squeezed, usual_row
from bench.corpora.importers.folders import name_of, names_beside, recording_at
from bench.corpora.importers.reading import parse_json, read_lines, read_objects, read_text
from bench.corpora.importers.table import read_rows
from bench.errors import ManifestError, Problem

_FORMATS = {".srt": "srt", ".vtt": "vtt", ".textgrid": "textgrid", ".stm": "stm", ".ctm": "ctm"}
SUFFIXES = (".txt", *_FORMATS, ".json")
"""Of transcripts beside a recording, in order of preference."""
_TABLES = (".csv", ".tsv", ".tab", ".jsonl", ".json")
_TEXT = (*FIELDS["text"], "display_text", "utterance", "content")
_PARTS = ("segments", "utterances", "results", "phrases", "words")
_START, _END = (*FIELDS["start_s"], "begin"), FIELDS["end_s"]


@dataclass(frozen=True, slots=True, kw_only=True)
class TranscriptTable:
    """A file whose rows name recordings and say what was spoken in them."""

    path: Path
    rows: tuple[tuple[str, Mapping[str, Any]], ...]
    """With the place of each, for messages; `audio` names an existing file."""
    recordings: frozenset[Path]


def find_tables(
    folder: Path, files: Sequence[Path], recordings: Sequence[Path]
) -> tuple[list[TranscriptTable], dict[Path, Problems]]:
    """Tables among the files, and the problems of each file that has some.

    A file that could be a table and names no recording is a problem, unless it lies beside a recording.
    """
    names = names_beside(recordings)
    tables, problems = list[TranscriptTable](), dict[Path, Problems]()
    for path in files:
        if path.suffix.lower() not in _TABLES or name_of(path) in names:
            continue
        own: Problems = []
        try:
            rows = tuple(_placed(folder, path, _rows(path, own), own))
        except ManifestError as error:
            problems[path] = list(error.problems)
            continue
        if rows:
            tables.append(
                TranscriptTable(path=path, rows=rows, recordings=frozenset(Path(row["audio"]) for _, row in rows))
            )
        elif not own:
            wanted = "columns that name a recording and its text (audio, text)"
            own = [Problem(str(path), wanted, "none", "it is not used")]
        if own:
            problems[path] = own
    return tables, problems


def _rows(path: Path, problems: Problems) -> Iterator[tuple[str, Mapping[str, Any]]]:
    if path.suffix.lower() in (".csv", ".tsv", ".tab"):
        yield from read_rows(path, problems)
    elif (named := _texts_by_name(path)) is not None:
        yield from ((str(path), {"audio": name, "text": text}) for name, text in named.items())
    else:
        yield from read_objects(path, problems)


def _texts_by_name(path: Path) -> dict[str, str] | None:
    """A JSON object whose keys are recordings and whose values are what is said in them."""
    if path.suffix.lower() != ".json":
        return None
    try:
        texts = parse_json(read_text(path))
    except ValueError:
        return None
    is_one = isinstance(texts, dict) and texts and all(isinstance(value, str) for value in texts.values())
    return texts if is_one and not set(texts) & {*FIELDS["audio"], *_TEXT} else None


def _placed(
    folder: Path, path: Path, rows: Iterator[tuple[str, Mapping[str, Any]]], problems: Problems
) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Rows that have a text and name a recording; a name may lack its suffix."""
    for where, given in rows:
        row = usual_row(given)
        name = next((row[column] for column in FIELDS["audio"] if row.get(column)), None)
        name = name if name is not None else next((row[column] for column in FIELDS["id"] if row.get(column)), None)
        text = next((row[column] for column in _TEXT if row.get(column) is not None), None)
        if not isinstance(name, str) or not isinstance(text, str):
            continue
        places = (recording_at(base, name) for base in (path.parent, folder))
        recording = next(
            (
                candidate
                for candidate in places
                if candidate.suffix.lower() in audio.AUDIO_SUFFIXES and candidate.is_file()
            ),
            None,
        )
        if recording is None:
            problems.append(Problem(where, f"a recording {name!r} in {folder}", "none"))
        else:
            yield where, {**row, "audio": str(recording.absolute()), "text": text}


def entries_of_table(
    table: TranscriptTable, recording: Path, name: str, options: ImportOptions, problems: Problems
) -> Iterator[Entry]:
    """What a table says of one recording."""
    for where, row in table.rows:
        if Path(row["audio"]) == recording.absolute():
            entry = row_entry(row, where, table.path.parent, options, problems)
            if entry and entry.is_id_made:
                start = "" if entry.start_s is None else f"-{round(entry.start_s * 1000):08d}"
                channel = "" if entry.channel is None else f"-channel{entry.channel}"
                entry = replace(entry, id=name + channel + start)
            if entry:
                yield entry


def entries_beside(
    transcript: Path, recording: Path, name: str, options: ImportOptions, problems: Problems
) -> Iterator[Entry]:
    """What a file beside a recording says of it."""
    suffix = transcript.suffix.lower()
    if suffix in _FORMATS:
        for entry in IMPORTERS.load(_FORMATS[suffix])(transcript, options, problems):
            yield replace(entry, id=name + entry.id.removeprefix(transcript.stem)) if entry.is_id_made else entry
        return
    whole = Entry(
        id=name, is_id_made=True, text="", language=options.language or "und", audio=recording, where=str(transcript)
    )
    if suffix == ".json":
        yield from _entries_of_json(transcript, whole, problems)
        return
    yield replace(whole, text=squeezed(" ".join(line for _, line in read_lines(transcript))))


def _entries_of_json(path: Path, whole: Entry, problems: Problems) -> Iterator[Entry]:
    """A text, or parts with times: `segments` of Whisper, `utterances` of vendors, a list of them."""
    content = _json(read_text(path), str(path), problems)
    parts = (
        content
        if isinstance(content, list)
        else next((content[k] for k in _PARTS if isinstance(content, dict) and isinstance(content.get(k), list)), None)
    )
    timed = [part for part in parts or [] if isinstance(part, dict) and _first(part, _TEXT) is not None]
    times = [(_first(part, _START), _first(part, _END)) for part in timed]
    if (
        timed
        and len(timed) == len(parts or [])
        and all(isinstance(a, int | float) and isinstance(b, int | float) for a, b in times)
    ):
        is_words = isinstance(content, dict) and parts is content.get("words")
        if not is_words:
            for index, (part, (start, end)) in enumerate(zip(timed, times, strict=True)):
                speaker = _first(part, FIELDS["cluster"])
                yield replace(
                    whole,
                    id=f"{whole.id}-{round(float(start) * 1000):08d}",
                    text=squeezed(str(_first(part, _TEXT))),
                    where=f"{path}: item {index + 1}",
                    start_s=float(start),
                    end_s=float(end),
                    cluster=None if speaker is None else f"{whole.id}-{speaker}",
                )
            return
    text = _first(content, _TEXT) if isinstance(content, dict) else content
    if isinstance(text, str):
        yield replace(whole, text=squeezed(text))
    elif content is not None:
        wanted = "a text (`text`, `transcript` ...) or `segments` with start, end and text"
        problems.append(Problem(str(path), wanted, "another shape of JSON"))


def _first(row: Any, names: Sequence[str]) -> Any:
    return next((row[name] for name in names if row.get(name) is not None), None)


def _json(text: str, where: str, problems: Problems) -> Any:
    try:
        return parse_json(text)
    except ValueError as error:
        problems.append(Problem(where, "JSON", str(error)))
        return None
