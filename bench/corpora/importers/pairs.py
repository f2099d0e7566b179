"""A folder of `x.wav` + `x.txt` (any audio suffix, any depth). The whole text file is the reference."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from pathlib import Path

from bench.corpora.entry import Entry
from bench.corpora.importers.common import (
    AUDIO_SUFFIXES,
    ImportOptions,
    Problems,
    read_lines,
    require_language,
)
from bench.errors import ManifestError, Problem


def audio_files(folder: Path) -> list[Path]:
    """Everything that looks like audio in a folder or below, in order of path."""
    return sorted(item for item in folder.rglob("*") if item.suffix.lower() in AUDIO_SUFFIXES and item.is_file())


def alone(folder: Path, recordings: Iterable[Path], suffixes: Collection[str]) -> Iterator[Problem]:
    """Transcripts that lie beside no recording: a misspelt name, more often than not."""
    names = {recording.with_suffix("") for recording in recordings}
    for path in sorted(item for item in folder.rglob("*") if item.suffix in suffixes and item.name[0] != "."):
        if path.with_suffix("") not in names:
            yield Problem(str(path), "a recording of the same name beside it", "none", "move it if it is no transcript")


def read_entries(path: Path, options: ImportOptions, problems: Problems) -> Iterator[Entry]:
    """One entry per recording; one without a text file is a problem, and so is a text file without a recording."""
    recordings = audio_files(path)
    if not recordings:
        raise ManifestError([Problem(str(path), "audio files", "none in it or below")])
    language = require_language(options, str(path), problems)
    problems += alone(path, recordings, (".txt",))
    for recording in recordings:
        text = recording.with_suffix(".txt")
        if not text.exists():
            problems.append(Problem(str(recording), f"its transcript in {text.name}", "no such file"))
        elif language:
            yield Entry(
                id=recording.relative_to(path).with_suffix("").as_posix(),
                text=" ".join(line.strip() for _, line in read_lines(text)),
                language=language,
                audio=recording,
                where=str(text),
                cluster=recording.parent.name if options.cluster_by_folder else None,
            )
