"""More streams than one event loop can pace: the same streams dealt over processes, with outcomes of the same form.

Each process runs one `StreamPool`. All follow one clock: the monotonic clock is the machine's, not the process's.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable, Coroutine, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context
from typing import Any, TypeAlias, TypeVar

from bench.engines.base import Call, StreamAdapter
from bench.engines.clock import clock
from bench.engines.websocket import StreamPool
from bench.types import Failure, Transcript

_T = TypeVar("_T")
Outcome: TypeAlias = Transcript | Failure


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """One stream to run. Adapter and call go to another process, so both must be picklable."""

    adapter: StreamAdapter
    call: Call
    start_s: float = 0.0
    """When its audio starts, after the common start."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What all streams of a set have in common."""

    speed: float = 1.0
    connect_timeout_s: float = 10.0
    connecting_at_once: int = 64
    """Connections being set up at a time, in each process."""
    lead_s: float = 3.0
    """Time given to processes and connections before the common start. A stream that needs longer starts late."""


def stream_sharded(jobs: Sequence[Job], processes: int, settings: Settings) -> list[Outcome]:
    """Run all jobs at once, dealt over `processes`; blocks. Outcomes are in the order of the jobs.

    Audio bytes that several calls share are sent to a process, and held there, once.
    """
    begin_at = clock() + settings.lead_s
    shards = [list(jobs[first::processes]) for first in range(min(processes, len(jobs)))]
    outcomes: list[Outcome | None] = [None] * len(jobs)
    # Spawned, not forked: a forked child would inherit the parent's sockets, threads and frozen heap.
    with ProcessPoolExecutor(max_workers=max(1, len(shards)), mp_context=get_context("spawn")) as executor:
        futures = [executor.submit(run_shard, shard, begin_at, settings) for shard in shards]
        for first, future in enumerate(futures):
            outcomes[first::processes] = future.result()
    return [outcome for outcome in outcomes if outcome is not None]


def run_shard(jobs: Sequence[Job], begin_at: float, settings: Settings) -> list[Outcome]:
    """All jobs on one new event loop in this process; blocks."""
    return run_event_loop(lambda: stream_pooled(jobs, begin_at, settings))


async def stream_pooled(jobs: Sequence[Job], begin_at: float, settings: Settings) -> list[Outcome]:
    """All jobs at once on this event loop, paced by one scheduler.

    `begin_at`: the common start, on `clock.clock`. Outcomes are in the order of the jobs.
    """
    gate = asyncio.Semaphore(settings.connecting_at_once)
    async with StreamPool() as pool:
        return await asyncio.gather(
            *(
                pool.stream(
                    job.adapter,
                    job.call,
                    speed=settings.speed,
                    connect_timeout_s=settings.connect_timeout_s,
                    start_at=begin_at + job.start_s,
                    connecting=gate,
                )
                for job in jobs
            )
        )


def run_event_loop(main: Callable[[], Coroutine[Any, Any, _T]]) -> _T:
    """Run a coroutine to its end, on uvloop where there is one."""
    if sys.platform == "win32":
        return asyncio.run(main())
    import uvloop

    return uvloop.run(main())
