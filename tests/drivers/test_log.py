"""What a driver keeps of a stream, against the same facts kept by hand."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench.drivers import log as module
from bench.drivers.log import StreamLog
from bench.drivers.pacing import schedule
from bench.types import Event, Timing


class Clock:
    """A clock that shows what it is told."""

    now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(module, "clock", clock)
    return clock


def sent_at(log: StreamLog, clock: Clock, *moments: float) -> None:
    for moment in moments:
        clock.now = log.zero + moment
        log.sent()


def test_the_log_of_a_stream(clock: Clock):
    log = StreamLog(schedule(10, 4, 1.0))
    log.start(100.0, connect_s=0.2)
    assert log.next_due == pytest.approx(100.4)
    sent_at(log, clock, 0.41, 0.85, 1.02)
    assert (log.num_sent, log.next_due, log.audio_sent_s) == (3, None, 1.0)
    log.blocked(True, 100.5)
    log.blocked(False, 100.75)
    clock.now = 101.03
    log.sent_end()
    log.heard([Event(t_s=1.5, kind="final", text="one")], 1.5)
    log.heard((), 2.0, counts=True)
    log.heard((), 2.5)
    timing = log.timing()
    assert timing.send_lags() == pytest.approx((0.01, 0.05, 0.02))
    assert timing.max_send_lag_s == pytest.approx(0.05)
    assert (timing.connect_s, timing.audio_s, timing.done_s, timing.backpressure_s) == (0.2, 1.0, 2.0, 0.25)
    assert (timing.first_sent_s, timing.last_sent_s, timing.end_sent_s) == pytest.approx((0.41, 1.02, 1.03))
    assert [event.text for event in log.events] == ["one"]


def test_a_socket_that_is_still_blocked_counts_up_to_now(clock: Clock):
    log = StreamLog(schedule(4, 4, 1.0))
    log.start(10.0, connect_s=0.0)
    log.blocked(True, 10.5)
    clock.now = 13.0
    assert log.timing().backpressure_s == 2.5


@given(
    num_bytes=st.integers(1, 300),
    chunk_bytes=st.integers(1, 300),
    duration_s=st.floats(0.01, 60),
    speed=st.sampled_from([0.5, 1.0, 8.0]),
    ready_s=st.sampled_from([0.0, 0.3, 5.0]),
    late_s=st.lists(st.floats(0, 3), min_size=1, max_size=5),
)
def test_lateness_is_one_definition_for_pacer_and_log(num_bytes, chunk_bytes, duration_s, speed, ready_s, late_s):
    """Due: the microphone has the chunk's last byte, and there is a connection to hand it to."""
    plan = schedule(num_bytes, chunk_bytes, duration_s, speed)
    ends = [min(begin + chunk_bytes, num_bytes) for begin in range(0, num_bytes, chunk_bytes)]
    due = [max(end / num_bytes * duration_s / speed, ready_s) for end in ends]
    lateness = [late_s[index % len(late_s)] for index in range(len(due))]
    sent = tuple(at + late for at, late in zip(due, lateness, strict=True))
    timing = Timing(audio_s=duration_s, chunk_s=plan.timing.chunk_s, speed=speed, chunk_sent_s=sent, ready_s=ready_s)
    assert timing.send_lags() == pytest.approx(lateness, abs=1e-6)
    assert timing.audio_by_s(len(ends)) == duration_s
