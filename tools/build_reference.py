"""Writes docs/config.md, docs/cli.md and docs/metrics.md: keys, commands and metrics, from the code that has them.

`python tools/build_reference.py` writes them; `--check` exits 1 if one is not current.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import click

from bench.cli import app
from bench.scoring.definitions import definitions
from tools.build_schemas import schemas

FOLDER = Path(__file__).parent.parent / "docs"
Schema = Mapping[str, Any]
_HEADINGS = {
    "run.schema.json": (
        "A run",
        "`bench run FILE`. `bench init` writes one; `bench list configs` names those that come along.",
    ),
    "gate.schema.json": (
        "Rules of the gate",
        "`bench gate RUN --rules FILE`; [statistics.md](statistics.md) says what they mean.",
    ),
}
_TYPES = {
    "string": "text",
    "integer": "whole number",
    "number": "number",
    "boolean": "`true` or `false`",
    "object": "keys",
}
_CONFIG = """# Configuration reference

Made from the code by `tools/build_reference.py`. A key that is not here is refused, with the nearest one; all
problems of a file are told at once. One name may stand where a list is expected (`engines: pulse`). `--set
KEY=VALUE` changes a key for one run (`--set stream.concurrency=2 --set engines.pulse.settings.language=hi`).
Editors complete configs that begin with `# yaml-language-server: $schema=...`, as those of `bench init` do.

Conditions: [conditions.md](conditions.md). Settings of engines: `bench list engines`, [engines.md](engines.md),
[vendors.md](vendors.md).
"""
_CLI = """# Command reference

Made from the code by `tools/build_reference.py`; `bench COMMAND --help` shows the same. Exit codes: 0 done; 1
regressed, or a check failed; 2 usage or config; 3 inconclusive or invalid; 4 trials failed; 5 the ruler is in
doubt; 70 a fault of earwitness; 74 a file cannot be written; 130 stopped by Ctrl-C.

Completion in the shell: `eval "$(_BENCH_COMPLETE=bash_source bench)"` in `~/.bashrc` (`zsh_source` for zsh, or
`_BENCH_COMPLETE=fish_source bench | source`).
"""
_METRICS = """# Metrics

