"""The harness attacked on purpose, case by case: nothing lost, nothing twice, nothing leaked, nothing executed."""

import json
import subprocess
import sys

import pytest

from benchmarks.faults import CASES

_QUICK = ("poison", "planted_key", "same_engine_twice", "no_folder")
_PEAK_MB = 1_000


@pytest.mark.parametrize(
    "name", [pytest.param(name, marks=pytest.mark.slow if name in _QUICK else pytest.mark.nightly) for name in CASES]
)
def test_a_fault_costs_nothing(name: str):
    command = [sys.executable, "-m", "benchmarks.faults", "--one", name]
    row = json.loads(subprocess.run(command, capture_output=True, text=True, check=True).stdout.splitlines()[-1])
    assert row["wrong"] == []
    assert (row["lost"], row["twice"], row["leaked"], row["executed"]) == (0, 0, 0, 0)
    assert row["peak_mb"] < _PEAK_MB
