"""Where a value lies in a parsed message: `results[0].words`, `items[?type=word].text`, `speakers[*].name`.

A path that leads nowhere gives `None`; no message makes it raise. `[*]` and `[?key=value]` give lists. Pure.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from bench.types import JsonValue

_STEP = re.compile(
    r"(?P<name>[^.\[\]]+)|\[(?P<index>-?\d+)\]|(?P<all>\[\*\])|\[\?(?P<key>[^=\]]+)=(?P<value>[^\]]*)\]|(?P<dot>\.)"
)


@dataclass(frozen=True, slots=True)
class _Step:
    name: str | None = None
    index: int | None = None
    key: str | None = None
    value: str | None = None


@lru_cache(maxsize=1024)
def parsed(path: str) -> tuple[_Step, ...]:
    """The steps of a path.

    Raises:
        ValueError: if it is none.
    """
    steps: list[_Step] = []
    at = 0
    while at < len(path):
        step = _STEP.match(path, at)
        if step is None:
            raise ValueError(f"a path such as results[0].text (got {path!r})")
        at = step.end()
        if step["dot"] is None:
            index = None if step["index"] is None else int(step["index"])
            steps.append(_Step(name=step["name"], index=index, key=step["key"], value=step["value"]))
    if not steps:
        raise ValueError("a path such as results[0].text (got nothing)")
    return tuple(steps)


def at(message: JsonValue, path: str) -> JsonValue:
    """What lies there; `None`: nothing does."""
    return _follow(message, parsed(path))


def _follow(value: JsonValue, steps: Sequence[_Step]) -> JsonValue:
    for position, step in enumerate(steps):
        if step.name is not None:
            value = value.get(step.name) if isinstance(value, Mapping) else None
        elif step.index is not None:
            inside = isinstance(value, list) and -len(value) <= step.index < len(value)
            value = value[step.index] if inside else None
        else:
            chosen = [element for element in value if _is_chosen(element, step)] if isinstance(value, list) else []
            rest = steps[position + 1 :]
            return [reached for element in chosen if (reached := _follow(element, rest)) is not None]
    return value


def _is_chosen(element: JsonValue, step: _Step) -> bool:
    return step.key is None or (isinstance(element, Mapping) and as_text(element.get(step.key)) == step.value)


def as_text(value: Any) -> str | None:
    """A scalar as a message would write it; `None` for what is none."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return value
    if isinstance(value, int | float):
        return f"{value:g}" if isinstance(value, float) else str(value)
    return None


def as_number(value: Any) -> float | None:
    """A finite number, also where it is written as text (`"1.5"`, `"1.200s"`)."""
    if isinstance(value, bool):
        return None
    if isinstance(value, str):
        value = value.strip().removesuffix("s")
    elif not isinstance(value, int | float):
        return None
    try:
        number = float(value)
    except (ValueError, OverflowError):
        return None
    return number if math.isfinite(number) else None


def is_true(value: Any) -> bool:
    """A flag, also where it is written as text."""
    return value is True or (isinstance(value, str) and value.lower() == "true")
