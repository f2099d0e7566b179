"""An event loop of its own for what a run does, the fastest there is; also in a notebook, whose loop runs already."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

from bench.machine import raise_open_files

T = TypeVar("T")


def on_loop(main: Coroutine[Any, Any, T]) -> T:
    """Run a coroutine, such as `run_trials`, on an event loop of its own, and return what it does.

    Raises:
        KeyboardInterrupt: after Ctrl-C, with open calls abandoned and everything answered on disk.
    """
    raise_open_files()
    if asyncio._get_running_loop() is None:
        return _run(main)
    return _run_beside(main)


def _run(main: Coroutine[Any, Any, T]) -> T:
    with asyncio.Runner(loop_factory=_loop_factory()) as runner:
        return runner.run(main)


def _run_beside(main: Coroutine[Any, Any, T]) -> T:
    """In a thread of its own: in a notebook this one's loop is running already."""
    running: list[tuple[asyncio.AbstractEventLoop, asyncio.Task[Any] | None]] = []

    async def stoppable() -> T:
        running.append((asyncio.get_running_loop(), asyncio.current_task()))
        return await main

    with ThreadPoolExecutor(1, thread_name_prefix="run") as thread:
        ending = thread.submit(_run, stoppable())
        try:
            return ending.result()
        except KeyboardInterrupt:
            for loop, task in running:
                if task is not None and not ending.done():
                    loop.call_soon_threadsafe(task.cancel)
            raise


def _loop_factory() -> Callable[[], asyncio.AbstractEventLoop] | None:
    try:
        import uvloop
    except ImportError:
        return None
    factory: Callable[[], asyncio.AbstractEventLoop] = uvloop.new_event_loop
    return factory
