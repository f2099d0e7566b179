"""Both kinds of alarm, on both kinds of loop, keep the same promises."""

import asyncio
import os
import sys
from contextlib import suppress

import pytest
import uvloop

from bench.drivers import clock as clock_module
from bench.drivers.clock import KernelAlarm, LoopAlarm, alarm, clock
from tests.drivers.stream_server import HANGS_S

ALARMS = {"kernel": alarm, "loop": LoopAlarm}
pytestmark = pytest.mark.parametrize("run", [asyncio.run, uvloop.run], ids=["asyncio", "uvloop"])
each_kind = pytest.mark.parametrize("make", ALARMS.values(), ids=ALARMS.keys())


def ringing(make, rang, heard):
    """An alarm that notes when it rang, in seconds from now."""
    begin = clock()

    def ring():
        rang.append(clock() - begin)
        heard.set()

    return begin, make(ring)


async def rings(make, *, sets):
    """When it rang, once and again if it did, in seconds after the first of `sets`, which are such seconds too."""
    rang, heard = [], asyncio.Event()
    begin, found = ringing(make, rang, heard)
    try:
        for at in sets:
            found.set(begin + at)
        await asyncio.wait_for(heard.wait(), HANGS_S)
        await asyncio.sleep(0.1)  # for what rings again, if anything does
    finally:
        found.close()
    return rang


@each_kind
def test_it_rings_once_and_never_early(run, make):
    (rang,) = run(rings(make, sets=[0.0304]))
    assert rang >= 0.0304


@each_kind
def test_a_time_that_has_passed_rings_at_once_and_not_within_set(run, make):
    async def main():
        rang, heard = [], asyncio.Event()
        _, found = ringing(make, rang, heard)
        found.set(clock() - 5)
        within = len(rang)
        await asyncio.wait_for(heard.wait(), HANGS_S)
        found.close()
        return within, len(rang)

    assert run(main()) == (0, 1)


@each_kind
@pytest.mark.parametrize("sets", [(0.02, 0.05), (2 * HANGS_S, 0.05)], ids=["later", "earlier"])
def test_only_the_time_set_last_counts(run, make, sets):
    (rang,) = run(rings(make, sets=sets))
    assert 0.05 <= rang < 2 * HANGS_S


@each_kind
def test_a_time_that_rang_unheard_is_replaced_too(run, make):
    async def main():
        rang, heard = [], asyncio.Event()
        begin, found = ringing(make, rang, heard)
        found.set(begin + 0.001)
        while clock() < begin + 0.01:  # it is over, but the loop has not looked yet
            pass
        found.set(begin + 0.05)
        await asyncio.wait_for(heard.wait(), HANGS_S)
        await asyncio.sleep(0.1)
        found.close()
        return rang

    (rang,) = run(main())
    assert rang >= 0.05


@each_kind
def test_a_closed_alarm_is_silent_and_closing_twice_is_nothing(run, make):
    async def main():
        rang = []
        found = make(lambda: rang.append(1))
        found.set(clock() + 0.01)
        found.close()
        found.close()
        await asyncio.sleep(0.05)
        return rang

    assert run(main()) == []


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux has timers that a loop can wait for")
def test_linux_gets_the_kernels_and_closing_gives_the_file_back(run):
    async def main():
        before = open_timers()
        for _ in range(50):
            found = alarm(lambda: None)
            assert isinstance(found, KernelAlarm)
            assert open_timers() == before + 1
            found.close()
        return open_timers() - before

    assert run(main()) == 0


def open_timers():
    """Of the kernel's, in this process; whatever else is opened and closed meanwhile is not of these tests."""
    names = []
    for file in os.listdir("/proc/self/fd"):
        with suppress(OSError):  # that of the list itself
            names.append(os.readlink(f"/proc/self/fd/{file}"))
    return sum("timerfd" in name for name in names)


def test_where_the_kernels_timer_is_refused_the_loops_must_do(run, monkeypatch):
    def refused(ring, kernel):
        raise OSError(38, "not implemented")

    monkeypatch.setattr(clock_module, "KernelAlarm", refused)

    async def main():
        found = alarm(lambda: None)
        found.close()
        return found

    assert isinstance(run(main()), LoopAlarm)
