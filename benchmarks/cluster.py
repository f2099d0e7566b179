"""What a Ray cluster costs beside one process: 20,000 short batch trials by both executors, and a quota's leases.

    python -m benchmarks.cluster --trials 20000

Processor seconds of the driver and of all that it and the tasks started, up to the last result; the service that
answers is another process. Start-up and daemons are told apart. Needs the extras `ray` and `emulator`, and psutil.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import statistics
import tempfile
import threading
import time
from functools import partial
from importlib import import_module
from pathlib import Path
from typing import Any

import psutil

import bench
from bench.api import Listener
from bench.emulator.process import EmulatorProcess
from bench.execution.permits import LeasedQuota, Lessor
from benchmarks.scripted_corpus import make

_RECORDINGS = 40


class Last(Listener):
    """Looks at the processor time of everything once the last trial is told of, start-up apart.

    Start-up of a task's process is what it had used when it was first seen to run a shard: Ray's own start, and
    importing the harness. Looking on is not counted.
    """

    def __init__(self, number: int, emulator: set[int]) -> None:
        self._left, self._not = number, emulator
        self._started: dict[int, float] = {}
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._look_on, daemon=True)
        self._looking_s = 0.0
        self.tasks_s = self.daemons_s = self.driver_s = self.start_s = 0.0

    def started(self, path: Path, *, answered: int, total: int) -> None:
        """Looks for shards."""
        self._thread.start()

    def _look_on(self) -> None:
        while not self._over.wait(0.2):
            for child in self._children():
                if child.pid not in self._started and _runs_shards(child):
                    self._started[child.pid] = used_s(child)
            self._looking_s = time.thread_time()

    def _children(self) -> list[psutil.Process]:
        return [child for child in psutil.Process().children(recursive=True) if child.pid not in self._not]

    def finished(self, trial: Any, result: Any) -> None:
        """One fewer."""
        self._left -= 1
        if self._left:
            return
        self._over.set()
        self._thread.join()
        self.driver_s = used_s(psutil.Process()) - self._looking_s
        self.start_s = sum(self._started.values())
        children = self._children()
        served = {pid for child in children if child.pid in self._started for pid in _tree(child)}
        for child in children:
            is_task = child.pid in served or "multiprocessing" in _line(child) or "ray::Coordinator" in _line(child)
            self.tasks_s += used_s(child) if is_task else 0.0
            self.daemons_s += 0.0 if is_task else used_s(child)
        self.tasks_s -= self.start_s


def _tree(process: psutil.Process) -> list[int]:
    return [process.pid, *(child.pid for child in process.children(recursive=True))]


def _line(process: psutil.Process) -> str:
    try:
        return " ".join(process.cmdline())
    except psutil.Error:
        return ""


def _runs_shards(process: psutil.Process) -> bool:
    return "ray::run_shard" in _line(process)


def used_s(process: psutil.Process) -> float:
    """Processor seconds so far."""
    try:
        times = process.cpu_times()
    except psutil.Error:
        return 0.0
    return float(times.user + times.system)


def config(manifest: Path, url: str, trials: int) -> dict[str, Any]:
    """Short batch trials."""
    return {
        "name": "overhead",
        "corpora": [str(manifest)],
        "repeats": trials // _RECORDINGS,
        "modes": ["batch"],
        "batch": {"concurrency": 16},
        "engines": [{"id": "e", "engine": "pulse", "settings": {"language": "en", "base_url": url}}],
    }


def overhead(trials: int, rounds: int) -> None:
    """Both executors in turn."""
    os.environ["SMALLEST_API_KEY"] = "loopback-only"
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        manifest, script = make(folder, speakers=10, utterances=_RECORDINGS // 10)
        with EmulatorProcess(f"script:{script}", api_key="loopback-only") as emulator:
            served = {child.pid for child in psutil.Process().children(recursive=True)}
            spec, ratios = config(manifest, emulator.base_url, trials), []
            for number in range(rounds):
                seconds = {}
                for executor in ("process", "ray"):
                    last = Last(trials, served)
                    before = used_s(psutil.Process())
                    bench.run(spec, out=folder / f"{executor}-{number}", executor=executor, listener=last)
                    seconds[executor] = last.driver_s - before + last.tasks_s
                    print(
                        f"{executor:8} {seconds[executor]:6.1f} s of driver and tasks, "
                        f"{last.start_s:5.1f} s of start-up, {last.daemons_s:5.1f} s of daemons"
                    )
                ratios.append(seconds["ray"] / seconds["process"])
            print(f"{trials} trials: ray / process {statistics.median(ratios):.2f} (median of {rounds})")


def leases(seconds: float) -> None:
    """A thousand requests a second, by two loops that share a quota."""
    ray = import_module("ray")
    ray.init(log_to_driver=False, logging_level="error", include_dashboard=False)

    class Counter:
        def __init__(self) -> None:
            self._lessor = Lessor(per_minute=60_000)

        def lease(self) -> Any:
            return self._lessor.lease()

        def used_s(self) -> float:
            return time.process_time()

    actor = ray.remote(Counter).options(num_cpus=0).remote()
    before_s = ray.get(actor.used_s.remote())

    async def ask(quota: LeasedQuota, until: float) -> int:
        number = 0
        while time.monotonic() < until:
            await quota.wait()
            number += 1
        return number

    async def both() -> int:
        until = time.monotonic() + seconds
        quotas = [LeasedQuota(lease=partial(actor.lease.remote)) for _ in range(2)]
        return sum(await asyncio.gather(*(ask(quota, until) for quota in quotas)))

    number = asyncio.run(both())
    cost = (ray.get(actor.used_s.remote()) - before_s) / seconds
    print(f"{number / seconds:.0f} starts a second: {100 * cost:.1f} % of a core for the leases")
    ray.shutdown()


def main() -> None:
    """Print both."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--trials", type=int, default=20_000)
    parser.add_argument("--rounds", type=int, default=3)
    arguments = parser.parse_args()
    leases(10.0)
    overhead(arguments.trials, arguments.rounds)


if __name__ == "__main__":
    main()
