"""The command as a user gives it, in this process."""

from __future__ import annotations

from typing import Any

from click.testing import CliRunner

from bench.cli import app


def invoke(*args: Any, code: int = 0, **environment: str) -> str:
    """What `bench` said to these arguments; fails unless it exits with `code`."""
    result = CliRunner().invoke(app, [str(arg) for arg in args], env=environment)
    assert result.exit_code == code, f"{result.output}\n{result.exception!r}"
    return result.output
