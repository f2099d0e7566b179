"""Executes trials: audio made ready in other processes, concurrency, retries, resume, one Result a trial.

Everything slow or heavy happens off the event loop that paces streams: reading, conditioning and encoding
in worker processes, writing results and telling of them in a thread. Streams beyond one loop's capacity are dealt
over processes (`runner_shards`), each of which runs what is here. Must not score, and must not know about reports.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TypeAlias

from bench.config import RetrySpec, RunConfig
from bench.drivers import http, local
from bench.drivers.clock import clock
from bench.drivers.websocket import StreamPool
from bench.engines.base import Engine, LocalEngine, RemoteEngine
from bench.execution import scratch
from bench.execution.arrivals import Arrivals
from bench.execution.audio import AudioPool, Prepared
from bench.execution.plan import Plan
from bench.machine import raise_open_files
from bench.store import RunFolder
from bench.store.shards import ResultWriter
from bench.types import Failure, FailureKind, Mode, Result, Span, Transcript, Trial

RETRIED = frozenset({FailureKind.CONNECTION, FailureKind.TIMEOUT, FailureKind.RATE_LIMIT, FailureKind.SERVER})
"""Kinds of failure that a second attempt may not have. A truncated stream is evidence, not a hiccup: it stands."""

_AFTER_FAILED_REQUEST_S = 1.0
"""Under a closed load: how long a place stays empty after a request that failed at once."""

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
    client: http.Client
    streams: StreamPool
    writer: ResultWriter
    thread: ThreadPoolExecutor
    """One thread that writes the results of streams, and tells of them, in order."""
    limits: Mapping[str, RateLimit]
    on_result: OnResult
    arrivals: Arrivals


OnResult: TypeAlias = Callable[[Trial, Result], None]
"""Told of each result once it is on disk, one at a time: of batch requests in the thread that called `execute`, of
streams in one that nothing paced waits for. What it raises ends the run."""
Begin: TypeAlias = Callable[[], float]
"""Says that all is ready, and returns the common begin, on `clock.clock`; may block."""


def pending(plan: Plan, folder: RunFolder) -> tuple[Trial, ...]:
    """Trials that have no answer yet; failed ones are tried again."""
    answered = {id for id, result in folder.results().items() if isinstance(result.outcome, Transcript)}
    return tuple(trial for trial in plan.trials if trial.id not in answered)


def execute(
    plan: Plan,
    trials: tuple[Trial, ...],
    engines: Mapping[str, Engine],
    folder: RunFolder,
    on_result: OnResult,
    arrivals: Arrivals | None = None,
    begin: Begin = clock,
) -> None:
    """Run trials in this process, mode by mode, in the plan's order; returns when each has one Result on disk.

    Raises:
        KeyboardInterrupt: after Ctrl-C, with open calls abandoned and everything answered on disk.
    """
    raise_open_files()
    with asyncio.Runner(loop_factory=_loop_factory()) as runner:
        runner.run(_execute(plan, trials, engines, folder, on_result, arrivals or Arrivals(), begin))


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
    on_result: OnResult,
    arrivals: Arrivals,
    begin: Begin,
) -> None:
    config = plan.config
    writer = folder.writer()
    thread = ThreadPoolExecutor(1, thread_name_prefix="results")
    client = http.new_client(timeout_s=config.batch.timeout_s, max_connections=_connections(config, arrivals))
    limits = {id: RateLimit(engine.spec.requests_per_minute) for id, engine in plan.engines.items()}
    try:
        with AudioPool(plan, scratch.place(folder.path), forgets=not arrivals.is_load) as audio:
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
                    arrivals=arrivals,
                )
                if arrivals.is_load:
                    await asyncio.gather(*(audio.get(trial) for trial in _first_of_each(trials)))
                begin_at = await asyncio.to_thread(begin)
                for mode, width in (("batch", config.batch.concurrency), ("stream", config.stream.concurrency)):
                    await _phase(session, [trial for trial in trials if trial.mode == mode], width, begin_at)
    finally:
        thread.shutdown()
        writer.close()


def _connections(config: RunConfig, arrivals: Arrivals) -> int | None:
    """Requests of an open load never wait for a connection; `None`: no limit."""
    return config.batch.concurrency if arrivals.due_s is None else None


def _first_of_each(trials: Sequence[Trial]) -> Iterable[Trial]:
    """One trial of each recording, condition and mode."""
    return {(trial.utterance_id, trial.condition_id, trial.mode): trial for trial in trials}.values()


async def _phase(session: Session, trials: list[Trial], width: int, begin_at: float) -> None:
    """Keep `width` trials going, in order; or start each when it is due."""
    arrivals = session.arrivals
    if arrivals.due_s is not None:
        await _open_phase(session, trials, arrivals.due_s, begin_at)
        return
    queue = iter(trials)

    async def worker(number: int) -> None:
        await _sleep_until(begin_at + arrivals.worker_start_s(number, width))
        for trial in queue:
            if arrivals.stop_s is not None and clock() > begin_at + arrivals.stop_s:
                return
            began = clock()
            result = await _run(session, trial, begin_at)
            if arrivals.stop_s is not None:
                await _sleep_until(began + _least_s(session, trial, result))

    async with asyncio.TaskGroup() as group:
        for number in range(min(width, len(trials))):
            group.create_task(worker(number))


def _least_s(session: Session, trial: Trial, result: Result) -> float:
    """How long a session of a closed load takes at least: who is refused does not call again at once."""
    if not isinstance(result.outcome, Failure):
        return 0.0
    if trial.mode == "stream":
        return session.plan.utterances[trial.utterance_id].duration_s
    return _AFTER_FAILED_REQUEST_S


async def _open_phase(session: Session, trials: list[Trial], due_s: Mapping[str, float], begin_at: float) -> None:
    async def session_of(trial: Trial) -> None:
        await _sleep_until(begin_at + due_s[trial.id])
        await _run(session, trial, begin_at, due_s[trial.id])

    async with asyncio.TaskGroup() as group:
        for trial in trials:
            if trial.id in due_s:
                group.create_task(session_of(trial))


async def _sleep_until(moment: float) -> None:
    """Never early, as timers of uvloop may be by half a millisecond."""
    while (left := moment - clock()) > 0:
        await asyncio.sleep(left)


async def _run(session: Session, trial: Trial, begin_at: float, due_s: float | None = None) -> Result:
    """One trial to its Result, on disk. `due_s`: when it was due, after `begin_at`; `None`: whenever there was room."""
    prepared = await session.audio.get(trial)
    engine = session.engines[trial.engine_id]
    started, began = datetime.now(UTC), clock()
    attempts = 0
    outcome: Transcript | Failure
    if isinstance(prepared, Failure):
        outcome = prepared
    else:
        ahead_s = session.arrivals.connect_ahead_s if trial.mode == "stream" else 0.0
        due = None if due_s is None else begin_at + due_s + ahead_s
        outcome, attempts, started = await _attempts(session, trial, engine, prepared, due)
    ended = clock()
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
        span=Span(began_s=began - begin_at, ended_s=ended - begin_at, due_s=due_s)
        if session.arrivals.is_load
        else None,
    )
    if trial.mode == "batch":
        # A tenth of a millisecond, and nothing is paced now: handing it to the thread would cost ten times that.
        _keep(session, trial, result)
    else:
        # Shielded: what was answered is kept, even if we are interrupted while it waits for its turn.
        await asyncio.shield(asyncio.get_running_loop().run_in_executor(session.thread, _keep, session, trial, result))
    return result


def _keep(session: Session, trial: Trial, result: Result) -> None:
    session.writer.append(result)
    session.on_result(trial, result)


async def _attempts(
    session: Session, trial: Trial, engine: Engine, prepared: Prepared, due: float | None
) -> tuple[Transcript | Failure, int, datetime]:
    """The outcome of the last attempt, how many there were, and when the last one started."""
    retry = session.plan.config.retry
    attempt = 0
    while True:
        attempt += 1
        await session.limits[trial.engine_id].wait()
        started = datetime.now(UTC)
        outcome = await _attempt(session, trial.mode, engine, prepared, due if attempt == 1 else None)
        if isinstance(outcome, Transcript) or outcome.kind not in RETRIED or attempt == retry.attempts:
            return outcome, attempt, started
        await asyncio.sleep(backoff_s(outcome, attempt, retry))


def backoff_s(failure: Failure, attempt: int, retry: RetrySpec) -> float:
    """Wait before the next attempt: the server's `Retry-After`, else doubling from the base, up to the maximum."""
    wanted = failure.retry_after_s if failure.retry_after_s is not None else retry.base_s * 2 ** (attempt - 1)
    return min(wanted, retry.max_s)


