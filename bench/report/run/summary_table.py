"""summary.csv: every estimate as one line, numbers unrounded, for spreadsheets and scripts."""

from __future__ import annotations

from collections.abc import Sequence

from bench.report.escape import csv_text
from bench.scoring.records import ESTIMATE_COLUMNS, estimate_row
from bench.types import Estimate


def to_csv(estimates: Sequence[Estimate]) -> str:
    """Header line, then one line an estimate; an empty field is `None`."""
    return csv_text([ESTIMATE_COLUMNS, *(estimate_row(estimate).values() for estimate in estimates)])
