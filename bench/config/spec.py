"""The one door for every YAML file and every mapping a user writes: read, bounded, checked against a closed model.

All problems of a file are told at once, each as *where: expected, got; what to do*, in our words and not pydantic's.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, TypeVar

import yaml
from pydantic import BaseModel, ConfigDict, ValidationError

from bench.errors import ConfigError, Problem, did_you_mean

MAX_NODES = 200_000
"""Values a file may hold once its aliases are written out: a few lines of aliases can stand for billions."""
MAX_DEPTH = 100


class SpecModel(BaseModel):
    """Base of everything a user writes: unknown keys are refused, values never change."""

    model_config = ConfigDict(extra="forbid", frozen=True)


Model = TypeVar("Model", bound=BaseModel)


# -- reading ----------------------------------------------------------------------------------


def read_spec(path: Path, model: type[Model], what: str) -> Model:
    """A YAML file as `model`; `what` says in messages what the file should be ("a file of gate rules").

    Raises:
        ConfigError: with every problem.
    """
    return validated(model, read_yaml(path, what), str(path))


def read_yaml(path: Path, what: str) -> Any:
    """The content of a YAML file.

    Raises:
        ConfigError: if it cannot be read, or is no YAML of bounded size.
    """
    return parse_yaml(read_text(path, what), str(path))


def read_text(path: Path, what: str, advice: str = "") -> str:
    """The text of a UTF-8 file.

    Raises:
        ConfigError: if it cannot be read.
    """
    try:
        return path.read_text(encoding="utf-8-sig")
    except IsADirectoryError as error:
        raise ConfigError([Problem(str(path), what, "a folder", advice)]) from error
    except OSError as error:
        raise ConfigError([Problem(str(path), what, error.strerror or str(error), advice)]) from error
    except UnicodeDecodeError as error:
        raise ConfigError([Problem(str(path), f"{what} in UTF-8", f"a byte that is not at {error.start}")]) from error
    except ValueError as error:  # a NUL in the name
        raise ConfigError([Problem(repr(str(path)), what, str(error), advice)]) from error


def parse_yaml(text: str, where: str) -> Any:
    """YAML as plain values; `where` names the text in messages.

    Raises:
        ConfigError: for a syntax error (with line and column), a tag, a key that is there twice, more than `MAX_NODES`
            values or `MAX_DEPTH` levels.
    """
    loader: _Loader | None = None
    try:
        loader = _Loader(text)
        root = loader.get_single_node()
        if root is None:
            return None
        _refuse_large(root, where)
        _refuse_doubled(root, where)
        return loader.construct_document(root)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line = f":{mark.line + 1}:{mark.column + 1}" if mark else ""
        problem = str(getattr(error, "problem", None) or "a syntax error")
        advice = "indent with blanks" if "'\\t'" in problem else ""
        words = problem.removeprefix("but ").removeprefix("found ")
        raise ConfigError([Problem(f"{where}{line}", "YAML", words, advice)]) from error
    except RecursionError as error:
        raise ConfigError([Problem(where, f"YAML of at most {MAX_DEPTH} levels", "more")]) from error
    except ValueError as error:  # a number of thousands of digits, a date that does not exist
        raise ConfigError([Problem(where, "YAML", str(error))]) from error
    finally:
        if loader is not None:
            loader.dispose()


class _Loader(yaml.SafeLoader):
    """Leaves as text what only YAML 1.1 took for something else: `no` is a language and not false, `010` not eight,
    `1:30` not ninety, and a date is written as one. What `yaml.safe_dump` writes reads back equal.
    """


_Loader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if tag.rpartition(":")[2] in ("null", "merge", "value")]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}
for _tag, _pattern, _first in (
    ("bool", r"true|True|TRUE|false|False|FALSE", "tTfF"),
    ("int", r"[-+]?(?:0|[1-9][0-9]*)|0x[0-9a-fA-F]+", "-+0123456789"),
    (
        "float",
        r"[-+]?(?:[0-9]+\.[0-9]*|\.[0-9]+)(?:[eE][-+][0-9]+)?|[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN)",
        "-+.0123456789",
    ),
):
    _Loader.add_implicit_resolver(f"tag:yaml.org,2002:{_tag}", re.compile(f"^(?:{_pattern})$"), [*_first])


def _refuse_doubled(root: yaml.Node, where: str) -> None:
    """A key that is there twice would take the place of itself, and nobody be told."""
    waiting, seen = [root], set[int]()
    while waiting:
        node = waiting.pop()
        if id(node) in seen or not isinstance(node, yaml.CollectionNode):
            continue
        seen.add(id(node))
        if not isinstance(node, yaml.MappingNode):
            waiting += node.value
            continue
        keys = set[tuple[str, str]]()
        for key, value in node.value:
            waiting += (key, value)
            if isinstance(key, yaml.ScalarNode):
                if (key.tag, key.value) in keys:
                    mark = key.start_mark
                    place = f"{where}:{mark.line + 1}:{mark.column + 1}"
                    raise ConfigError([Problem(place, "each key once", f"{shown(key.value)} again")])
                keys.add((key.tag, key.value))


def _refuse_large(root: yaml.Node, where: str) -> None:
    """Counts values as they would be once every alias is written out, without writing them out."""
    sizes: dict[int, int] = {}

    def size(node: yaml.Node, depth: int) -> int:
        if depth > MAX_DEPTH:
            raise ConfigError([Problem(where, f"YAML of at most {MAX_DEPTH} levels", "more")])
        if not isinstance(node, yaml.CollectionNode):
            return 1
        if id(node) not in sizes:
            sizes[id(node)] = MAX_NODES + 1  # while it is being counted: a node inside itself has no end
            pairs = node.value if isinstance(node, yaml.MappingNode) else [(child,) for child in node.value]
            sizes[id(node)] = 1 + sum(size(child, depth + 1) for pair in pairs for child in pair)
        return sizes[id(node)]

    if size(root, 0) > MAX_NODES:
        advice = "aliases count as often as they are used"
        raise ConfigError([Problem(where, f"at most {MAX_NODES:,} values", "more", advice)])


# -- checking ---------------------------------------------------------------------------------


def validated(model: type[Model], data: object, where: str) -> Model:
    """`data` as the model; `where` names its place in messages.

    Raises:
        ConfigError: with every problem.
    """
    try:
        return model.model_validate(data)
    except ValidationError as error:
        raise ConfigError(validation_problems(error, where, model)) from error


def validation_problems(error: ValidationError, where: str, model: type[BaseModel]) -> list[Problem]:
    """Pydantic's errors in our form; unknown keys are answered with the nearest known one."""
    details = error.errors(include_url=False)
    places = [detail["loc"] for detail in details]
    # Pydantic drops faulty values of a list and then calls the list too short: an echo of what is already said.
    echoes = {
        detail["loc"]
        for detail in details
        if detail["type"] == "too_short"
        and any(location[: len(detail["loc"])] == detail["loc"] != location for location in places)
    }
    return [_problem(dict(detail), where, model) for detail in details if detail["loc"] not in echoes]


