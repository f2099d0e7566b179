"""The commands `bench` and `earwitness`: checks that the package `bench` on the path is this project's, then calls it.

Another project (frappe-bench) installs a package and a command `bench` too. Nothing of either is imported before it is
known whose it is. Standard library only.
"""

from __future__ import annotations

import sys
from importlib.util import find_spec
from pathlib import Path

_OURS = '"""Earwitness:'
_USAGE = 2


def main() -> None:
    """Run the command, and exit."""
    problem = other_bench()
    if problem is not None:
        print(f"earwitness: {problem}", file=sys.stderr)  # noqa: T201 (click may not be there)
        sys.exit(_USAGE)
    from bench.cli import main as command

    command()


def other_bench() -> str | None:
    """What is wrong with the package `bench` on the path; `None`: it is ours."""
    advice = "install earwitness in an environment of its own (pipx install earwitness)"
    spec = find_spec("bench")
    if spec is None:
        return f"bench: expected earwitness's package of this name, found none; {advice}"
    origin = Path(spec.origin) if spec.origin and spec.has_location else None
    if origin is not None and origin.is_file() and origin.read_text("utf-8", "replace").startswith(_OURS):
        return None
    where = origin or ", ".join(spec.submodule_search_locations or ()) or "bench"
    return f"{where}: expected earwitness's package bench, found another project's (frappe-bench has one too); {advice}"
