"""Common Voice release folders: `<locale>/{test,dev,validated...}.tsv` with `clips/` beside them.

The cluster is `client_id`. Columns of old releases (`accent`) and of new ones (`accents`, `variant`) are read.
Source: https://github.com/common-voice/cv-dataset
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from bench.corpora.entry import Entry
from bench.corpora.importers.common import ImportOptions, Problems
from bench.corpora.importers.table import read_rows
from bench.errors import ManifestError, Problem

_TAGS = {"age": "age", "gender": "gender", "accents": "accent", "accent": "accent", "variant": "variant"}
_NEEDED = ("client_id", "path", "sentence")


def read_entries(path: Path, options: ImportOptions, problems: Problems) -> Iterator[Entry]:
    """One entry per row of `<split>.tsv`; `path` is the folder of one locale."""
    table = path / f"{options.split}.tsv"
    if not table.exists():
        splits = ", ".join(sorted(table.stem for table in path.glob("[!.]*.tsv"))) or "none"
        raise ManifestError([Problem(str(table), "a table of that split", f"splits {splits}", "use --split")])
    for where, row in read_rows(table, problems):
        missing = [name for name in _NEEDED if name not in row]
        if missing:
            raise ManifestError([Problem(str(table), f"columns {', '.join(_NEEDED)}", f"none called {missing[0]}")])
        language = row.get("locale") or options.language or path.name
        name = row["path"] if Path(row["path"]).suffix else row["path"] + ".mp3"
        yield Entry(
            id=Path(name).stem,
            text=row["sentence"],
            language=language,
            audio=(options.audio_root or path / "clips") / name,
            where=where,
            cluster=row["client_id"],
            tags={tag: row[column] for column, tag in _TAGS.items() if row.get(column)},
        )
