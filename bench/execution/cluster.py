"""Trials over a Ray cluster: dealt in shards, each a task that runs and stores its trials as one machine does.

A shard whose worker or node dies is dealt again, without what its store already holds. Quotas of requests are leased
from one small actor, the budget is dealt with the shards, so both hold for the whole cluster. Keys are read from each
node's own environment; results go to the run folder, which every node must reach. A stream's times are all of one
node's clock.
"""

from __future__ import annotations

import os
import signal
import socket
import threading
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import partial
from importlib import import_module
from pathlib import Path
from typing import Any, Self

import numpy as np

from bench.config import BudgetSpec
from bench.engines.base import Engine
from bench.errors import BenchError, MissingExtraError, Problem, RunFolderError, UsageError
from bench.execution.audio import scratch_folder
from bench.execution.engines import open_engines
from bench.execution.keys import read_secrets
from bench.execution.limits import Quota, RateLimit, Spent, Stop
from bench.execution.permits import Lease, LeasedQuota, Lessor
from bench.execution.plan import Plan
from bench.execution.processes import of_mode, spent_on, watched, without_log
from bench.execution.trials import Execute, Work, on_loop, run_trials, unheard
from bench.remote import address_of, is_url, mirror, publishing, refresh
from bench.store import RunFolder
from bench.types import Mode, Result, Trial

_SHARD_TRIALS = 1_000
"""Of a shard at most: what is read and opened for a shard is little beside them, and little is asked again."""
_SHARDS_PER_PLACE = 4
"""At least, where there are trials enough: so that no place is idle while another has much left."""
_DEALS = 5
"""How often a shard is dealt whose worker died without storing anything: then it is the shard's fault."""
_LOOK_S = 0.5
_STOP_S = 10.0
_CONNECT_S = 10.0
_ATTEMPTS_AHEAD = 2
"""A shard takes this many times what its trials need from the budget; what it leaves goes back."""


def executor(address: str | None, allow_keys: Sequence[str] = ()) -> Execute:
    """Over a Ray cluster.

    Args:
        address: of the cluster, `auto` for the one that this machine is part of; `None`: one on this machine alone,
            for the length of the run.
        allow_keys: `NAME=HOST`, as of `bench run --allow-key`.

    Raises:
        MissingExtraError: if Ray is not installed.
    """
    _ray()
    return partial(_run_work, address=address, allow_keys=tuple(allow_keys))


def _run_work(work: Work, *, address: str | None, allow_keys: tuple[str, ...]) -> tuple[Stop, ...]:
    """As `processes.run_work`, over a cluster.

    Raises:
        KeyboardInterrupt: after Ctrl-C, with open calls abandoned and everything answered on disk.
        UsageError: if the cluster is not there, or answers are to be reused, each of which is to be taken once.
        RunFolderError: if a node cannot reach the run folder.
        BenchError: if a shard's worker died again and again.
    """
    if work.answers:
        raise UsageError(
            Problem("--reuse", "executor process", "ray", "take the answers first, then go on with --resume")
        )
    stops: tuple[Stop, ...] = ()
    with _cluster(address):
        for mode in ("batch", "stream"):
            part = of_mode(work, mode)
            if part.trials:
                stops += _Deal(replace(part, spent=spent_on(work)), mode, allow_keys).run()
    return stops


def _ray() -> Any:
    """Of which only a part says its types."""
    try:
        return import_module("ray")
    except ImportError as error:
        raise MissingExtraError("executor ray", "ray") from error


@contextmanager
def _cluster(address: str | None) -> Iterator[None]:
    """Joined to it, with the signals as they were."""
    ray = _ray()
    try:
        _check_answers(address)
    except OSError as error:
        raise _not_there(address, error) from error
    handlers = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    is_main = threading.current_thread() is threading.main_thread()
    try:
        ray.init(address=address, log_to_driver=False, logging_level="error", include_dashboard=None)
    except (ConnectionError, ValueError) as error:
        raise _not_there(address, error) from error
    try:
        if is_main:
            for number, handler in handlers.items():
                signal.signal(number, handler)
        yield
    finally:
        ray.shutdown()


def _check_answers(address: str | None) -> None:
    """Ray itself would try for minutes.

    Raises:
        OSError: if nobody listens at an address of the form HOST:PORT.
    """
    host, _, port = (address or "").rpartition(":")
    if host and port.isdigit() and "/" not in host:
        socket.create_connection((host, int(port)), timeout=_CONNECT_S).close()


def _not_there(address: str | None, error: Exception) -> UsageError:
    advice = "start one with `ray start --head`, or leave --address out"
    return UsageError(Problem(f"--address {address}", "a Ray cluster there", str(error), advice))


