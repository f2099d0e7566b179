"""Waiting for an instant, to some microseconds, on the event loop (where there is no kernel alarm: to a millisecond).

Instants are seconds of `bench.drivers.clock`. Event loops count time in whole milliseconds (and uvloop caches it), so
each wait has an alarm of its own. It is set a little ahead, and the rest is waited out by yielding to the loop again
and again: a processor that has to wake from its sleep is late by some tenths of a millisecond.
"""

from __future__ import annotations

import asyncio

from bench.drivers.clock import alarm, clock

_YIELDING_S = 0.0003

now_s = clock
"""The instant now, on the clock that `sleep_until` waits on."""


async def sleep_until(instant_s: float) -> None:
    """Return at the instant, or at once if it has passed. Late by the time other tasks hold the loop."""
    if instant_s - now_s() > _YIELDING_S:
        await _alarm_at(instant_s - _YIELDING_S)
    while now_s() < instant_s:
        await asyncio.sleep(0)


async def _alarm_at(instant_s: float) -> None:
    rung = asyncio.get_running_loop().create_future()

    def ring() -> None:
        if not rung.done():
            rung.set_result(None)

    bell = alarm(ring)
    bell.set(instant_s)
    try:
        await rung
    finally:
        bell.close()
