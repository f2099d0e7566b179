"""Who speaks in a recording: from a pattern of file names, or from a table. Intervals are made over speakers."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from bench.corpora.importers.common import FIELDS, Problems, parse_channel
from bench.corpora.importers.folders import folded, stem_of
from bench.corpora.importers.table import read_rows
from bench.errors import ManifestError, Problem, UsageError


@dataclass(frozen=True, slots=True, kw_only=True)
class Speakers:
    """Knows speakers by name of recording and channel."""

    pattern: re.Pattern[str] | None = None
    """Its group `speaker`, or its first one, names the speaker."""
    table: Mapping[tuple[str, int | None], str] = field(default_factory=dict)
    """(folded name of a recording, channel or `None` for all) -> speaker."""

    def of(self, name: str, channel: int | None) -> str | None:
        """The speaker of a channel; `None`: nothing says.

        Names of files are the same in any case, and so is who they name: `ANN` and `ann` are one speaker.

        Args:
            name: of the recording from its folder, without suffix.
            channel: of a recording whose channels are treated apart.
        """
        for key in (folded(name), folded(Path(name).name)):
            speaker = self.table.get((key, channel)) or self.table.get((key, None))
            if speaker:
                return speaker
        match = self.pattern.search(name) if self.pattern else None
        if match is None:
            return None
        speaker = match["speaker"] if "speaker" in match.re.groupindex else match[1]
        return folded(speaker) if speaker else None


def read_speakers(pattern: str | None, table: Path | None) -> Speakers:
    """Speakers from a regular expression and a CSV file with the columns `audio`, `speaker` and, if need be, `channel`.

    Raises:
        UsageError: if the pattern is none, or has no group.
        ManifestError: if the table lacks a column.
    """
    return Speakers(pattern=_pattern(pattern), table=_table(table) if table else {})


def _pattern(text: str | None) -> re.Pattern[str] | None:
    if text is None:
        return None
    try:
        pattern = re.compile(text)
    except re.error as error:
        raise UsageError(Problem(f"--speaker-from {text!r}", "a regular expression", f"none ({error})")) from error
    if not pattern.groups:
        advice = r"put brackets around the speaker: 'agent-(\w+)-'"
        raise UsageError(Problem(f"--speaker-from {text!r}", "a group", "none", advice))
    return pattern


def _table(path: Path) -> dict[tuple[str, int | None], str]:
    problems: Problems = []
    speakers: dict[tuple[str, int | None], str] = {}
    for where, row in read_rows(path, problems):
        name = next((row[column] for column in FIELDS["audio"] if row.get(column)), None)
        speaker = next((row[column] for column in FIELDS["cluster"] if row.get(column)), None)
        if name is None or ("speaker" not in row and speaker is None):
            problems.append(Problem(where, "columns audio and speaker", ", ".join(row)))
            continue
        if speaker:
            speakers[folded(stem_of(name)), parse_channel(row.get("channel"), where, problems)] = speaker
    if problems:
        raise ManifestError(problems)
    return speakers
