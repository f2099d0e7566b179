"""Do two versions of the code make the same numbers of one run? Compares estimates and scores line by line.

    python tools/compare_scores.py OLD_RUN             # scores a copy of OLD_RUN with the code at hand, and compares
    python tools/compare_scores.py OLD_RUN NEW_RUN     # compares two scored folders
    ... --except trials.empty                          # leaves out a metric, or a column, that is meant to differ

OLD_RUN may be of any version since the first; it is never written to. Exit code 1 if anything differs.
"""

from __future__ import annotations

import argparse
import json
import shutil
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import pyarrow.parquet

Line = tuple[str, ...]
_NAMES = ("engine", "mode", "condition", "corpus", "language")
_VALUES = ("unit", "value", "low", "high", "level", "n", "n_clusters", "n_failed", "lower_is_better", "note")
_MAPPINGS = ("further", "metrics", "reasons", "dose", "terms", "tags")
"""JSON text in a column, in the first version of scores.parquet; since, a column for each entry."""
SHOWN = 20


def estimates(run: Path) -> dict[Line, dict[str, Any]]:
    """What each estimate of a run says, by what it is about and its metric, in either version."""
    return {_about(row): _said(row) for row in json.loads((run / "estimates.json").read_text(encoding="utf-8"))}


def _said(row: Mapping[str, Any]) -> dict[str, Any]:
    return {name: row.get(name) for name in _VALUES}


def _about(row: Mapping[str, Any]) -> Line:
    """Group of the first version: a contrast has `first - second` where its cells differ, a pool says `over`."""
    group = dict(row["group"]) if "group" in row else _group(row)
    return (row["metric"], *(f"{name}={group[name]}" for name in sorted(group)))


def _group(row: Mapping[str, Any]) -> dict[str, str]:
    group = {name: row[name] for name in _NAMES if row.get(name) is not None}
    if row["scope"] == "contrast":
        for name in _NAMES:
            other = row[f"minus_{name}"]
            group[name] = group[name] if group[name] == other else f"{group[name]} - {other}"
        group["contrast"] = row["contrast"]
    if row["scope"] == "cluster":
        group["cluster"] = row["cluster"]
    if row["scope"] == "pool":
        group["over"] = "languages"
    return group


def scores(run: Path) -> dict[Line, dict[str, Any]]:
    """Every column of each trial's scores by trial id, mappings as a column for each entry."""
    rows = pyarrow.parquet.read_table(run / "scores.parquet").to_pylist()
    return {(row["trial_id"],): _flat(row) for row in rows}


def _flat(row: Mapping[str, Any]) -> dict[str, Any]:
    flat: dict[str, Any] = {}
    for name, value in row.items():
        if name in _MAPPINGS and isinstance(value, str):
            flat |= dict(_entries(name, json.loads(value)))
        elif value is not None:
            flat[name] = value
    return flat


def _entries(name: str, mapping: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    for key, value in mapping.items():
        if isinstance(value, Mapping):
            yield from _entries(f"{name}.{key}", value)
        elif value is not None:
            yield f"{name}.{key}", value


def differences(
    old: Mapping[Line, Mapping[str, Any]], new: Mapping[Line, Mapping[str, Any]], left_out: Sequence[str] = ()
) -> list[str]:
    """A line for each value that is in the old and otherwise in the new, and for each line that one of them lacks."""
    lines = []
    for key in sorted(old.keys() | new.keys()):
        if key[0] in left_out:
            continue
        about = " ".join(key)
        if key not in new or key not in old:
            lines.append(f"{about}: only in the {'new' if key in new else 'old'}")
            continue
        for name, value in old[key].items():
            if name not in left_out and new[key].get(name) != value:
                lines.append(f"{about}: {name} was {value!r}, is {new[key].get(name)!r}")
    return lines


def compare(old: Path, new: Path, left_out: Sequence[str] = ()) -> list[str]:
    """All differences of two scored folders: of estimates, then of scores."""
    return [
        *differences(estimates(old), estimates(new), left_out),
        *differences(scores(old), scores(new), left_out),
    ]


def scored_again(run: Path, folder: Path) -> Path:
    """A copy of `run` in `folder`, scored by the code at hand."""
    from bench.execution.score import score
    from bench.store import RunFolder

    copy = folder / "run"
    shutil.copytree(run, copy)
    score(RunFolder.open(copy))
    return copy


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("old", type=Path)
    parser.add_argument("new", type=Path, nargs="?")
    parser.add_argument("--except", dest="left_out", action="append", default=[], metavar="NAME")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        new = arguments.new or scored_again(arguments.old, Path(folder))
        lines = compare(arguments.old, new, arguments.left_out)
        number = len(estimates(new)), len(scores(new))
    sys.stdout.write("".join(f"{line}\n" for line in lines[:SHOWN]))
    sys.stdout.write(f"{len(lines)} differences in {number[0]} estimates and {number[1]} scored trials\n")
    return int(bool(lines))


if __name__ == "__main__":
    sys.exit(main())
