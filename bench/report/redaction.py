"""What a comparison or a history says without texts, names of speakers, files and folders. Pure.

Numbers, counts and the names of engines, conditions and corpora stay; a run is its number.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import replace

from bench.comparison.changes import Change, Comparison
from bench.history.series import Point
from bench.report.run.redact import redacted_trial

_EXAMPLE = re.compile(r" \(such as .*\)")
"""A trial that a note names, to the last bracket: an id may hold brackets of its own."""


def run_name(number: int) -> str:
    """What a run is called, from 1."""
    return f"run {number}"


def redacted_comparison(comparison: Comparison) -> Comparison:
    """The same numbers; utterances and speakers are only numbered, a word stands as `·`."""
    changes = (*comparison.broken, *comparison.fixed)
    keys = _numbered({change.utterance_id for change in changes}, "u")
    speakers = _numbered({trial.cluster for change in changes for trial in (change.before, change.after)}, "s")

    def without_names(change: Change) -> Change:
        key = f"{change.cell['corpus']}/{keys[change.utterance_id]}"
        before, after = (redacted_trial(trial, key, speakers[trial.cluster]) for trial in (change.before, change.after))
        return replace(change, utterance_id=key, before=before, after=after)

    return replace(
        comparison,
        broken=tuple(map(without_names, comparison.broken)),
        fixed=tuple(map(without_names, comparison.fixed)),
        notes=tuple(_EXAMPLE.sub("", note) for note in comparison.notes),
        invalid=tuple(_EXAMPLE.sub("", note) for note in comparison.invalid),
    )


def _numbered(names: Iterable[str], letter: str) -> dict[str, str]:
    return {name: f"{letter}{number:05}" for number, name in enumerate(sorted(names), start=1)}


def redacted_points(points: Sequence[Point]) -> list[Point]:
    """The same numbers; runs are numbered in the order in which they were started."""
    runs = sorted({(point.started_at, point.run) for point in points})
    names = {run: run_name(number) for number, (_, run) in enumerate(runs, start=1)}
    return [replace(point, run=names[point.run]) for point in points]
