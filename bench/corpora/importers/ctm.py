"""CTM (time-marked conversation): `file channel start duration word [confidence]`, comments begin with `;;`.

Words are grouped into utterances at silences (`gap_s`). Alternations (`<ALT_BEGIN>`) become variants,
`{a|b|}`; the times are those of the first that has words. `<eps>` and `@` are no words.
Source: https://github.com/usnistgov/SCTK/blob/master/doc/infmts.htm
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
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
from bench.corpora.importers.timed import TimedWord, word_entries
from bench.errors import Problem


def read_entries(path: Path, options: ImportOptions, problems: Problems) -> Iterator[Entry]:
    """Entries per recording and channel, in order of time."""
    language = require_language(options, str(path), problems)
    by_channel = _words(path, problems)
    channels = channels_of(by_channel)
    for (name, channel), words in by_channel.items():
        recording = require_audio(options.audio_root or path.parent, name, str(path), problems)
        if recording and language:
            whole = Entry(
                id=f"{name}-{channel}",
                is_id_made=True,
                text="",
                language=language,
                audio=recording,
                where=str(path),
                channel=nist_channel(channel, channels[name]),
                cluster=f"{name}-{channel}",
            )
            yield from word_entries(sorted(words, key=lambda word: word.start_s), options.gap_s, whole)


_MARKS = ("<ALT_BEGIN>", "<ALT>", "<ALT_END>")
_NO_WORDS = ("<EPS>", "@")


def _words(path: Path, problems: Problems) -> dict[tuple[str, str], list[TimedWord]]:
    by_channel: dict[tuple[str, str], list[TimedWord]] = {}
    alternates: list[list[TimedWord]] = []
    for where, line in read_lines(path):
        fields = fields_of(without_comment(line))
        if line.lstrip().startswith(";;"):
            continue
        if len(fields) < 5:
            problems.append(Problem(where, "`file channel start duration word`", repr(line[:80])))
            continue
        words = by_channel.setdefault((fields[0], fields[1]), [])
        mark = fields[4].upper()
        if mark in _MARKS:
            words += _either(alternates) if mark != "<ALT>" else ()
            alternates = [] if mark == "<ALT_END>" else [*(alternates if mark == "<ALT>" else ()), []]
            continue
        start = parse_seconds(fields[2], "start", where, problems)
        length = parse_seconds(fields[3], "duration", where, problems)
        if start is not None and length is not None and mark not in _NO_WORDS:
            (alternates[-1] if alternates else words).append(TimedWord(fields[4], start, start + length, where))
    if any(alternates):
        problems.append(Problem(str(path), "<ALT_END> behind each <ALT_BEGIN>", "none"))
    return {key: words for key, words in by_channel.items() if words}


def _either(alternates: Sequence[Sequence[TimedWord]]) -> list[TimedWord]:
    """Words with all alternates in the text of the first; nothing, where none has words."""
    texts = dict.fromkeys(" ".join(word.text for word in words) for words in alternates)
    timed = next(filter(None, alternates), ())
    if len(texts) < 2:
        return [*timed]
    written = f"{{{'|'.join(texts)}}}"
    return [word._replace(written="" if index else written) for index, word in enumerate(timed)]
