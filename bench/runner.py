"""Executes trials: audio made ready in other processes, concurrency, retries, resume, one Result a trial.

Everything slow or heavy happens off the event loop that paces streams: reading, conditioning and encoding
in worker processes, writing results in a thread. Must not score, and must not know about reports.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime

import httpx

from bench.config import RetrySpec
from bench.engines import http, local
from bench.engines.base import Engine, LocalEngine, RemoteEngine
from bench.engines.websocket import StreamPool
from bench.plan import Plan
from bench.store import ResultWriter, RunFolder
from bench.trial_audio import AudioPool, Prepared
from bench.types import Failure, FailureKind, Mode, Result, Transcript, Trial

RETRIED = frozenset({FailureKind.CONNECTION, FailureKind.TIMEOUT, FailureKind.RATE_LIMIT, FailureKind.SERVER})
"""Kinds of failure that a second attempt may not have. A truncated stream is evidence, not a hiccup: it stands."""

_LOCAL_CHUNK_S = 0.128
"""Chunk for local recognisers where the condition names none: 4,096 bytes of 16 kHz 16-bit audio."""


@dataclass(slots=True)
class RateLimit:
    """Spaces the starts of requests evenly, so that a vendor's quota per minute is never exceeded."""

    per_minute: float | None
    _next: float = field(default=0.0)

    async def wait(self) -> None:
        """Return when the next request may start."""
        if self.per_minute is None:
            return
        now = time.monotonic()
        start = max(now, self._next)
        self._next = start + 60 / self.per_minute
        await asyncio.sleep(start - now)


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """What all trials of a run share."""

    plan: Plan
    engines: Mapping[str, Engine]
    audio: AudioPool
    client: httpx.AsyncClient
    streams: StreamPool
    writer: ResultWriter
    thread: ThreadPoolExecutor
    """One thread that writes results in order."""
    limits: Mapping[str, RateLimit]
    on_result: Callable[[Trial, Result], None]


def pending(plan: Plan, folder: RunFolder) -> tuple[Trial, ...]:
    """Trials that have no answer yet; failed ones are tried again."""
    answered = {id for id, result in folder.results().items() if isinstance(result.outcome, Transcript)}
    return tuple(trial for trial in plan.trials if trial.id not in answered)


def execute(
    plan: Plan,
    trials: tuple[Trial, ...],
    engines: Mapping[str, Engine],
    folder: RunFolder,
    on_result: Callable[[Trial, Result], None],
) -> None:
    """Run trials, mode by mode, in the plan's order; returns when each has one Result on disk.

    Raises:
        KeyboardInterrupt: after Ctrl-C, with open calls abandoned and everything answered on disk.
    """
    with asyncio.Runner(loop_factory=_loop_factory()) as runner:
        runner.run(_execute(plan, trials, engines, folder, on_result))


def _loop_factory() -> Callable[[], asyncio.AbstractEventLoop] | None:
    try:
        import uvloop
    except ImportError:
        return None
    factory: Callable[[], asyncio.AbstractEventLoop] = uvloop.new_event_loop
    return factory


async def _execute(
    plan: Plan,
    trials: tuple[Trial, ...],
    engines: Mapping[str, Engine],
    folder: RunFolder,
    on_result: Callable[[Trial, Result], None],
) -> None:
    config = plan.config
    writer = folder.writer()
    thread = ThreadPoolExecutor(1, thread_name_prefix="results")
    client = http.new_client(timeout_s=config.batch.timeout_s, max_connections=config.batch.concurrency)
    limits = {id: RateLimit(engine.spec.requests_per_minute) for id, engine in plan.engines.items()}
    try:
        with AudioPool(plan) as audio:
            async with client, StreamPool() as streams:
                session = Session(
                    plan=plan,
                    engines=engines,
                    audio=audio,
                    client=client,
                    streams=streams,
                    writer=writer,
                    thread=thread,
                    limits=limits,
                    on_result=on_result,
                )
                for mode, width in (("batch", config.batch.concurrency), ("stream", config.stream.concurrency)):
                    await _phase(session, [trial for trial in trials if trial.mode == mode], width)
    finally:
        thread.shutdown()
        writer.close()


