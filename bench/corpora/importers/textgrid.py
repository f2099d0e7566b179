"""Praat TextGrid, long and short form, UTF-8 or UTF-16: interval tiers over a long recording.

A tier called `words` (as forced aligners write) is grouped into utterances at silences; of other tiers each
interval with text is one utterance and the tier is the speaker. Tiers called `phones` are left out; those called
`entities`, `private` and `languages` say what lies within an utterance, each interval `kind: text`.
Source: https://www.fon.hum.uva.nl/praat/manual/TextGrid_file_formats.html
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from math import isfinite
from pathlib import Path
from typing import Any, NamedTuple

from bench.corpora.entry import Entry
from bench.corpora.importers.common import ImportOptions, Problems, require_audio, require_language, squeezed
from bench.corpora.importers.folders import files_in
from bench.corpora.importers.reading import read_text
from bench.corpora.importers.references import PASSAGES, within
from bench.corpora.importers.timed import TimedWord, word_entries
from bench.errors import ManifestError, Problem
from bench.types import Passage

_NUMBER = r"-?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?(?!\S)"
_VALUE = re.compile(
    r'"(?P<text>(?:[^"]|"")*)"'
    rf"|(?<![^\s=])(?P<number>{_NUMBER})"
    # What stands where a value belongs and is none: after a `=`, or, in the short form, alone on a line.
    rf'|=[ \t]*+(?!["<]|{_NUMBER})(?P<wrong>[^\s"]*)'
    rf'|^[ \t]*+(?!["<!]|{_NUMBER})(?P<alone>[^\s"=:?\[\]]+)[ \t]*$',
    re.MULTILINE,
)
_BINARY = b"ooBinaryFile"
_SILENCE = {"", "sil", "sp", "spn", "<eps>", "<sil>", "#"}


class TierInterval(NamedTuple):
    text: str
    start_s: float
    end_s: float
    line: int
    """Where it begins in the file."""


class Tier(NamedTuple):
    name: str
    intervals: list[TierInterval]


def read_entries(path: Path, options: ImportOptions, problems: Problems) -> Iterator[Entry]:
    """Entries of one file, or of every `.TextGrid` in a folder."""
    files = [path] if path.is_file() else files_in(path, (".textgrid",))
    if not files:
        raise ManifestError([Problem(str(path), "files called *.TextGrid", "none in it or below")])
    language = require_language(options, str(path), problems)
    for file in files:
        recording = require_audio(options.audio_root or file.parent, file.stem, str(file), problems)
        try:
            tiers = parse_tiers(_text_of(file), str(file))
        except ManifestError as error:
            problems.extend(error.problems)
            continue
        if recording and language:
            passages = {tier.name.lower(): _passages(file, tier, problems) for tier in tiers if _is_of_passages(tier)}
            for tier in tiers:
                for entry in _entries(file, tier, recording, language, options.gap_s, problems):
                    begin_s, until_s = entry.start_s or 0.0, entry.end_s or 0.0
                    lying: dict[str, Any] = {name: within(own, begin_s, until_s) for name, own in passages.items()}
                    yield replace(entry, **lying)


def _text_of(file: Path) -> str:
    with file.open("rb") as binary:
        if binary.read(len(_BINARY)) == _BINARY:
            advice = "in Praat: Save as text file"
            raise ManifestError([Problem(str(file), "a TextGrid saved as text", "a binary one", advice)])
    return read_text(file)


def _is_of_passages(tier: Tier) -> bool:
    return tier.name.lower() in PASSAGES


def _passages(file: Path, tier: Tier, problems: Problems) -> list[Passage]:
    passages = []
    for interval in tier.intervals:
        kind, colon, text = interval.text.partition(":")
        if not interval.text.strip():
            continue
        if not (kind.strip() and colon and text.strip()):
            where = f"{file}:{interval.line}: tier {tier.name}"
            problems.append(Problem(where, "`kind: text`", repr(interval.text)[:80]))
            continue
        passages.append(Passage(kind=kind.strip(), text=squeezed(text), start_s=interval.start_s, end_s=interval.end_s))
    return passages


def _entries(
    file: Path, tier: Tier, recording: Path, language: str, gap_s: float, problems: Problems
) -> Iterator[Entry]:
    kind = tier.name.lower().split(" - ")[-1].strip()  # aligners write `speaker - words`
    spoken = [interval for interval in tier.intervals if interval.text.strip().lower() not in _SILENCE]
    if kind in ("phones", "phone", "phonemes") or _is_of_passages(tier):
        return
    if kind in ("words", "word"):
        speaker = tier.name.rpartition(" - ")[0] or file.stem
        whole = Entry(
            id=file.stem, is_id_made=True, text="", language=language, audio=recording, where=str(file), cluster=speaker
        )
        words = [TimedWord(word.text, word.start_s, word.end_s, f"{file}:{word.line}") for word in spoken]
        yield from word_entries(words, gap_s, whole)
        return
    for interval in spoken:
        where = f"{file}:{interval.line}: tier {tier.name}"
        if interval.end_s == interval.start_s:
            problems.append(Problem(where, "an end after the start", f"{interval.start_s:g}..{interval.end_s:g} s"))
            continue
        yield Entry(
            id=f"{file.stem}-{tier.name}-{round(interval.start_s * 1000):08d}",
            is_id_made=True,
            text=squeezed(interval.text),
            language=language,
            audio=recording,
            where=where,
            start_s=interval.start_s,
            end_s=interval.end_s,
            cluster=tier.name,
        )


def parse_tiers(text: str, where: str) -> list[Tier]:
    """Interval tiers of a TextGrid; both forms are the same sequence of numbers and quoted strings.

    Args:
        text: of the whole file.
        where: the file, for messages.

    Raises:
        ManifestError: with the line of the first value that is not what it should be; what follows cannot be told.
    """
    values = _Values(text, where)
    values.one_of("file type", "ooTextFile", "ooTextFile short")
    values.one_of("object class", "TextGrid")
    values.number("xmin")
    values.number("xmax")
    tiers = []
    for number in range(1, values.count("number of tiers") + 1):
        kind = values.one_of(f"class of tier {number}", "IntervalTier", "TextTier")
        name = values.text(f"name of tier {number}")
        tier = f"tier {number} {name!r}"
        values.number(f"xmin of {tier}")
        values.number(f"xmax of {tier}")
        indices = range(1, values.count(f"size of {tier}") + 1)
        if kind == "IntervalTier":
            tiers.append(Tier(name, [_interval(values, f"interval {index} of {tier}") for index in indices]))
        else:
            for index in indices:
                values.number(f"time of point {index} of {tier}")
                values.text(f"mark of point {index} of {tier}")
    values.end()
    return tiers


def _interval(values: _Values, what: str) -> TierInterval:
    start_s, line = values.number(f"xmin of {what}"), values.line
    end_s = values.number(f"xmax of {what}")
    if end_s < start_s:
        raise values.problem(f"xmax of {what}, not before its xmin {start_s:g}", f"{end_s:g}")
    return TierInterval(values.text(f"text of {what}"), start_s, end_s, line)


class _Values:
    """The numbers and quoted strings of a TextGrid in order; what each should be is for the caller to say."""

    def __init__(self, text: str, where: str) -> None:
        self._text, self._where = text, where
        self._found = _VALUE.finditer(text)
        self._at = 0
        self.line = 1
        """Of the last value."""

    def problem(self, expected: str, got: str) -> ManifestError:
        """An error at the last value."""
        return ManifestError([Problem(f"{self._where}:{self.line}", expected, got)])

    def text(self, what: str) -> str:
        """The next value, which must be a quoted string."""
        match = self._next(f"{what}, a string in quotes")
        if match["text"] is None:
            raise self.problem(f"{what}, a string in quotes", _shown(match))
        return match["text"].replace('""', '"')

    def one_of(self, what: str, *known: str) -> str:
        """The next value, which must be one of some strings."""
        names = " or ".join(f'"{name}"' for name in known)
        match = self._next(f"{what} {names}")
        if match["text"] not in known:
            raise self.problem(f"{what} {names}", _shown(match))
        return match["text"]

    def number(self, what: str) -> float:
        """The next value, which must be a number."""
        match = self._next(f"{what}, a number")
        if match["number"] is None or not isfinite(float(match["number"])):
            raise self.problem(f"{what}, a number", _shown(match))
        return float(match["number"])

    def count(self, what: str) -> int:
        """The next value, which must be a whole number, 0 or more."""
        value = self.number(what)
        if value < 0 or not value.is_integer():
            raise self.problem(f"{what}, a whole number", f"{value:g}")
        return int(value)

    def end(self) -> None:
        """Nothing may follow: it would be in no tier."""
        match = next(self._found, None)
        if match is not None:
            self._go_to(match)
            raise self.problem("the end of the file, as its sizes say", _shown(match))

    def _go_to(self, match: re.Match[str] | None) -> None:
        start = len(self._text.rstrip()) if match is None else max(match.start(name) for name in _VALUE.groupindex)
        self.line += self._text.count("\n", self._at, start)
        self._at = start

    def _next(self, expected: str) -> re.Match[str]:
        match = next(self._found, None)
        self._go_to(match)
        if match is None:
            raise self.problem(expected, "the end of the file")
        return match


def _shown(match: re.Match[str]) -> str:
    shown = match["number"] or match["wrong"] or match["alone"]
    if match["text"] is not None:
        shown = f'"{match["text"]}"'
    return repr(shown[:80]) if shown else "nothing"