def _problem(detail: Mapping[str, Any], where: str, model: type[BaseModel]) -> Problem:
    parents, own = detail["loc"][:-1], detail["loc"][-1:]
    is_key = detail["type"] == "extra_forbidden"  # as the user wrote it, whatever it looks like
    location = (*filter(_is_place, parents), *(own if is_key else filter(_is_place, own)))
    inside = "." if ": " in where else ": "  # `where` may be a place within a file already
    full_where = f"{where}{inside}{dotted(location)}" if location else where
    if detail["type"] == "extra_forbidden":
        known = _keys_at(model, location[:-1])
        advice = did_you_mean(str(location[-1]), known)
        return Problem(full_where, f"one of the keys {', '.join(sorted(known))}", "an unknown key", advice)
    if detail["type"] == "missing":
        return Problem(full_where, "a value", "nothing", "this key is required")
    got = detail.get("ctx", {}).get("found")  # of our own validators, which say it better than the whole input
    value = detail.get("input")
    return Problem(full_where, expected_by(detail), got or ("nothing" if value is None else shown(value)))


_EXPECTED: dict[str, str | Callable[[Mapping[str, Any]], str]] = {
    "string_type": "text",
    "string_pattern_mismatch": lambda about: f"text that matches {about['pattern']}",
    "string_too_long": lambda about: f"at most {about['max_length']} characters",
    "string_too_short": lambda about: f"at least {about['min_length']} characters",
    "int_type": "a whole number",
    "int_parsing": "a whole number",
    "int_from_float": "a whole number",
    "int_parsing_size": "a whole number of usual size",
    "float_type": "a number",
    "float_parsing": "a number",
    "finite_number": "a finite number",
    "bool_type": "true or false",
    "bool_parsing": "true or false",
    "list_type": "a list",
    "tuple_type": "a list",
    "dict_type": "a mapping of keys and values",
    "model_type": "a mapping of keys and values",
    "model_attributes_type": "a mapping of keys and values",
    "too_short": lambda about: f"at least {about['min_length']} of them",
    "too_long": lambda about: f"at most {about['max_length']} of them",
    "greater_than": lambda about: f"a number above {about['gt']:g}",
    "greater_than_equal": lambda about: f"a number of at least {about['ge']:g}",
    "less_than": lambda about: f"a number below {about['lt']:g}",
    "less_than_equal": lambda about: f"a number of at most {about['le']:g}",
    "literal_error": lambda about: f"one of {about['expected']}".replace(" or ", ", ").replace("'", ""),
    "enum": lambda about: f"one of {about['expected']}".replace(" or ", ", ").replace("'", ""),
    "json_invalid": "one JSON value",
    "invalid_key": "a key that is text",
    "none_required": "nothing",
}
"""Pydantic's type of an error -> what was expected, in the words of our messages."""


