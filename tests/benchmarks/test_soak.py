"""A long run with mixed faults, three kills and a full disk: every trial is accounted for once."""

import subprocess
import sys

import pytest


@pytest.mark.parametrize(
    "trials", [pytest.param(2_000, marks=pytest.mark.slow), pytest.param(20_000, marks=pytest.mark.nightly)]
)
def test_every_trial_is_accounted_for_once(trials: int):
    command = [sys.executable, "-m", "benchmarks.soak", "--trials", str(trials)]
    soaked = subprocess.run(command, capture_output=True, text=True, check=False)
    assert soaked.returncode == 0, soaked.stdout + soaked.stderr
    assert "lost 0, answers stored twice 0" in soaked.stdout
    assert trials < 20_000 or "nan" not in soaked.stdout  # the memory of a long run was looked at
