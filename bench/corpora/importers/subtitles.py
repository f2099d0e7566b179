"""Subtitles over long audio: SRT and WebVTT. One cue is one utterance; the recording has the same name.

Markup is removed; `<v Name>` of WebVTT becomes the cluster. Subtitles are often shortened: check them before trusting
them as references. Source: https://www.w3.org/TR/webvtt1/
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from pathlib import Path

from bench.corpora.entry import Entry
from bench.corpora.importers.common import ImportOptions, Problems, require_audio, require_language
from bench.errors import ManifestError, Problem

_TIMES = re.compile(r"((?:\d+:)?\d{1,2}:\d{2}[.,]\d{3})\s+-->\s+((?:\d+:)?\d{1,2}:\d{2}[.,]\d{3})")
_MEANT_AS_TIMES = re.compile(r"\s*(?:\d+:)?\d{1,2}:\d{2}[.,]\d+\s*[-–—=>]")
"""A broken line of times must not pass for text: its cue would be lost in silence."""
_VOICE = re.compile(r"<v(?:\.[^ >]*)?\s+([^>]+)>")
_MARKUP = re.compile(r"<[^>]*>|\{\\[^}]*\}")


def read_srt(path: Path, options: ImportOptions, problems: Problems) -> Iterator[Entry]:
    """One entry per cue of a SubRip file, or of every one in a folder."""
    yield from _files(path, ".srt", options, problems)


def read_vtt(path: Path, options: ImportOptions, problems: Problems) -> Iterator[Entry]:
    """One entry per cue of a WebVTT file, or of every one in a folder."""
    yield from _files(path, ".vtt", options, problems)


def _files(path: Path, suffix: str, options: ImportOptions, problems: Problems) -> Iterator[Entry]:
    files = [path] if path.is_file() else sorted(path.rglob(f"*{suffix}"))
    if not files:
        raise ManifestError([Problem(str(path), f"a {suffix} file", "none")])
    language = require_language(options, str(path), problems)
    for file in files:
        recording = require_audio(options.audio_root or file.parent, file.stem, str(file), problems)
        if recording and language:
            yield from _cues(file, recording, language, problems)


def _cues(file: Path, recording: Path, language: str, problems: Problems) -> Iterator[Entry]:
    try:
        lines = file.read_text(encoding="utf-8-sig").splitlines()
    except UnicodeDecodeError as error:
        raise ManifestError([Problem(str(file), "UTF-8 text", str(error))]) from error
    for number, line in enumerate(lines, start=1):
        if "-->" not in line and not _MEANT_AS_TIMES.match(line):
            continue
        where = f"{file}:{number}"
        match = _TIMES.search(line)
        if not match:
            problems.append(Problem(where, "`00:00:01,000 --> 00:00:02,500`", repr(line)))
            continue
        start, end = _seconds(match[1]), _seconds(match[2])
        text, speaker = _cue_text(lines[number:])
        if end <= start:
            problems.append(Problem(where, "an end after the start", f"{start}..{end} s"))
        elif text:
            yield Entry(
                id=f"{file.stem}-{round(start * 1000):08d}",
                text=text,
                language=language,
                audio=recording,
                where=where,
                start_s=start,
                end_s=end,
                cluster=speaker or file.stem,
            )


def _cue_text(lines: list[str]) -> tuple[str, str | None]:
    """Text up to the next blank line, without markup, and who says it."""
    payload = []
    for line in lines:
        if not line.strip():
            break
        payload.append(line.strip())
    raw = " ".join(payload)
    voice = _VOICE.search(raw)
    return " ".join(html.unescape(_MARKUP.sub("", raw)).split()), voice[1].strip() if voice else None


def _seconds(clock: str) -> float:
    parts = [float(part) for part in clock.replace(",", ".").split(":")]
    return sum(part * unit for part, unit in zip(reversed(parts), (1.0, 60.0, 3600.0), strict=False))
