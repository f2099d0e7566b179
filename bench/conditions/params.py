"""What a step's parameter may be: read from the annotated types of the step's own signature. Pure.

    def noise(audio, context, rng, *, snr_db: Annotated[float, parameter("SNR", "dB", ge=-20, le=80)]) -> ...

`float` may also be drawn once per utterance, `{min: 5, max: 15}`; a list where one value is expected makes a grid.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Annotated, Any, get_origin, get_type_hints

from pydantic import ConfigDict, Field, TypeAdapter, ValidationError
from pydantic.fields import FieldInfo

from bench.types import JsonValue


class _Required:
    def __repr__(self) -> str:
        return "required"


REQUIRED = _Required()
"""Default of a parameter that must be given."""

_STRICT = ConfigDict(strict=True, allow_inf_nan=False)
_NOUNS = {float: "a number", int: "a whole number", bool: "true or false", str: "text"}


def parameter(
    about: str,
    unit: str = "",
    *,
    ge: float | None = None,
    le: float | None = None,
    choices: tuple[str | float, ...] = (),
) -> Any:
    """Metadata of `Annotated`: what the parameter is, its unit, and the values it takes (numbers `ge` to `le`)."""
    extra: dict[str, Any] = {"unit": unit} if unit else {}
    if choices:
        extra["enum"] = list(choices)
    return Field(description=about, ge=ge, le=le, json_schema_extra=extra)


@dataclass(frozen=True, kw_only=True)
class Param:
    """One parameter of a step, as its signature declares it."""

    name: str
    type: Any
    """float, int, bool, str, a tuple of numbers or a mapping; possibly optional."""
    field: FieldInfo
    default: JsonValue = REQUIRED

    @property
    def about(self) -> str:
        return self.field.description or ""

    @cached_property
    def _extra(self) -> Mapping[str, Any]:
        extra = self.field.json_schema_extra
        return extra if isinstance(extra, dict) else {}

    @property
    def choices(self) -> Sequence[str | float]:
        """The only values it takes; empty: any of its type and range."""
        choices: Sequence[str | float] = self._extra.get("enum", ())
        return choices

    @cached_property
    def kind(self) -> Any:
        """Its type without `None`: float, int, bool, str, tuple or Mapping."""
        return _without_none(self.type)

    @property
    def is_list(self) -> bool:
        return self.kind is tuple

    @cached_property
    def _adapter(self) -> TypeAdapter[Any]:
        inner: Any = float if self.is_list else self.kind
        return TypeAdapter(Annotated[inner, self.field], config=_STRICT)

    def accepts(self, value: JsonValue) -> bool:
        """Whether a value, or every value it can be drawn from, is of the parameter's type and range."""
        if value is None:
            return self.default is None
        if self.is_list:
            return isinstance(value, list | tuple) and len(value) > 0 and all(map(self._takes, value))
        if self.kind is float and not self.choices and is_draw(value):
            low, high = value["min"], value["max"]
            return self._takes(low) and self._takes(high) and bool(low <= high)
        return self._takes(value)

    def _takes(self, value: JsonValue) -> bool:
        if self.choices:
            return not isinstance(value, bool) and value in self.choices
        if self.kind is Mapping:
            return isinstance(value, Mapping)
        if isinstance(value, bool) is not (self.kind is bool) or value == "":
            return False
        try:
            self._adapter.validate_python(value)
        except ValidationError:
            return False
        return True

    @property
    def range(self) -> str:
        """The values it takes, in words: `a number in -10..60 (dB)`."""
        unit = f" ({self._extra['unit']})" if "unit" in self._extra else ""
        if self.choices:
            return f"one of {', '.join(map(str, self.choices))}{unit}"
        noun = "a list of numbers" if self.is_list else _NOUNS.get(self.kind, "a mapping")
        low, high = (_bound(self.field, name) for name in ("ge", "le"))
        within = f" in {low}..{high}" if low or high else ""
        return f"{noun}{within}{unit}"


def _bound(field: FieldInfo, name: str) -> str:
    bounds = [getattr(constraint, name) for constraint in field.metadata if hasattr(constraint, name)]
    return f"{bounds[0]:g}" if bounds else ""


def _without_none(annotation: Any) -> Any:
    branches = [branch for branch in getattr(annotation, "__args__", ()) if branch is not type(None)]
    is_union = type(None) in getattr(annotation, "__args__", ())
    chosen = branches[0] if is_union else annotation
    return get_origin(chosen) or chosen


def params_of(function: Callable[..., Any]) -> tuple[Param, ...]:
    """The keyword parameters of a step that carry `parameter(...)`, in order.

    Raises:
        TypeError: for a keyword parameter without it.
    """
    hints = get_type_hints(function, include_extras=True)
    return tuple(
        param_of(name, hints[name], _default(declared))
        for name, declared in inspect.signature(function).parameters.items()
        if declared.kind is inspect.Parameter.KEYWORD_ONLY
    )


def param_of(name: str, annotation: Any, default: JsonValue = REQUIRED) -> Param:
    """One parameter from its annotation.

    Raises:
        TypeError: if the annotation is not `Annotated[type, parameter(...)]`.
    """
    fields = [extra for extra in getattr(annotation, "__metadata__", ()) if isinstance(extra, FieldInfo)]
    if not fields:
        raise TypeError(f"parameter {name}: expected Annotated[type, parameter(...)], got {annotation}")
    return Param(name=name, type=annotation.__origin__, field=fields[0], default=default)


def _default(parameter: inspect.Parameter) -> Any:
    return REQUIRED if parameter.default is inspect.Parameter.empty else parameter.default


def is_draw(value: JsonValue) -> bool:
    """Whether a value is a range to draw from, `{min: 5, max: 15}`, once per utterance."""
    return isinstance(value, Mapping) and set(value) == {"min", "max"}
