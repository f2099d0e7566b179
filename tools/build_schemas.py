"""Writes `configs/schemas/*.json`: JSON Schemas by which editors complete and check run configs, gate rules and cards.

`python tools/build_schemas.py` writes them; `--check` exits 1 if one is not current. A YAML file names its schema in
its first line: `# yaml-language-server: $schema=schemas/run.schema.json`.
"""

from __future__ import annotations

import ast
import inspect
import json
import sys
import textwrap
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from pydantic import BaseModel

from bench.comparison.rules_file import RulesFile
from bench.conditions.chain import describe_steps
from bench.conditions.params import REQUIRED, Param
from bench.conditions.presets import load_presets
from bench.conditions.spec import REQUEST_PARAMS
from bench.config import RunConfig
from bench.corpora.cards import CardFile
from bench.engines import ENGINES

FOLDER = Path(__file__).parent.parent / "configs" / "schemas"
_TYPES = {float: "number", int: "integer", bool: "boolean", str: "string"}
Schema = dict[str, Any]


def schemas() -> dict[str, Schema]:
    """File name -> schema."""
    return {
        "run.schema.json": _run(),
        "gate.schema.json": _named(_of(RulesFile), "Rules of the gate"),
        "card.schema.json": _named(_of(CardFile), "A corpus card"),
    }


def _named(schema: Schema, title: str) -> Schema:
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema, "title": title}


def _of(model: type[BaseModel]) -> Schema:
    """The model's schema, with the text below each field as its description."""
    schema = model.model_json_schema(mode="validation")
    described = {kind.__name__: kind for kind in _models(model)}
    for name, part in {**schema.get("$defs", {}), model.__name__: schema}.items():
        _describe(part, described.get(name))
    return schema


def _models(model: type[BaseModel], seen: frozenset[type] = frozenset()) -> Iterator[type[BaseModel]]:
    """The model and every model in its fields."""
    yield model
    waiting: list[Any] = [field.annotation for field in model.model_fields.values()]
    while waiting:
        annotation = waiting.pop()
        waiting += getattr(annotation, "__args__", ())
        if isinstance(annotation, type) and issubclass(annotation, BaseModel) and annotation not in seen:
            yield from _models(annotation, seen | {model, annotation})


def _describe(part: Schema, model: type[BaseModel] | None) -> None:
    texts = _field_texts(model) if model else {}
    for name, field in part.get("properties", {}).items():
        field.pop("title", None)
        if name in texts:
            field["description"] = texts[name]
    part.pop("title", None)


def _field_texts(model: type[BaseModel]) -> dict[str, str]:
    """Field -> the string that stands below it in the source, its own or that of the models it is made from."""
    texts = {}
    for kind in reversed(model.__mro__):
        # Settings of a described vendor are made of its description: they have no source of their own.
        if issubclass(kind, BaseModel) and kind is not BaseModel and hasattr(inspect.getmodule(kind), kind.__name__):
            texts.update(_own_field_texts(kind))
    return texts


def _own_field_texts(model: type[BaseModel]) -> dict[str, str]:
    body = ast.parse(textwrap.dedent(inspect.getsource(model))).body[0]
    assert isinstance(body, ast.ClassDef)
    texts = {}
    for field, below in zip(body.body, body.body[1:], strict=False):
        if isinstance(field, ast.AnnAssign) and isinstance(below, ast.Expr) and isinstance(below.value, ast.Constant):
            assert isinstance(field.target, ast.Name)
            texts[field.target.id] = " ".join(str(below.value.value).split())
    return texts


# -- run configs: what the registries know, as well -------------------------------------------


def _run() -> Schema:
    schema = _named(_of(RunConfig), "A run config")
    schema["$defs"].update(_condition())
    conditions = schema["properties"]["conditions"]
    conditions.pop("items", None)
    conditions.update(
        {"anyOf": [{"type": "array", "items": {"$ref": "#/$defs/Condition"}}, {"$ref": "#/$defs/Condition"}]}
    )
    conditions.pop("type", None)
    engine = schema["$defs"]["EngineSpec"]
    engine["properties"]["engine"]["examples"] = list(ENGINES.names())
    engine["allOf"] = [_settings(name, schema["$defs"]) for name in ENGINES.names()]
    return schema


