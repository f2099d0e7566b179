"""docs/ci.md: its files are valid, and its commands exist as they are written."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import click
import pytest
import yaml

from bench.cli import app
from bench.comparison.rules_file import parse_rules

TEXT = Path(__file__).parents[2].joinpath("docs", "ci.md").read_text(encoding="utf-8")
BLOCKS = [yaml.safe_load(block) for block in re.findall(r"```yaml\n(.*?)```", TEXT, re.S)]
COMMANDS = sorted(set(re.findall(r"^ *(?:- (?:run: )?)?(bench [^#\n]+)", TEXT, re.M)))


def test_the_rules_are_rules():
    (rules,) = [block for block in BLOCKS if "rules" in block and "speech" not in block]
    assert len(parse_rules(rules, where="docs/ci.md")) == 7


def test_the_workflows_are_workflows():
    (github,) = [block for block in BLOCKS if "jobs" in block]
    (gitlab,) = [block for block in BLOCKS if "speech" in block]
    assert [step["run"][:9] for step in github["jobs"]["pulse"]["steps"] if "run" in step] == [
        "pip insta",
        "bench run",
        "bench gat",
    ]
    assert all(isinstance(job["script"], list) for job in gitlab.values())


@pytest.mark.parametrize("command", COMMANDS)
def test_the_commands_can_be_typed(command):
    _, name, *words = shlex.split(command.strip())
    found = app.get_command(click.Context(app), name)
    while isinstance(found, click.Group):
        found = found.get_command(click.Context(found), words.pop(0))
    found.make_context(name, words)


def test_there_are_commands_to_check():
    assert len(COMMANDS) >= 6
