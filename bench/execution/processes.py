"""Streams beyond one event loop's capacity: the run's trials dealt over processes, each a runner of its own.

Every process prepares its own audio, keeps its own connections and writes its own shard of results, in the one
format; the parent hears of each result over a pipe, and watches the machine. Recognisers that live in this process
are not dealt: they have no sockets to spread.
"""

from __future__ import annotations

import os
import signal
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager, nullcontext
from dataclasses import replace
from multiprocessing import get_context
from multiprocessing.connection import Connection, wait
from typing import TYPE_CHECKING, Self

from bench.config import BudgetSpec
from bench.drivers.children import hearing_interrupts, leave_with_parent, starting_children
from bench.drivers.clock import clock
from bench.drivers.watch import Watch
from bench.engines.base import LocalEngine
from bench.errors import BenchError, Problem, UsageError
from bench.execution.limits import Spent, Stop, divided
from bench.execution.loop import on_loop
from bench.execution.plan import EnginePlan, Plan
from bench.execution.score_parts import Part, ScoredPart, score_parts
from bench.execution.trials import Begin, OnResult, Work, run_trials
from bench.types import Failure, Mode, Result, Trial

if TYPE_CHECKING:
    from multiprocessing.context import SpawnProcess

STREAMS_PER_PROCESS = 1_000
_STOP_S = 10.0