def _settings(name: str, definitions: Schema) -> Schema:
    """`settings` of an engine of that name are checked by its own model."""
    settings = _of(ENGINES.load(name).Settings)
    definitions.update(settings.pop("$defs", {}))
    return {
        "if": {"properties": {"engine": {"const": name}}, "required": ["engine"]},
        "then": {"properties": {"settings": settings}},
    }


def _condition() -> dict[str, Schema]:
    """Condition and Step: any of the short forms that bench.conditions.spec reads."""
    steps = {step.name: step for step in describe_steps()}
    by_name = {
        "type": "object",
        "minProperties": 1,
        "maxProperties": 1,
        "additionalProperties": False,
        "properties": {
            name: {"description": f"{step.about} Source: {step.source}", **_values(step.params)}
            for name, step in steps.items()
        },
    }
    request = {param.name: _grid(param) for param in REQUEST_PARAMS}
    request["keywords"] = {"description": REQUEST_PARAMS[-3].about}
    full = {
        "type": "object",
        "additionalProperties": False,
        "properties": {
            "id": {"type": "string"},
            "about": {"type": "string"},
            "steps": {"type": "array", "items": {"$ref": "#/$defs/Step"}},
            "request": {"type": "object", "additionalProperties": False, "properties": request},
            "seed": {"type": "integer"},
        },
    }
    names = {"enum": ["clean", *load_presets()]}
    step = {"anyOf": [{"enum": list(steps)}, by_name]}
    any_step = {"$ref": "#/$defs/Step"}
    return {"Step": step, "Condition": {"anyOf": [names, any_step, full, {"type": "array", "items": any_step}]}}


def _values(params: tuple[Param, ...]) -> Schema:
    """Parameters by name, or the first one's value alone."""
    if not params:
        return {"type": ["null", "object"], "maxProperties": 0}
    mapping = {
        "type": "object",
        "additionalProperties": False,
        "properties": {param.name: _grid(param) for param in params},
        "required": [param.name for param in params if param.default is REQUIRED],
    }
    return {"anyOf": [mapping, _grid(params[0])]}


def _grid(param: Param) -> Schema:
    """One value, a range to draw from, or a list of values that makes a grid."""
    value = _value(param)
    forms = [value] if param.is_list else [value, {"type": "array", "items": value, "minItems": 1}]
    if param.kind is float and not param.choices:
        ends = {"min": value, "max": value}
        forms.append({"type": "object", "properties": ends, "required": ["min", "max"], "additionalProperties": False})
    if param.default is None:
        forms.append({"type": "null"})
    return {"description": f"{param.about} [{param.range}]", "anyOf": forms}


def _value(param: Param) -> Schema:
    if param.choices:
        return {"enum": list(param.choices)}
    bounds = {
        keyword: getattr(constraint, name)
        for keyword, name in (("minimum", "ge"), ("maximum", "le"))
        for constraint in param.field.metadata
        if hasattr(constraint, name)
    }
    if param.is_list:
        return {"type": "array", "items": {"type": "number", **bounds}}
    return {"type": "object"} if param.kind is Mapping else {"type": _TYPES[param.kind], **bounds}


def main() -> int:
    """Write the files, or with `--check` say which are not current."""
    stale = []
    for name, schema in schemas().items():
        text = json.dumps(schema, ensure_ascii=False, sort_keys=True) + "\n"
        path = FOLDER / name
        if "--check" in sys.argv[1:]:
            stale += [name] if not path.is_file() or path.read_text(encoding="utf-8") != text else []
        else:
            path.parent.mkdir(exist_ok=True)
            path.write_text(text, encoding="utf-8")
    for name in stale:
        print(f"configs/schemas/{name}: expected the schema of today's code; run: python tools/build_schemas.py")
    return int(bool(stale))


if __name__ == "__main__":
    sys.exit(main())
