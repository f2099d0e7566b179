"""Who speaks in a recording: from a pattern of file names, or from a table. Intervals are made over speakers."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from bench.corpora.importers.common import FIELDS, Problems, parse_channel, usual_name, usual_row
from bench.corpora.importers.folders import folded, stem_of
from bench.corpora.importers.table import header_of, read_rows
from bench.errors import ManifestError, Problem, UsageError

SIDES = ("left", "right")
"""Of a call in stereo, by channel."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Speakers:
    """Knows speakers by name of recording and channel."""

    pattern: re.Pattern[str] | None = None
    """Its groups `left` and `right` name who is on that side of a call; else `speaker`, or the first, who the recording
    is of.
    """
    table: Mapping[tuple[str, int | None], str] = field(default_factory=dict)
    """(folded name of a recording, channel or `None` for all) -> speaker."""

    def of(self, name: str, channel: int | None, side: int | None) -> str | None:
        """The speaker of a channel; `None`: nothing says.

        Names of files are the same in any case, and so is who they name: `ANN` and `ann` are one speaker.

        Args:
            name: of the recording from its folder, without suffix.
            channel: which a transcript or a row is of; `None`: all.
            side: the channel, where each carries a voice of its own; `None`: there are no sides.
        """
        for key in (folded(name), folded(Path(name).name)):
            speaker = self.table.get((key, channel)) or self.table.get((key, None))
            if speaker:
                return speaker
        match = self.pattern.search(name) if self.pattern else None
        return None if match is None else _named(match, side)


def _named(match: re.Match[str], side: int | None) -> str | None:
    """Who a name of a file says is on a side of a call; where it says only whose call it is, that one's side.

    Two people are never one speaker: `ann` is nobody's name where both sides would bear it.
    """
    groups = match.re.groupindex
    own = None if side is None else SIDES[side]
    sides = [name for name in SIDES if name in groups]
    if sides:
        group = sides[0] if side is None and len(sides) == 1 else own
        speaker = match[group] if group is not None and group in groups else None
        return folded(speaker) if speaker else None
    speaker = match["speaker"] if "speaker" in groups else match[1]
    if not speaker:
        return None
    return folded(speaker) if side is None else f"{folded(speaker)}-{own}"


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
    columns = {usual_name(name) for name in header_of(path)}
    if not columns & {*FIELDS["audio"]} or not columns & {*FIELDS["cluster"]}:
        problems.append(Problem(f"{path}:1", "columns audio and speaker", ", ".join(header_of(path)) or "none"))
        raise ManifestError(problems)
    speakers: dict[tuple[str, int | None], str] = {}
    for where, given in read_rows(path, problems):
        row = usual_row(given)
        name = next((row[column] for column in FIELDS["audio"] if row.get(column)), None)
        speaker = next((row[column] for column in FIELDS["cluster"] if row.get(column)), None)
        if name is None:
            problems.append(Problem(where, "a recording", "none"))
        elif speaker:
            speakers[folded(stem_of(name.replace("\\", "/"))), parse_channel(row.get("channel"), where, problems)] = (
                speaker
            )
    if problems:
        raise ManifestError(problems)
    return speakers
