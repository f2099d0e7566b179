from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench.arrivals import Arrivals, poisson_arrivals
from bench.config import LoadSpec
from bench.report.load import findings, load_figure, load_table
from bench.scoring.load import Point, Session, curve, fails, next_level, point
from bench.scoring.rows import ScoredRow
from bench.scoring.validity import Seen, Validity
from bench.types import ErrorCounts, FailureKind

SPEC = LoadSpec(sessions=(1, 2, 4), duration_s=10.0)
SEEN = Seen(
    streams=1,
    chunks=1,
    send_lag_p99_s=0.0,
    max_send_lag_s=0.0,
    backpressure_s=0.0,
    clock_step_s=0.0,
    cpu_saturated=0.0,
    looks=1,
)
VALID = Validity(valid=True, reasons=(), seen=SEEN)


def measured(level, latency=0.2, failed=0, valid=True):
    return Point(
        engine="e",
        mode="stream",
        kind="sessions",
        level=level,
        concurrency=level,
        trials=100,
        failed=failed,
        empty=0,
        wer=0.1,
        wer_low=None,
        wer_high=None,
        first_partial_p50_s=0.1,
        first_partial_p95_s=0.2,
        latency_p50_s=latency / 2,
        latency_p95_s=latency,
        latency_p99_s=latency,
        connect_p95_s=0.01,
        requests_per_s=1.0,
        audio_hours_per_hour=1.0,
        valid=valid,
        reasons=() if valid else ("late",),
    )


def row(errors=0, failed=False, latency=0.3):
    words = None if failed else ErrorCounts(substitutions=errors, hits=4 - errors)
    return ScoredRow(
        utterance_id="u",
        cluster="s",
        engine="e",
        mode="stream",
        condition="clean",
        corpus="c",
        language="en",
        duration_s=3.6,
        reference_words=4,
        words=words,
        failure_kind=FailureKind.TIMEOUT if failed else None,
        metrics={"final_latency_s": None if failed else latency, "connect_s": 0.01},
    )


def test_a_point_pools_counts_and_divides_by_the_window():
    sessions = [Session(row=row(errors=1), busy_s=4.0), Session(row=row(), busy_s=4.0)]
    found = point("e", SPEC, "sessions", 2, [*sessions, Session(row=row(failed=True), busy_s=2.0)], VALID)
    assert (found.trials, found.failed, found.wer) == (3, 1, 1 / 8)
    assert (found.requests_per_s, found.concurrency) == (0.2, 1.0)
    assert found.audio_hours_per_hour == pytest.approx(0.72)
    assert (found.latency_p95_s, found.first_partial_p50_s) == (0.3, None)


def test_knee_and_first_failure_are_read_off_the_points_in_any_order():
    points = [measured(8, 0.2, failed=50), measured(1), measured(2, 0.29), measured(4, 0.31)]
    found = curve("e", points, SPEC)
    assert (found.knee, found.first_failure, found.first_invalid) == (2, 8, None)
    assert [p.level for p in found.points] == [1, 2, 4, 8]


def test_an_invalid_level_is_never_the_knee():
    found = curve("e", [measured(1), measured(2, valid=False), measured(4)], SPEC)
    assert (found.knee, found.first_invalid) == (1, 2)
    assert any("INVALID from 2" in line for line in findings([found]))


def test_a_level_without_a_counted_session_fails():
    assert fails(replace(measured(1), trials=0), SPEC)
    assert fails(measured(1, latency=0.4), SPEC.model_copy(update={"max_latency_p95_s": 0.3}))
    assert not fails(measured(1, failed=1), SPEC)


def test_a_list_is_run_as_given():
    points = []
    while (level := next_level(SPEC, points)) is not None:
        points.append(measured(level, failed=100))
    assert [p.level for p in points] == [1, 2, 4]


@given(st.integers(1, 2_000), st.integers(1, 2_000))
def test_a_search_ends_close_to_the_capacity_and_never_beyond_its_bound(capacity, largest):
    spec = LoadSpec.model_validate({"search": {"first": 1, "largest": largest}})
    points = []
    while (level := next_level(spec, points)) is not None:
        assert level <= largest
        assert level not in [p.level for p in points]
        points.append(measured(level, failed=0 if level <= capacity else 100))
        assert len(points) < 40
    knee = curve("e", points, spec).knee
    reachable = min(capacity, largest)
    assert knee <= reachable
    assert knee * 1.15 >= reachable - 1


def test_nothing_is_searched_for_above_a_first_level_that_fails():
    spec = LoadSpec.model_validate({"search": {"first": 10, "largest": 100}})
    assert next_level(spec, [measured(10, failed=100)]) is None


def test_poisson_arrivals_are_seeded_and_have_the_rate_and_the_spread_they_should():
    ids = [str(n) for n in range(20_000)]
    due = poisson_arrivals(ids, 10.0, 1_000.0, seed=3)
    assert due == poisson_arrivals(ids, 10.0, 1_000.0, seed=3)
    assert due != poisson_arrivals(ids, 10.0, 1_000.0, seed=4)
    assert len(due) == pytest.approx(10_000, rel=0.05)
    times = sorted(due.values())
    assert all(0 <= at < 1_000 for at in times)
    counts = [sum(1 for at in times if second <= at < second + 1) for second in range(0, 1_000, 10)]
    mean = sum(counts) / len(counts)
    # Of a Poisson process the variance of counts is their mean; even spacing would give about 0.
    assert sum((c - mean) ** 2 for c in counts) / len(counts) == pytest.approx(mean, rel=0.5)


def test_a_ramp_spreads_the_first_sessions_over_all_processes():
    whole = Arrivals(ramp_s=4.0)
    assert [whole.worker_start_s(n, 4) for n in range(4)] == [0.0, 1.0, 2.0, 3.0]
    shares = [whole.of_share(0, 4), whole.of_share(2, 4)]
    assert [share.worker_start_s(n, 2) for share in shares for n in range(2)] == [0.0, 1.0, 2.0, 3.0]


def test_the_report_has_a_row_a_level_and_a_figure():
    found = curve("e", [measured(1), measured(2, valid=False)], SPEC)
    table = load_table([found])
    assert [line[-1] for line in table.rows] == ["yes", "INVALID"]
    assert table.columns[0] == "sessions at once"
    assert load_figure([found]).startswith("<svg")
    assert load_figure([found]) == load_figure([found])
