"""Waiting for instants, on both event loops."""

import asyncio
import os

import pytest
import uvloop

from bench.emulator.clock import now_s, sleep_until


@pytest.mark.parametrize("run", [asyncio.run, uvloop.run], ids=["asyncio", "uvloop"])
def test_all_who_wait_are_woken_in_order_and_never_early(run):
    woken: list[float] = []

    async def wait(begin: float, after_s: float) -> float:
        await sleep_until(begin + after_s)
        woken.append(after_s)
        return now_s() - begin - after_s

    async def main() -> list[float]:
        begin = now_s()
        return await asyncio.gather(*(wait(begin, after_s) for after_s in (0.09, 0.03, 0.06, -1.0)))

    late = run(main())
    assert woken == [-1.0, 0.03, 0.06, 0.09]
    assert min(late) >= 0


@pytest.mark.skipif(not os.path.isdir("/proc/self/fd"), reason="counts open files where the system lists them")
def test_who_gives_up_waiting_leaves_nothing_open():
    async def main() -> tuple[int, int]:
        before = len(os.listdir("/proc/self/fd"))
        waiting = asyncio.create_task(sleep_until(now_s() + 60))
        await asyncio.sleep(0)
        waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting
        return before, len(os.listdir("/proc/self/fd"))

    before, after = asyncio.run(main())
    assert after <= before  # what other tests left may be closed meanwhile
