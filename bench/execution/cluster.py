"""A run over a Ray cluster: its trials are dealt in shards, it is scored in parts, each a task on some node.

Results go to the run folder, which every node must reach: on a disk they share, or at a URL.
"""

from __future__ import annotations

import signal
import socket
import threading
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from typing import Any, Self

from bench.addresses import address_of
from bench.errors import BenchError, Problem, UsageError
from bench.execution.dealing import DEALS, Deal
from bench.execution.limits import Stop
from bench.execution.node import ray_module, score_there
from bench.execution.processes import of_mode, spent_on
from bench.execution.score_parts import AHEAD, Part, ScoredPart, in_order, score_part
from bench.execution.trials import Work

_CONNECT_S = 10.0


def executor(address: str | None, allow_keys: Sequence[str] = ()) -> RayCluster:
    """Over a Ray cluster.

    Args:
        address: of the cluster, `auto` for the one that this machine is part of; `None`: one on this machine alone,
            for the length of the run.
        allow_keys: `NAME=HOST`, as of `bench run --allow-key`.

    Raises:
        MissingExtraError: if Ray is not installed.
    """
    ray_module()
    return RayCluster(address, tuple(allow_keys))


class RayCluster:
    """The executor over a cluster, which is joined when there is work for it, and left with the block."""

    def __init__(self, address: str | None, allow_keys: tuple[str, ...]) -> None:
        """As of `executor`."""
        self._address, self._allow_keys = address, allow_keys
        self._joined: ExitStack | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        if self._joined is not None:
            self._joined.close()
            self._joined = None

    def _join(self) -> None:
        if self._joined is None:
            self._joined = ExitStack()
            self._joined.enter_context(_cluster(self._address))

    def run(self, work: Work) -> tuple[Stop, ...]:
        """As `processes.Processes.run`, over the cluster.

        Raises:
            KeyboardInterrupt: after Ctrl-C, with open calls abandoned and everything answered on disk.
            UsageError: if the cluster is not there.
            RunFolderError: if a node cannot reach the run folder.
            BenchError: if a shard's worker died again and again.
        """
        stops: tuple[Stop, ...] = ()
        for mode in ("batch", "stream"):
            part = of_mode(work, mode)
            if part.trials:
                self._join()
                stops += Deal(replace(part, spent=spent_on(work)), mode, self._allow_keys).run()
        return stops

    def score_parts(self, parts: Iterable[Part], *, number: int, workers: int | None) -> Iterator[ScoredPart]:
        """As `score_parts.PartScorer`: each part a task, that is done again if its worker or node dies.

        Raises:
            UsageError: if the cluster is not there.
            RunFolderError: if a node cannot reach the run folder.
        """
        if number <= 1:
            yield from map(score_part, parts)  # a task would take longer to start
            return
        self._join()
        ray = ray_module()
        places = workers or int(ray.cluster_resources().get("CPU", 1))
        task = ray.remote(score_there).options(num_cpus=1, max_retries=DEALS, scheduling_strategy="SPREAD")

        def begin(part: Part) -> Any:
            return task.remote(part, address_of(part.places.folder.parent))

        yield from in_order(parts, begin, _scored, at_once=places * (1 + AHEAD))


def _scored(reference: Any) -> ScoredPart:
    ray = ray_module()
    try:
        scored: ScoredPart = ray.get(reference)
    except ray.exceptions.RayTaskError as error:
        raise error.cause if isinstance(error.cause, BenchError) else error from error.cause
    except ray.exceptions.RayError as error:
        problem = Problem("a part of the run", "a worker that lives through it", f"{DEALS} that died ({error})")
        raise BenchError(problem) from error
    return scored


@contextmanager
def _cluster(address: str | None) -> Iterator[None]:
    """Joined to it, with the signals as they were."""
    ray = ray_module()
    try:
        _check_answers(address)
    except OSError as error:
        raise _not_there(address, error) from error
    handlers = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    is_main = threading.current_thread() is threading.main_thread()
    try:
        ray.init(address=address, log_to_driver=False, logging_level="error", include_dashboard=None)
    except (OSError, ValueError, RuntimeError, ray.exceptions.RayError) as error:  # of Ray: whatever it says
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
