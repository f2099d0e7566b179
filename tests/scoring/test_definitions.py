"""Of every metric there is a definition, a unit, a direction, a source and a version, under the name that it is asked by."""

from __future__ import annotations

from pathlib import Path

from bench.scoring.definitions import MEASURES, defined_as, definitions
from bench.scoring.features import TALLIED
from bench.scoring.timing.metrics import METRICS
from bench.store import RunFolder

_GOLDEN = Path(__file__).parents[1] / "golden/run"
_UNITS = {"ratio", "s", "count", "speakers", "decades", "segments", "per 1,000 words"}


def test_every_metric_says_what_it_is():
    all_of_them = list(definitions())
    assert len({each.name for each in all_of_them}) == len(all_of_them)
    assert {each.name for each in all_of_them} == MEASURES.keys() | METRICS.keys()
    assert {each.name for each in TALLIED} <= MEASURES.keys()
    for each in all_of_them:
        assert each.definition, each
        assert each.source, each
        assert each.version >= 1, each
        assert each.unit in _UNITS, each
        assert each.better in {"lower", "higher"} or each.better.startswith("nearest "), each


def test_a_metric_is_asked_by_more_names_than_it_is_defined_by():
    assert defined_as("wer") == "wer"
    assert defined_as("wer.failures_deleted") == "wer.failures_deleted"
    assert defined_as("leaked_private.final") == "leaked_private.final"
    assert defined_as("entity_recall:a.b") == "entity_recall:*"
    assert defined_as("der.minutes:005-010") == "der.minutes:*"
    assert defined_as("final_latency_s.p95") == "final_latency_s"


def test_every_estimate_of_a_run_has_a_definition():
    known = MEASURES.keys() | METRICS.keys()
    assert [e.metric for e in RunFolder(_GOLDEN).estimates() if defined_as(e.metric) not in known] == []
