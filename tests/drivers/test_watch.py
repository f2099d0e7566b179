import queue

from bench.drivers.watch import Watch
from bench.types import MachineLook


def test_a_watch_looks_at_once_a_period_and_once_more_when_it_ends():
    looks: queue.SimpleQueue[MachineLook] = queue.SimpleQueue()
    with Watch(looks.put, every_s=0.05):
        first, second = looks.get(timeout=10), looks.get(timeout=10)
    last = looks.get(timeout=10)
    # Two clocks of one machine that nobody sets run alike.
    assert all(abs(look.clock_step_s) < 0.05 for look in (first, second, last))
    assert all(look.cpu_busy is None or 0.0 <= look.cpu_busy <= 1.0 for look in (first, second, last))


def test_a_wall_clock_that_is_set_shows_as_a_step(monkeypatch):
    import time

    real, steps = time.clock_gettime, iter([0.0, -3.0])
    ahead = {"s": 0.0}
    monkeypatch.setattr(time, "clock_gettime", lambda clock: real(clock) + ahead["s"])
    looks: queue.SimpleQueue[MachineLook] = queue.SimpleQueue()
    with Watch(looks.put, every_s=0.05):
        looks.get(timeout=10)
        for step in steps:
            ahead["s"] += step
        found = [looks.get(timeout=10).clock_step_s for _ in range(3)]
    assert min(found) < -2.9
