"""NeMo / Kaldi-style JSON Lines: `{"audio_filepath": ..., "text": ..., "duration": ..., "offset": ...}` a line.

With `offset`, the part offset..offset+duration is cut out; without, `duration` is that of the file.
Source: https://docs.nvidia.com/nemo-framework/user-guide/latest/nemotoolkit/asr/datasets.html
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

from bench.corpora.entry import Entry
from bench.corpora.importers.common import ImportOptions, Problems, check_columns, read_lines, row_entry
from bench.errors import Problem


def read_entries(path: Path, options: ImportOptions, problems: Problems) -> Iterator[Entry]:
    """One entry a line."""
    check_columns(options)
    for where, line in read_lines(path):
        try:
            row = json.loads(line)
        except ValueError as error:
            problems.append(Problem(where, "one JSON object", str(error)))
            continue
        if not isinstance(row, dict):
            problems.append(Problem(where, "one JSON object", type(row).__name__))
            continue
        entry = row_entry(row, where, path.parent, options, problems)
        if entry:
            yield entry
