from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench.config import LoadSpec
from bench.execution.arrivals import Arrivals, poisson_arrivals
from bench.load.curve import (
    RAN_OUT,
    Level,
    LoadPoint,
    LoadSession,
    Measured,
    UtteranceErrors,
    curve,
    fails,
    is_good,
    measure,
    most_levels,
    next_level,
)
from bench.report.load import findings, load_charts, load_page, load_tables
from bench.report.tables import Struck
from bench.scoring.cells import ScoredTrial
from bench.scoring.timing.validity import Seen, Validity
from bench.types import Cell, ErrorCounts, FailureKind, Span

SPEC = LoadSpec(sessions=(1, 2, 4), duration_s=10.0)
LEVEL = Level(engine="e", mode="stream", kind="sessions", level=2, warm_up_s=5.0, duration_s=10.0, cool_down_s=4.0)
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


def measured(level, latency=0.2, failed=0, valid=True, trials=100):
    return LoadPoint(
        engine="e",
        mode="stream",
        kind="sessions",
        level=level,
        concurrency=level,
        begun_per_s=1.0,
        trials=trials,
        failed=failed,
        empty=0,
        first_partial_p50_s=0.1,
        first_partial_p95_s=0.2,
        latency_p50_s=latency,
        latency_p95_s=latency,
        latency_p99_s=latency,
        latency_unavailable=None if latency is not None else "no end of speech",
        connect_p95_s=0.01,
        requests_per_s=1.0,
        audio_hours_per_hour=1.0,
        valid=valid,
        reasons=() if valid else ("late",),
    )


def of(*points):
    return [Measured(point=point, heard={}) for point in points]


def row(errors=0, failed=False, latency=0.3, utterance="u", words=4):
    counts = None if failed else ErrorCounts(substitutions=errors, hits=words - errors)
    return ScoredTrial(
        utterance_id=utterance,
        cluster=utterance,
        cell=Cell("e", "stream", "clean", "c", "en"),
        duration_s=3.6,
        reference_words=words,
        words=counts,
        failure_kind=FailureKind.TIMEOUT if failed else None,
        metrics={"final_latency_s": None if failed else latency, "connect_s": 0.01},
    )


def session(began_s, ended_s, due_s=None, **options):
    return LoadSession(trial=row(**options), span=Span(began_s=began_s, ended_s=ended_s, due_s=due_s))


def test_a_level_counts_what_begins_in_its_window_and_clips_the_rest_to_it():
    sessions = [
        session(0.0, 4.0),  # over before the window opens
        session(3.0, 7.0),  # half of it in the window, but not counted
        session(5.0, 9.0, errors=1),
        session(9.0, 11.0, failed=True),
        session(13.0, 17.0),  # counted, half of it in the window
        session(15.0, 19.0),  # of the cool-down
    ]
    point = measure(LEVEL, sessions, VALID, ran_out=False).point
    assert (point.trials, point.failed, point.begun_per_s) == (3, 1, 0.3)
    assert point.concurrency == pytest.approx((2 + 4 + 2 + 2) / 10)
    assert point.requests_per_s == pytest.approx((0.5 + 1 + 0.5) / 10)
    assert point.audio_hours_per_hour == pytest.approx(3.6 * 2 / 10)
    assert (point.latency_p95_s, point.first_partial_p50_s, point.valid) == (0.3, None, True)
    assert measure(LEVEL, sessions, VALID, ran_out=True).point.reasons == (RAN_OUT,)


@given(
    st.integers(1, 6),
    st.lists(st.floats(0.5, 8), min_size=1, max_size=40),
    st.floats(0, 6),
    st.floats(0.5, 12),
)
def test_sessions_one_after_the_other_never_make_more_than_real_time(width, lengths, warm_up_s, duration_s):
    level = replace(LEVEL, warm_up_s=warm_up_s, duration_s=duration_s)
    free = [0.0] * width
    sessions = []
    for length in lengths:
        at = min(free)
        free[free.index(at)] = at + length
        sessions.append(
            LoadSession(trial=replace(row(), duration_s=length), span=Span(began_s=at, ended_s=at + length))
        )
    point = measure(level, sessions, VALID, ran_out=False).point
    assert point.concurrency <= width + 1e-9
    assert point.audio_hours_per_hour <= width + 1e-9
    assert point.requests_per_s <= width / min(lengths) + 1e-9
    if all(until >= level.until_s for until in free):
        assert point.concurrency == pytest.approx(width)
        assert point.audio_hours_per_hour == pytest.approx(width)


