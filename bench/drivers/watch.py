"""What the machine did while latency was taken: one light look a second, from a thread of its own.

Reads two clocks and the system's processor counters; takes well under a millisecond, and holds nothing the pacing
loop waits for. What it sees is judged afterwards (`scoring.validity`).
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Self

from bench.drivers.clock import clock
from bench.types import MachineLook, Mode

LOOK_EVERY_S = 1.0
_READ_WITHIN_S = 0.001
_TRIES = 20
_COUNTERS = Path("/proc/stat")


class Watch:
    """Calls `note` with a MachineLook each second, in its own thread, from entering until leaving."""

    def __init__(
        self,
        note: Callable[[MachineLook], None],
        *,
        mode: Mode = "stream",
        every_s: float = LOOK_EVERY_S,
        node: str | None = None,
    ) -> None:
        self._note, self._mode, self._every_s, self._node = note, mode, every_s, node
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._look_on, name="watch", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._over.set()
        self._thread.join()

    def _look_on(self) -> None:
        offset_s, cpu, own, at = _clock_offset(), _cpu_times(), time.process_time(), clock()
        is_over = False
        while not is_over:
            is_over = self._over.wait(self._every_s)
            new_offset_s, new_cpu, new_own, now = _clock_offset(), _cpu_times(), time.process_time(), clock()
            # Processor counters tick every 10 ms: over a short last stretch they say nothing.
            says = now - at > self._every_s / 2
            look = MachineLook(
                clock_step_s=new_offset_s - offset_s,
                cpu_busy=_busy(cpu, new_cpu) if says else None,
                own_cpu=(new_own - own) / (now - at) if says else None,
                mode=self._mode,
                node=self._node,
            )
            self._note(look)
            offset_s, cpu, own, at = new_offset_s, new_cpu, new_own, now


def _clock_offset() -> float:
    """Wall clock minus monotonic clock. Being interrupted between the two readings would look like a step."""
    best = (float("inf"), 0.0)
    for _ in range(_TRIES):
        before = clock()
        wall = time.clock_gettime(time.CLOCK_REALTIME)
        after = clock()
        best = min(best, (after - before, wall - (before + after) / 2))
        if best[0] <= _READ_WITHIN_S:
            break
    return best[1]


def _cpu_times() -> tuple[int, int] | None:
    """Idle and total time of all processors, in ticks; `None` where the system has no such file.

    Source: proc(5): user nice system idle iowait irq softirq steal (guest times are within user).
    """
    try:
        first = _COUNTERS.read_text(encoding="ascii").partition("\n")[0]
    except OSError:
        return None
    ticks = [int(field) for field in first.split()[1:9]]
    return ticks[3] + ticks[4], sum(ticks)


def _busy(before: tuple[int, int] | None, after: tuple[int, int] | None) -> float | None:
    if before is None or after is None or after[1] <= before[1]:
        return None
    busy = 1.0 - (after[0] - before[0]) / (after[1] - before[1])
    return min(1.0, max(0.0, busy))  # the count of iowait may go back, says proc(5)
