"""The drivers' clock, and waking an event loop at an instant of it, finer than the loop's own timers.

Event loops count in whole milliseconds: a timer of theirs rings up to two of them late. Linux has timers that ring
at an absolute instant, and a loop can wait for one as it waits for a socket; elsewhere the loop's timers must do.
"""

from __future__ import annotations

import asyncio
import ctypes
import math
import os
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Protocol

clock = time.perf_counter
"""The one clock of the drivers: monotonic, in seconds. The loop's own clock may be cached or rounded to 1 ms."""

_LOOP_TIMER_S = 0.001
"""Resolution of event loop timers; a shorter wait is rounded up to it, never down."""


class Alarm(Protocol):
    """Rings once for each `set`, on the event loop, never early."""

    def set(self, at: float) -> None:
        """Ring at `at` (on `clock`; at once if it has passed) instead of at any time set before."""

    def close(self) -> None:
        """Never ring again. Idempotent."""


def alarm(ring: Callable[[], None]) -> Alarm:
    """The finest alarm there is for the running loop."""
    kernel = _timerfd()
    if kernel is not None:
        with suppress(OSError):  # a sandbox may refuse it
            return KernelAlarm(ring, kernel)
    return LoopAlarm(ring)


class LoopAlarm:
    """By the loop's own timers: up to 2 ms late."""

    def __init__(self, ring: Callable[[], None]) -> None:
        self._ring = ring
        self._loop = asyncio.get_running_loop()
        self._handle: asyncio.Handle | None = None
        self._at = 0.0

    def set(self, at: float) -> None:
        self.close()
        self._at = at
        wait = at - clock()
        if wait <= 0:
            self._handle = self._loop.call_soon(self._ring)
        else:
            self._handle = self._loop.call_later(max(wait, _LOOP_TIMER_S), self._ring_if_due)

    def _ring_if_due(self) -> None:
        """Timers of uvloop may ring half a millisecond early."""
        if clock() < self._at:
            self.set(self._at)
        else:
            self._ring()

    def close(self) -> None:
        if self._handle is not None:
            self._handle.cancel()
            self._handle = None


class KernelAlarm:
    """By a Linux timer: as late as the kernel takes to wake the process.

    Source: timerfd_create(2). `os.timerfd_create` comes with Python 3.13.
    """

    def __init__(self, ring: Callable[[], None], kernel: ctypes.CDLL) -> None:
        self._ring, self._kernel = ring, kernel
        self._loop = asyncio.get_running_loop()
        self._file = _checked(kernel.timerfd_create(time.CLOCK_MONOTONIC, os.O_NONBLOCK | os.O_CLOEXEC))
        self._loop.add_reader(self._file, self._read)

    def set(self, at: float) -> None:
        at_ns = max(1, math.ceil(at * 1e9))  # cut down, it would ring early; and 0 would stop it
        when = _Itimerspec(value=_Timespec(*divmod(at_ns, 1_000_000_000)))
        _checked(self._kernel.timerfd_settime(self._file, _ABSOLUTE, ctypes.byref(when), None))

    def close(self) -> None:
        if self._file >= 0:
            self._loop.remove_reader(self._file)
            os.close(self._file)
            self._file = -1

    def _read(self) -> None:
        try:
            os.read(self._file, 8)
        except BlockingIOError:  # it rang, and was set anew before it was heard
            return
        self._ring()


_ABSOLUTE = 1


class _Timespec(ctypes.Structure):
    _fields_ = (("seconds", ctypes.c_long), ("nanoseconds", ctypes.c_long))


class _Itimerspec(ctypes.Structure):
    _fields_ = (("interval", _Timespec), ("value", _Timespec))


def _checked(result: int) -> int:
    if result < 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
    return result


def _timerfd() -> ctypes.CDLL | None:
    """The C library, if it has timers that a loop can wait for and `clock` counts as they do."""
    if (
        sys.platform != "linux"
        or time.get_clock_info("perf_counter").implementation != "clock_gettime(CLOCK_MONOTONIC)"
    ):
        return None
    kernel = ctypes.CDLL(None, use_errno=True)
    return kernel if hasattr(kernel, "timerfd_settime") else None
