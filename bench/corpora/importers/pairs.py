"""A folder of `x.wav` + `x.txt` (any audio suffix, any depth). The whole text file is the reference."""

from __future__ import annotations

from collections.abc import Iterator
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


def read_entries(path: Path, options: ImportOptions, problems: Problems) -> Iterator[Entry]:
    """One entry per recording; one without a text file is a problem."""
    recordings = audio_files(path)
    if not recordings:
        raise ManifestError([Problem(str(path), "audio files", "none in it or below")])
    language = require_language(options, str(path), problems)
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
