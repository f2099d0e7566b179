"""STM (segment time marks): `file channel speaker start end [<labels>] words`, comments begin with `;;`.

Segments marked `ignore_time_segment_in_scoring` are left out; recordings are found by name in --audio-root.
Source: https://github.com/usnistgov/SCTK/blob/master/doc/infmts.htm
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from bench.corpora.entry import Entry
from bench.corpora.importers.common import (
    NIST_CHANNELS,
    ImportOptions,
    Problems,
    parse_seconds,
    read_lines,
    require_audio,
    require_language,
)
from bench.errors import Problem

_LINE = re.compile(r"(\S+)\s+(\S+)\s+(\S+)\s+(\S+)\s+(\S+)(?:\s+<([^>]*)>)?(?:\s+(.*))?$")


def read_entries(path: Path, options: ImportOptions, problems: Problems) -> Iterator[Entry]:
    """One entry per segment."""
    language = require_language(options, str(path), problems)
    for where, line in read_lines(path):
        if line.startswith(";;"):
            continue
        match = _LINE.match(line.strip())
        if not match:
            problems.append(Problem(where, "`file channel speaker start end words`", repr(line[:80])))
            continue
        name, channel, speaker, first, last, labels, text = match.groups()
        start, end = (parse_seconds(value, "a time", where, problems) for value in (first, last))
        recording = require_audio(options.audio_root or path.parent, name, where, problems)
        if start is None or end is None or recording is None or language is None:
            continue
        if end <= start:
            problems.append(Problem(where, "an end after the start", f"{start}..{end} s"))
        elif text and text.strip() != "ignore_time_segment_in_scoring":
            yield Entry(
                id=f"{name}-{channel}-{round(start * 1000):08d}",
                text=text.strip(),
                language=language,
                audio=recording,
                where=where,
                start_s=start,
                end_s=end,
                channel=NIST_CHANNELS.get(channel),
                cluster=speaker,
                tags={"labels": labels} if labels else {},
            )
