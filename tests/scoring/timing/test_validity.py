from dataclasses import replace

import pytest

from bench.config import ValiditySpec
from bench.scoring.timing.validity import INVALID, judge, mark_invalid
from bench.types import (
    Cell,
    Estimate,
    Failure,
    FailureKind,
    Interval,
    MachineLook,
    Recognised,
    Result,
    Span,
    Timing,
    Transcript,
)

LIMITS = ValiditySpec(max_send_lag_p99_s=0.05, max_send_lag_s=0.25, max_backpressure_s=1.0, max_clock_step_s=0.1)
QUIET = MachineLook(clock_step_s=0.0001, cpu_busy=0.2)


def timing(*lags, chunk_s=0.1, **options):
    """A stream whose k-th chunk was sent that much too late."""
    sent = tuple((index + 1) * chunk_s + lag for index, lag in enumerate(lags))
    return Timing(chunk_s=chunk_s, chunk_sent_s=sent, max_send_lag_s=max(lags), **options)


def result(when, outcome=None):
    outcome = outcome or Transcript(recognised=Recognised(text="a"), timing=when)
    return Result(trial_id="t", outcome=outcome, attempts=1, started_at="")


def test_a_punctual_run_on_a_quiet_machine_is_valid():
    verdict = judge(LIMITS, [result(timing(*[0.001] * 100))], [QUIET] * 5)
    assert (verdict.valid, verdict.reasons) == (True, ())
    assert verdict.seen.send_lag_p99_s == pytest.approx(0.001)
    assert (verdict.seen.streams, verdict.seen.chunks, verdict.seen.looks) == (1, 99, 5)


@pytest.mark.parametrize(
    ("late", "looks", "said"),
    [
        (timing(*[0.06] * 10), [QUIET], "audio late (send lag), 99 % within: expected at most 50 ms, got 60 ms"),
        (
            timing(*[0.0] * 999, 0.3, 0.0),
            [QUIET],
            "audio late (send lag), the latest: expected at most 250 ms, got 300 ms",
        ),
        (timing(0.0, 0.0, backpressure_s=1.5), [QUIET], "backpressure of a stream: expected at most 1000 ms"),
        (timing(0.0, 0.0), [QUIET, MachineLook(clock_step_s=-2.0, cpu_busy=0.1)], "clock step"),
        (timing(0.0, 0.0), [MachineLook(clock_step_s=0, cpu_busy=0.99)] * 4 + [QUIET], "got 80%"),
    ],
)
def test_each_limit_alone_makes_a_run_invalid_and_says_what_to_do(late, looks, said):
    verdict = judge(LIMITS, [result(late)], looks)
    assert not verdict.valid
    assert len(verdict.reasons) == 1
    assert said in verdict.reasons[0]
    assert ";" in verdict.reasons[0]


def test_a_stream_that_failed_late_is_judged_too():
    partial = Transcript(recognised=Recognised(text=""), timing=timing(0.4, 0.4))
    failed = Failure(kind=FailureKind.TIMEOUT, message="late", partial=partial)
    assert not judge(LIMITS, [result(None, failed)], []).valid
    assert judge(LIMITS, [result(None, Failure(kind=FailureKind.CONNECTION, message="refused"))], []).valid


@pytest.mark.parametrize("when", [Timing(done_s=0.3), timing(0.4, 0.4, speed=8.0)])
def test_what_was_not_streamed_in_real_time_has_no_latency_to_doubt(when):
    verdict = judge(LIMITS, [result(when)], [MachineLook(clock_step_s=5.0, cpu_busy=1.0)])
    assert verdict.valid
    assert verdict.seen.send_lag_p99_s is None


@pytest.mark.parametrize(
    ("look", "valid"),
    [
        (MachineLook(clock_step_s=0.0, cpu_busy=0.5, own_cpu=0.2, mode="batch"), True),
        (MachineLook(clock_step_s=0.0, cpu_busy=0.99, own_cpu=0.2, mode="batch"), False),
        # One loop makes all requests: it is busy long before many processors are.
        (MachineLook(clock_step_s=0.0, cpu_busy=0.2, own_cpu=0.99, mode="batch"), False),
        (MachineLook(clock_step_s=0.0, cpu_busy=None, own_cpu=None, mode="batch"), True),
        (MachineLook(clock_step_s=3.0, cpu_busy=0.2, mode="batch"), False),
    ],
)
def test_requests_that_were_watched_are_judged(look, valid):
    verdict = judge(LIMITS, [result(Timing(done_s=0.3))], [look] * 4)
    assert (verdict.valid, verdict.judged) == (valid, ("batch",))


def test_a_busy_streaming_process_is_judged_by_its_send_lag_alone():
    look = MachineLook(clock_step_s=0.0, cpu_busy=0.3, own_cpu=0.99)
    assert judge(LIMITS, [result(timing(0.0, 0.0))], [look] * 4).valid


@pytest.mark.parametrize(("late_s", "valid"), [(0.01, True), (0.06, False)])
def test_sessions_that_began_after_they_were_due_are_the_harness_s_lateness(late_s, valid):
    spans = [Span(due_s=float(n), began_s=n + late_s, ended_s=n + 1.0) for n in range(20)]
    results = [replace(result(Timing(done_s=1.0)), span=span) for span in spans]
    verdict = judge(LIMITS, results, [])
    assert verdict.valid == valid
    assert verdict.seen.max_start_lag_s == pytest.approx(late_s)
    assert valid or "sessions begun late, 99 % within: expected at most 50 ms, got 60 ms" in verdict.reasons[0]


