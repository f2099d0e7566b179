"""What strangers write makes Problems and Failures alone; two minutes in CI, an hour at night."""

import pytest

from benchmarks.fuzz import SUBJECTS, fuzz

_SECONDS = {"slow": 120.0, "nightly": 3600.0}


@pytest.mark.parametrize("name", SUBJECTS)
@pytest.mark.parametrize("span", [pytest.param(span, marks=getattr(pytest.mark, span)) for span in _SECONDS])
def test_fuzzing_finds_no_traceback(span: str, name: str):
    tried, trace = fuzz(SUBJECTS[name], _SECONDS[span] / len(SUBJECTS), first_seed=7)
    assert trace is None, trace
    assert tried > 0
