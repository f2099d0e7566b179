"""Hugging Face `audiofolder`: audio files with `metadata.csv`, `.jsonl` or `.parquet` beside them.

`file_name` is relative to the metadata file; any depth of folders (`test/metadata.csv`) is searched.
Source: https://huggingface.co/docs/datasets/audio_dataset
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from bench.corpora.entry import Entry
from bench.corpora.importers.common import ImportOptions, Problems, check_columns, row_entry, usual_row
from bench.corpora.importers.folders import files_in
from bench.corpora.importers.reading import read_objects
from bench.corpora.importers.table import read_rows
from bench.errors import ManifestError, Problem


def read_entries(path: Path, options: ImportOptions, problems: Problems) -> Iterator[Entry]:
    """One entry per row of each metadata file, in order of their paths."""
    check_columns(options)
    tables = files_in(path, ("/metadata.csv", "/metadata.jsonl", "/metadata.parquet"))
    if not tables:
        raise ManifestError([Problem(str(path), "metadata.csv, .jsonl or .parquet", "none in it or below")])
    for metadata in tables:
        prefix = metadata.parent.relative_to(path)
        for where, given in _rows(metadata, problems):
            row = usual_row(given)
            name = row.get("file_name")
            if not isinstance(name, str):
                problems.append(Problem(where, "a column file_name", f"columns {', '.join(row)}"))
                continue
            named = {**row, "file_name": (prefix / name.strip()).as_posix()}
            entry = row_entry(named, where, path, options, problems)
            if entry:
                yield entry


def _rows(path: Path, problems: Problems) -> Iterator[tuple[str, dict[str, Any]]]:
    if path.suffix.lower() == ".csv":
        yield from read_rows(path, problems)
    elif path.suffix.lower() == ".parquet":
        import pyarrow.parquet

        for number, row in enumerate(pyarrow.parquet.read_table(path).to_pylist(), start=1):
            yield f"{path}: row {number}", row
    else:
        yield from read_objects(path, problems)