@pytest.mark.parametrize("rate", [0.2, 1.0])
def test_the_measured_rate_of_an_open_load_is_the_offered_one(rate):
    ids = [str(n) for n in range(200)]
    level = replace(LEVEL, kind="arrivals_per_s", level=rate, warm_up_s=5.0, duration_s=30.0)
    counts = []
    for seed in range(2_000):
        due = poisson_arrivals(ids, rate, level.end_s, seed)
        counts.append(sum(level.counts(Span(began_s=at + 0.1, ended_s=at + 1, due_s=at)) for at in due.values()))
    # The mean of 2,000 counts of a Poisson process is off by more than 4 standard errors once in 16,000.
    expected = rate * level.duration_s
    assert np.mean(counts) == pytest.approx(expected, abs=4 * (expected / 2_000) ** 0.5)


def test_word_errors_are_compared_on_the_same_utterances_each_counted_once():
    """Each utterance has its own errors at every level, and levels come to different ones, more or less often."""
    errors = {f"u{n}": n % 4 for n in range(10)}

    def level(number, asked):
        sessions = [session(6.0, 7.0, utterance=id, errors=errors[id]) for id in asked]
        return measure(replace(LEVEL, level=number), sessions, VALID, ran_out=False)

    few, all_of_them = list(errors)[:9], list(errors)
    found = curve("e", [level(1, few), level(5, [*all_of_them, "u0"]), level(20, all_of_them * 3)], SPEC)
    rate = sum(errors[id] for id in few) / (4 * len(few))
    assert [accuracy.wer.value for accuracy in found.accuracy] == [pytest.approx(rate)] * 3
    assert [accuracy.wer.n for accuracy in found.accuracy] == [9, 9, 9]
    assert [accuracy.change.value for accuracy in found.accuracy] == [None, 0.0, 0.0]
    assert (found.accuracy[2].change.low, found.accuracy[2].change.high) == (None, None)


def test_a_level_that_fails_takes_no_utterances_from_the_others():
    heard = {id: UtteranceErrors(cluster=id, errors=1.0, length=4.0) for id in "abcdefgh"}
    levels = [
        Measured(point=measured(1), heard=heard),
        Measured(point=measured(2), heard={id: replace(heard[id], errors=2.0) for id in "abcdefgh"}),
        Measured(point=measured(4, failed=90), heard={"a": replace(heard["a"], errors=4.0)}),
        Measured(point=measured(8, failed=100), heard={}),
    ]
    one, two, four, eight = curve("e", levels, SPEC).accuracy
    assert (one.wer.n, two.wer.n, four.wer.n, eight.wer.n) == (8, 8, 1, 0)
    assert two.change.value == 0.25
    assert (four.wer.value, four.change.value, eight.wer.value) == (1.0, 0.75, None)


def test_a_recording_that_could_not_be_read_is_no_session():
    unread = LoadSession(
        trial=replace(row(failed=True), failure_kind=FailureKind.AUDIO), span=Span(began_s=6.0, ended_s=6.0)
    )
    point = measure(LEVEL, [session(6.0, 7.0), unread], VALID, ran_out=False).point
    assert (point.trials, point.failed) == (1, 0)


def test_knee_and_first_failure_are_read_off_the_points_in_any_order():
    points = [measured(8, 0.2, failed=50), measured(1), measured(2, 0.29), measured(4, 0.31)]
    found = curve("e", of(*points), SPEC)
    assert (found.knee, found.first_failure, found.first_invalid) == (2, 8, None)
    assert [p.level for p in found.points] == [1, 2, 4, 8]
    assert "knee at 2 sessions at once; first failure at: 8" in findings([found])[0][1]


def test_a_knee_that_was_not_reached_is_not_called_one():
    ((_, said),) = findings([curve("e", of(measured(1), measured(2)), SPEC)])
    assert "knee beyond 2 sessions at once, the most put on; first failure at: none seen" in said


def test_an_invalid_level_is_never_the_knee():
    found = curve("e", of(measured(1), measured(2, valid=False), measured(4)), SPEC)
    assert (found.knee, found.first_invalid) == (1, 2)
    assert any("INVALID from 2" in line for _, line in findings([found]))


def test_a_level_fails_by_its_share_of_failures_or_by_its_latency():
    assert fails(measured(1, failed=2), SPEC)
    assert fails(measured(1, latency=0.4), SPEC.model_copy(update={"max_latency_p95_s": 0.3}))
    assert not fails(measured(1, failed=1), SPEC)


