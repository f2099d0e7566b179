"""A folder of `x.wav` + `x.txt` (any audio suffix, any depth). The whole text file is the reference."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from pathlib import Path

from bench import audio
from bench.corpora.entry import Entry
from bench.corpora.importers.common import ImportOptions, Problems, require_language, squeezed
from bench.corpora.importers.folders import beside, files_in, name_of, names_beside
from bench.corpora.importers.reading import read_lines
from bench.errors import ManifestError, Problem


def alone(folder: Path, recordings: Iterable[Path], suffixes: Collection[str]) -> Iterator[Problem]:
    """Transcripts that lie beside no recording: a misspelt name, more often than not."""
    names = names_beside(recordings)
    for path in files_in(folder, suffixes):
        if name_of(path) not in names:
            yield Problem(str(path), "a recording of the same name beside it", "none", "move it if it is no transcript")


def read_entries(path: Path, options: ImportOptions, problems: Problems) -> Iterator[Entry]:
    """One entry per recording; one without a text file is a problem, and so is a text file without a recording."""
    recordings = files_in(path, audio.AUDIO_SUFFIXES)
    if not recordings:
        raise ManifestError([Problem(str(path), "audio files", "none in it or below")])
    language = require_language(options, str(path), problems)
    problems += alone(path, recordings, (".txt",))
    for recording in recordings:
        text = beside(recording, (".txt",))
        if text is None:
            problems.append(Problem(str(recording), f"its transcript in {recording.stem}.txt", "no such file"))
        elif language:
            yield Entry(
                id=recording.relative_to(path).with_suffix("").as_posix(),
                is_id_made=True,
                text=squeezed(" ".join(line for _, line in read_lines(text))),
                language=language,
                audio=recording,
                where=str(text),
                cluster=recording.parent.name if options.cluster_by_folder else None,
            )