@dataclass(frozen=True, slots=True, kw_only=True)
class TrialShard:
    """Trials of one mode that are run, and stored, without the others."""

    trials: tuple[Trial, ...]
    deals: int = 1
    """How often it was dealt without anything to show for it, this time included."""
    width: int = 1
    """Calls at a time."""
    budget: BudgetSpec = field(default_factory=BudgetSpec)
    """Its part of it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Done:
    """What a shard says when it has ended."""

    stops: tuple[Stop, ...]
    spent: Spent


class Coordinator:
    """What all shards ask and tell: the life of one small actor on the driver's node."""

    def __init__(self, quotas: Mapping[str, float]) -> None:
        """`quotas`: requests a minute, by engine id."""
        self._lessors = {id: Lessor(per_minute=quota) for id, quota in quotas.items()}
        self._heard: list[tuple[Trial, Result]] = []

    def lease(self, engine_id: str) -> Lease:
        """Leave to start the next requests to an engine."""
        return self._lessors[engine_id].lease()

    def tell(self, finished: list[tuple[Trial, Result]]) -> None:
        """Of results that are stored; without their logs."""
        self._heard += finished

    def heard(self) -> list[tuple[Trial, Result]]:
        """What was told since this was last asked."""
        heard, self._heard = self._heard, []
        return heard


# -- the driver -------------------------------------------------------------------------------


