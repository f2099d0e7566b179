"""Lhotse manifests: `*recordings*.jsonl[.gz]` and `*supervisions*.jsonl[.gz]` in one folder.

Only sources of type `file` are read. Source: https://lhotse.readthedocs.io/en/latest/corpus.html
"""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from bench.corpora.entry import Entry
from bench.corpora.importers.common import ImportOptions, Problems, parse_seconds, require_language
from bench.corpora.importers.folders import is_hidden
from bench.corpora.importers.reading import parse_json
from bench.corpora.importers.references import gender_of, labels_of_speakers, references_of
from bench.errors import ManifestError, Problem
from bench.types import Word

_WHOLE_S = 0.02
"""A supervision that leaves out less than this at either end covers the whole recording."""


def read_entries(path: Path, options: ImportOptions, problems: Problems) -> Iterator[Entry]:
    """One entry per supervision."""
    recordings = {row.get("id"): row for _, row in _rows(_only(path, "recordings"), problems)}
    for where, row in _rows(_only(path, "supervisions"), problems):
        recording = recordings.get(row.get("recording_id"))
        if recording is None:
            problems.append(Problem(where, "a recording_id of the recordings", repr(row.get("recording_id"))))
            continue
        source = next(
            (candidate for candidate in recording.get("sources", []) if candidate.get("type") == "file"), None
        )
        if source is None:
            problems.append(Problem(where, "a recording with a source of type file", json.dumps(recording)[:80]))
            continue
        entry = _entry(where, row, recording, (options.audio_root or path) / source["source"], options, problems)
        if entry:
            yield entry


def _entry(
    where: str, row: dict[str, Any], recording: dict[str, Any], audio: Path, options: ImportOptions, problems: Problems
) -> Entry | None:
    start = parse_seconds(row.get("start"), "start", where, problems)
    length = parse_seconds(row.get("duration"), "duration", where, problems)
    language = row.get("language") or require_language(options, where, problems)
    if start is None or length is None or not language:
        return None
    total = float(recording.get("duration", 0.0))
    whole = start < _WHOLE_S and abs(start + length - total) < _WHOLE_S
    channels = sum(len(source.get("channels", [0])) for source in recording["sources"])
    channel = row.get("channel", 0)
    custom: dict[str, Any] = row["custom"] if isinstance(row.get("custom"), dict) else {}
    labels = labels_of_speakers([("", {**custom, "gender": gender_of(str(row.get("gender") or ""))})]).get("", {})
    return Entry(
        id=str(row["id"]),
        text=row.get("text") or "",
        language=_code(str(language)),
        audio=audio,
        where=where,
        start_s=None if whole else start,
        end_s=None if whole else start + length,
        channel=channel if channels > 1 and isinstance(channel, int) else None,
        cluster=row.get("speaker"),
        words=_words(row, where, problems),
        tags={"gender": row["gender"]} if row.get("gender") else {},
        labels=labels,
        **references_of(custom, where, problems),
    )


def _words(row: dict[str, Any], where: str, problems: Problems) -> tuple[Word, ...] | None:
    """Of the alignment `word`: `[symbol, start, duration, ...]`, counted from the recording's start."""
    aligned = (row.get("alignment") or {}).get("word") or ()
    words = []
    for word in aligned:
        if not isinstance(word, list) or len(word) < 3 or not all(isinstance(part, int | float) for part in word[1:3]):
            problems.append(Problem(where, "words as [symbol, start, duration]", json.dumps(word)[:80]))
            return None
        start_s = word[1] - row["start"]
        words.append(Word(text=str(word[0]), start_s=round(max(0.0, start_s), 6), end_s=round(start_s + word[2], 6)))
    return tuple(words) or None


def _code(language: str) -> str:
    """Recipes of Lhotse write English names of languages."""
    return {"English": "en", "Mandarin": "zh", "Chinese": "zh", "German": "de", "Hindi": "hi"}.get(language, language)


def _only(path: Path, what: str) -> Path:
    files = [
        file
        for file in sorted(path.glob(f"*{what}*.jsonl*"))
        if file.suffix in (".jsonl", ".gz") and not is_hidden(file, path)
    ]
    if len(files) != 1:
        names = ", ".join(file.name for file in files) or "none"
        raise ManifestError([Problem(str(path), f"one file *{what}*.jsonl or .jsonl.gz", names)])
    return files[0]


def _rows(path: Path, problems: Problems) -> Iterator[tuple[str, dict[str, Any]]]:
    opener = gzip.open if path.suffix == ".gz" else open
    with opener(path, "rt", encoding="utf-8") as file:
        for number, line in enumerate(file, start=1):
            where = f"{path}:{number}"
            try:
                yield where, dict(parse_json(line))
            except (ValueError, TypeError) as error:
                problems.append(Problem(where, "one JSON object", str(error)))
