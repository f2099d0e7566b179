"""Requests and frames as the description writes them, with the call's values put in. Pure.

A text that is one placeholder takes the value's own type (`"{sample_rate}"` becomes a number); a placeholder within
text is written into it. What has no value is left out, and so is an object or list that has lost all it had.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, TypeAlias

from bench.engines.dialect.paths import as_text
from bench.types import JsonValue

Values: TypeAlias = Mapping[str, Any]
"""What placeholders stand for; `None`: nothing."""

_PLACEHOLDER = re.compile(r"\{(!?)([a-z_][a-zA-Z0-9_.\[\]]*)\}")


def names(template: JsonValue) -> frozenset[str]:
    """Every placeholder of a template."""
    return frozenset(_names(template))


def _names(template: JsonValue) -> Iterator[str]:
    if isinstance(template, str):
        yield from (match[2] for match in _PLACEHOLDER.finditer(template))
    elif isinstance(template, Mapping):
        for value in template.values():
            yield from _names(value)
    elif isinstance(template, list | tuple):
        for value in template:
            yield from _names(value)


def filled(template: JsonValue, values: Values) -> JsonValue:
    """The template with its values; `None` where nothing is left of it."""
    if isinstance(template, str):
        return _text(template, values)
    if isinstance(template, Mapping):
        made = {name: value for name, part in template.items() if (value := filled(part, values)) is not None}
        return None if template and not made else made
    if isinstance(template, list | tuple):
        parts = [value for part in template if (value := filled(part, values)) is not None]
        return None if template and not parts else parts
    return template


def _text(template: str, values: Values) -> JsonValue:
    whole = _PLACEHOLDER.fullmatch(template)
    if whole is not None:
        return _value(whole, values)
    parts = {match[0]: as_text(_value(match, values)) for match in _PLACEHOLDER.finditer(template)}
    if None in parts.values():
        return None
    return _PLACEHOLDER.sub(lambda match: parts[match[0]] or "", template)


def _value(match: re.Match[str], values: Values) -> JsonValue:
    value = values.get(match[2])
    if match[1]:
        value = None if value is None else not value
    return None if value in ("", (), []) or value is None else list(value) if isinstance(value, tuple) else value


def pairs(template: Mapping[str, JsonValue], values: Values) -> tuple[tuple[str, str], ...]:
    """Parameters of a query or a form: a list repeats its name, an object is written as JSON."""
    made: list[tuple[str, str]] = []
    for name, part in template.items():
        value = filled(part, values)
        for single in value if isinstance(value, list) else [value]:
            text = json.dumps(single, ensure_ascii=False) if isinstance(single, dict) else as_text(single)
            if text is not None:
                made.append((name, text))
    return tuple(made)


def json_text(template: JsonValue, values: Values) -> str:
    """A frame or body of JSON."""
    made = filled(template, values)
    return json.dumps({} if made is None else made, ensure_ascii=False, separators=(",", ":"))


def unknown(template: JsonValue, known: Sequence[str]) -> tuple[str, ...]:
    """Placeholders that stand for nothing."""
    return tuple(sorted(name for name in names(template) if name.partition(".")[0] not in known))
