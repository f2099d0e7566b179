"""Waiting for an instant, to a fraction of a millisecond, on the event loop.

Instants are seconds of `bench.engines.clock`. Event loops count time in whole milliseconds (and uvloop caches it), so
each wait has an alarm of its own, which costs some 50 microseconds of processor time.
"""

from __future__ import annotations

import asyncio

from bench.engines.clock import alarm, clock

now_s = clock
"""The instant now, on the clock that `sleep_until` waits on."""


async def sleep_until(instant_s: float) -> None:
    """Return at the instant, or at once if it has passed. Late by the time other tasks hold the loop."""
    if now_s() >= instant_s:
        return
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
