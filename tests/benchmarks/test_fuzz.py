"""What strangers write makes Problems and Failures alone; the same seeds in CI each time, an hour of them at night."""

import math

import pytest

from benchmarks.fuzz import SUBJECTS, fuzz

_SECONDS = {"slow": 120.0, "nightly": 3600.0}
_SEEDS = {"slow": 8, "nightly": math.inf}
"""What is found must be found by whoever looks, on a machine as fast or as slow as theirs."""


@pytest.mark.parametrize("name", SUBJECTS)
@pytest.mark.parametrize("span", [pytest.param(span, marks=getattr(pytest.mark, span)) for span in _SECONDS])
def test_fuzzing_finds_no_traceback(span: str, name: str):
    tried, trace = fuzz(SUBJECTS[name], _SECONDS[span] / len(SUBJECTS), first_seed=7, seeds=_SEEDS[span])
    assert trace is None, trace
    assert tried > 0
