"""NeMo / Kaldi-style JSON Lines: `{"audio_filepath": ..., "text": ..., "duration": ..., "offset": ...}` a line.

With `offset`, the part offset..offset+duration is cut out; without, `duration` is that of the file.
Source: https://docs.nvidia.com/nemo-framework/user-guide/latest/nemotoolkit/asr/datasets.html
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from bench.corpora.entry import Entry
from bench.corpora.importers.common import ImportOptions, Problems, check_columns, row_entry
from bench.corpora.importers.reading import read_objects


def read_entries(path: Path, options: ImportOptions, problems: Problems) -> Iterator[Entry]:
    """One entry an object: one a line, or all in a list."""
    check_columns(options)
    for where, row in read_objects(path, problems):
        entry = row_entry(row, where, path.parent, options, problems)
        if entry:
            yield entry
