"""What formats say of a reference beyond its words: passages, labels of speakers, the end of a turn."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any, TypeAlias

from bench.corpora.importers.reading import parse_seconds
from bench.errors import Problem
from bench.types import Passage

_Problems: TypeAlias = list[Problem]

PASSAGES = ("entities", "private", "languages")
"""Columns, and tiers, of passages: fields of an utterance."""
LABELS = ("emotion", "age", "gender")
_GENDERS = {"adult_male": "male", "adult_female": "female", "m": "male", "f": "female"}
_KEYS = {"kind", "text", "forms", "start_s", "end_s"}


def references_of(row: Mapping[str, Any], where: str, problems: _Problems) -> dict[str, Any]:
    """Fields of an Entry that columns of a row hold: passages as lists or as JSON text, `votes` and `turn_end_s`.

    Tables call other things `languages` or `entities` too: what is no list of objects there is left alone.
    """
    values = {name: _read(row.get(name)) for name in PASSAGES}
    fields: dict[str, Any] = {
        name: _passages(value, f"{where}: {name}", problems)
        for name, value in values.items()
        if value not in (None, "") and (name == "private" or _is_of_objects(value))
    }
    votes = _read(row.get("votes"))
    if isinstance(votes, Mapping):
        fields["votes"] = _counted(votes, f"{where}: votes", problems)
    if row.get("turn_end_s") not in (None, ""):
        fields["turn_end_s"] = parse_seconds(row["turn_end_s"], "turn_end_s", where, problems)
    return fields


def _counted(votes: Mapping[str, Any], where: str, problems: _Problems) -> dict[str, dict[str, int]]:
    """Votes of listeners by kind and label; labels nobody chose are left out."""
    counted: dict[str, dict[str, int]] = {}
    for kind, labels in votes.items():
        numbers = labels.values() if isinstance(labels, Mapping) else ()
        if kind != "emotion" or not any(numbers) or not all(type(n) is int and n >= 0 for n in numbers):
            expected = 'how many chose which label: {"emotion": {"angry": 3, "sad": 2}}'
            problems.append(Problem(where, expected, json.dumps(votes, ensure_ascii=False, default=str)[:80]))
            return {}
        counted[kind] = {str(label): number for label, number in labels.items() if number}
    return counted


def _is_of_objects(value: Any) -> bool:
    return isinstance(value, list) and any(isinstance(part, Mapping) for part in value)


def _passages(listed: Any, where: str, problems: _Problems) -> tuple[Passage, ...]:
    if not isinstance(listed, list):
        advice = '[{"kind": "person", "text": "Ada"}]'
        problems.append(Problem(where, "a list of passages", repr(listed)[:80], f"write {advice}"))
        return ()
    return tuple(passage for part in listed if (passage := _passage(part, where, problems)) is not None)


def _read(value: Any) -> Any:
    if not isinstance(value, str):
        return value
    try:
        return json.loads(value)
    except (RecursionError, ValueError):
        return value


def _passage(part: Any, where: str, problems: _Problems) -> Passage | None:
    given = isinstance(part, Mapping) and all(isinstance(part.get(key), str) and part[key] for key in ("kind", "text"))
    if not given or part.keys() - _KEYS or not isinstance(part.get("forms", []), list):
        expected = "a kind and a text, and perhaps forms, start_s, end_s"
        problems.append(Problem(where, expected, json.dumps(part, ensure_ascii=False, default=str)[:80]))
        return None
    times = {
        name: parse_seconds(part[name], name, where, problems)
        for name in ("start_s", "end_s")
        if part.get(name) is not None
    }
    return Passage(kind=part["kind"], text=part["text"], forms=tuple(map(str, part.get("forms", ()))), **times)


def within(passages: Iterable[Passage], start_s: float, end_s: float) -> tuple[Passage, ...]:
    """Those whose middle lies in a part of the recording, timed from its start."""
    return tuple(
        replace(p, start_s=round(max(0.0, p.start_s - start_s), 6), end_s=round(min(p.end_s, end_s) - start_s, 6))
        for p in passages
        if p.start_s is not None and p.end_s is not None and start_s <= (p.start_s + p.end_s) / 2 < end_s
    )


def gender_of(name: str) -> str | None:
    """`male` for `adult_male`, `M`; `None`: it is none that is compared."""
    lower = name.strip().lower()
    known = _GENDERS.get(lower, lower)
    return known if known in ("male", "female") else None


def labels_of_speakers(rows: Iterable[tuple[str, Mapping[str, Any]]]) -> dict[str, dict[str, str]]:
    """From (speaker, what a row says of them), the labels of each; the first that says one counts."""
    labels: dict[str, dict[str, str]] = {}
    for speaker, row in rows:
        for name in LABELS:
            if row.get(name) not in (None, ""):
                labels.setdefault(speaker, {}).setdefault(name, str(row[name]))
    return labels
