"""What all tests share: settings of Hypothesis, and which of them measure time and therefore run alone."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import settings

# No wall clock decides a test; the examples of `make test` are the same each time, those of `make nightly` are not.
settings.register_profile("steady", deadline=None, derandomize=True)
settings.register_profile("nightly", deadline=None)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "steady"))
os.environ.setdefault("COLUMNS", "120")  # output as wide in a test's process as it is without a terminal

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
