"""summary.csv: every estimate as one line, numbers unrounded, for spreadsheets and scripts."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence

from bench.scoring.records import ESTIMATE_COLUMNS, estimate_row
from bench.types import Estimate


def to_csv(estimates: Sequence[Estimate]) -> str:
    """Header line, then one line an estimate; an empty field is `None`."""
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\n")
    writer.writerow(ESTIMATE_COLUMNS)
    writer.writerows(estimate_row(estimate).values() for estimate in estimates)
    return buffer.getvalue()