class Processes:
    """The executor of this machine."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        """Every process has ended with its work."""

    def run(self, work: Work) -> tuple[Stop, ...]:
        """Run trials in as many processes as their streams need, watching the machine while latency depends on it.

        That is while streams run, and while requests of a load do. Requests of a plain run are not watched: recognisers
        in this process, and audio that is made ready beside them, are meant to take all processors then. Nor are
        requests of a load to such a recogniser, whose latency is that of a busy machine.

        Raises:
            KeyboardInterrupt: after Ctrl-C, with open calls abandoned and everything answered on disk.
            BenchError: if a process of streams died.
        """
        work = replace(work, spent=spent_on(work))
        batch, streams = (of_mode(work, mode) for mode in ("batch", "stream"))
        stops: tuple[Stop, ...] = ()
        if batch.trials:
            is_watched = work.arrivals.is_load and not _any_local(batch)
            with watched(work, "batch") if is_watched else nullcontext(work.begin) as begin:
                stops = on_loop(run_trials(replace(batch, begin=begin)))
        if not streams.trials:
            return stops
        if batch.trials:
            streams = replace(streams, spent=spent_on(work))
        number = num_processes(streams)
        with watched(work, "stream") as begin:
            if number == 1:
                return (*stops, *on_loop(run_trials(replace(streams, begin=begin))))
            return (*stops, *_deal(replace(streams, begin=begin), number))

    def score_parts(self, parts: Iterable[Part], *, number: int, workers: int | None) -> Iterator[ScoredPart]:
        return score_parts(parts, number=number, workers=workers)


def executor(address: str | None, allow_keys: Sequence[str] = ()) -> Processes:
    """Of this machine; keys are read already.

    Raises:
        UsageError: if an address is given.
    """
    if address is not None:
        raise UsageError(
            Problem("--address", "an executor on other machines (--executor ray)", "process", "leave it out")
        )
    return Processes()


def spent_on(work: Work) -> Spent:
    """By all processes that worked on the run; nothing where no budget asks, or of a load, whose budget is its own."""
    if work.arrivals.is_load or work.plan.config.budget == BudgetSpec():
        return Spent()
    trials, spent = {trial.id: trial for trial in work.plan.trials}, Spent()
    for id, attempts in work.folder.every_attempt():
        if id in trials:
            spent.add(*work.plan.billed(trials[id]), attempts)
    return spent


def need_of(plan: Plan, trials: Sequence[Trial], attempts: int = 1) -> Spent:
    """What it takes to ask for each of the trials so many times."""
    need = Spent()
    for trial in trials:
        need.add(*plan.billed(trial), attempts)
    return need


def of_mode(work: Work, mode: Mode) -> Work:
    """The part of one mode."""
    return replace(work, trials=tuple(trial for trial in work.trials if trial.mode == mode))


@contextmanager
def watched(work: Work, mode: Mode) -> Iterator[Begin]:
    """With the begin, the machine is looked at: what is made ready before it says nothing of latency."""
    with closing(work.folder.watch_writer()) as looks, ExitStack() as watching:

        def begin() -> float:
            watching.enter_context(Watch(looks.append, mode=mode, node=work.node))
            return clock()

        yield begin


def num_processes(streams: Work) -> int:
    """As the config says, else one for each `STREAMS_PER_PROCESS` at once, and no more than processors."""
    if _any_local(streams) or streams.answers:
        return 1  # each answer is to be taken once
    spec = streams.plan.config.stream
    wanted = spec.processes or min(-(-spec.width // STREAMS_PER_PROCESS), os.cpu_count() or 1)
    return max(1, min(wanted, spec.width, len(streams.trials)))


def _any_local(work: Work) -> bool:
    return any(isinstance(work.engines[trial.engine_id], LocalEngine) for trial in work.trials)


def shares(work: Work, number: int) -> list[Work]:
    """What each process does: trials dealt in turn; concurrency, request rates and the budget's rest divided.

    It is sent whole, so it tells nobody and waits for nothing: the process adds that (`_run_share`).
    """
    plan, width = work.plan, work.plan.config.stream.width
    engines = _slower(plan, number)
    dealt, first_worker = [], 0
    needs = [need_of(plan, work.trials[index::number]) for index in range(number)]
    budgets = divided(work.spent.rest_of(plan.config.budget), needs)
    for index in range(number):
        own_width = width // number + (index < width % number)
        stream = plan.config.stream.model_copy(update={"concurrency": own_width, "processes": 1})
        config = plan.config.model_copy(update={"stream": stream, "budget": budgets[index]})
        dealt.append(
            Work(
                plan=replace(plan, config=config, trials=(), engines=engines),
                trials=work.trials[index::number],
                engines=work.engines,
                folder=work.folder,
                arrivals=work.arrivals.of_share(first_worker, width),
            )
        )
        first_worker += own_width
    return dealt


def _slower(plan: Plan, number: int) -> dict[str, EnginePlan]:
    """The engines with their quota of requests divided by the number of processes."""
    engines = {}
    for id, engine in plan.engines.items():
        quota = engine.spec.requests_per_minute
        spec = engine.spec.model_copy(update={"requests_per_minute": None if quota is None else quota / number})
        engines[id] = replace(engine, spec=spec)
    return engines


def _deal(work: Work, number: int) -> tuple[Stop, ...]:
    spawn = get_context("spawn")  # a forked child would inherit the parent's sockets, threads and frozen heap
    processes: list[SpawnProcess] = []
    pipes: list[Connection] = []
    try:
        for share in shares(work, number):
            ours, theirs = spawn.Pipe()
            process = spawn.Process(target=_run_share, args=(share, theirs), name="streams")
            with starting_children():
                process.start()
            theirs.close()
            processes.append(process)
            pipes.append(ours)
        return _hear(pipes, work.on_result, work.begin)
    except BaseException:  # we were interrupted, or one of them died
        for process, pipe in zip(processes, pipes, strict=False):
            pipe.close()  # so that it knows that nobody listens any more
            if process.pid is not None and process.is_alive():
                os.kill(process.pid, signal.SIGINT)
        raise
    finally:
        for process in processes:
            process.join(_STOP_S)
            process.kill()  # does nothing to one that has ended


def _hear(pipes: Sequence[Connection], on_result: OnResult, begin: Begin) -> tuple[Stop, ...]:
    """Start all processes at one moment, then pass on results until the last has said it is done, and what it left."""
    stops: list[Stop] = []
    open_pipes = set(pipes)
    waiting = set(pipes)
    while open_pipes:
        for pipe in wait(list(open_pipes)):
            assert isinstance(pipe, Connection)
            try:
                said = pipe.recv()
            except EOFError as error:
                raise BenchError(
                    Problem(
                        "run",
                        "each process to stay to the end",
                        "one that ended early",
                        "what was answered is kept; use --resume",
                    )
                ) from error
            if said == "ready":
                waiting.discard(pipe)
                if not waiting:
                    begin_at = begin()
                    for ready in pipes:
                        ready.send(begin_at)
            elif said[0] == "done":
                stops += said[1]
                open_pipes.discard(pipe)
            else:
                on_result(*said)
    return tuple(stops)


def _run_share(share: Work, pipe: Connection) -> None:
    """The life of a process of streams. It stops as a run does on Ctrl-C, but when its parent says so."""
    os.setpgrp()  # Ctrl-C goes to the whole group of the parent
    leave_with_parent()

    def begin() -> float:
        pipe.send("ready")
        begin_at: float = pipe.recv()
        return begin_at

    def on_result(trial: Trial, result: Result) -> None:
        pipe.send((trial, without_log(result)))

    try:
        with hearing_interrupts():
            stops = on_loop(run_trials(replace(share, on_result=on_result, begin=begin)))
    except BaseException:
        if _is_hung_up(pipe):
            return
        raise
    pipe.send(("done", stops))


def _is_hung_up(pipe: Connection) -> bool:
    """Whether the other end is closed: then there is nobody to tell, and what was answered is on disk."""
    try:
        while pipe.poll():
            pipe.recv()
    except (EOFError, OSError):
        return True
    return False


def without_log(result: Result) -> Result:
    """The log is on disk already, and sending it would cost the pacing loop time."""
    outcome = result.outcome
    if isinstance(outcome, Failure):
        return replace(result, outcome=replace(outcome, partial=None))
    return replace(result, outcome=replace(outcome, events=(), timing=replace(outcome.timing, chunk_sent_s=())))
