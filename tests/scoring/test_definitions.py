"""Every metric has a definition, a unit, a direction, a source and a version, under each name that it is asked by."""

from __future__ import annotations

from bench.scoring.definitions import MEASURES, defined_as, definitions
from bench.scoring.features import TALLIED
from bench.scoring.timing.metrics import METRICS
from bench.store import RunFolder
from tests.runs import make_run, utterances

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


def test_every_estimate_of_a_run_is_defined_or_a_plain_count(tmp_path):
    corpus = utterances(each=1, text="Call Ben, please.")
    run = RunFolder(make_run(tmp_path / "run", corpus=corpus))
    asked = {estimate.metric for estimate in run.estimates()}
    assert {"wer", "wer.cased", "batch_latency_s.p95"} <= asked
    undefined = {name for name in asked if defined_as(name) not in MEASURES.keys() | METRICS.keys()}
    assert {name.partition(".")[0] for name in undefined} == {"trials", "words"}