async def _attempt(
    session: Session, mode: Mode, engine: Engine, prepared: Prepared, due: float | None
) -> Transcript | Failure:
    stream = session.plan.config.stream
    call, audio = prepared.call, prepared.audio
    if isinstance(engine, LocalEngine):
        if mode == "batch":
            return await asyncio.to_thread(local.transcribe, engine, audio.samples, audio.sample_rate_hz, call.language)
        chunk_s = _LOCAL_CHUNK_S if stream.chunk_ms is None else stream.chunk_ms / 1000
        return await local.stream(
            engine, audio.samples, audio.sample_rate_hz, call.language, chunk_s=chunk_s, speed=stream.speed
        )
    return await _remote(session, mode, engine, prepared, due)


async def _remote(
    session: Session, mode: Mode, engine: RemoteEngine, prepared: Prepared, due: float | None
) -> Transcript | Failure:
    stream = session.plan.config.stream
    if mode == "batch" and engine.batch is not None:
        return await http.transcribe(session.client, engine.batch, prepared.call, due=due)
    if mode == "stream" and engine.stream is not None:
        return await session.streams.stream(
            engine.stream,
            prepared.call,
            speed=stream.speed,
            connect_timeout_s=stream.connect_timeout_s,
            start_at=due,
            start_strictly=due is not None,
        )
    return Failure(kind=FailureKind.REFUSED, message=f"this engine has no {mode} mode; set `modes:` of the engine")