def test_a_level_in_which_nothing_was_counted_says_nothing_of_the_engine():
    empty = measure(LEVEL, [session(0.0, 30.0)], VALID, ran_out=False).point
    assert (empty.trials, fails(empty, SPEC)) == (0, False)
    found = curve("e", of(empty, measured(4)), SPEC)
    assert (found.knee, found.first_failure) == (None, None)
    assert found.knee_unknown == "no session was counted at the first level"
    assert any(
        "nothing counted at 2 sessions at once: " in line and "raise load.duration_s" in line
        for _, line in findings([found])
    )
    search = LoadSpec.model_validate({"search": {"first": 2, "largest": 8}})
    assert next_level(search, [empty]) is None


def test_without_a_latency_there_is_no_knee_but_a_first_failure():
    spec = SPEC.model_copy(update={"max_latency_p95_s": 0.01})
    found = curve("e", of(measured(1, None), measured(2, None), measured(4, None, failed=9)), spec)
    assert (found.knee, found.first_failure) == (None, 4)
    ((_, said),) = findings([found])
    assert "knee not measurable (no latency could be measured: no end of speech, so max_latency_p95_s is not" in said
    missing = LoadSession(
        trial=replace(row(latency=None), reasons={"final_latency_s": "no end of speech"}),
        span=Span(began_s=6.0, ended_s=9.0),
    )
    assert measure(LEVEL, [missing], VALID, ran_out=False).point.latency_unavailable == "no end of speech"


@pytest.mark.parametrize(
    ("first", "later", "good"),
    [
        (0.0, 0.04, True),
        (-0.3, -0.26, True),
        (-0.3, -0.2, False),
        (0.02, 0.06, True),
        (0.02, 0.08, False),
        (0.2, 0.29, True),
        (0.2, 0.31, False),
        (0.2, None, False),
    ],
)
def test_a_p95_near_zero_may_grow_by_what_a_valid_run_may_be_late(first, later, good):
    assert is_good(measured(2, later), measured(1, first), SPEC) == good


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
    knee = curve("e", of(*points), spec).knee
    reachable = min(capacity, largest)
    assert knee <= reachable
    assert knee * 1.15 >= reachable - 1


@given(st.integers(1, 60), st.integers(1, 200), st.integers(0, 250))
def test_no_search_puts_on_more_load_than_its_most(first, largest, capacity):
    spec = LoadSpec.model_validate({"search": {"first": first, "largest": largest}})
    points = []
    while (level := next_level(spec, points)) is not None:
        points.append(measured(level, failed=0 if level <= capacity else 100))
    assert sum(point.level for point in points) <= sum(most_levels(spec))


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


def test_the_report_has_a_row_a_level_and_figures():
    found = curve("e", of(measured(1), measured(2, valid=False)), SPEC)
    (table,) = load_tables([found])
    assert [line[-1] for line in table.rows] == ["yes", "INVALID"]
    assert table.columns[0] == "sessions at once"
    latency, errors, lost = load_charts([found])
    assert [point["invalid"] for point in latency["lines"][0]["points"]] == [False, True]
    assert [len(chart["lines"][0]["points"]) for chart in (errors, lost)] == [2, 2]


def test_an_invalid_level_is_grave_and_its_latency_is_struck_and_on_no_line():
    found = curve("e", of(measured(1, valid=False), measured(2, valid=False)), SPEC)
    page = load_page("t", [found])
    assert page.badge is not None
    assert not page.badge[0]
    assert page.limits[0].grave
    assert "INVALID at every level" in page.limits[0].texts[0]
    (table,) = load_tables([found])
    for line in table.rows:
        cells = dict(zip(table.columns, line, strict=True))
        assert isinstance(cells["median"], Struck)
        assert isinstance(cells["95 % within"], Struck)
    assert load_page("t", [curve("e", of(measured(1), measured(2)), SPEC)]).badge == (
        True,
        "valid: the harness kept its pace",
    )


def test_a_percentile_of_too_few_sessions_is_not_shown():
    found = curve("e", of(measured(1, trials=19), measured(2, trials=20), measured(4, trials=100)), SPEC)
    (table,) = load_tables([found])
    cells = [dict(zip(table.columns, line, strict=True)) for line in table.rows]
    assert [line["95 % within"] == "–" for line in cells] == [True, False, False]
    assert [line["99 % within"] == "–" for line in cells] == [True, True, False]
    tail = next(line for line in load_charts([found])[0]["lines"] if line["dashed"])
    assert [point["y"] is None for point in tail["points"]] == [True, False, False]
