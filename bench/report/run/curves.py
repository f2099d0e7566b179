"""Conditions that differ in one number, as a curve: WER against the dose, with intervals. Formats; computes nothing."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from typing import Any

from bench.scoring.estimates import dose_unit
from bench.types import Condition

_FEWEST = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Curve:
    """Conditions alike in all but one number."""

    label: str
    """What the number is: `noise snr_db (dB)`."""
    points: tuple[tuple[float, str], ...]
    """(the number, the condition's id), ascending."""
    log: bool = False
    """Whether the numbers are better seen on a logarithmic scale."""


def curves(conditions: Iterable[Condition]) -> tuple[Curve, ...]:
    """Every set of two or more conditions that differ in one number of one step, or of the request."""
    sets: dict[str, dict[float, str]] = {}
    for condition in conditions:
        for label, number, rest in _numbers(condition):
            sets.setdefault(json.dumps([label, rest], sort_keys=True, default=str), {})[number] = condition.id
    return tuple(
        Curve(label=json.loads(key)[0], points=(points := tuple(sorted(found.items()))), log=_spans(points))
        for key, found in sets.items()
        if len(found) >= _FEWEST
    )


def _numbers(condition: Condition) -> Iterator[tuple[str, float, Any]]:
    """Each number of a condition, named, and all else of it: conditions that share the rest differ in it alone."""
    parts = [(step.name, dict(step.params)) for step in condition.steps] + [("request", asdict(condition.request))]
    for place, (name, params) in enumerate(parts):
        for key, value in params.items():
            if isinstance(value, int | float) and not isinstance(value, bool):
                others = {other: params[other] for other in params if other != key}
                unit = f" ({dose_unit(key)})" if dose_unit(key) not in {"", "ratio"} else ""
                yield f"{name} {key}{unit}", float(value), [*parts[:place], (name, others), *parts[place + 1 :]]


def _spans(points: tuple[tuple[float, str], ...]) -> bool:
    """Ten to one and more, all above nought."""
    return points[0][0] > 0 and points[-1][0] / points[0][0] >= 10
