"""What the harness adds to a batch of requests, beside a bare httpx loop with the same requests and concurrency.

    python -m benchmarks.batch --requests 2000 --rounds 5
    python -m benchmarks.batch --against /another/checkout/.venv/bin/python

Both send the same WAV of 2 s to a server in another process that answers at once. `harness` is all that `bench run`
does from its first request to its last result on disk (retries, rate limits, parsing, log); making the audio ready is
before that and is shown apart. Rounds alternate, so that what else the machine does hits both alike; the ratio is of
the fastest rounds, which other work disturbs least, and of the medians. With `--against`, the `harness` of this
checkout and that of another one take turns instead, each in a process of its own.
"""

from __future__ import annotations

import argparse
import asyncio
import math
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
import numpy as np

from bench.audio import Audio, sha256_file, write_wav
from bench.config import parse_config
from bench.corpora.manifest import Header, load_manifest, write_manifest
from bench.engines import ENGINES
from bench.engines.base import HttpRequest, RemoteEngine
from bench.engines.secrets import Secret, revealed
from bench.execution.arrivals import Arrivals
from bench.execution.loop import on_loop
from bench.execution.plan import Plan, resolve
from bench.execution.trials import Work, run_trials
from bench.store import RunFolder
from bench.types import Call, Failure, Result, Trial, Utterance
from benchmarks import against
from benchmarks.limits import cpu_s

_CONFIG = """
name: batch
corpora: [{manifest}]
engines: [{{id: zero, engine: pulse, settings: {{language: en, base_url: "{url}"}}}}]
modes: [batch]
repeats: {repeats}
batch: {{concurrency: {concurrency}}}
"""


@dataclass(frozen=True, slots=True)
class Round:
    """Seconds of wall clock, and of this process's processor time, for all requests."""

    bare_s: float
    bare_cpu_s: float
    harness_s: float
    harness_cpu_s: float
    preparing_s: float


@contextmanager
def serving() -> Iterator[str]:
    """The zero-delay server in a process of its own."""
    command = [sys.executable, "-m", "benchmarks.zero_delay"]
    server = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    try:
        assert server.stdout is not None
        yield f"http://127.0.0.1:{int(server.stdout.readline())}"
    finally:
        server.kill()
        server.wait()


def make_plan(folder: Path, url: str, requests: int, concurrency: int) -> Plan:
    """One recording, asked again and again (a config repeats at most 1,000 times, so it has two names)."""
    path = folder / "noise.wav"
    samples = np.random.default_rng(0).normal(0, 0.05, 32_000).astype(np.float32)
    write_wav(path, Audio(samples, 16_000))
    names = ("a", "b")
    utterances = [
        Utterance(
            id=name,
            corpus="noise",
            audio=path.name,
            sha256=sha256_file(path),
            sample_rate_hz=16_000,
            num_samples=32_000,
            text="what is measured here is known",
            language="en",
        )
        for name in names
    ]
    manifest = folder / "manifest.jsonl"
    write_manifest(manifest, Header(name="noise", licence="CC0-1.0", source="made here", synthetic=True), utterances)
    repeats = requests // len(names)
    text = _CONFIG.format(manifest=manifest, url=url, repeats=repeats, concurrency=concurrency)
    config = parse_config(text, where="batch")
    return resolve(config, {str(manifest): load_manifest(manifest)}, where="batch")


def the_engine(plan: Plan) -> RemoteEngine:
    settings = plan.engines["zero"].settings
    engine: RemoteEngine = ENGINES.load("pulse").create(settings, {"SMALLEST_API_KEY": Secret("loopback-only")})
    return engine


def the_request(plan: Plan, audio: bytes) -> HttpRequest:
    """What the harness sends."""
    call = Call(
        audio=audio,
        content_type="audio/wav",
        encoding="linear16",
        sample_rate_hz=16_000,
        duration_s=2.0,
        language="en",
    )
    batch = the_engine(plan).batch
    assert batch is not None
    return batch.request(call)


def harness(plan: Plan, folder: Path) -> tuple[float, float, float]:
    """Seconds from the first request to the last result on disk, processor time of the same, and making ready."""
    engine = the_engine(plan)
    began, failed, cpu = [time.perf_counter()], 0, [0.0]

    def begin() -> float:
        began.append(time.perf_counter())
        cpu.append(cpu_s())
        return began[-1]

    def on_result(trial: Trial, result: Result) -> None:
        nonlocal failed
        failed += isinstance(result.outcome, Failure)
        began.append(time.perf_counter())

    work = Work(
        plan=plan,
        trials=plan.trials,
        engines={"zero": engine},
        folder=RunFolder(folder),
        on_result=on_result,
        arrivals=Arrivals(stop_s=math.inf),
        begin=begin,
    )
    on_loop(run_trials(work))
    assert failed == 0, f"{failed} requests failed"
    return began[-1] - began[1], cpu_s() - cpu[1], began[1] - began[0]


