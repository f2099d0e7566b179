"""Executes trials: audio made ready in other processes, concurrency, retries, resume, one Result a trial.

Everything slow or heavy happens off the event loop that paces streams: reading, conditioning and encoding
in worker processes, writing results and telling of them in a thread. Streams beyond one loop's capacity are dealt
over processes (`execution.processes`), each of which runs what is here. Must not score, nor know about reports.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, asynccontextmanager, closing, nullcontext
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import TypeAlias

from bench.config import BudgetSpec
from bench.drivers import http, local
from bench.drivers.clock import clock
from bench.drivers.tape import Tape
from bench.drivers.websocket import StreamPool
from bench.engines.base import Engine, LocalEngine
from bench.engines.replay import ReplayEngine
from bench.execution.answers import Answered, Answers, answer_key, engine_digest, identity_of
from bench.execution.arrivals import PLAIN, Arrivals
from bench.execution.audio import AudioPool, Prepared, scratch_folder
from bench.execution.limits import Breaker, Budget, Quota, RateLimit, Spent, Stop, backoff_s
from bench.execution.plan import Plan
from bench.store import RunFolder
from bench.store.recordings import RecordingWriter
from bench.store.shards import ResultWriter
from bench.types import Failure, FailureKind, Mode, Result, Span, Transcript, Trial
from bench.types.result import RETRIED

_AFTER_FAILED_REQUEST_S = 1.0
"""Under a closed load: how long a place stays empty after a request that failed at once."""

_LOCAL_CHUNK_S = 0.128
"""Chunk for local recognisers where the condition names none: 4,096 bytes of 16 kHz 16-bit audio."""


OnResult: TypeAlias = Callable[[Trial, Result], None]
"""Told of each result once it is on disk, one at a time: of batch requests in the thread that called `on_loop`, of
streams in one that nothing paced waits for. What it raises ends the run."""
Begin: TypeAlias = Callable[[], float]
"""Says that all is ready, and returns the common begin, on `clock.clock`; may block."""


def unheard(trial: Trial, result: Result) -> None:
    """Nobody asks for results before all of them are there."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Work:
    """Trials to run, and all it takes to run them."""

    plan: Plan
    trials: tuple[Trial, ...]
    """Of the plan, in its order."""
    engines: Mapping[str, Engine]
    folder: RunFolder
    on_result: OnResult = unheard
    arrivals: Arrivals = PLAIN
    begin: Begin = clock
    answers: Answered = field(default_factory=Answers)
    """That are there already; taken before anybody is asked."""
    spent: Spent = field(default_factory=Spent)
    """By earlier processes of the run, which counts against the budget."""
    quotas: Mapping[str, Quota] | None = None
    """By engine id, where others ask them too; `None`: this process alone does, at the engines' own rates."""
    node: str | None = None
    """Of a cluster, where this is; `None`: the one machine of the run."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """What all trials of one event loop share."""

    work: Work
    audio: AudioPool
    client: http.Client
    streams: StreamPool
    writer: ResultWriter
    recordings: RecordingWriter | None
    """`None`: nothing is recorded."""
    thread: ThreadPoolExecutor
    """One thread that writes the results of streams, and tells of them, in order."""
    quotas: Mapping[str, Quota]
    digests: Mapping[str, str]
    """Of the engines, for the keys of answers."""
    budget: Budget
    breakers: Mapping[str, Breaker]
    stops: dict[str, Stop]
    """Why trials were left out so far, by what stopped them."""
    begin_at: float
    """On `clock.clock`: times of arrivals and spans count from it."""

    def due_s(self, trial: Trial) -> float | None:
        """When an open load wants the trial to begin, after `begin_at`; `None`: whenever there is room."""
        due_s = self.work.arrivals.due_s
        return None if due_s is None else due_s[trial.id]

    def stop(self, reason: str, engine_id: str | None) -> None:
        """Note that one more trial is left without a result."""
        left = self.stops[reason].left if reason in self.stops else 0
        self.stops[reason] = Stop(engine_id=engine_id, reason=reason, left=left + 1)

    def keep(self, trial: Trial, result: Result, tape: Tape | None) -> None:
        if self.recordings is not None and tape is not None and result.answer_key is not None:
            self.recordings.append(result.answer_key, tape)
        self.work.on_result(trial, self.writer.append(result))


def pending(plan: Plan, folder: RunFolder) -> tuple[Trial, ...]:
    """Trials that have no answer yet; failed ones are tried again."""
    answered = folder.answered()
    return tuple(trial for trial in plan.trials if trial.id not in answered)


async def run_trials(work: Work) -> tuple[Stop, ...]:
    """Run trials in this process, mode by mode, in the plan's order; returns when each has one Result on disk.

    As many at a time as the mode's concurrency; of an open load, each when it is due.

    Returns:
        Why some have none, where the budget is used up or an engine fails whatever it is asked.
    """
    async with _open_session(work) as session:
        for mode in ("batch", "stream"):
            async with asyncio.TaskGroup() as group:
                for start_at, queue in _places(session, mode):
                    group.create_task(_work_through(session, start_at, queue))
        return tuple(session.stops.values())


@asynccontextmanager
async def _open_session(work: Work) -> AsyncIterator[Session]:
    config, is_load = work.plan.config, work.arrivals.is_load
    # Requests of an open load never wait for a connection.
    connections = config.batch.width if work.arrivals.due_s is None else None
    client = http.new_client(timeout_s=config.batch.timeout_s, max_connections=connections)
    with (
        closing(work.folder.writer()) as writer,
        _recordings(work) as recordings,
        ThreadPoolExecutor(1, thread_name_prefix="results") as thread,
        AudioPool(work.plan, scratch_folder(work.folder.path), forgets=not is_load) as audio,
    ):
        async with client, StreamPool() as streams:
            if is_load:
                await asyncio.gather(*(audio.get(trial) for trial in _first_of_each(work.trials)))
            yield Session(
                work=work,
                audio=audio,
                client=client,
                streams=streams,
                writer=writer,
                recordings=recordings,
                thread=thread,
                quotas=work.quotas
                or {id: RateLimit(engine.spec.requests_per_minute) for id, engine in work.plan.engines.items()},
                digests={
                    id: engine_digest(identity_of(work.engines[id], engine.identity()), work.engines[id].version)
                    for id, engine in work.plan.engines.items()
                    if id in work.engines
                },
                budget=Budget(BudgetSpec() if is_load else config.budget, replace(work.spent)),
                breakers={id: Breaker(id, None if is_load else config.retry.give_up_after) for id in work.plan.engines},
                stops={},
                begin_at=await asyncio.to_thread(work.begin),
            )


def _recordings(work: Work) -> AbstractContextManager[RecordingWriter | None]:
    return closing(work.folder.recording_writer()) if work.plan.config.record else nullcontext()


def _first_of_each(trials: Sequence[Trial]) -> Iterable[Trial]:
    """One trial of each recording, condition and mode."""
    return {(trial.utterance_id, trial.condition_id, trial.mode): trial for trial in trials}.values()


def _places(session: Session, mode: Mode) -> Iterator[tuple[float, Iterator[Trial]]]:
    """When each place begins, and where it takes its trials from.

    As many places as the mode's concurrency, which take from one queue; of an open load, one for each trial.
    """
    arrivals, begin_at, config = session.work.arrivals, session.begin_at, session.work.plan.config
    trials = [trial for trial in session.work.trials if trial.mode == mode]
    if arrivals.due_s is not None:
        yield from ((begin_at + arrivals.due_s[t.id], iter((t,))) for t in trials if t.id in arrivals.due_s)
        return
    width = config.batch.width if mode == "batch" else config.stream.width
    queue = iter(trials)
    for number in range(min(width, len(trials))):
        yield begin_at + arrivals.worker_start_s(number, width), queue


async def _work_through(session: Session, start_at: float, queue: Iterator[Trial]) -> None:
    """Run one trial after the other to its Result on disk, until the queue is empty or the load is over."""
    stop_s = session.work.arrivals.stop_s
    await _sleep_until(start_at)
    for trial in queue:
        if stop_s is not None and clock() > session.begin_at + stop_s:
            return
        began = clock()
        breaker = session.breakers[trial.engine_id]
        attempted = await _attempts(session, trial) if breaker.reason is None else None
        if attempted is None:
            if breaker.reason is not None:
                session.stop(breaker.reason, trial.engine_id)
            continue
        breaker.note(attempted.outcome)
        result = _result(session, trial, attempted)
        if trial.mode == "batch":
            # A tenth of a millisecond, and nothing is paced now: handing it to the thread would cost ten times that.
            session.keep(trial, result, attempted.tape)
        else:
            # Shielded: what was answered is kept, even if we are interrupted while it waits for its turn.
            kept = asyncio.get_running_loop().run_in_executor(
                session.thread, session.keep, trial, result, attempted.tape
            )
            await asyncio.shield(kept)
        if stop_s is not None:
            await _sleep_until(began + _least_s(session, trial, result))


async def _sleep_until(moment: float) -> None:
    """Never early, as timers of uvloop may be by half a millisecond."""
    while (left := moment - clock()) > 0:
        await asyncio.sleep(left)


def _least_s(session: Session, trial: Trial, result: Result) -> float:
    """How long a session of a closed load takes at least: who is refused does not call again at once."""
    if not isinstance(result.outcome, Failure):
        return 0.0
    if trial.mode == "stream":
        return session.work.plan.utterances[trial.utterance_id].duration_s
    return _AFTER_FAILED_REQUEST_S


@dataclass(frozen=True, slots=True, kw_only=True)
class _Attempted:
    """What became of a trial, and when. Moments are on `clock.clock`."""

    outcome: Transcript | Failure
    attempts: int
    """0: its audio could not be made ready."""
    started: datetime
    """Of the last attempt."""
    began: float
    """When the audio was ready."""
    ended: float
    prepared: Prepared | None
    """`None`: there was no audio to send."""
    key: str | None = None
    """Of the question."""
    tape: Tape | None = None
    """What came over the socket, where that is to be kept."""


def _result(session: Session, trial: Trial, attempted: _Attempted) -> Result:
    work, prepared = session.work, attempted.prepared
    price = work.plan.engines[trial.engine_id].spec.price_per_minute
    duration_s = 0.0 if prepared is None else prepared.call.duration_s
    span = Span(
        began_s=attempted.began - session.begin_at,
        ended_s=attempted.ended - session.begin_at,
        due_s=session.due_s(trial),
    )
    return Result(
        trial_id=trial.id,
        outcome=attempted.outcome,
        attempts=attempted.attempts,
        started_at=attempted.started.isoformat(timespec="milliseconds"),
        engine_version=work.engines[trial.engine_id].version,
        cost=None if price is None else price * duration_s / 60 * attempted.attempts,
        dose={} if prepared is None else prepared.dose,
        span=span if work.arrivals.is_load else None,
        answer_key=attempted.key,
        node=work.node,
    )


async def _attempts(session: Session, trial: Trial) -> _Attempted | None:
    """Try until there is an answer, or a failure that a further attempt would not mend, or no attempt is left.

    `None`: the budget is used up, so that it was not asked at all.
    """
    used_up = next((stop for stop in session.stops.values() if stop.engine_id is None), None)
    if used_up is not None:
        session.stop(used_up.reason, None)
        return None
    prepared = await session.audio.get(trial)
    retry = session.work.plan.config.retry
    attempt, began, started = 0, clock(), datetime.now(UTC)
    outcome: Transcript | Failure | None = None
    price = session.work.plan.engines[trial.engine_id].spec.price_per_minute
    if isinstance(prepared, Failure):
        return _Attempted(outcome=prepared, attempts=0, started=started, began=began, ended=clock(), prepared=None)
    key = _key(session, trial, prepared)
    had = await session.work.answers.take(trial.id, key, session.work.engines[trial.engine_id], prepared.call)
    if had is not None:
        return _Attempted(
            outcome=had, attempts=0, started=started, began=began, ended=clock(), prepared=prepared, key=key
        )
    tape: Tape | None = None
    while True:
        bound = session.budget.exceeded(prepared.call.duration_s, price)
        if bound is not None:
            if outcome is not None:
                break
            session.stop(bound, None)
            return None
        session.budget.spent.add(prepared.call.duration_s, price)
        attempt += 1
        await session.quotas[trial.engine_id].wait()
        started = datetime.now(UTC)
        try:
            tape = None if session.recordings is None else Tape()
            outcome = await _send(session, trial, prepared, tape, is_first=attempt == 1)
        except Exception as error:  # an adapter or a recogniser that raises fails its trial, and no other
            outcome = _raised(session, trial, error)
        if isinstance(outcome, Transcript) or outcome.kind not in RETRIED or attempt == retry.attempts:
            break
        await asyncio.sleep(backoff_s(outcome, attempt, retry))
    return _Attempted(
        outcome=outcome,
        attempts=attempt,
        started=started,
        began=began,
        ended=clock(),
        prepared=prepared,
        key=key,
        tape=tape,
    )


def _key(session: Session, trial: Trial, prepared: Prepared) -> str:
    speed = session.work.plan.config.stream.speed
    return answer_key(prepared.digest, session.digests[trial.engine_id], trial.mode, trial.repeat, speed)


def _raised(session: Session, trial: Trial, error: Exception) -> Failure:
    engine = session.work.plan.engines[trial.engine_id].spec.engine
    return Failure(kind=FailureKind.ENGINE, message=f"engine {engine}: raised {type(error).__name__}: {error}")


async def _send(
    session: Session, trial: Trial, prepared: Prepared, tape: Tape | None, *, is_first: bool
) -> Transcript | Failure:
    """One attempt, by the driver of the engine's kind and the trial's mode. Only a first one is due at a moment."""
    engine, mode, call = session.work.engines[trial.engine_id], trial.mode, prepared.call
    if isinstance(engine, LocalEngine):
        return await _recognise(session, engine, mode, prepared)
    if isinstance(engine, ReplayEngine):
        message = "replay: expected a recording or an answer of this question, found none (left) in the run"
        return Failure(kind=FailureKind.REFUSED, message=message)
    due = _due(session, trial) if is_first else None
    if mode == "batch" and engine.batch is not None:
        return await http.transcribe(session.client, engine.batch, call, due=due, tape=tape)
    if mode == "stream" and engine.stream is not None:
        stream = session.work.plan.config.stream
        return await session.streams.stream(
            engine.stream,
            call,
            speed=stream.speed,
            connect_timeout_s=stream.connect_timeout_s,
            start_at=due,
            start_strictly=due is not None,
            tape=tape,
        )
    return Failure(kind=FailureKind.REFUSED, message=f"this engine has no {mode} mode; set `modes:` of the engine")


def _due(session: Session, trial: Trial) -> float | None:
    """When the request or the audio's clock is to start, on `clock.clock`; `None`: at once."""
    due_s = session.due_s(trial)
    if due_s is None:
        return None
    ahead_s = session.work.arrivals.connect_ahead_s if trial.mode == "stream" else 0.0
    return session.begin_at + due_s + ahead_s


async def _recognise(session: Session, engine: LocalEngine, mode: Mode, prepared: Prepared) -> Transcript | Failure:
    """By a recogniser in this process."""
    stream = session.work.plan.config.stream
    samples, rate_hz, language = prepared.audio.samples, prepared.audio.sample_rate_hz, prepared.call.language
    if mode == "batch":
        return await asyncio.to_thread(local.transcribe, engine, samples, rate_hz, language)
    chunk_s = _LOCAL_CHUNK_S if stream.chunk_ms is None else stream.chunk_ms / 1000
    return await local.stream(engine, samples, rate_hz, language, chunk_s=chunk_s, speed=stream.speed)
