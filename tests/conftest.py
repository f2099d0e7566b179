"""Which tests measure time: they run alone, one after the other, while all others run side by side (`make test`)."""

from __future__ import annotations

from pathlib import Path

import pytest

TESTS = Path(__file__).parent
TIMED = {
    "test_end_to_end.py",
    "calibration",
    "doctor",
    "drivers",
    "emulator",
    "load/test_levels.py",
}
"""Files and folders below tests/ whose assertions hang on when something happened."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if not item.path.is_relative_to(TESTS):
            continue
        relative = item.path.relative_to(TESTS)
        if any(str(place) in TIMED for place in (relative, *relative.parents)):
            item.add_marker(pytest.mark.timed)
