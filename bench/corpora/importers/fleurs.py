"""FLEURS: `<language>/{dev,test,train}.tsv` without a header row, audio under `<language>/audio/<split>/`.

Columns: sentence id, file name, raw transcription (kept: it is as published), normalised transcription, characters,
number of samples, gender. FLEURS names no speakers; a sentence is read by up to three people, so the sentence is the
cluster. Source: https://huggingface.co/datasets/google/fleurs, arXiv:2205.12446
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from bench.corpora.entry import Entry
from bench.corpora.importers.common import ImportOptions, Problems
from bench.corpora.importers.reading import read_lines
from bench.errors import ManifestError, Problem

_OTHER_NAMES = {"cmn": "zh"}
"""FLEURS codes that other corpora write another way."""


def fleurs_language(code: str) -> str:
    """`hi_in` -> `hi`, `cmn_hans_cn` -> `zh`, `yue_hant_hk` -> `yue`."""
    base = re.split("[_-]", code)[0].lower()
    return _OTHER_NAMES.get(base, base)


def read_entries(path: Path, options: ImportOptions, problems: Problems) -> Iterator[Entry]:
    """One entry per row of `<split>.tsv`; `path` is a language's folder, or a TSV file itself."""
    table = path if path.is_file() else path / f"{options.split}.tsv"
    if not table.exists():
        raise ManifestError([Problem(str(table), "a table of that split", "no such file", "use --split")])
    language = options.language or fleurs_language(table.parent.name)
    audio = options.audio_root or _audio_folder(table)
    for where, line in read_lines(table):
        cells = line.split("\t")
        if len(cells) < 7:
            wanted = "7 columns (id, file, raw transcription, transcription, characters, samples, gender)"
            problems.append(Problem(where, wanted, str(len(cells))))
            continue
        yield Entry(
            id=Path(cells[1]).stem,
            text=cells[2],
            language=language,
            audio=audio / cells[1],
            where=where,
            cluster=f"sentence-{cells[0]}",
            tags={"gender": cells[6].strip().lower()} if cells[6].strip() else {},
        )


def _audio_folder(table: Path) -> Path:
    candidates = (table.parent / "audio" / table.stem, table.parent / table.stem, table.parent / "audio", table.parent)
    return next((folder for folder in candidates if any(folder.glob("[!.]*.wav"))), candidates[0])
