"""Lines of scores.parquet as values. Pure: what reads the file is the store."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from bench.scoring.cells import ScoredRow
from bench.types import ErrorCounts, FailureKind


def scored_row(record: Mapping[str, Any]) -> ScoredRow:
    """The counts and metrics of one line."""
    kind = record["failure_kind"]
    return ScoredRow(
        utterance_id=record["utterance_id"],
        cluster=record["cluster"],
        engine=record["engine"],
        mode=record["mode"],
        condition=record["condition"],
        corpus=record["corpus"],
        language=record["language"],
        repeat=record["repeat"],
        duration_s=record["duration_s"],
        reference_words=record["reference_words"],
        words=_counts(record, "words"),
        chars=_counts(record, "chars"),
        failure_kind=None if kind is None else FailureKind(kind),
        metrics=mapping(record, "metrics"),
    )


def mapping(record: Mapping[str, Any], column: str) -> dict[str, Any]:
    """A column that holds JSON text: `metrics`, `reasons`, `dose` or `tags`."""
    found: dict[str, Any] = json.loads(record[column])
    return found


def _counts(record: Mapping[str, Any], prefix: str) -> ErrorCounts | None:
    """`None` where the trial failed."""
    if record[f"{prefix}_hits"] is None:
        return None
    names = ("substitutions", "deletions", "insertions", "hits")
    return ErrorCounts(**{name: int(record[f"{prefix}_{name}"]) for name in names})
