"""Holds `tests/` to the layout of `bench/`: a test file is named after a module, and lies where the module lies.

`python tools/check_tests_mirror.py` lists what does not, and exits 1. Exceptions are few, each with its reason.
"""

from __future__ import annotations

import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent
EXCEPTIONS = {
    "docs": "pages of docs/, executed",
    "interop": "other people's clients against the emulator",
    "notebooks": "notebooks, executed",
    "golden": "what is held to stay as it is",
    "messages": "vendors' messages, as data",
    "benchmarks": "scripts of benchmarks/",
    "tools": "scripts of tools/",
    "test_earwitness.py": "earwitness.py, beside bench/",
    "test_end_to_end.py": "whole runs",
    "test_installs.py": "the built wheel in an empty environment",
}
"""First part of a path below tests/ -> why it mirrors no module."""


def problems(root: Path = ROOT) -> list[str]:
    """One line for each test file that mirrors no module."""
    lines = []
    for path in sorted((root / "tests").rglob("test_*.py")):
        relative = path.relative_to(root / "tests")
        if relative.parts[0] in EXCEPTIONS or _subject_exists(root, relative):
            continue
        subject = relative.parent / relative.name.removeprefix("test_")
        lines.append(f"tests/{relative}: expected a module bench/{subject} or a package of that name, found none")
    return lines


def _subject_exists(root: Path, test: Path) -> bool:
    """`test_stream.py` stands for stream.py or stream/, `test_stream_SUBJECT.py` for one of its subjects."""
    name = test.stem.removeprefix("test_")
    folder = root / "bench" / test.parent
    while name:
        if (folder / f"{name}.py").is_file() or (folder / name).is_dir():
            return True
        name = name.rpartition("_")[0]
    return False


if __name__ == "__main__":
    found = problems()
    print("\n".join(found) or "every test mirrors a module")
    sys.exit(bool(found))
