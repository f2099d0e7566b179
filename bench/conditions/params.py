"""What a step's parameter may be: kind, unit, range, choices; and the check of a value against it. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, TypeAlias

from bench.types import JsonValue

Kind: TypeAlias = Literal["number", "integer", "choice", "text", "flag", "numbers", "mapping"]


class _Required:
    def __repr__(self) -> str:
        return "required"


REQUIRED = _Required()
"""Default of a parameter that must be given."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Param:
    """One parameter of a step."""

    name: str
    kind: Kind
    about: str
    unit: str = ""
    low: float | None = None
    high: float | None = None
    choices: tuple[str | float, ...] = ()
    default: JsonValue = REQUIRED

    @property
    def range(self) -> str:
        """The values it takes, in words: `a number in -10..60 (dB)`."""
        if self.kind == "choice":
            unit = f" ({self.unit})" if self.unit else ""
            return f"one of {', '.join(map(str, self.choices))}{unit}"
        if self.kind not in {"number", "integer", "numbers"}:
            return {"text": "text", "flag": "true or false", "mapping": "a mapping"}[self.kind]
        noun = {"number": "a number", "integer": "a whole number", "numbers": "a list of numbers"}[self.kind]
        within = f" in {_short(self.low)}..{_short(self.high)}" if self.low is not None or self.high is not None else ""
        return noun + within + (f" ({self.unit})" if self.unit else "")


def _short(value: float | None) -> str:
    return "" if value is None else f"{value:g}"


def number(name: str, unit: str, low: float | None, high: float | None, about: str) -> Param:
    return Param(name=name, kind="number", unit=unit, low=low, high=high, about=about)


def integer(name: str, unit: str, low: int | None, high: int | None, about: str) -> Param:
    return Param(name=name, kind="integer", unit=unit, low=low, high=high, about=about)


def choice(name: str, choices: tuple[str | float, ...], about: str, unit: str = "") -> Param:
    return Param(name=name, kind="choice", choices=choices, about=about, unit=unit)


def text(name: str, about: str) -> Param:
    return Param(name=name, kind="text", about=about)


def flag(name: str, about: str) -> Param:
    return Param(name=name, kind="flag", about=about)


def is_draw(value: JsonValue) -> bool:
    """Whether a value is a range to draw from, `{min: 5, max: 15}`, once per utterance."""
    return isinstance(value, Mapping) and set(value) == {"min", "max"}


def accepts(param: Param, value: JsonValue) -> bool:
    """Whether a value, or every value it can be drawn from, is of the parameter's kind and range."""
    if value is None:
        return param.default is None
    if param.kind == "number" and is_draw(value):
        low, high = value["min"], value["max"]
        return _in_range(param, low) and _in_range(param, high) and low <= high
    match param.kind:
        case "number":
            return _in_range(param, value)
        case "integer":
            return isinstance(value, int) and _in_range(param, value)
        case "numbers":
            return isinstance(value, list | tuple) and len(value) > 0 and all(_in_range(param, item) for item in value)
        case "choice":
            return not isinstance(value, bool) and value in param.choices
        case "flag":
            return isinstance(value, bool)
        case "text":
            return isinstance(value, str) and value != ""
        case "mapping":
            return isinstance(value, Mapping)


def _in_range(param: Param, value: JsonValue) -> bool:
    if isinstance(value, bool) or not isinstance(value, int | float) or value != value:
        return False
    return (param.low is None or value >= param.low) and (param.high is None or value <= param.high)
