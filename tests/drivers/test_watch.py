import queue

from bench.drivers.watch import Watch
from bench.types import MachineLook

HANGS_S = 120
"""A limit for what hangs."""


def test_a_watch_looks_at_once_a_period_and_once_more_when_it_ends():
    looks: queue.SimpleQueue[MachineLook] = queue.SimpleQueue()
    with Watch(looks.put, every_s=0.05):
        first, second = looks.get(timeout=HANGS_S), looks.get(timeout=HANGS_S)
    last = looks.get(timeout=HANGS_S)
    # Two clocks of one machine that nobody sets run alike.
    assert all(abs(look.clock_step_s) < 0.05 for look in (first, second, last))
    assert all(look.cpu_busy is None or 0.0 <= look.cpu_busy <= 1.0 for look in (first, second, last))


def test_a_wall_clock_that_is_set_shows_as_a_step(monkeypatch):
    import time

    real = time.clock_gettime
    ahead = {"s": 0.0}
    monkeypatch.setattr(time, "clock_gettime", lambda clock: real(clock) + ahead["s"])
    looks: queue.SimpleQueue[MachineLook] = queue.SimpleQueue()
    with Watch(looks.put, every_s=0.05):
        looks.get(timeout=HANGS_S)
        ahead["s"] = -3.0
        # Some may be of before it was set.
        assert any(looks.get(timeout=HANGS_S).clock_step_s < -2.9 for _ in range(200))