class _Deal:
    """Deals the trials of one mode, and deals again what died."""

    def __init__(self, work: Work, mode: Mode, allow_keys: tuple[str, ...]) -> None:
        ray = _ray()
        self._work = work
        config = work.plan.config
        width = config.batch.width if mode == "batch" else config.stream.width
        self._places = max(1, min(int(ray.cluster_resources().get("CPU", 1)), width, len(work.trials)))
        self._free = deque(width // self._places + (index < width % self._places) for index in range(self._places))
        self._waiting = deque(shards(work.trials, self._places))
        self._running: dict[Any, TrialShard] = {}
        self._failed_before = set(work.folder.places().trial_ids())
        self._told: set[str] = set()
        self._spent = work.spent
        self._stops: dict[str, Stop] = {}
        own_node = ray.util.scheduling_strategies.NodeAffinitySchedulingStrategy(
            ray.get_runtime_context().get_node_id(), soft=False
        )
        quotas = {
            id: engine.spec.requests_per_minute
            for id, engine in work.plan.engines.items()
            if engine.spec.requests_per_minute is not None
        }
        self._coordinator = ray.remote(Coordinator).options(num_cpus=0, scheduling_strategy=own_node).remote(quotas)
        self._task = ray.remote(run_shard).options(num_cpus=1, max_retries=0, scheduling_strategy="SPREAD")
        emulated = {id: engine for id, engine in work.engines.items() if work.plan.engines[id].spec.emulate}
        self._common = ray.put(replace(work, plan=addressed(work.plan), trials=(), engines=emulated, on_result=unheard))
        self._allow_keys = allow_keys

    def run(self) -> tuple[Stop, ...]:
        ray = _ray()
        try:
            while self._waiting or self._running:
                while self._waiting and self._free:
                    self._submit(self._waiting.popleft())
                if not self._running:
                    break
                done, _ = ray.wait(list(self._running), num_returns=1, timeout=_LOOK_S)
                self._hear()
                for reference in done:
                    self._end(reference)
            self._hear()
            refresh(self._work.folder.path)
        except BaseException:
            self._cancel()
            raise
        return tuple(self._stops.values())

    def _submit(self, shard: TrialShard) -> None:
        given_up = {stop.engine_id: reason for reason, stop in self._stops.items() if stop.engine_id is not None}
        trials = tuple(trial for trial in shard.trials if trial.engine_id not in given_up)
        for trial in shard.trials:
            if trial.engine_id in given_up:
                self._leave(given_up[trial.engine_id], trial.engine_id)
        if not trials:
            return
        shard = replace(shard, trials=trials, width=self._free.popleft(), budget=self._grant(trials))
        address = address_of(self._work.folder.path)
        reference = self._task.remote(self._common, shard, self._coordinator, self._allow_keys, address)
        self._running[reference] = shard

    def _leave(self, reason: str, engine_id: str | None, number: int = 1) -> None:
        left = self._stops[reason].left if reason in self._stops else 0
        self._stops[reason] = Stop(engine_id=engine_id, reason=reason, left=left + number)

    def _grant(self, trials: Sequence[Trial]) -> BudgetSpec:
        """What a shard may spend: some more than it needs if all goes well, of what nobody else was given."""
        config, plan = self._work.plan.config, self._work.plan
        need, attempts = Spent(), min(_ATTEMPTS_AHEAD, config.retry.attempts)
        for trial in trials:
            need.add(*plan.billed(trial), attempts)
        given = sum((spent_by(shard.budget) for shard in self._running.values()), start=self._spent)
        return bounded(given.rest_of(config.budget, 1, 0), need)

    def _hear(self) -> None:
        ray = _ray()
        for trial, result in ray.get(self._coordinator.heard.remote()):
            self._told.add(trial.id)
            self._work.on_result(trial, result)

    def _end(self, reference: Any) -> None:
        """A shard is done, or its worker is gone."""
        ray = _ray()
        shard = self._running.pop(reference)
        self._free.append(shard.width)
        try:
            done: Done = ray.get(reference)
        except ray.exceptions.RayTaskError as error:
            cause = error.cause
            raise cause if isinstance(cause, BenchError) else error from cause
        except ray.exceptions.RayError as error:
            self._deal_again(shard, error)
            return
        self._spent = self._spent + done.spent
        for stop in done.stops:
            if stop.engine_id is None and has_more(self._grant(shard.trials), shard.budget):
                self._deal_again(shard, None)
            else:
                self._leave(stop.reason, stop.engine_id, stop.left)

    def _deal_again(self, shard: TrialShard, error: Exception | None) -> None:
        """What has no result yet; of what has one and was not told, tell. A worker that died said not what it spent."""
        refresh(self._work.folder.path)
        stored = self._work.folder.places()
        has = set(stored.trial_ids()) - self._failed_before | set(stored[stored.answered].trial_ids())
        left = tuple(trial for trial in shard.trials if trial.id not in has)
        done = {trial.id: trial for trial in shard.trials if trial.id in has}
        for result in stored[np.isin(stored.ids, [id.encode() for id in done])].results():
            trial = done[result.trial_id]
            if error is not None:
                self._spent.add(*self._work.plan.billed(trial), result.attempts)
            if trial.id not in self._told:
                self._told.add(trial.id)
                self._work.on_result(trial, without_log(result))
        if not left:
            return
        deals = shard.deals + 1 if len(left) == len(shard.trials) else 1
        if deals > _DEALS:
            raise BenchError(
                Problem(
                    f"a shard of {len(left)} trials",
                    "a worker that lives through it",
                    f"{_DEALS} that died ({error})",
                    "what was answered is kept; see to the nodes' memory, then go on with --resume",
                )
            )
        self._waiting.append(replace(shard, trials=left, deals=deals))

    def _cancel(self) -> None:
        """As Ctrl-C on each: open calls are abandoned, what is answered is stored."""
        ray = _ray()
        for reference in self._running:
            ray.cancel(reference, force=False)
        ray.wait(list(self._running), num_returns=len(self._running), timeout=_STOP_S)


def shards(trials: Sequence[Trial], places: int) -> list[TrialShard]:
    """In the plan's order: trials of one recording are neighbours there, and its audio is made ready once."""
    size = max(1, min(_SHARD_TRIALS, -(-len(trials) // (places * _SHARDS_PER_PLACE))))
    return [TrialShard(trials=tuple(trials[begin : begin + size])) for begin in range(0, len(trials), size)]


def addressed(plan: Plan) -> Plan:
    """Without its trials, and with manifests by their URLs where they have one, as every node finds them."""
    manifests = {name: address_of(Path(path)) or path for name, path in plan.manifests.items()}
    return replace(plan, trials=(), manifests=manifests)


def spent_by(budget: BudgetSpec) -> Spent:
    """As if all of it were spent."""
    return Spent(budget.max_requests or 0, (budget.max_audio_hours or 0.0) * 3600, budget.max_cost or 0.0)


def bounded(budget: BudgetSpec, need: Spent) -> BudgetSpec:
    """No more of a budget than is needed; what has no bound keeps none."""
    requests, hours, cost = budget.max_requests, budget.max_audio_hours, budget.max_cost
    return budget.model_copy(
        update={
            "max_requests": None if requests is None else min(requests, need.requests),
            "max_audio_hours": None if hours is None else min(hours, need.audio_s / 3600),
            "max_cost": None if cost is None else min(cost, need.cost),
        }
    )


def has_more(budget: BudgetSpec, than: BudgetSpec) -> bool:
    """Whether no bound is smaller, and one is larger."""
    pairs = [
        (own, other)
        for own, other in zip(budget.model_dump().values(), than.model_dump().values(), strict=True)
        if own is not None and other is not None
    ]
    return all(own >= other for own, other in pairs) and any(own > other for own, other in pairs)


# -- a node -----------------------------------------------------------------------------------


def run_shard(
    common: Work, shard: TrialShard, coordinator: Any, allow_keys: tuple[str, ...], address: str | None = None
) -> Done:
    """Run a shard on the node where this is called, with results in the run folder.

    Args:
        common: the run without its trials, and with no engines but those that the driver serves.
        shard: the trials.
        coordinator: handle of the actor.
        allow_keys: as of `executor`.
        address: of the run folder; `None`: it is on a disk that all nodes share.

    Raises:
        RunFolderError: if the run folder is not reached from here.
        ConfigError: if a key is missing here.
    """
    with (
        _folder_here(common.folder, address) as folder,
        node_engines(common, allow_keys) as engines,
        _Telling(coordinator, common.plan) as telling,
    ):
        work = replace(
            common,
            plan=_of_shard(common.plan, shard),
            trials=shard.trials,
            folder=folder,
            engines=engines,
            on_result=telling.finished,
            spent=Spent(),
            quotas=_quotas(common.plan, coordinator),
        )
        return Done(stops=_run_here(work, shard.trials[0].mode), spent=telling.spent)


@contextmanager
def _folder_here(folder: RunFolder, address: str | None) -> Iterator[RunFolder]:
    """The run folder as this node reaches it; what is stored in a mirror of its own is pushed before the shard ends."""
    own = folder if address is None else RunFolder(mirror(address))
    if own.path == folder.path and own.is_planned():
        yield own  # the driver's, which pushes it where there is something to push
        return
    refresh(own.path, skip=lambda name: "/" in name)
    scratch_folder(own.path).mkdir(parents=True, exist_ok=True)
    if not own.is_planned():
        raise RunFolderError(
            Problem(
                str(folder.path),
                f"the run folder to be reached from node {os.uname().nodename}",
                "none",
                "give an --out that all nodes reach, such as s3://bucket/run",
            )
        )
    with publishing(own.path, alone=False):
        yield own


def _run_here(work: Work, mode: Mode) -> tuple[Stop, ...]:
    if mode == "batch":
        return on_loop(run_trials(work))
    with watched(work.folder, mode) as begin:
        return on_loop(run_trials(replace(work, begin=begin)))


def _of_shard(plan: Plan, shard: TrialShard) -> Plan:
    config = plan.config
    width = {"concurrency": shard.width}
    config = config.model_copy(
        update={
            "batch": config.batch.model_copy(update=width),
            "stream": config.stream.model_copy(update={**width, "processes": 1}),
            "budget": shard.budget,
        }
    )
    manifests = {name: str(mirror(path)) if is_url(path) else path for name, path in plan.manifests.items()}
    return replace(plan, config=config, manifests=manifests)


def _quotas(plan: Plan, coordinator: Any) -> dict[str, Quota]:
    return {
        id: RateLimit(None)
        if engine.spec.requests_per_minute is None
        else LeasedQuota(lease=partial(coordinator.lease.remote, id))
        for id, engine in plan.engines.items()
    }


@contextmanager
def node_engines(common: Work, allow_keys: tuple[str, ...]) -> Iterator[dict[str, Engine]]:
    """Those that the driver serves as it sent them, the others opened here, with keys of this node's environment."""
    own = {id: engine for id, engine in common.plan.engines.items() if id not in common.engines}
    plan = replace(common.plan, engines=own)
    with open_engines(plan, read_secrets(plan, os.environ, allow_keys)) as engines:
        yield {**common.engines, **engines}


class _Telling:
    """Tells the driver of results that are stored, from time to time, and counts what they cost."""

    def __init__(self, coordinator: Any, plan: Plan) -> None:
        self._coordinator, self._plan = coordinator, plan
        self._waiting: list[tuple[Trial, Result]] = []
        self._lock, self._ended = threading.Lock(), threading.Event()
        self._thread = threading.Thread(target=self._tell_often, name="telling", daemon=True)
        self.spent = Spent()

    def finished(self, trial: Trial, result: Result) -> None:
        self.spent.add(*self._plan.billed(trial), result.attempts)
        with self._lock:
            self._waiting.append((trial, without_log(result)))

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        self._thread.join()
        self._tell(is_last=True)

    def _tell_often(self) -> None:
        while not self._ended.wait(_LOOK_S):
            self._tell()

    def _tell(self, *, is_last: bool = False) -> None:
        with self._lock:
            waiting, self._waiting = self._waiting, []
        if waiting:
            told = self._coordinator.tell.remote(waiting)
            if is_last:
                _ray().get(told)
