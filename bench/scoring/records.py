"""Both ends of the stored tables, scores.parquet and estimates.parquet: values as flat rows, and back.

Pure: what reads and writes the files is the store.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from bench.scoring.cells import ScoredRow
from bench.types import Cell, Cluster, Contrast, ErrorCounts, Estimate, FailureKind, Interval, Pool, Scope


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


# -- estimates --------------------------------------------------------------------------------

_MINUS = tuple(f"minus_{name}" for name in Cell._fields)
_NUMBERS = ("value", "low", "high", "standard_error", "level")
_COUNTS = ("n", "n_clusters", "n_failed")
ESTIMATE_COLUMNS: Mapping[str, type] = {
    **dict.fromkeys(("scope", *Cell._fields, "contrast", *_MINUS, "cluster", "metric", "unit"), str),
    **dict.fromkeys(_NUMBERS, float),
    **dict.fromkeys(_COUNTS, int),
    "lower_is_better": bool,
    "note": str,
}
"""Columns of the stored estimates. `scope` is `cell`, `contrast`, `cluster` or `pool`, and says which of the names that
follow it are set: of a contrast the names are those of its first cell and `minus_...` those of the one subtracted; a
pool has no corpus, and no language either where it is over languages."""


def estimate_row(estimate: Estimate) -> dict[str, Any]:
    """An estimate as a line of the stored table: a value for each of `ESTIMATE_COLUMNS`."""
    interval = estimate.interval
    return {
        **dict.fromkeys(ESTIMATE_COLUMNS),
        **_scope_row(estimate.scope),
        "metric": estimate.metric,
        "unit": estimate.unit,
        **{name: getattr(interval, name) for name in (*_NUMBERS, "n", "n_clusters", "note")},
        "n_failed": estimate.n_failed,
        "lower_is_better": estimate.lower_is_better,
    }


def _scope_row(scope: Scope) -> dict[str, Any]:
    match scope:
        case Cell():
            return {"scope": "cell", **scope._asdict()}
        case Contrast():
            minus = dict(zip(_MINUS, scope.minus, strict=True))
            return {"scope": "contrast", "contrast": scope.name, **scope.of._asdict(), **minus}
        case Cluster():
            return {"scope": "cluster", **scope.cell._asdict(), "cluster": scope.cluster}
        case Pool():
            names = ("engine", "mode", "condition", "language")
            return {"scope": "pool", **{name: getattr(scope, name) for name in names}}


def estimate_of(row: Mapping[str, Any]) -> Estimate:
    """The estimate that `estimate_row` wrote; absent columns count as `None`.

    Raises:
        ValueError: if the row is none of this version.
    """
    if "scope" not in row:
        raise ValueError("expected estimates with a scope, got those of an earlier version")
    return Estimate(
        metric=row["metric"],
        unit=row["unit"],
        scope=_scope_of(row),
        interval=_interval_of(row),
        n_failed=row["n_failed"],
        lower_is_better=row["lower_is_better"],
    )


def _interval_of(row: Mapping[str, Any]) -> Interval:
    values: dict[str, Any] = {name: row.get(name) for name in (*_NUMBERS, "n", "n_clusters", "note")}
    return Interval(**values)


def _scope_of(row: Mapping[str, Any]) -> Scope:
    match row["scope"]:
        case "pool":
            return Pool(
                engine=row["engine"], mode=row["mode"], condition=row["condition"], language=row.get("language")
            )
        case "cell":
            return _cell_of(row)
        case "cluster":
            return Cluster(cell=_cell_of(row), cluster=row["cluster"])
        case "contrast":
            minus = Cell(*(row[name] for name in _MINUS))
            return Contrast(name=row["contrast"], of=_cell_of(row), minus=minus)
        case other:
            raise ValueError(f"scope: expected cell, contrast, cluster or pool, got {other!r}")


def _cell_of(row: Mapping[str, Any]) -> Cell:
    return Cell(*(row[name] for name in Cell._fields))
