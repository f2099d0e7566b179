"""CTM (time-marked conversation): `file channel start duration word [confidence]`, comments begin with `;;`.

Words are grouped into utterances at silences (`gap_s`). Of alternations (`<ALT_BEGIN>`) the first is taken.
Source: https://github.com/usnistgov/SCTK/blob/master/doc/infmts.htm
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from bench.corpora.entry import Entry
from bench.corpora.importers.common import (
    NIST_CHANNELS,
    ImportOptions,
    Problems,
    fields_of,
    parse_seconds,
    read_lines,
    require_audio,
    require_language,
)
from bench.corpora.importers.timed import TimedWord, word_entries
from bench.errors import Problem


def read_entries(path: Path, options: ImportOptions, problems: Problems) -> Iterator[Entry]:
    """Entries per recording and channel, in order of time."""
    language = require_language(options, str(path), problems)
    for (name, channel), words in _words(path, problems).items():
        recording = require_audio(options.audio_root or path.parent, name, str(path), problems)
        if recording and language:
            whole = Entry(
                id=f"{name}-{channel}",
                is_id_made=True,
                text="",
                language=language,
                audio=recording,
                where=str(path),
                channel=NIST_CHANNELS.get(channel),
                cluster=f"{name}-{channel}",
            )
            yield from word_entries(sorted(words, key=lambda word: word.start_s), options.gap_s, whole)


def _words(path: Path, problems: Problems) -> dict[tuple[str, str], list[TimedWord]]:
    found: dict[tuple[str, str], list[TimedWord]] = {}
    skipping = False
    for where, line in read_lines(path):
        fields = fields_of(line)
        if line.startswith(";;"):
            continue
        if len(fields) < 5:
            problems.append(Problem(where, "`file channel start duration word`", repr(line[:80])))
            continue
        if fields[4].upper() in ("<ALT_BEGIN>", "<ALT>", "<ALT_END>"):
            skipping = fields[4].upper() == "<ALT>"
            continue
        start = parse_seconds(fields[2], "start", where, problems)
        length = parse_seconds(fields[3], "duration", where, problems)
        if start is not None and length is not None and not skipping:
            found.setdefault((fields[0], fields[1]), []).append(TimedWord(fields[4], start, start + length, where))
    return found