async def bare(request: HttpRequest, requests: int, concurrency: int) -> float:
    """Seconds for the same requests with nothing but httpx."""
    limits = httpx.Limits(max_connections=concurrency, max_keepalive_connections=concurrency)
    async with httpx.AsyncClient(timeout=60, limits=limits, trust_env=False) as client:
        left = iter(range(requests))

        async def worker() -> None:
            for _ in left:
                response = await client.request(
                    request.method,
                    request.url,
                    params=dict(request.params),
                    headers={**request.headers, **revealed(request.secrets, request.url)},
                    content=request.content,
                )
                assert response.status_code == httpx.codes.OK

        began = time.perf_counter()
        async with asyncio.TaskGroup() as group:
            for _ in range(concurrency):
                group.create_task(worker())
        return time.perf_counter() - began


def measure(requests: int, rounds: int, concurrency: int) -> list[Round]:
    """Both ways, in turn."""
    import uvloop

    found = []
    with serving() as url, tempfile.TemporaryDirectory() as folder:
        plan = make_plan(Path(folder), url, requests, concurrency)
        request = the_request(plan, (Path(folder) / "noise.wav").read_bytes())
        for number in range(rounds):
            cpu = cpu_s()
            bare_s = uvloop.run(bare(request, requests, concurrency))
            bare_cpu_s = cpu_s() - cpu
            found.append(Round(bare_s, bare_cpu_s, *harness(plan, Path(folder) / f"run{number}")))
    return found


def table(rounds: list[Round], requests: int, concurrency: int) -> str:
    """A Markdown table with one line."""
    bare_s, harness_s = [r.bare_s for r in rounds], [r.harness_s for r in rounds]
    cells = (
        str(requests),
        str(concurrency),
        f"{min(bare_s):.2f} / {statistics.median(bare_s):.2f}",
        f"{min(harness_s):.2f} / {statistics.median(harness_s):.2f}",
        f"{min(harness_s) / min(bare_s):.2f} / {statistics.median(harness_s) / statistics.median(bare_s):.2f}",
        f"{statistics.median(r.harness_cpu_s / r.bare_cpu_s for r in rounds):.2f}",
        f"{statistics.median(r.preparing_s for r in rounds):.2f}",
    )
    names = ("requests", "at once", "bare httpx, s (least / median)", "harness, s", "ratio")
    head = (*names, "ratio of processor time (median)", "making audio ready, s")
    return "\n".join("| " + " | ".join(line) + " |" for line in (head, ["---"] * len(head), cells))


_PROBE = """
import json, sys, tempfile
from pathlib import Path
from benchmarks.batch import harness, make_plan, serving
requests, concurrency = map(int, sys.argv[1:])
with serving() as url, tempfile.TemporaryDirectory() as folder:
    plan = make_plan(Path(folder), url, requests, concurrency)
    wall_s, processor_s, _ = harness(plan, Path(folder) / "run")
print(json.dumps({"wall": wall_s / requests, "processor": processor_s / requests}))
"""
"""Of any checkout that has this module: seconds of one request through `harness`."""


def compare(python: str, requests: int, rounds: int, concurrency: int) -> str:
    """This checkout's harness beside another's, as a Markdown table."""
    measured = against.pairs(python, rounds, ["-c", _PROBE, str(requests), str(concurrency)])
    return against.table(measured, dict.fromkeys(("wall", "processor"), lambda value: f"{1e6 * value:.0f} us"))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--requests", type=int, default=2000)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--concurrency", type=int, default=8)
    parser.add_argument("--against", metavar="PYTHON", help="the interpreter of another checkout")
    arguments = parser.parse_args()
    if arguments.against:
        print(compare(arguments.against, arguments.requests, arguments.rounds, arguments.concurrency))
        return
    rounds = measure(arguments.requests, arguments.rounds, arguments.concurrency)
    print(f"load average before: {os.getloadavg()[0]:.1f}\n")
    print(table(rounds, arguments.requests, arguments.concurrency))


if __name__ == "__main__":
    main()
