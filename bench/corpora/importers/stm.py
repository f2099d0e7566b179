"""STM (segment time marks): `file channel speaker start end [<labels>] words`, comments begin with `;;`.

NIST knows comments on lines of their own; what stands behind a ` ;;` in a line is taken for one too, and said so.
Segments marked `ignore_time_segment_in_scoring` are left out; recordings are found by name in --audio-root.
Source: https://github.com/usnistgov/SCTK/blob/master/doc/infmts.htm
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from bench.corpora.entry import Entry
from bench.corpora.importers.common import (
    ImportOptions,
    Problems,
    channels_of,
    fields_of,
    nist_channel,
    require_audio,
    require_language,
    without_comment,
)
from bench.corpora.importers.reading import parse_seconds, read_lines
from bench.corpora.importers.references import gender_of
from bench.errors import Problem

_LABELS = re.compile(r"<([^>]*)>(?:[ \t]+|$)")
_BRACED = re.compile(r"\{([^{}]*)\}")
_SLASH = re.compile(r"(?:^|(?<=\s))/(?=\s|$)")
_DELETABLE = re.compile(r"\((%\S+)\)")
_OPEN = re.compile(r"(?:^|\s)\{\s[^{}]*\s/(?:\s|$)[^{}]*$")
"""Alternates that nothing closes would be scored as words."""
_MOST_VARIANTS = 64
"""Nested alternates multiply."""


def read_entries(path: Path, options: ImportOptions, problems: Problems) -> Iterator[Entry]:
    """One entry per segment."""
    language = require_language(options, str(path), problems)
    lines = [*_lines(path, problems)]
    channels = channels_of((fields[0], fields[1]) for _, fields in lines)
    for where, fields in lines:
        name, channel, speaker, first, last = fields[:5]
        rest = fields[5] if len(fields) > 5 else ""
        labels, text = labels_and_text(rest)
        start, end = (parse_seconds(value, "a time", where, problems) for value in (first, last))
        recording = require_audio(options.audio_root or path.parent, name, where, problems)
        if start is None or end is None or recording is None or language is None:
            continue
        if end <= start:
            problems.append(Problem(where, "an end after the start", f"{start}..{end} s"))
        elif _OPEN.search(variants := variants_of(text)):
            problems.append(Problem(where, "a `}` behind the alternates", repr(text[:80])))
        elif text and text.lower() != "ignore_time_segment_in_scoring":
            yield Entry(
                id=f"{name}-{channel}-{round(start * 1000):08d}",
                is_id_made=True,
                text=variants,
                language=language,
                audio=recording,
                where=where,
                start_s=start,
                end_s=end,
                channel=nist_channel(channel, channels[name]),
                cluster=speaker,
                doubt="what stands behind `;;` is taken for a comment" if without_comment(rest) != rest else "",
                tags={"labels": labels} if labels else {},
                labels={"gender": gender} if (gender := _gender(labels)) else {},
            )


def _lines(path: Path, problems: Problems) -> Iterator[tuple[str, list[str]]]:
    """Fields of each segment: five, and the rest of the line."""
    for where, line in read_lines(path):
        if line.lstrip().startswith(";;"):
            continue
        fields = fields_of(line, 6)
        if len(fields) < 5:
            problems.append(Problem(where, "`file channel speaker start end words`", repr(line[:80])))
        else:
            yield where, fields


def _gender(labels: str) -> str | None:
    """Of `<o,f0,male>`, as the Hub evaluations write it."""
    return next(filter(None, map(gender_of, labels.split(","))), None)


def labels_and_text(rest: str) -> tuple[str, str]:
    """The labels and the words of what follows a segment's times, without a comment."""
    rest = without_comment(rest)
    match = _LABELS.match(rest)
    return (match[1], rest[match.end() :]) if match else ("", rest)


def variants_of(text: str) -> str:
    """Alternates of STM, `{ a / b / @ }`, as variants, `{a|b|}`; what may be left out, `(%uh)`, as `{%uh|}`.

    `@` is no word. Alternates in alternates are multiplied out. Braces without a slash between blanks stay as they are.
    """
    inner: list[list[str]] = []

    def keep(match: re.Match[str]) -> str:
        if not _SLASH.search(match[1]):
            return match[0]
        inner.append(list(dict.fromkeys(said for part in _SLASH.split(match[1]) for said in _spelt_out(part, inner))))
        return f"\ue000{len(inner) - 1}\ue001"

    before = ""
    while before != text:
        before, text = text, _BRACED.sub(keep, text)
    text = _KEPT.sub(lambda match: "{" + "|".join(inner[int(match[1])][:_MOST_VARIANTS]) + "}", text)
    return _DELETABLE.sub(r"{\1|}", text)


_KEPT = re.compile("\ue000([0-9]+)\ue001")


def _spelt_out(part: str, inner: list[list[str]]) -> list[str]:
    """The alternates that a part with alternates in it stands for."""
    match = _KEPT.search(part)
    if match is None:
        return [" ".join(word for word in part.split() if word != "@")]
    rests = _spelt_out(part[match.end() :], inner)
    return [
        " ".join(f"{part[: match.start()]} {said} {rest}".split()) for said in inner[int(match[1])] for rest in rests
    ]
