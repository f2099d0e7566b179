"""A node's side of a run over a Ray cluster: a shard of trials is run, and stored, as one machine does it.

Keys are read from the node's own environment. All times of a trial are of this node's clock.
"""

from __future__ import annotations

import os
import pickle
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import partial
from importlib import import_module
from typing import Any, Self

from bench import __version__
from bench.addresses import is_url, mirror
from bench.config import BudgetSpec
from bench.engines.base import Engine, LocalEngine
from bench.errors import ConfigError, MissingExtraError, Problem, RunFolderError, UsageError
from bench.execution.answers import Answers, Kept, taken
from bench.execution.audio import scratch_folder
from bench.execution.engines import open_engines
from bench.execution.environment import environment
from bench.execution.keys import read_secrets
from bench.execution.limits import Quota, RateLimit, Spent, Stop
from bench.execution.loop import on_loop
from bench.execution.permits import Lease, LeasedQuota, Lessor
from bench.execution.plan import Plan
from bench.execution.processes import watched, without_log
from bench.execution.score_parts import Part, ScoredPart, score_part
from bench.execution.trials import Work, run_trials
from bench.remote import publish, publishing, refresh
from bench.store import RunFolder
from bench.store.spec import Node
from bench.types import Call, Failure, Mode, Result, Transcript, Trial

LOOK_S = 0.5


def ray_module() -> Any:
    """Of which only a part says its types."""
    try:
        return import_module("ray")
    except ImportError as error:
        raise MissingExtraError("executor ray", "ray") from error


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


@dataclass(frozen=True, slots=True)
class Packed:
    """What a node is sent, readable by the version of Earwitness that sent it."""

    version: str
    content: bytes

    @classmethod
    def of(cls, value: Any) -> Packed:
        content: bytes = ray_module().cloudpickle.dumps(value)
        return cls(__version__, content)

    def open(self) -> Any:
        """The value.

        Raises:
            UsageError: if another version than this node's sent it.
        """
        if self.version != __version__:
            where, expected = f"node {node_name()}", f"earwitness {self.version}, as where the run was started"
            raise UsageError(Problem(where, expected, __version__, "install the same on every node"))
        return pickle.loads(self.content)


class Coordinator:
    """What all shards ask and tell: the life of one small actor on the driver's node."""

    def __init__(self, quotas: Mapping[str, float], answers: Answers | None = None) -> None:
        """`quotas`: requests a minute, by engine id; `answers`: that are there already."""
        self._lessors = {id: Lessor(per_minute=quota) for id, quota in quotas.items()}
        self._answers = answers or Answers()
        self._heard: list[bytes] = []

    def lease(self, engine_id: str) -> Lease:
        """Leave to start the next requests to an engine."""
        return self._lessors[engine_id].lease()

    def answer(self, trial_id: str, key: str, *, taped: bool) -> Kept | None:
        """As of `Answers.pop`."""
        return self._answers.pop(trial_id, key, taped=taped)

    def tell(self, finished: bytes) -> None:
        """Of results that are stored: pickled, for this actor has nothing to look for in them."""
        self._heard.append(finished)

    def heard(self) -> list[bytes]:
        """What was told since this was last asked."""
        heard, self._heard = self._heard, []
        return heard


def run_shard(
    sent_common: Packed,
    sent_shard: Packed,
    coordinator: Any,
    allow_keys: tuple[str, ...],
    address: str | None = None,
    reuses: bool = False,
) -> Done:
    """Run a shard on the node where this is called, with results in the run folder.

    Args:
        sent_common: `Work`, the run without its trials, and with no engines but those that the driver serves.
        sent_shard: `TrialShard`, the trials.
        coordinator: handle of the actor.
        allow_keys: as of `executor`.
        address: of the run folder; `None`: it is on a disk that all nodes share.
        reuses: whether the actor has answers that are there already.

    Raises:
        RunFolderError: if the run folder is not reached from here.
        ConfigError: if a key is missing here.
        UsageError: if another version of Earwitness is installed here.
    """
    common: Work = sent_common.open()
    shard: TrialShard = sent_shard.open()
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
            answers=_LeasedAnswers(coordinator) if reuses else Answers(),
            node=_named(folder),
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
    _check_reached(own, folder)
    with publishing(own.path, alone=False):
        yield own