async def _phase(session: Session, trials: list[Trial], width: int) -> None:
    """Keep `width` trials going, in order."""
    queue = iter(trials)

    async def worker() -> None:
        for trial in queue:
            await _run(session, trial)

    async with asyncio.TaskGroup() as group:
        for _ in range(min(width, len(trials))):
            group.create_task(worker())


async def _run(session: Session, trial: Trial) -> None:
    prepared = await session.audio.get(trial)
    engine = session.engines[trial.engine_id]
    started = datetime.now(UTC)
    attempts = 0
    outcome: Transcript | Failure
    if isinstance(prepared, Failure):
        outcome = prepared
    else:
        outcome, attempts, started = await _attempts(session, trial, engine, prepared)
    price = session.plan.engines[trial.engine_id].spec.price_per_minute
    duration_s = 0.0 if isinstance(prepared, Failure) else prepared.call.duration_s
    result = Result(
        trial_id=trial.id,
        outcome=outcome,
        attempts=attempts,
        started_at=started.isoformat(timespec="milliseconds"),
        engine_version=engine.version,
        cost=None if price is None else price * duration_s / 60 * attempts,
        dose={} if isinstance(prepared, Failure) else prepared.dose,
    )
    await asyncio.get_running_loop().run_in_executor(session.thread, session.writer.append, result)
    session.on_result(trial, result)


async def _attempts(
    session: Session, trial: Trial, engine: Engine, prepared: Prepared
) -> tuple[Transcript | Failure, int, datetime]:
    """The outcome of the last attempt, how many there were, and when the last one started."""
    retry = session.plan.config.retry
    attempt = 0
    while True:
        attempt += 1
        await session.limits[trial.engine_id].wait()
        started = datetime.now(UTC)
        outcome = await _attempt(session, trial.mode, engine, prepared)
        if isinstance(outcome, Transcript) or outcome.kind not in RETRIED or attempt == retry.attempts:
            return outcome, attempt, started
        await asyncio.sleep(backoff_s(outcome, attempt, retry))


def backoff_s(failure: Failure, attempt: int, retry: RetrySpec) -> float:
    """Wait before the next attempt: the server's `Retry-After`, else doubling from the base, up to the maximum."""
    wanted = failure.retry_after_s if failure.retry_after_s is not None else retry.base_s * 2 ** (attempt - 1)
    return min(wanted, retry.max_s)


async def _attempt(session: Session, mode: Mode, engine: Engine, prepared: Prepared) -> Transcript | Failure:
    stream = session.plan.config.stream
    call, audio = prepared.call, prepared.audio
    if isinstance(engine, LocalEngine):
        if mode == "batch":
            return await asyncio.to_thread(local.transcribe, engine, audio.samples, audio.sample_rate_hz, call.language)
        return await local.stream(
            engine, audio.samples, audio.sample_rate_hz, call.language, chunk_s=_LOCAL_CHUNK_S, speed=stream.speed
        )
    return await _remote(session, mode, engine, prepared)


async def _remote(session: Session, mode: Mode, engine: RemoteEngine, prepared: Prepared) -> Transcript | Failure:
    stream = session.plan.config.stream
    if mode == "batch" and engine.batch is not None:
        return await http.transcribe(session.client, engine.batch, prepared.call)
    if mode == "stream" and engine.stream is not None:
        return await session.streams.stream(
            engine.stream, prepared.call, speed=stream.speed, connect_timeout_s=stream.connect_timeout_s
        )
    return Failure(kind=FailureKind.REFUSED, message=f"this engine has no {mode} mode; set `modes:` of the engine")
