"""How many paced streams the driver sustains, and how late it is, beside the sleep-per-chunk pattern.

    python -m benchmarks.streaming --streams 1 100 1000 4000 --seconds 30
    python -m benchmarks.streaming --streams 1000 --seconds 10 --against /another/checkout/.venv/bin/python

Each row is a client process and a sink server process on this machine. 4,096-byte chunks of 16 kHz 16-bit audio,
streams spread evenly over one chunk. The driver's streams go through the runner, as those of `bench run` do: audio
from its worker processes, results to a run folder, from which the row is made. `answer error` is the arrival of an
answer minus when its chunk was due minus the time the server held it: what the harness adds to a latency. With
`--against`, the driver of this checkout and that of another one take turns instead.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import math
import platform
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import uvloop

from bench.audio import Audio, sha256_file, write_wav
from bench.config import RunConfig
from bench.corpora.manifest import Header, load_manifest, write_manifest
from bench.drivers.clock import clock
from bench.drivers.pacing import Schedule, schedule
from bench.engines.base import Close, Connect, Frame, HttpResponse, StreamSession
from bench.execution.arrivals import Arrivals
from bench.execution.loop import on_loop
from bench.execution.plan import Plan, resolve
from bench.execution.processes import Processes
from bench.execution.trials import Work, run_trials
from bench.machine import raise_open_files
from bench.store import RunFolder
from bench.types import Call, Event, Failure, FailureKind, Recognised, Transcript, Utterance
from benchmarks import against
from benchmarks.limits import cpu_s, resident_bytes

_CHUNK_BYTES = 4_096
_RATE_HZ = 16_000
_CHUNK_S = _CHUNK_BYTES / (2 * _RATE_HZ)
_CONNECTING_AT_ONCE = 64
_PROCESSES = 2


@dataclass(frozen=True, slots=True)
class Stream:
    """What one stream measured; times in seconds."""

    lags: list[float]
    answer_errors: list[float]
    failed: bool


@dataclass(frozen=True, slots=True)
class Row:
    pattern: str
    streams: int
    failed: int
    lag_p50_ms: float
    lag_p99_ms: float
    lag_max_ms: float
    answer_error_p50_ms: float
    answer_error_p99_ms: float
    kb_per_stream: float
    """Memory of the client near the end of the audio, above that before the streams (`sharded`: not measured)."""
    cpu_cores: float
    """Processor time over wall time of the client while all streams are sending (`sharded`: not measured)."""


class SinkSession(StreamSession):
    """The sink's protocol. An event's text is the number of the chunk answered and how long the sink held it."""

    chunk_bytes = _CHUNK_BYTES
    end_deadline_s = 30.0
    quiet_s = None
    finished = False

    def __init__(self) -> None:
        self._heard_bytes = 0

    def start(self) -> Sequence[Frame]:
        return ()

    def audio(self, chunk: bytes) -> Frame:
        return chunk

    def end(self) -> Sequence[Frame]:
        return ('{"type":"close_stream"}',)

    def keepalive(self) -> Frame | None:
        return None

    def feed(self, frame: Frame, *, t_s: float, audio_sent_s: float) -> Sequence[Event]:
        said = json.loads(frame)
        self._heard_bytes = said["bytes"]
        self.finished = said["kind"] == "final"
        text = f"{said['chunk']} {said['waited_s']}"
        return (Event(t_s=t_s, kind=said["kind"], text=text, audio_sent_s=audio_sent_s),)

    def outcome(self, close: Close | None) -> Recognised | Failure:
        if not self.finished:
            return Failure(kind=FailureKind.TRUNCATED, message="closed early")
        return Recognised(text="", extras={"heard_bytes": self._heard_bytes})


@dataclass(frozen=True, slots=True)
class SinkAdapter:
    url: str

    def connect(self, call: Call) -> Connect:
        return Connect(url=self.url)

    def refused(self, response: HttpResponse) -> Failure:
        return Failure(kind=FailureKind.REFUSED, message=f"HTTP {response.status}")

    def session(self, call: Call) -> SinkSession:
        return SinkSession()


@dataclass(frozen=True, slots=True)
class SinkEngine:
    stream: SinkAdapter
    batch: None = None
    version: None = None


@dataclass(frozen=True, slots=True)
class Seen:
    """What a client process was like while it was sending."""

    kb_per_stream: float
    cpu_cores: float


UNSEEN = Seen(math.nan, math.nan)
Pattern = Callable[[str, int, float], tuple[list[Stream], Seen]]
"""Address, number of streams, seconds of each."""


def _watch(begin: float, num_streams: int, duration_s: float) -> Seen:
    """Blocks until the streams that begin then are almost over."""
    memory = resident_bytes()
    time.sleep(max(0.0, begin + 0.1 * duration_s - clock()))
    used, began = cpu_s(), clock()
    time.sleep(max(0.0, begin + 0.9 * duration_s - clock()))
    grown = resident_bytes() - memory
    return Seen(grown / num_streams / 1000, (cpu_s() - used) / (clock() - began))


def _lead_s(num_streams: int) -> float:
    """Time for all to connect before the first audio."""
    return 1.0 + num_streams / 300


def driver_pattern(url: str, num_streams: int, duration_s: float) -> tuple[list[Stream], Seen]:
    """All streams in one process, through one scheduler on one event loop."""
    seen: list[Future[Seen]] = []
    with tempfile.TemporaryDirectory() as name, ThreadPoolExecutor(1) as thread:
        folder, plan, arrivals = _run_of(Path(name), num_streams, duration_s)

        def begin() -> float:
            now = clock()
            seen.append(thread.submit(_watch, now + _lead_s(num_streams), num_streams, duration_s))
            return now

        engines = {"sink": SinkEngine(SinkAdapter(url))}
        work = Work(plan=plan, trials=plan.trials, engines=engines, folder=folder, arrivals=arrivals, begin=begin)
        on_loop(run_trials(work))
        return _measured(folder, duration_s), seen[0].result()


def sharded_pattern(url: str, num_streams: int, duration_s: float) -> tuple[list[Stream], Seen]:
    """All streams dealt over two processes."""
    with tempfile.TemporaryDirectory() as name:
        folder, plan, arrivals = _run_of(Path(name), num_streams, duration_s)
        engines = {"sink": SinkEngine(SinkAdapter(url))}
        Processes().run(Work(plan=plan, trials=plan.trials, engines=engines, folder=folder, arrivals=arrivals))
        return _measured(folder, duration_s), UNSEEN


def _run_of(folder: Path, num_streams: int, duration_s: float) -> tuple[RunFolder, Plan, Arrivals]:
    """A run of one recording of silence, asked so many times at once."""
    recording, manifest = folder / "silence.wav", folder / "manifest.jsonl"
    silence = np.zeros(round(_RATE_HZ * duration_s), dtype=np.float32)
    write_wav(recording, Audio(silence, _RATE_HZ))
    utterance = Utterance(
        id="silence",
        corpus="silence",
        audio=recording.name,
        sha256=sha256_file(recording),
        sample_rate_hz=_RATE_HZ,
        num_samples=len(silence),
        text="",
        language="en",
    )
    header = Header(name="silence", licence="CC0-1.0", source="made here", synthetic=True)
    write_manifest(manifest, header, [utterance])
    config = RunConfig.model_validate(
        {
            "name": "streaming",
            "corpora": [str(manifest)],
            "engines": [{"id": "sink", "engine": "pulse"}],  # its place in the plan; the sink's own adapter speaks
            "modes": ["stream"],
            "retry": {"attempts": 1},
            "stream": {"concurrency": num_streams, "connect_timeout_s": 60.0, "processes": _PROCESSES},
        }
    )
    plan = resolve(config, {str(manifest): load_manifest(manifest)}, where="streaming")
    (trial,) = plan.trials
    trials = tuple(replace(trial, id=f"{number:06d}", repeat=number) for number in range(num_streams))
    lead_s = _lead_s(num_streams)
    due_s = {trial.id: _CHUNK_S * trial.repeat / num_streams for trial in trials}
    arrivals = Arrivals(due_s=due_s, connect_ahead_s=lead_s)
    return RunFolder(folder / "run"), replace(plan, trials=trials), arrivals


def _schedule(duration_s: float) -> Schedule:
    return schedule(2 * round(_RATE_HZ * duration_s), _CHUNK_BYTES, duration_s)


def _measured(folder: RunFolder, duration_s: float) -> list[Stream]:
    return [_measured_stream(result.outcome, _schedule(duration_s)) for result in folder.results().values()]


def _measured_stream(outcome: Transcript | Failure, plan: Schedule) -> Stream:
    if isinstance(outcome, Failure):
        return Stream([], [], failed=True)
    lags = [sent - plan.timing.due_s(index) for index, sent in enumerate(outcome.timing.chunk_sent_s)]
    errors = []
    for event in outcome.events:
        chunk, waited_s = event.text.split()
        errors.append(event.t_s - plan.timing.due_s(int(chunk) - 1) - float(waited_s))
    all_bytes = 2 * round(_RATE_HZ * (plan.timing.audio_s or 0.0))
    return Stream(lags, errors, failed=outcome.recognised.extras["heard_bytes"] != all_bytes)


def sleep_pattern(url: str, num_streams: int, duration_s: float) -> tuple[list[Stream], Seen]:
    """A task per stream that sends a chunk and sleeps for its duration, as many clients do."""
    return uvloop.run(_sleeping_streams(url, num_streams, duration_s))


async def _sleeping_streams(url: str, num_streams: int, duration_s: float) -> tuple[list[Stream], Seen]:
    call = Call(
        audio=bytes(2 * round(_RATE_HZ * duration_s)),
        content_type="audio/raw",
        encoding="linear16",
        sample_rate_hz=_RATE_HZ,
        duration_s=duration_s,
        language="en",
    )
    first = clock() + _lead_s(num_streams)
    watching = asyncio.create_task(asyncio.to_thread(_watch, first, num_streams, duration_s))
    gate = asyncio.Semaphore(_CONNECTING_AT_ONCE)
    starts = [first + _CHUNK_S * number / num_streams for number in range(num_streams)]
    streams = await asyncio.gather(*(_sleeping_stream(url, call, start, gate) for start in starts))
    return streams, await watching


async def _sleeping_stream(url: str, call: Call, start_at: float, gate: asyncio.Semaphore) -> Stream:
    from websockets.asyncio.client import connect
    from websockets.exceptions import WebSocketException

    plan = schedule(len(call.audio), _CHUNK_BYTES, call.duration_s)
    due_s = plan.timing.due_s
    lags: list[float] = []
    answers: list[tuple[dict[str, Any], float]] = []
    try:
        async with gate:
            socket = await connect(url, compression=None, open_timeout=60.0)
        async with socket:
            await asyncio.sleep(max(0.0, start_at - clock()))
            zero = max(clock(), start_at)

            async def receive() -> None:
                async for said in socket:
                    answers.append((json.loads(said), clock() - zero))
                    if answers[-1][0]["kind"] == "final":
                        return

            receiving = asyncio.create_task(receive())
            for index in range(plan.num_chunks):
                await asyncio.sleep(due_s(index) - (due_s(index - 1) if index else 0.0))
                await socket.send(call.audio[index * _CHUNK_BYTES : (index + 1) * _CHUNK_BYTES])
                lags.append(clock() - zero - due_s(index))
            await socket.send('{"type":"close_stream"}')
            await asyncio.wait_for(receiving, 60)
    except (OSError, TimeoutError, WebSocketException):
        return Stream([], [], failed=True)
    errors = [t_s - due_s(said["chunk"] - 1) - said["waited_s"] for said, t_s in answers]
    return Stream(lags, errors, failed=answers[-1][0]["bytes"] != len(call.audio))


PATTERNS: dict[str, Pattern] = {"driver": driver_pattern, "sharded": sharded_pattern, "sleep": sleep_pattern}


def measure(pattern: str, url: str, num_streams: int, duration_s: float) -> Row:
    """One row, in this process."""
    streams, seen = PATTERNS[pattern](url, num_streams, duration_s)
    lags = sorted(lag for stream in streams for lag in stream.lags)
    errors = sorted(abs(error) for stream in streams for error in stream.answer_errors)
    return Row(
        pattern=pattern,
        streams=num_streams,
        failed=sum(stream.failed for stream in streams),
        lag_p50_ms=_percentile_ms(lags, 0.5),
        lag_p99_ms=_percentile_ms(lags, 0.99),
        lag_max_ms=_percentile_ms(lags, 1.0),
        answer_error_p50_ms=_percentile_ms(errors, 0.5),
        answer_error_p99_ms=_percentile_ms(errors, 0.99),
        **asdict(seen),
    )


def _percentile_ms(ordered: Sequence[float], level: float) -> float:
    return 1000 * ordered[max(0, math.ceil(level * len(ordered)) - 1)] if ordered else math.nan


def _client(arguments: argparse.Namespace) -> None:
    """The child process: one row as JSON on standard output."""
    raise_open_files()
    row = measure(arguments.pattern[0], arguments.url, arguments.streams[0], arguments.seconds)
    print(json.dumps(asdict(row)))


@contextmanager
def _sink(streams: int, reply_every: int) -> Iterator[list[str]]:
    """A server that takes audio in a process of its own; the arguments of a client of it."""
    sink = subprocess.Popen(
        [sys.executable, "-m", "benchmarks.sink", "--reply-every", str(1 if streams == 1 else reply_every)],
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert sink.stdout is not None
        url = f"ws://127.0.0.1:{int(sink.stdout.readline())}/"
        yield ["-m", "benchmarks.streaming", "--url", url, "--streams", str(streams)]
    finally:
        sink.kill()
        sink.wait()


def _run_row(pattern: str, streams: int, arguments: argparse.Namespace) -> Row:
    with _sink(streams, arguments.reply_every) as client:
        options = ["--pattern", pattern, "--seconds", str(arguments.seconds)]
        said = subprocess.run([sys.executable, *client, *options], check=True, stdout=subprocess.PIPE, text=True)
        return Row(**json.loads(said.stdout))


_COMPARED = {
    "cpu_cores": lambda value: f"{value:.3f}",
    "kb_per_stream": lambda value: f"{value:.0f}",
    "lag_p50_ms": lambda value: f"{value:.2f}",
    "lag_p99_ms": lambda value: f"{value:.2f}",
    "answer_error_p50_ms": lambda value: f"{value:.2f}",
}


def compare(streams: int, arguments: argparse.Namespace) -> str:
    """This checkout's driver beside another's, as a Markdown table."""
    with _sink(streams, arguments.reply_every) as client:
        options = ["--pattern", "driver", "--seconds", str(arguments.seconds)]
        measured = against.pairs(arguments.against, arguments.rounds, [*client, *options])
    return against.table(measured, _COMPARED)


def _table(rows: Sequence[Row]) -> str:
    head = [name.replace("_", " ") for name in Row.__dataclass_fields__]
    lines = ["| " + " | ".join(head) + " |", "|" + "---|" * len(head)]
    for row in rows:
        cells = [f"{value:.2f}" if isinstance(value, float) else str(value) for value in asdict(row).values()]
        lines.append("| " + " | ".join(cells) + " |")
    return "\n".join(lines)


def measure_table(streams: Sequence[int], patterns: Sequence[str], seconds: float) -> str:
    """Every pattern at every number of streams, as a Markdown table."""
    arguments = argparse.Namespace(seconds=seconds, reply_every=4)
    return _table([_run_row(pattern, number, arguments) for number in streams for pattern in patterns])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--streams", type=int, nargs="+", default=[1, 100, 1000, 4000])
    parser.add_argument("--seconds", type=float, default=30.0)
    parser.add_argument("--pattern", nargs="+", choices=list(PATTERNS), default=["driver", "sleep"])
    parser.add_argument("--reply-every", type=int, default=4, help="audio messages per answer (1 stream: always 1)")
    parser.add_argument("--against", metavar="PYTHON", help="the interpreter of another checkout")
    parser.add_argument("--rounds", type=int, default=5, help="with --against: pairs of runs")
    parser.add_argument("--url", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.url:
        _client(arguments)
        return
    if arguments.against:
        for streams in arguments.streams:
            print(f"{streams} streams of {arguments.seconds:g} s\n\n{compare(streams, arguments)}\n")
        return
    rows = [_run_row(pattern, streams, arguments) for streams in arguments.streams for pattern in arguments.pattern]
    print(f"Python {platform.python_version()}, uvloop, {arguments.seconds:g} s per stream\n")
    print(_table(rows))


if __name__ == "__main__":
    main()