def push_there(address: str) -> None:
    """Push what is in this node's own mirror of a run folder, whoever put it there."""
    path = mirror(address)
    if RunFolder(path).is_planned():
        publish(path)


def _check_reached(own: RunFolder, folder: RunFolder) -> None:
    """That the run folder, or this node's own mirror of it, is there.

    Raises:
        RunFolderError: if not.
    """
    if not own.is_planned() and not (own.path / "results").is_dir():
        raise RunFolderError(
            Problem(
                str(folder.path),
                f"the run folder to be reached from node {os.uname().nodename}",
                "none",
                "give an --out that all nodes reach, such as s3://bucket/run",
            )
        )


def node_name() -> str:
    """Of the machine where this is called, as the cluster tells it from others."""
    id: str = ray_module().get_runtime_context().get_node_id()
    return f"{os.uname().nodename}-{id[:8]}"


def _named(folder: RunFolder) -> str:
    """The node's name, with what it is kept in the run folder."""
    name = node_name()
    if not (folder.path / "nodes" / f"{name}.json").exists():
        here = environment()
        about = {each: getattr(here, each) for each in ("earwitness", "python", "platform", "machine", "calibration")}
        folder.write_node(Node(name=name, **about))
    return name


def _run_here(work: Work, mode: Mode) -> tuple[Stop, ...]:
    if mode == "batch":
        return on_loop(run_trials(work))
    with watched(work, mode) as begin:
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
    try:
        secrets = read_secrets(plan, os.environ, allow_keys)
    except ConfigError as error:
        raise ConfigError(error.at(f"node {node_name()}")) from error
    with open_engines(plan, secrets) as engines:
        yield {**common.engines, **engines}


@dataclass(frozen=True, slots=True)
class _LeasedAnswers:
    """Answers that the actor keeps, so that each is taken once."""

    coordinator: Any

    def __bool__(self) -> bool:
        return True

    async def take(self, trial_id: str, key: str, engine: Any, call: Call) -> Transcript | Failure | None:
        """As of `Answered`."""
        kept = await self.coordinator.answer.remote(trial_id, key, taped=not isinstance(engine, LocalEngine))
        return taken(kept, engine, call)


class _Telling:
    """Tells the driver of results that are stored, from time to time, and counts what they cost."""

    def __init__(self, coordinator: Any, plan: Plan) -> None:
        self._coordinator, self._plan = coordinator, plan
        self._waiting: list[Result] = []
        self._lock, self._ended = threading.Lock(), threading.Event()
        self._thread = threading.Thread(target=self._tell_often, name="telling", daemon=True)
        self.spent = Spent()

    def finished(self, trial: Trial, result: Result) -> None:
        self.spent.add(*self._plan.billed(trial), result.attempts)
        with self._lock:
            self._waiting.append(without_log(result))

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        self._thread.join()
        self._tell(is_last=True)

    def _tell_often(self) -> None:
        while not self._ended.wait(LOOK_S):
            self._tell()

    def _tell(self, *, is_last: bool = False) -> None:
        with self._lock:
            waiting, self._waiting = self._waiting, []
        if waiting:
            told = self._coordinator.tell.remote(pickle.dumps(waiting, protocol=5))
            if is_last:
                ray_module().get(told)


# -- scoring ----------------------------------------------------------------------------------


def score_there(part: Part, address: str | None = None) -> ScoredPart:
    """Score a part on the node where this is called.

    Args:
        part: of the run, with results where the driver has them.
        address: of the run folder; `None`: it is on a disk that all nodes share.

    Raises:
        RunFolderError: if the run folder is not reached from here.
    """
    if address is None:
        folder = RunFolder(part.places.folder.parent)
        _check_reached(folder, folder)
        return score_part(part)
    own = mirror(address)
    # Whatever is there: of an earlier run at this address there may be parts of the same names.
    refresh(own, skip=lambda name: not name.startswith("results/"))
    return score_part(replace(part, places=replace(part.places, folder=own / "results")))
