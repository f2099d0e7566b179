"""Subtitles over long audio: SRT and WebVTT. One cue is one utterance; the recording has the same name.

Cues may lack the blank line between them and have some inside; no text is lost. Markup is removed; `<v Name>` of WebVTT
becomes the cluster. Captions that roll, as YouTube's do, repeat in each cue lines of the one before: those are taken
once. Subtitles are often shortened: check them before trusting them as references.
Source: https://www.w3.org/TR/webvtt1/
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator, Sequence
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

from bench.corpora.entry import Entry
from bench.corpora.importers.common import ImportOptions, Problems, require_audio, require_language, squeezed
from bench.corpora.importers.folders import files_in
from bench.corpora.importers.reading import read_text
from bench.errors import ManifestError, Problem

_CLOCK = r"(?:\d+:)?[0-5]?\d:[0-5]?\d(?:[.,]\d{1,3})?"
_TIMES = re.compile(rf"\s*({_CLOCK})\s*-->\s*({_CLOCK})(?:\s|$)")
_MEANT_AS_TIMES = re.compile(r"\s*(?:\d+:)?\d{1,2}:\d{2}[.,]\d+\s*[-–—=>~→⇒➔]|\W*\d+\s*:.*-->|.*-->\W*\d+\s*:\s*\d")
"""A broken line of times must not pass for text: its cue would be lost in silence. An arrow alone is text."""
_VOICE = re.compile(r"<v(?:\.[^ >]*)?\s+([^>]+)>")
_MARKUP = re.compile(
    r"</?(?:[biusc]|v|lang|ruby|rt|font)(?:[.\s][^<>]*)?>|<(?:\d+:)?\d{2}:\d{2}[.,]\d{3}>|\{\\[^}]*\}", re.I
)
_ROLLS = 2
_TOUCHING_S = 0.1
_BLOCK = re.compile(r"(?:NOTE|STYLE|REGION)(?:\s|$)")


def read_srt(path: Path, options: ImportOptions, problems: Problems) -> Iterator[Entry]:
    """One entry per cue of a SubRip file, or of every one in a folder."""
    yield from _files(path, ".srt", options, problems)


def read_vtt(path: Path, options: ImportOptions, problems: Problems) -> Iterator[Entry]:
    """One entry per cue of a WebVTT file, or of every one in a folder."""
    yield from _files(path, ".vtt", options, problems)


def _files(path: Path, suffix: str, options: ImportOptions, problems: Problems) -> Iterator[Entry]:
    files = [path] if path.is_file() else files_in(path, (suffix,))
    if not files:
        raise ManifestError([Problem(str(path), f"a {suffix} file", "none")])
    language = require_language(options, str(path), problems)
    for file in files:
        folder = options.audio_root or file.parent
        recording = require_audio(folder, file.stem, str(file), problems) if options.needs_audio else file
        lines = _lines(file, problems)
        if recording and language:
            yield from _cues(file, lines, recording, language, problems)


def _lines(file: Path, problems: Problems) -> list[str]:
    try:
        lines = read_text(file).split("\n")
    except ManifestError as error:
        problems.extend(error.problems)
        return []
    if file.suffix.lower() == ".vtt":
        lines = _without_blocks(lines)
    if not any(map(_is_times, lines)):
        problems.append(Problem(str(file), "cues with times", "none"))
    return lines


def _is_times(line: str) -> bool:
    return _TIMES.match(line) is not None or _MEANT_AS_TIMES.match(line) is not None


def _without_blocks(lines: Sequence[str]) -> list[str]:
    """Lines of WebVTT; the header and blocks that are no cues, up to the blank line behind them, are blank.

    A cue that was put into a note is none, as FFmpeg and webvtt-py see it.
    """
    kept: list[str] = []
    is_block = False
    for index, line in enumerate(lines):
        is_header = index == 0 and line.startswith("WEBVTT")
        begins = _BLOCK.match(line) is not None and (index < 2 or not lines[index - 1].strip())
        is_block = bool(line.strip()) and (is_block or begins)
        kept.append("" if is_block or is_header else line)
    return kept


def _cues(file: Path, lines: list[str], recording: Path, language: str, problems: Problems) -> Iterator[Entry]:
    cues = [*_read_cues(file, lines, problems)]
    is_rolling = _is_rolling(cues)
    for before, cue in zip([None, *cues], cues, strict=False):
        repeated = _repeated(before, cue) if is_rolling and before else 0
        text, speaker = _said(cue.lines[repeated:])
        if text:
            yield Entry(
                id=f"{file.stem}-{round(cue.start_s * 1000):08d}",
                is_id_made=True,
                text=text,
                language=language,
                audio=recording,
                where=cue.where,
                start_s=cue.start_s,
                end_s=cue.end_s,
                cluster=speaker or file.stem,
                doubt="captions that roll: lines that a cue repeats from the one before are taken once"
                if is_rolling
                else "",
            )


class _Cue(NamedTuple):
    where: str
    start_s: float
    end_s: float
    lines: list[str]


def _read_cues(file: Path, lines: list[str], problems: Problems) -> Iterator[_Cue]:
    """Cues whose times can be read."""
    timed = [index for index, line in enumerate(lines) if _is_times(line)]
    if not timed:
        return
    is_vtt = file.suffix.lower() == ".vtt"
    is_numbered = timed[0] > 0 and lines[timed[0] - 1].strip().isdigit()
    if not is_vtt:  # its header goes on to the first cue
        problems.extend(_before(file, lines[: timed[0]], is_numbered))
    for at, following in pairwise([*timed, len(lines)]):
        where = f"{file}:{at + 1}"
        match = _TIMES.match(lines[at])
        if not match:
            problems.append(Problem(where, "`00:00:01,000 --> 00:00:02,500`", repr(lines[at])))
            continue
        start_s, end_s = _seconds(match[1]), _seconds(match[2])
        if end_s <= start_s:
            problems.append(Problem(where, "an end after the start", f"{start_s}..{end_s} s"))
            continue
        payload = _payload(lines[at + 1 : following], following < len(lines), is_numbered, is_vtt)
        yield _Cue(where, start_s, end_s, [line for line in payload if line.strip()])


def _is_rolling(cues: Sequence[_Cue]) -> bool:
    """Whether a file's way is to repeat what stands on the screen: a third of its cues, two at least, begin with lines
    of the cue before and go on. A cue that is the one before again is no sign of it: people say things twice.
    """
    grown = sum(0 < _repeated(before, cue) < len(cue.lines) for before, cue in pairwise(cues))
    return grown >= max(_ROLLS, len(cues) / 3)


def _repeated(before: _Cue, cue: _Cue) -> int:
    """How many lines a cue begins with that the one before, which it touches, ended with."""
    if cue.start_s - before.end_s > _TOUCHING_S:
        return 0
    shown, lines = ([squeezed(_MARKUP.sub("", line)) for line in each.lines] for each in (before, cue))
    most = min(len(shown), len(lines))
    return next((count for count in range(most, 0, -1) if shown[-count:] == lines[:count]), 0)


def _before(file: Path, lines: Sequence[str], is_numbered: bool) -> Iterator[Problem]:
    """Text before the first cue, which belongs to none."""
    for number, line in enumerate(lines[:-1] if is_numbered else lines, start=1):
        if line.strip():
            yield Problem(f"{file}:{number}", "the number or the times of a cue", repr(line[:80]))


def _payload(lines: Sequence[str], is_followed: bool, is_numbered: bool, is_vtt: bool) -> list[str]:
    """Lines of a cue: all up to the next one, without that one's number or name."""
    kept = list(lines)
    if is_followed and kept and kept[-1].strip():
        is_name = is_vtt and len(kept) > 1 and not kept[-2].strip()
        if is_name or (is_numbered and kept[-1].strip().isdigit()):
            kept.pop()
    return kept


def _said(payload: Sequence[str]) -> tuple[str, str | None]:
    """Text without markup, and who says it; several voices in one cue are nobody."""
    raw = squeezed(" ".join(payload))
    voices = {voice.strip() for voice in _VOICE.findall(raw)}
    return squeezed(html.unescape(_MARKUP.sub("", raw))), voices.pop() if len(voices) == 1 else None


def _seconds(clock: str) -> float:
    parts = [float(part) for part in clock.replace(",", ".").split(":")]
    return sum(part * unit for part, unit in zip(reversed(parts), (1.0, 60.0, 3600.0), strict=False))