Made from the code by `tools/build_reference.py`; `bench list metrics` shows the same. `*` in a name stands for a kind:
a language, a sort of entity, five minutes of a recording. Of latencies a report has percentiles (`final_latency_s.p95`)
and means. What each is for, and its pitfalls: [measures.md](measures.md), [latency.md](latency.md),
[statistics.md](statistics.md). Scores by different versions of a definition are not one quantity.
"""


def pages() -> dict[str, str]:
    """File name -> content."""
    made = schemas()
    parts = [_CONFIG]
    for file, (heading, about) in _HEADINGS.items():
        parts += [f"\n## {heading}\n\n{about}\n", *_tables(made[file])]
    commands = "".join(_commands(app, ("bench",)))
    return {"config.md": "".join(parts), "cli.md": _CLI + commands, "metrics.md": _METRICS + "".join(_measured())}


def _measured() -> Iterator[str]:
    yield "\n| metric | definition | unit | better | source | version |\n|---|---|---|---|---|---|\n"
    for metric in definitions():
        zero = f" From: {metric.zero}." if metric.zero else ""
        row = [f"{metric.definition}{zero}", metric.unit, metric.better, metric.source, str(metric.version)]
        yield f"| `{metric.name}` | {' | '.join(map(_line, row))} |\n"


# -- configs ----------------------------------------------------------------------------------


def _tables(schema: Schema) -> Iterator[str]:
    """The keys of a file, and of every section in it, each section once."""
    waiting: list[tuple[str, Schema]] = [("", schema)]
    seen: set[str] = set()
    while waiting:
        place, section = waiting.pop(0)
        if place:
            yield f"\n### `{place}`\n"
            if section.get("description"):
                yield f"\n{_line(section['description'])}\n"
        yield "\n| key | value | default | |\n|---|---|---|---|\n"
        required = set(section.get("required", ()))
        for name, value in section["properties"].items():
            default = "required" if name in required else _default(value, schema)
            yield f"| `{name}` | {_kind(value, schema)} | {default} | {_line(value.get('description', ''))} |\n"
            for model in _models(value):
                if model not in seen and "properties" in schema["$defs"][model] and model not in ("Condition", "Step"):
                    seen.add(model)
                    waiting.append((f"{place}.{name}".lstrip("."), schema["$defs"][model]))


def _models(value: Schema) -> Iterator[str]:
    if "$ref" in value:
        yield value["$ref"].rpartition("/")[2]
    for part in (*value.get("anyOf", ()), *([value["items"]] if "items" in value else ())):
        yield from _models(part)


def _kind(value: Schema, schema: Schema) -> str:
    if "$ref" in value:
        return "condition" if value["$ref"].endswith("/Condition") else "section"
    if "anyOf" in value:
        kinds = [_kind(part, schema) for part in value["anyOf"] if part.get("type") != "null"]
        return " or ".join(dict.fromkeys(kinds))
    if "enum" in value:
        return " or ".join(f"`{item}`" for item in value["enum"])
    if "const" in value:
        return f"`{value['const']}`"
    if value.get("type") == "array":
        items = _kind(value["items"], schema) if "items" in value else "values"
        return f"list of {items}"
    return _TYPES.get(value.get("type", ""), "any") + _bounds(value)


def _bounds(value: Schema) -> str:
    signs = {"minimum": "≥", "exclusiveMinimum": ">", "maximum": "≤", "exclusiveMaximum": "<"}
    return "".join(f" {sign} {value[name]:g}" for name, sign in signs.items() if name in value)


def _default(value: Schema, schema: Schema) -> str:
    if "default" not in value or isinstance(value["default"], dict):
        return ""
    default = value["default"]
    return "" if default in (None, [], "") else f"`{json.dumps(default, ensure_ascii=False)}`".replace('"', "")


def _line(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|").replace("`None`", "left out")


# -- commands ---------------------------------------------------------------------------------


def _commands(command: click.Command, path: tuple[str, ...]) -> Iterator[str]:
    context = click.Context(command, info_name=" ".join(path))
    if len(path) > 1:
        yield f"\n## {' '.join(path)}\n\n{_about(command)}"
        if not isinstance(command, click.Group):
            yield f"\n    {' '.join([*path, *command.collect_usage_pieces(context)])}\n"
        options = [option for option in command.params if isinstance(option, click.Option) and not option.hidden]
        if options:
            yield "\n| option | |\n|---|---|\n"
            yield from (_option(option, context) for option in options)
    if isinstance(command, click.Group):
        for name in command.list_commands(context):
            yield from _commands(command.get_command(context, name), (*path, name))


def _about(command: click.Command) -> str:
    """The help text; what is marked as typed stays as it is."""
    parts = []
    for part in (command.help or command.short_help or "").strip().split("\n\n"):
        lines = [line.strip() for line in part.splitlines()]
        is_typed = lines[:1] == ["\b"]
        parts.append("\n".join(f"    {line}" for line in lines[1:]) if is_typed else " ".join(lines))
    return "\n\n".join(parts) + "\n"


def _option(option: click.Option, context: click.Context) -> str:
    names = ", ".join(f"`{name}`" for name in (*option.opts, *option.secondary_opts))
    value = "" if option.is_flag or option.count else f" {option.make_metavar(context)}".replace("|", "\\|")
    default = ""
    if option.show_default and not option.is_flag and option.default not in (None, (), ""):
        shown = option.default if isinstance(option.default, tuple | list) else (option.default,)
        default = f" Default: {', '.join(map(str, shown))}."
    return f"| {names}{value} | {_line(option.help or '')}{default} |\n"


def main() -> None:
    is_check = "--check" in sys.argv[1:]
    stale = []
    for name, text in pages().items():
        path = FOLDER / name
        if not path.is_file() or path.read_text(encoding="utf-8") != text:
            stale.append(str(path))
            if not is_check:
                path.write_text(text, encoding="utf-8")
    if is_check and stale:
        sys.exit(f"not current: {', '.join(stale)}; run: python tools/build_reference.py")


if __name__ == "__main__":
    main()
