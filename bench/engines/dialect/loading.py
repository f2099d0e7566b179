"""Descriptions from YAML, checked as a whole: every problem is told by its line and key.

Descriptions that come with the package lie in `vendors/`, each with the functions it names (`py:`), if any, beside it
in `NAME_hooks.py`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Any

import yaml
from pydantic import ValidationError

from bench.config import validation_problems
from bench.config.spec import dotted, parse_yaml, read_text
from bench.engines.dialect import templates
from bench.engines.dialect.model import Batch, Description, Step, Stream
from bench.engines.dialect.reading import Hooks
from bench.engines.dialect.values import STREAM_ONLY, known_names
from bench.errors import ConfigError, Problem
from bench.files import packaged_text

_VENDORS = "bench.engines.dialect.vendors"
_Location = Sequence[str | int]


@cache
def packaged(name: str) -> tuple[Description, Hooks]:
    """A description that comes with the package, and its functions."""
    where = f"engines/dialect/vendors/{name}.yaml"
    description = parse_description(packaged_text(where), where, hooks := hooks_of(name))
    return description, hooks


def hooks_of(name: str) -> Hooks:
    """The functions beside a packaged description; none where it has no module."""
    try:
        module = import_module(f"{_VENDORS}.{name}_hooks")
    except ModuleNotFoundError:
        return {}
    return {name: value for name, value in vars(module).items() if callable(value) and not name.startswith("_")}


def read_description(path: str) -> Description:
    """A description of the user's own.

    Raises:
        ConfigError: with every problem, each by line and key.
    """
    return parse_description(read_text(Path(path), "a file that describes an engine"), path)


def parse_description(text: str, where: str, hooks: Hooks | None = None) -> Description:
    """As `read_description`, from text."""
    data = parse_yaml(text, where)
    return checked(data, where, hooks, text)


def checked(data: Any, where: str, hooks: Hooks | None = None, text: str = "") -> Description:
    """A description of parsed YAML; `text`, if it is of a file, tells the lines of problems.

    Raises:
        ConfigError: with every problem.
    """
    if not isinstance(data, Mapping):
        raise ConfigError([Problem(where, "a mapping with dialect, name, key, base_url, batch or stream", repr(data))])
    try:
        description = Description.model_validate(data)
    except ValidationError as error:
        root = _nodes(text)
        lines = [_line(root, _without_tags(detail["loc"])) for detail in error.errors(include_url=False)]
        problems = validation_problems(error, where, Description)
        numbered = zip(problems, lines, strict=False)
        raise ConfigError([_at_line(problem, where, line) for problem, line in numbered]) from error
    if inconsistent := list(_inconsistencies(description, hooks or {})):
        root = _nodes(text)
        raise ConfigError(
            [
                Problem(
                    f"{where}{f':{line}' if (line := _line(root, loc)) else ''}: {dotted(loc)}", expected, repr(got)
                )
                for loc, expected, got in inconsistent
            ]
        )
    return description


def _nodes(text: str) -> yaml.Node | None:
    """The text's keys and values with their lines; composed for problems alone, since it reads all of it again."""
    root: yaml.Node | None = yaml.compose(text, yaml.SafeLoader)
    return root


def _at_line(problem: Problem, where: str, line: int | None) -> Problem:
    where_in_file = problem.where.replace(where, f"{where}:{line}", 1) if line else problem.where
    return Problem(where_in_file, problem.expected, problem.found, problem.advice)


def _without_tags(location: _Location) -> tuple[str | int, ...]:
    """Pydantic names branches of unions within the path."""
    return tuple(part for part in location if not (isinstance(part, str) and ("[" in part or part in {"str", "dict"})))


def _line(root: yaml.Node | None, location: _Location) -> int | None:
    """The line of a key, or of the nearest thing around it that is there."""
    node, line = root, None
    for part in location:
        if isinstance(node, yaml.MappingNode):
            pair = next(((key, value) for key, value in node.value if key.value == str(part)), None)
            if pair is None:
                break
            line, node = pair[0].start_mark.line + 1, pair[1]
        elif isinstance(node, yaml.SequenceNode) and isinstance(part, int) and part < len(node.value):
            node = node.value[part]
            line = node.start_mark.line + 1
        else:
            break
    return line