def expected_by(detail: Mapping[str, Any]) -> str:
    """What one of pydantic's errors says was expected, in the words of our messages."""
    words = _EXPECTED.get(detail["type"])
    if words is None:
        return str(detail["msg"]).removeprefix("Input should be ").removeprefix("Value error, ")
    return words if isinstance(words, str) else words(detail.get("ctx", {}))


def _is_place(part: str | int) -> bool:
    """Pydantic names the branch of a union in the path too, as `tuple[ContrastSpec,...]` or `function-before[...]`."""
    return not (isinstance(part, str) and ("[" in part or part.startswith("literal")))


def _keys_at(model: type[BaseModel], location: Sequence[str | int]) -> set[str]:
    current: type[BaseModel] | None = model
    for part in location:
        if isinstance(part, int) or current is None:
            continue
        field = current.model_fields.get(part)
        current = _model_in(field.annotation) if field else None
    return set(current.model_fields) if current else set()


def _model_in(annotation: Any) -> type[BaseModel] | None:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    for argument in getattr(annotation, "__args__", ()):
        inner = _model_in(argument)
        if inner:
            return inner
    return None


def dotted(location: Sequence[str | int]) -> str:
    """A place in nested keys and lists: `engines[0].settings.language`."""
    text = ""
    for part in location:
        text += f"[{part}]" if isinstance(part, int) else f".{part}" if text else part
    return text


def shown(value: object) -> str:
    """A value as a message shows it: at most 80 characters, never more work than that."""
    if isinstance(value, Mapping | list | tuple | set) and len(value) > 20:
        return f"{len(value):,} values"
    text = repr(value)
    return text if len(text) <= 80 else f"{text[:77]}..."
