"""Praat TextGrid, long and short form, UTF-8 or UTF-16: interval tiers over a long recording.

A tier called `words` (as forced aligners write) is grouped into utterances at silences; of other tiers each
interval with text is one utterance and the tier is the speaker. Tiers called `phones` are left out.
Source: https://www.fon.hum.uva.nl/praat/manual/TextGrid_file_formats.html
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from bench.corpora.entry import Entry
from bench.corpora.importers.common import ImportOptions, Problems, require_audio, require_language
from bench.corpora.importers.timed import TimedWord, word_entries
from bench.errors import ManifestError, Problem

_TOKEN = re.compile(r'"((?:[^"]|"")*)"|(?<![\w.\[])(-?\d+(?:\.\d+)?(?:[eE][-+]?\d+)?)(?![\w.\]])|(<exists>)')
_SILENCE = {"", "sil", "sp", "spn", "<eps>", "<sil>", "#"}


class Tier(NamedTuple):
    name: str
    intervals: list[TimedWord]


def read_entries(path: Path, options: ImportOptions, problems: Problems) -> Iterator[Entry]:
    """Entries of one file, or of every `.TextGrid` in a folder."""
    files = [path] if path.is_file() else sorted(path.rglob("*.TextGrid"))
    if not files:
        raise ManifestError([Problem(str(path), "files called *.TextGrid", "none in it or below")])
    language = require_language(options, str(path), problems)
    for file in files:
        recording = require_audio(options.audio_root or file.parent, file.stem, str(file), problems)
        try:
            tiers = parse_tiers(_decode(file))
        except ValueError as error:
            problems.append(Problem(str(file), "a TextGrid", str(error)))
            continue
        if recording and language:
            for tier in tiers:
                yield from _entries(file, tier, recording, language, options.gap_s)


def _entries(file: Path, tier: Tier, recording: Path, language: str, gap_s: float) -> Iterator[Entry]:
    kind = tier.name.lower().split(" - ")[-1].strip()  # aligners write `speaker - words`
    spoken = [interval for interval in tier.intervals if interval.text.strip().lower() not in _SILENCE]
    if kind in ("phones", "phone", "phonemes"):
        return
    if kind in ("words", "word"):
        speaker = tier.name.rpartition(" - ")[0] or file.stem
        whole = Entry(id=file.stem, text="", language=language, audio=recording, where=str(file), cluster=speaker)
        yield from word_entries(spoken, gap_s, whole)
        return
    for interval in spoken:
        yield Entry(
            id=f"{file.stem}-{tier.name}-{round(interval.start_s * 1000):08d}",
            text=" ".join(interval.text.split()),
            language=language,
            audio=recording,
            where=f"{file}: tier {tier.name}, {interval.start_s:.2f} s",
            start_s=interval.start_s,
            end_s=interval.end_s,
            cluster=tier.name,
        )


def parse_tiers(text: str) -> list[Tier]:
    """Interval tiers of a TextGrid; both forms are the same sequence of numbers and quoted strings.

    Raises:
        ValueError: if it is not a TextGrid or ends too soon.
    """
    tokens = [match.group(1) if match.group(1) is not None else match.group(2) for match in _tokens(text)]
    if tokens[:2] != ["ooTextFile", "TextGrid"]:
        raise ValueError(f"it begins with {text[:40]!r}")
    values = iter(tokens[4:])  # after the whole file's xmin and xmax
    tiers = []
    try:
        for _ in range(int(next(values))):
            kind, name = next(values), next(values)
            next(values), next(values)
            size = int(next(values))
            if kind == "IntervalTier":
                tiers.append(Tier(name, [_interval(values) for _ in range(size)]))
            else:
                _ = [(next(values), next(values)) for _ in range(size)]
    except (StopIteration, RuntimeError) as error:
        raise ValueError("it ends before its last interval") from error
    return tiers


def _tokens(text: str) -> Iterator[re.Match[str]]:
    return (match for match in _TOKEN.finditer(text) if match.group(3) is None)


def _interval(values: Iterator[str]) -> TimedWord:
    start, end, label = next(values), next(values), next(values)
    return TimedWord(label.replace('""', '"'), float(start), float(end))


def _decode(path: Path) -> str:
    data = path.read_bytes()
    encoding = "utf-16" if data[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig"
    return data.decode(encoding)