_Finding = tuple[_Location, str, str]


def _inconsistencies(description: Description, hooks: Hooks) -> Iterator[_Finding]:
    """What each part alone cannot show: names that stand for nothing."""
    known = known_names(description)
    if description.batch is not None:
        yield from _of_batch(description.batch, known, description)
    if description.stream is not None:
        yield from _of_stream(description.stream, known, description)
    for name, derived in description.derived.items():
        if derived.of not in known:
            yield ("derived", name, "of"), f"one of {', '.join(sorted(known))}", derived.of
    yield from _of_hooks(description.model_dump(), (), hooks)


def _of_hooks(value: Any, location: tuple[str | int, ...], hooks: Hooks) -> Iterator[_Finding]:
    if isinstance(value, str) and value.startswith("py:") and value[3:] not in hooks:
        some = ", ".join(sorted(hooks)) or "none (only descriptions of the package have any)"
        yield location, f"a function beside the description: {some}", value
    elif isinstance(value, Mapping):
        for key, part in value.items():
            yield from _of_hooks(part, (*location, key), hooks)
    elif isinstance(value, list | tuple):
        for index, part in enumerate(value):
            yield from _of_hooks(part, (*location, index), hooks)


def _of_batch(batch: Batch, known: frozenset[str], description: Description) -> Iterator[_Finding]:
    usable = set(known - STREAM_ONLY) | {"audio", "audio_b64"}
    steps: list[tuple[_Location, Step]] = [(("batch", "steps", index), step) for index, step in enumerate(batch.steps)]
    steps += [(("batch", "fetch"), batch.fetch)] if batch.fetch else []
    for location, step in steps:
        yield from _of_step(step, location, usable, description)
        usable.add(step.name)
    for index, step in enumerate(batch.cleanup):
        yield from _of_step(step, ("batch", "cleanup", index), usable, description)
    for index, rule in enumerate(batch.events):
        if rule.send:
            yield ("batch", "events", index, "send"), "nothing: server-sent events cannot be answered", "frames"


def _of_step(step: Step, location: _Location, known: set[str], description: Description) -> Iterator[_Finding]:
    for key in ("path", "query", "headers", "fields"):
        for name in templates.unknown(getattr(step, key), tuple(known)):
            yield (*location, key), f"placeholders among {', '.join(sorted(known))}", f"{{{name}}}"
    if step.host is not None and step.host not in description.hosts:
        yield (*location, "host"), f"one of hosts: {', '.join(description.hosts) or 'none'}", step.host


def _of_stream(stream: Stream, known: frozenset[str], description: Description) -> Iterator[_Finding]:
    usable = set(known)
    if stream.prepare is not None:
        yield from _of_step(stream.prepare, ("stream", "prepare"), usable, description)
        usable.add("prepare")
    if stream.host is not None and stream.host not in description.hosts:
        yield ("stream", "host"), f"one of hosts: {', '.join(description.hosts) or 'none'}", stream.host
    for key in ("path", "query", "headers", "open", "audio", "keepalive", "end", "subprotocols"):
        value = getattr(stream, key)
        template = [stage.send for stage in value] if key == "end" else value
        for name in templates.unknown(template, tuple(usable)):
            yield ("stream", key), f"placeholders among {', '.join(sorted(usable))}", f"{{{name}}}"
    finish = stream.finish
    if not (finish.when or finish.close_codes or finish.all_settled or finish.quiet_s is not None):
        yield ("stream", "finish"), "when, close_codes, all_settled or quiet_s: how the end is known", "none of them"
    needs = {"replace": {"partial", "final"}, "keyed": {"update"}, "delta": {"delta", "close"}, "tokens": {"tokens"}}
    roles = {rule.role for rule in stream.rules}
    if not roles & needs[stream.accumulate.how]:
        wanted = " or ".join(sorted(needs[stream.accumulate.how]))
        yield ("stream", "rules"), f"a rule of the role {wanted}, as accumulate.how is {stream.accumulate.how}", "none"
