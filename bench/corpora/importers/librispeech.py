"""LibriSpeech folders: `speaker/chapter/speaker-chapter.trans.txt` with FLAC files beside it.

The cluster is the speaker; the gender comes from `SPEAKERS.TXT` if that is in the folder or above it.
Source: https://www.openslr.org/12 (README.TXT)
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from bench.corpora.entry import Entry
from bench.corpora.importers.common import ImportOptions, Problems, fields_of, require_audio
from bench.corpora.importers.folders import files_in
from bench.corpora.importers.reading import read_lines
from bench.errors import ManifestError, Problem


def read_entries(path: Path, options: ImportOptions, problems: Problems) -> Iterator[Entry]:
    """One entry per line of each transcript file."""
    transcripts = files_in(path, (".trans.txt",))
    if not transcripts:
        raise ManifestError([Problem(str(path), "files called *.trans.txt", "none in it or below")])
    genders = _genders(path)
    for transcript in transcripts:
        for where, line in read_lines(transcript):
            utterance, *text = fields_of(line, 2)
            recording = require_audio(transcript.parent, utterance, where, problems)
            speaker = utterance.split("-")[0]
            if not text:
                problems.append(Problem(where, "`utterance-id WORDS`", repr(line)))
            elif recording:
                yield Entry(
                    id=utterance,
                    text=text[0],
                    language=options.language or "en",
                    audio=recording,
                    where=where,
                    cluster=speaker,
                    tags={"gender": genders[speaker]} if speaker in genders else {},
                )


def _genders(path: Path) -> dict[str, str]:
    """Speaker -> M or F, from lines like `14 | F | train-clean-360 | 25.03 | Name`."""
    for folder in (path, *path.resolve().parents[:2]):
        table = folder / "SPEAKERS.TXT"
        if table.exists():
            rows = (line.split("|") for _, line in read_lines(table) if not line.startswith(";"))
            return {row[0].strip(): row[1].strip() for row in rows if len(row) > 2}
    return {}
