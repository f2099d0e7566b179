"""Kaldi data directories: `wav.scp` and `text`; optional `segments`, `utt2spk`, `spk2gender`, `spk2age`,
`utt2emotion`, `utt2lang`.

Entries of `wav.scp` that are commands (they end in `|`) are refused: an import runs no programs.
Source: https://kaldi-asr.org/doc/data_prep.html
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple, TypeVar

from bench.corpora.entry import Entry
from bench.corpora.importers.common import (
    ImportOptions,
    Problems,
    fields_of,
    require_language,
)
from bench.corpora.importers.folders import recording_at
from bench.corpora.importers.reading import parse_seconds, read_lines
from bench.errors import Problem

_Value = TypeVar("_Value")


class _Part(NamedTuple):
    recording: str
    start_s: float | None
    end_s: float | None


def read_entries(path: Path, options: ImportOptions, problems: Problems) -> Iterator[Entry]:
    """One entry per line of `text`."""
    recordings = _recordings(path, options.audio_root or path, problems)
    segments = _segments(path / "segments", problems) if (path / "segments").exists() else None
    speakers, languages = _table(path / "utt2spk", problems), _table(path / "utt2lang", problems)
    genders, ages = _table(path / "spk2gender", problems), _table(path / "spk2age", problems)
    emotions = _table(path / "utt2emotion", problems)
    silent = dict.fromkeys(segments or ())
    for where, line in read_lines(path / "text"):
        utterance, *text = fields_of(line, 2)
        silent.pop(utterance, None)
        part = _Part(utterance, None, None) if segments is None else segments.get(utterance)
        language = languages.get(utterance) or require_language(options, where, problems)
        if part is None or part.recording not in recordings:
            missing = "segments" if part is None else "wav.scp"
            name = utterance if part is None else part.recording
            problems.append(Problem(where, f"{name!r} in {path / missing}", "no such line"))
        elif language:
            speaker = speakers.get(utterance)
            said = {
                "gender": genders.get(speaker or ""),
                "age": ages.get(speaker or ""),
                "emotion": emotions.get(utterance),
            }
            yield Entry(
                id=utterance,
                text=text[0] if text else "",
                language=language,
                audio=recordings[part.recording],
                where=where,
                start_s=part.start_s,
                end_s=part.end_s,
                cluster=speaker,
                tags={name: value for name, value in said.items() if value},
            )
    problems += [Problem(str(path / "segments"), f"a text of {name!r} in {path / 'text'}", "none") for name in silent]


def _recordings(path: Path, root: Path, problems: Problems) -> dict[str, Path]:
    recordings: dict[str, Path] = {}
    for where, line in read_lines(path / "wav.scp"):
        name, *rest = fields_of(line, 2)
        value = rest[0] if rest else ""
        if value.endswith("|"):
            advice = "convert the recordings first and list the files (an import runs no programs)"
            problems.append(Problem(where, "a file", f"the command {value!r}", advice))
        elif not value:
            problems.append(Problem(where, "`recording-id path`", repr(line)))
        else:
            _put(recordings, name, recording_at(root, value), where, problems)
    return recordings


def _segments(path: Path, problems: Problems) -> dict[str, _Part]:
    parts: dict[str, _Part] = {}
    for where, line in read_lines(path):
        fields = fields_of(line)
        if len(fields) < 4:
            problems.append(Problem(where, "`utterance recording start end`", repr(line)))
            continue
        start = parse_seconds(fields[2], "start", where, problems)
        # Kaldi writes -1 for "to the end of the recording".
        end = None if fields[3] == "-1" else parse_seconds(fields[3], "end", where, problems)
        if start is not None and end is not None and end <= start:
            problems.append(Problem(where, "an end after the start", f"{start}..{end} s"))
        _put(parts, fields[0], _Part(fields[1], start, end), where, problems)
    return parts


def _table(path: Path, problems: Problems) -> dict[str, str]:
    table: dict[str, str] = {}
    if not path.exists():
        return table
    for where, line in read_lines(path):
        key, *value = fields_of(line, 2)
        if not value:
            problems.append(Problem(where, "two columns", repr(line)))
        _put(table, key, value[0] if value else "", where, problems)
    return table


def _put(table: dict[str, _Value], key: str, value: _Value, where: str, problems: Problems) -> None:
    """Keep what the first line of a key says; Kaldi allows no second."""
    if key in table:
        problems.append(Problem(where, "each id on one line", f"{key!r} again", "leave one of the lines out"))
    else:
        table[key] = value
