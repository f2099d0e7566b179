"""docs/config.md, cli.md and metrics.md name every key, command and metric; `make check` says if they are current."""

import re

from bench.cli import app
from bench.config import RunConfig
from bench.scoring.definitions import definitions
from tools.build_reference import pages


def test_every_key_of_a_run_and_every_command_is_there() -> None:
    config, commands = (pages()[name] for name in ("config.md", "cli.md"))
    assert [name for name in RunConfig.model_fields if f"| `{name}` |" not in config] == []
    assert [name for name in app.list_commands(None) if f"## bench {name}" not in commands] == []


def test_no_key_is_without_a_word_about_it() -> None:
    rows = [line.split(" | ") for line in pages()["config.md"].splitlines() if line.startswith("| `")]
    assert [row[0] for row in rows if len(row) < 4] == []


def test_every_metric_is_there_with_what_there_is_to_know() -> None:
    rows = [re.split(r"(?<!\\) \| ", line) for line in pages()["metrics.md"].splitlines() if line.startswith("| `")]
    assert [row[0].strip("| `") for row in rows] == [metric.name for metric in definitions()]
    assert [row[0] for row in rows if len(row) != 6 or not all(cell.strip(" |") for cell in row)] == []
