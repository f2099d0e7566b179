"""Conditions that differ in one number, as a curve: WER against the dose, with intervals. Formats; computes nothing."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from typing import Any

from bench.report.settings import setting_name
from bench.scoring.alike import numbers_of, series
from bench.types import Condition


@dataclass(frozen=True, slots=True, kw_only=True)
class DoseCurve:
    """Conditions alike in all but one number."""

    label: str
    """What the number is: `noise, SNR (dB)`."""
    points: tuple[tuple[float, str], ...]
    """(the number, the condition's id), ascending."""
    log: bool = False
    """Whether the numbers are better seen on a logarithmic scale."""


def curves(conditions: Iterable[Condition]) -> tuple[DoseCurve, ...]:
    """Every set of two or more conditions that differ in one number of one step, or of the request."""
    all_series = series((condition.id, *number) for condition in conditions for number in _numbers(condition))
    return tuple(DoseCurve(label=each.label, points=each.points, log=_spans(each.points)) for each in all_series)


def _numbers(condition: Condition) -> Iterator[tuple[str, float, Any]]:
    """Each number of a condition, named, and all else of it."""
    parts = [(step.name, dict(step.params)) for step in condition.steps] + [("request", asdict(condition.request))]
    for index, (name, params) in enumerate(parts):
        for key, value, others in numbers_of(params):
            said, unit = setting_name(key)
            yield (
                ", ".join(filter(None, (name.replace("_", " "), said))) + (f" ({unit})" if unit else ""),
                value,
                [*parts[:index], (name, others), *parts[index + 1 :]],
            )


def _spans(points: tuple[tuple[float, str], ...]) -> bool:
    """Ten to one and more, all above nought."""
    return points[0][0] > 0 and points[-1][0] / points[0][0] >= 10
