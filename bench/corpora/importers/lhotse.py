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
from bench.corpora.importers.common import ImportOptions, Problems, require_language
from bench.corpora.importers.folders import is_hidden
from bench.corpora.importers.reading import parse_json, parse_seconds
from bench.corpora.importers.references import gender_of, labels_of_speakers, references_of
from bench.errors import ManifestError, Problem
from bench.types import Word

_WHOLE_S = 0.02
"""A supervision that leaves out less than this at either end covers the whole recording."""
_LONGEST_S = 1e7
"""As manifests hold it."""


def read_entries(path: Path, options: ImportOptions, problems: Problems) -> Iterator[Entry]:
    """One entry per supervision."""
    recordings = {str(row.get("id")): row for _, row in _rows(_only(path, "recordings"), problems)}
    for where, row in _rows(_only(path, "supervisions"), problems):
        recording = recordings.get(str(row.get("recording_id")))
        if recording is None:
            problems.append(Problem(where, "a recording_id of the recordings", repr(row.get("recording_id"))))
            continue
        sources = _sources(recording)
        source = next((candidate.get("source") for candidate in sources if candidate.get("type") == "file"), None)
        if not isinstance(source, str):
            problems.append(Problem(where, "a recording with a source of type file", json.dumps(recording)[:80]))
            continue
        entry = _entry(where, row, recording, (options.audio_root or path) / source, options, problems)
        if entry:
            yield entry


def _sources(recording: dict[str, Any]) -> list[dict[str, Any]]:
    listed = recording.get("sources")
    return [source for source in listed if isinstance(source, dict)] if isinstance(listed, list) else []


def _entry(
    where: str, row: dict[str, Any], recording: dict[str, Any], audio: Path, options: ImportOptions, problems: Problems
) -> Entry | None:
    start = parse_seconds(row.get("start"), "start", where, problems)
    length = parse_seconds(row.get("duration"), "duration", where, problems)
    language = row.get("language") or require_language(options, where, problems)
    total = parse_seconds(recording.get("duration", 0.0), "duration of the recording", where, problems)
    wrong = [name for name in ("id", "text") if not isinstance(row.get(name) or "", str | int)]
    if wrong or row.get("id") is None:
        problems.append(Problem(where, "an id, and a text if any", json.dumps(row, ensure_ascii=False)[:80]))
        return None
    if start is None or length is None or total is None or not language:
        return None
    whole = start < _WHOLE_S and abs(start + length - total) < _WHOLE_S
    channels = sum(len(own) if isinstance(own := source.get("channels"), list) else 1 for source in _sources(recording))
    channel = row.get("channel", 0)
    custom: dict[str, Any] = row["custom"] if isinstance(row.get("custom"), dict) else {}
    labels = labels_of_speakers([("", {**custom, "gender": gender_of(str(row.get("gender") or ""))})]).get("", {})
    return Entry(
        id=str(row["id"]),
        text=str(row.get("text") or ""),
        language=_code(str(language)),
        audio=audio,
        where=where,
        start_s=None if whole else start,
        end_s=None if whole else start + length,
        channel=channel if channels > 1 and isinstance(channel, int) else None,
        cluster=None if row.get("speaker") is None else str(row["speaker"]),
        words=_words(row.get("alignment"), start, where, problems),
        tags={"gender": str(row["gender"])} if row.get("gender") else {},
        labels=labels,
        **references_of(custom, where, problems),
    )


def _words(alignment: Any, begin_s: float, where: str, problems: Problems) -> tuple[Word, ...] | None:
    """Of the alignment `word`: `[symbol, start, duration, ...]`, counted from the recording's start."""
    aligned = alignment.get("word") if isinstance(alignment, dict) else alignment
    if not aligned:
        return None
    words = []
    for word in aligned if isinstance(alignment, dict) and isinstance(aligned, list) else [aligned]:
        times = word[1:3] if isinstance(word, list) else []
        if len(times) < 2 or not all(isinstance(part, int | float) and abs(part) < _LONGEST_S for part in times):
            problems.append(Problem(where, "words as [symbol, start, duration]", json.dumps(word)[:80]))
            return None
        start_s = word[1] - begin_s
        words.append(Word(text=str(word[0]), start_s=round(max(0.0, start_s), 6), end_s=round(start_s + word[2], 6)))
    return tuple(words)


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