def test_what_waited_for_a_connection_that_the_engine_was_slow_to_make_is_not_the_harness_s_lateness():
    """Ten chunks of 0.1 s, the connection up after 0.55 s: five are sent then, in a burst."""
    sent = [max((index + 1) * 0.1, 0.55) for index in range(10)]
    lags = [at - (index + 1) * 0.1 for index, at in enumerate(sent)]
    assert judge(LIMITS, [result(timing(*lags, ready_s=0.55))], [QUIET]).valid
    assert not judge(LIMITS, [result(timing(*lags))], [QUIET]).valid
    late = [lag + 0.3 for lag in lags]
    assert not judge(LIMITS, [result(timing(*late, ready_s=0.55))], [QUIET]).valid


@pytest.mark.parametrize("ready_s", [0.0, 0.55])
@pytest.mark.parametrize("last_chunk_s", [0.1, 0.03])
def test_a_last_chunk_that_was_late_is_seen_however_the_stream_began(ready_s: float, last_chunk_s: float):
    """The last chunk is the one that `final_latency_s` hangs on."""
    audio_s = 0.9 + last_chunk_s
    due = [max(min((index + 1) * 0.1, audio_s), ready_s) for index in range(10)]
    punctual = Timing(chunk_s=0.1, audio_s=audio_s, chunk_sent_s=tuple(due), ready_s=ready_s)
    assert judge(LIMITS, [result(punctual)] * 50, [QUIET]).valid
    late = replace(punctual, chunk_sent_s=(*due[:-1], due[-1] + 0.4), max_send_lag_s=0.4)
    verdict = judge(LIMITS, [result(late)] * 50, [QUIET])
    assert not verdict.valid
    assert verdict.seen.max_send_lag_s == pytest.approx(0.4)
    assert verdict.seen.chunks == 500


def test_a_machine_that_does_not_say_how_busy_it_is_is_not_held_to_it():
    verdict = judge(LIMITS, [result(timing(0.0))], [MachineLook(clock_step_s=0.0, cpu_busy=None)])
    assert verdict.valid
    assert verdict.seen.cpu_saturated is None


@pytest.mark.parametrize(
    ("metric", "unit", "mode", "judged", "marked"),
    [
        ("final_latency_s.p50", "s", "stream", ("stream",), True),
        ("wer", "ratio", "stream", ("stream",), False),
        ("batch_latency_s.p50", "s", "batch", ("stream",), False),
        ("batch_latency_s.p50", "s", "batch", ("batch",), True),
        ("rtf.p50", "ratio", "batch", ("batch",), True),
        ("wer", "ratio", "batch", ("batch",), False),
        ("early_turn_ends", "ratio", "stream", ("stream",), True),
        ("turn_end_delay_at_5_pct_s", "s", "stream", ("stream",), True),
        ("word_start_error_p95_s", "s", "stream", ("stream",), False),
    ],
)
def test_only_what_was_timed_in_a_mode_that_was_judged_is_marked(metric, unit, mode, judged, marked):
    scope = Cell("e", mode, "clean", "c", "en")
    estimate = Estimate(metric=metric, unit=unit, scope=scope, interval=Interval(value=1.0, note="few"))
    note = mark_invalid(estimate, judged).note
    assert note == (f"{INVALID}; few" if marked else "few")


def on(node, result):
    return replace(result, node=node)


def test_one_late_node_makes_the_run_invalid_however_many_are_punctual():
    results = [on("good", result(timing(*[0.001] * 100)))] * 50 + [on("bad", result(timing(*[0.2] * 100)))]
    looks = [replace(QUIET, node="good"), replace(QUIET, node="bad", clock_step_s=3.0)]
    verdict = judge(replace_limits(max_send_lag_s=1.0), results, looks)
    assert judge(replace_limits(max_send_lag_s=1.0), [on(None, each) for each in results], [QUIET]).valid is False
    assert {reason.partition(":")[0] for reason in verdict.reasons} == {"node bad"}
    assert len(verdict.reasons) == 2
    assert not verdict.nodes["good"].reasons
    assert (verdict.nodes["good"].seen.streams, verdict.nodes["bad"].seen.streams, verdict.seen.streams) == (50, 1, 51)
    assert (verdict.nodes["good"].seen.clock_step_s, verdict.nodes["bad"].seen.clock_step_s) == (0.0001, 3.0)


def test_a_run_begun_late_on_one_machine_is_not_excused_by_the_cluster_that_went_on_with_it():
    begun, went_on = [result(timing(*[0.2] * 100))] * 50, [on("good", result(timing(*[0.001] * 100)))] * 50
    looks = [replace(QUIET, clock_step_s=3.0), replace(QUIET, node="good")]
    verdict = judge(replace_limits(max_send_lag_s=1.0), [*begun, *went_on], looks)
    assert not verdict.valid
    assert [reason.partition(": expected")[0] for reason in verdict.reasons] == [
        "outside the cluster: audio late (send lag), 99 % within",
        "outside the cluster: clock step",
    ]
    assert list(verdict.nodes) == ["good"]


def replace_limits(**changes):
    return LIMITS.model_copy(update=changes)
