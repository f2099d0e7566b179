"""summary.csv: every estimate as one line, numbers unrounded, for spreadsheets and scripts."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence

from bench.types import Estimate

_GROUP = ("contrast", "engine", "mode", "condition", "corpus", "language", "cluster", "over")
_VALUES = ("value", "low", "high", "level", "n", "n_clusters", "n_failed", "note")


def to_csv(estimates: Sequence[Estimate]) -> str:
    """Header line, then one line an estimate; an empty field is `None`."""
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\n")
    writer.writerow((*_GROUP, "metric", "unit", *_VALUES))
    for estimate in estimates:
        group = [estimate.group.get(name, "") for name in _GROUP]
        values = [getattr(estimate, name) for name in _VALUES]
        writer.writerow((*group, estimate.metric, estimate.unit, *("" if v is None else v for v in values)))
    return buffer.getvalue()
