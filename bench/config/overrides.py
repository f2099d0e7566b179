"""`--set key.sub=value`: a value of a file replaced from the command line, before the file is checked."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from bench.config.spec import parse_yaml, shown
from bench.errors import Problem, UsageError


def settings(given: Iterable[str]) -> dict[str, Any]:
    """`name=value` pairs as a mapping, values read as YAML.

    Raises:
        UsageError: for one without a value.
        ConfigError: for a value that is no YAML.
    """
    return dict(_pair(pair) for pair in given)


def _pair(given: str) -> tuple[str, Any]:
    key, separator, value = given.partition("=")
    if not separator or not key.strip():
        raise UsageError(Problem("--set", "key=value", repr(given), "for example --set stream.concurrency=8"))
    return key.strip(), parse_yaml(value, f"--set {key.strip()}")


def override(data: dict[str, Any], given: str) -> None:
    """Put one value in its place in nested mappings and lists; lists are entered by index or by `id`.

    Raises:
        UsageError: if there is no such place.
        ConfigError: if the value is no YAML.
    """
    key, parsed = _pair(given)
    *parents, last = key.split(".")
    target: Any = data
    for name in parents:
        target = _child(target, name, given)
    if isinstance(target, list):
        target[_index(target, last, given)] = parsed
    else:
        _section(target, last, given)[last] = parsed


def _child(target: Any, name: str, given: str) -> Any:
    if isinstance(target, list):
        return target[_index(target, name, given)]
    return _section(target, name, given).setdefault(name, {})


def _section(target: Any, name: str, given: str) -> dict[str, Any]:
    if not isinstance(target, dict):
        raise UsageError(Problem(f"--set {given}", f"a section before {name!r}", shown(target)))
    return target


def _index(target: list[Any], name: str, given: str) -> int:
    if name.isdigit() and int(name) < len(target):
        return int(name)
    for position, entry in enumerate(target):
        if isinstance(entry, dict) and entry.get("id") == name:
            return position
    raise UsageError(Problem(f"--set {given}", f"an index below {len(target)} or an id", repr(name)))
