"""Working integrations of an engine, as code to begin with: files of `examples/`, one for each call and language."""

from __future__ import annotations

from bench.errors import Problem, UsageError
from bench.files import resource_dir

SUFFIXES = {"python": "py", "node": "mjs"}
"""By the language they are written in."""


def snippet(engine: str, call: str, written_in: str) -> str:
    """The code of a call: `batch`, `stream`, or a recipe by name.

    Raises:
        UsageError: if the engine has none.
    """
    examples = resource_dir("examples")
    path = examples / engine / f"{call}.{SUFFIXES[written_in]}"
    if not path.is_file():
        known = sorted(folder.name for folder in examples.iterdir() if folder.is_dir())
        raise UsageError(Problem(f"--engine {engine}", f"an engine with examples ({', '.join(known)})", "none"))
    return path.read_text(encoding="utf-8")
