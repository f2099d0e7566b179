"""Things that are alike in all but one number: a sweep, of conditions or of engines. Pure."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from bench.types import JsonValue

_FEWEST = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Series:
    """Two or more that differ in one number."""

    label: str
    """What the number is."""
    points: tuple[tuple[float, str], ...]
    """(the number, the id), ascending."""


def series(numbers: Iterable[tuple[str, str, float, JsonValue]]) -> tuple[Series, ...]:
    """Every set of two or more, from (id, what the number is, the number, all else): those that share all else."""
    sets: dict[str, dict[float, str]] = {}
    for name, label, number, rest in numbers:
        sets.setdefault(json.dumps([label, rest], sort_keys=True, default=str), {})[number] = name
    return tuple(
        Series(label=json.loads(key)[0], points=tuple(sorted(counted.items())))
        for key, counted in sets.items()
        if len(counted) >= _FEWEST
    )


def numbers_of(params: Mapping[str, JsonValue]) -> Iterator[tuple[str, float, dict[str, JsonValue]]]:
    """Each number among parameters by its name, and the other parameters."""
    for key, value in params.items():
        if isinstance(value, int | float) and not isinstance(value, bool):
            yield key, float(value), {other: params[other] for other in params if other != key}
