"""The harness attacked on purpose: each fault for real, and what was seen. Writes docs/reliability.md.

    python -m benchmarks.faults                 all cases, about ten minutes on two cores
    python -m benchmarks.faults poison two_processes
    python -m benchmarks.faults --write         all, and their rows in the page

Every case runs the `bench` command in processes of its own, against servers on loopback that log what they are asked.
A key is planted in each, and looked for afterwards in everything that was written or shown, in many encodings.
"""

from __future__ import annotations

import argparse
import asyncio
import base64
import gzip
import json
import os
import resource
import signal
import subprocess
import sys
import tempfile
import time
import traceback
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np

from bench.audio import Audio, sha256_file, write_wav
from bench.corpora.manifest import Header, write_manifest
from bench.store import RunFolder
from bench.types import Failure, Transcript, Utterance
from benchmarks.hostile import HostileServer, http
from benchmarks.key_spellings import spellings
from benchmarks.scripted_corpus import make

KEY = "sk_live_PLANTED/+=0123456789abcdefXYZ"
_SPELLINGS = [
    *spellings(KEY),
    *(base64.b64encode(before + KEY.encode()).decode()[4:-4] for before in (b"", b"a", b"ab")),  # within a longer text
]
RATE_HZ = 16_000
ENOUGH_S = 900
"""A limit for what hangs, not for what is slow."""
PAGE = Path("docs/reliability.md")


@dataclass
class Seen:
    """What a case saw. The counts are what must be 0."""

    lost: int = 0
    """Trials without a result that should have one, or files written where they must not be."""
    twice: int = 0
    """Recordings asked for again although their answer was stored."""
    leaked: int = 0
    """Places in which the planted key stands."""
    executed: int = 0
    """Tracebacks, commands, formulas and sequences that got through."""
    wrong: list[str] = field(default_factory=list)
    note: str = ""

    def expect(self, holds: bool, what: str) -> None:
        """Something that must hold."""
        if not holds:
            self.wrong.append(what)


@dataclass
class Command:
    """A `bench` command that has ended."""

    code: int
    said: str


# -- what a case is made of ---------------------------------------------------------------------


def corpus(folder: Path, number: int = 20, duration_s: float = 0.2, name: str = "toy") -> Path:
    """Recordings of noise, each with another text."""
    random = np.random.default_rng(7)
    utterances = []
    for index in range(number):
        path = folder / "audio" / f"u{index}.wav"
        samples = random.normal(0, 0.05, round(RATE_HZ * duration_s)).astype(np.float32)
        write_wav(path, Audio(samples, RATE_HZ))
        utterances.append(
            Utterance(
                id=f"u{index}",
                corpus=name,
                audio=f"audio/{path.name}",
                sha256=sha256_file(path),
                sample_rate_hz=RATE_HZ,
                num_samples=len(samples),
                text="hello world",
                language="en",
                cluster=f"s{index % 5}",
            )
        )
    manifest = folder / f"{name.replace('/', '_')}.jsonl"
    write_manifest(manifest, Header(name=name, licence="CC0-1.0", source="made here", synthetic=True), utterances)
    return manifest


def config(folder: Path, url: str, manifest: Path, mode: str = "batch", **changes: Any) -> Path:
    """A run config of one engine at an address."""
    engine = {"id": "e", "engine": "pulse", "settings": {"base_url": url, "language": "en", "end_deadline_s": 3.0}}
    content = {
        "name": "faults",
        "corpora": [str(manifest)],
        "engines": [engine],
        "modes": [mode],
        "batch": {"concurrency": 4, "timeout_s": 300},
        "retry": {"attempts": 1, "base_s": 0.01, "max_s": 0.1},
        "validity": {"max_send_lag_p99_s": 60, "max_send_lag_s": 60, "max_cpu_saturated": 1.0, "max_clock_step_s": 60},
        **changes,
    }
    path = folder / "faults.yaml"
    path.write_text(json.dumps(content), encoding="utf-8")
    return path


def start(*words: object, key: str = KEY, wrap: Sequence[str] = (), **options: Any) -> subprocess.Popen[str]:
    environment = {**os.environ, "SMALLEST_API_KEY": key}
    return subprocess.Popen(
        [*wrap, sys.executable, "-m", "bench", *map(str, words)],
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        start_new_session=True,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
        **options,
    )


def ended(process: subprocess.Popen[str], within_s: float = ENOUGH_S) -> Command:
    try:
        said, _ = process.communicate(timeout=within_s)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        said, _ = process.communicate()
        return Command(-1, f"{said}\n(killed after {within_s:g} s)")
    return Command(process.returncode, said)


def bench(*words: object, seen: Seen, **options: Any) -> Command:
    """Run a command, and count what must never be in its output."""
    command = ended(start(*words, **options))
    judge_output(command, seen)
    return command


def judge_output(command: Command, seen: Seen) -> None:
    seen.leaked += shows_key(command.said)
    if "Traceback (most recent call last)" in command.said or command.code in {1, 70, -1}:
        seen.executed += 1
        seen.wrong.append(f"code {command.code}: {command.said[-600:]}")


def shows_key(text: str) -> int:
    """In how many spellings the planted key stands in a text, plain or within JSON."""
    return sum(spelling in text or json.dumps(spelling)[1:-1] in text for spelling in _SPELLINGS)


def leaks(folder: Path) -> int:
    """In how many files of a folder the key stands, in any encoding. Parquet pages are read as they are and decoded."""
    count = 0
    for path in folder.rglob("*"):
        if path.is_file() and path.name != "faults.yaml":
            content = path.read_bytes()
            if path.suffix == ".gz":
                content = gzip.decompress(content)
            count += bool(shows_key(content.decode("latin-1")))
            if path.suffix == ".parquet":
                import pyarrow.parquet

                count += bool(shows_key(str(pyarrow.parquet.read_table(path).to_pylist())))
    return count


def outcomes(run: Path) -> dict[str, Transcript | Failure]:
    return {id: result.outcome for id, result in RunFolder(run).results().items()}


def failures(run: Path) -> list[str]:
    return [f"{o.kind}: {o.message}" for o in outcomes(run).values() if isinstance(o, Failure)]


def accounted(run: Path, seen: Seen) -> None:
    """Every trial has one result."""
    seen.lost += len({trial.id for trial in RunFolder(run).trials()} - outcomes(run).keys())


def said(text: str = "hello world", **fields: object) -> bytes:
    return http(json.dumps({"status": "success", "transcription": text, **fields}).encode())


def plain(number: int, body: bytes, headers: dict[str, str]) -> bytes:
    return said()


# -- long runs ----------------------------------------------------------------------------------


def slow_plain(number: int, body: bytes, headers: dict[str, str]) -> AsyncIterator[bytes]:
    async def answer() -> AsyncIterator[bytes]:
        await asyncio.sleep(0.05)
        yield said()

    return answer()


def killed_and_resumed(folder: Path, seen: Seen) -> None:
    """SIGKILL three times amid a batch run, then --resume"""
    with HostileServer(slow_plain) as server:
        path, run = config(folder, server.url, corpus(folder, 120)), folder / "run"
        stored: set[str] = set()
        for attempt in range(3):
            process = start("run", path, "--out", run, *(["--resume"] if attempt else []))
            wait_for(lambda least=25 * (attempt + 1): run.exists() and len(lines(run)) > least, process)
            os.killpg(process.pid, signal.SIGKILL)
            process.communicate()
            stored |= set(outcomes(run))
        command = bench("run", path, "--out", run, "--resume", seen=seen)
        seen.expect(command.code == 0, f"exit {command.code}")
        accounted(run, seen)
        seen.twice += stored_twice(run)
        again = sum(server.asked.audio.values()) - len(server.asked.audio)
        seen.expect(again <= 3 * 4, f"{again} recordings asked again, more than were in flight")
        seen.note = f"{again} asked again, which were in flight (at most 4 a kill)"


def lines(run: Path, within: str = "results") -> list[bytes]:
    return [line for shard in run.glob(f"{within}/*.jsonl") for line in shard.read_bytes().split(b"\n") if line]


def stored_twice(run: Path, within: str = "results") -> int:
    """Answers that were stored although there was one; failed trials are tried again."""
    answers = [json.loads(line)["trial_id"] for line in lines(run, within) if b'"type":"transcript"' in line]
    return len(answers) - len(set(answers))


def wait_for(
    holds: Callable[[], object], process: subprocess.Popen[str], within_s: float = 60, every_s: float = 0.02
) -> None:
    end = time.monotonic() + within_s
    while not holds() and time.monotonic() < end and process.poll() is None:
        time.sleep(every_s)


def signals(folder: Path, seen: Seen) -> None:
    """SIGINT, SIGTERM, SIGHUP amid a run"""
    codes = []
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        with HostileServer(slow_plain) as server:
            place = folder / number.name
            path, run = config_in(place, server.url, 400), place / "run"
            process = start("run", path, "--out", run)
            wait_for(lambda run=run: run.exists() and len(lines(run)) > 10, process)
            os.kill(process.pid, number)
            command = ended(process, 30)
            judge_output(command, seen)
            codes.append(command.code)
            seen.expect("--resume" in command.said, f"{number.name}: no word of --resume")
            bench("run", path, "--out", run, "--resume", seen=seen)
            accounted(run, seen)
    seen.expect(codes == [130, 143, 143], f"codes {codes}")
    seen.note = f"exit codes {codes}, a word each, nothing lost"


def config_in(folder: Path, url: str, number: int = 20, **changes: Any) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    return config(folder, url, corpus(folder, number), **changes)


def torn_shard(folder: Path, seen: Seen) -> None:
    """A shard cut within its last lines, with and without zeros behind"""
    with HostileServer(plain) as server:
        path, run = config_in(folder, server.url, 6), folder / "run"
        bench("run", path, "--out", run, "--no-report", seen=seen)
        (shard,) = run.glob("results/*.jsonl")
        whole = shard.read_bytes()
        last_two = len(whole) - whole.rstrip(b"\n").rfind(b"\n", 0, whole.rstrip(b"\n").rfind(b"\n"))
        for cut in range(1, last_two):
            for tail in (b"", bytes(64)):
                shard.write_bytes(whole[: len(whole) - cut] + tail)
                left = len(outcomes(run))
                seen.expect(4 - 1 <= left <= 6, f"{left} results after {cut} bytes were cut")
        shard.write_bytes(whole[:-10])
        bench("run", path, "--out", run, "--resume", "--no-report", seen=seen)
        accounted(run, seen)
        seen.note = f"{2 * (last_two - 1)} cuts read"


def two_processes(folder: Path, seen: Seen) -> None:
    """--resume while the first runs"""
    with HostileServer(slow_plain) as server:
        path, run = config_in(folder, server.url, 600, batch={"concurrency": 1}), folder / "run"
        first = start("run", path, "--out", run)
        wait_for(lambda: run.exists() and len(lines(run)) > 5, first)
        second = bench("run", path, "--out", run, "--resume", seen=seen)
        seen.expect(second.code == 2 and "works on" in second.said, f"{second.code}: {second.said[-200:]}")
        judge_output(ended(first), seen)
        accounted(run, seen)
        seen.twice += sum(server.asked.audio.values()) - len(server.asked.audio)
        seen.note = "the second is refused"


def same_engine_twice(folder: Path, seen: Seen) -> None:
    """Two ids of one engine, on a server that answers right and wrong in turn"""

    def answer(number: int, body: bytes, headers: dict[str, str]) -> bytes:
        return said("hello world" if number % 2 else "wrong")

    with HostileServer(answer) as server:
        manifest = corpus(folder, 20)
        settings = {"base_url": server.url, "language": "en"}
        engines = [{"id": id, "engine": "pulse", "settings": settings} for id in ("a", "b")]
        path, run = config(folder, server.url, manifest, engines=engines, batch={"concurrency": 1}), folder / "run"
        bench("run", path, "--out", run, seen=seen)
        seen.expect(len(outcomes(run)) == server.asked.requests == 40, f"{len(outcomes(run))} results of 40")
        content = json.loads(path.read_text(encoding="utf-8"))
        path.write_text(json.dumps({**content, "corpora": [str(manifest)] * 2}), encoding="utf-8")
        command = bench("run", path, "--out", folder / "twice", seen=seen)
        seen.expect(command.code == 2 and "list a corpus once" in command.said, command.said[-200:])
        seen.note = "40 trials, each its own answer; a corpus listed twice is refused"


def disk_full(folder: Path, seen: Seen) -> None:
    """No room amid a run (a limit on file size), then room"""
    with HostileServer(slow_plain) as server:
        path, run = config_in(folder, server.url, 72), folder / "run"
        limited = ["bash", "-c", 'ulimit -f 26; exec "$@"', "limited"]
        command = bench("run", path, "--out", run, seen=seen, wrap=limited)
        seen.expect(command.code == 74, f"exit {command.code}: {command.said[-200:]}")
        kept = len(outcomes(run))
        seen.expect(0 < kept < 72, f"{kept} kept: the limit did not strike amid the run")
        bench("run", path, "--out", run, "--resume", seen=seen)
        accounted(run, seen)
        seen.twice += stored_twice(run)
        seen.note = f"one message, exit 74, {kept} kept; complete after --resume"


def no_folder(folder: Path, seen: Seen) -> None:
    """The run folder is a file, or below one"""
    (folder / "file").write_text("x", encoding="utf-8")
    with HostileServer(plain) as server:
        path = config_in(folder, server.url)
        for out in (folder / "file", folder / "file" / "run", Path("/proc/run")):
            command = bench("run", path, "--out", out, seen=seen)
            seen.expect(command.code in {2, 74}, f"exit {command.code}: {command.said[-200:]}")
        seen.expect(server.asked.requests == 0, "the engine was asked")
        seen.note = "one message each, nothing asked"


def worker_killed(folder: Path, seen: Seen) -> None:
    """The processes that decode audio killed amid a run"""
    with HostileServer(slow_plain) as server:
        path, run = config_in(folder, server.url, 80), folder / "run"
        process = start("run", path, "--out", run)
        wait_for(lambda: run.exists() and len(lines(run)) > 10, process)
        listed = [process.pid, *descendants(process.pid)]
        seen.leaked += sum(shows_key(command_line(child)) for child in listed)
        killed = [child for child in listed if "forkserver" in command_line(child)]
        for child in killed:
            with_environment = Path(f"/proc/{child}/environ").read_bytes().decode("latin-1")
            seen.leaked += shows_key(with_environment)
        for child in killed:
            with suppress(ProcessLookupError):  # workers leave with the server that started them
                os.kill(child, signal.SIGKILL)
        command = ended(process)
        judge_output(command, seen)
        bench("run", path, "--out", run, "--resume", seen=seen)
        accounted(run, seen)
        seen.expect(not failures(run), f"{failures(run)[:1]}")
        seen.note = f"{len(killed)} killed, the run went on; no key in their environment, none in any command line"


def emulator_killed(folder: Path, seen: Seen) -> None:
    """The emulator that a config starts killed amid a run"""
    manifest, script = make(folder, speakers=4, utterances=5)
    engine = {"id": "e", "engine": "pulse", "settings": {"language": "en"}}
    emulate = {"recognizer": f"script:{script}"}
    changes = {"engines": [{**engine, "emulate": emulate}], "repeats": 100}
    path, run = config(folder, "", manifest, **changes), folder / "run"
    process = start("run", path, "--out", run, "--no-report")
    wait_for(lambda: run.exists() and len(lines(run)) > 20, process)
    for child in descendants(process.pid):
        if "emulat" in command_line(child):
            os.kill(child, signal.SIGKILL)
    command = ended(process)
    judge_output(command, seen)
    first = len(outcomes(run))
    bench("run", path, "--out", run, "--no-report", "--resume", seen=seen)
    accounted(run, seen)
    seen.twice += stored_twice(run)
    seen.expect(not failures(run), f"{failures(run)[:1]}")
    seen.note = f"exit {command.code}, {first} of 2000 trials had a result; complete after --resume"


async def hears(connection: Any) -> None:
    """A stream of the ordinary kind, half a second late."""
    async for message in connection:
        if isinstance(message, str):
            await asyncio.sleep(0.5)
            said = {"transcript": "hello world", "is_final": True, "is_last": True, "language": "en"}
            await connection.send(json.dumps(said))
            return


def streams_killed(folder: Path, seen: Seen) -> None:
    """SIGKILL twice amid streams in two processes, then of one of the processes, then --resume"""
    stream = {"concurrency": 6, "processes": 2}
    with HostileServer(talk=hears) as server:
        path, run = config_in(folder, server.url, 120, mode="stream", stream=stream), folder / "run"
        for attempt in range(3):
            process = start("run", path, "--out", run, *(["--resume"] if attempt else []))
            wait_for(lambda least=20 * (attempt + 1): run.exists() and len(lines(run)) > least, process)
            children = [child for child in descendants(process.pid) if "spawn" in command_line(child)]
            if attempt < 2:
                os.killpg(process.pid, signal.SIGKILL)
                process.communicate()
                continue
            for child in children[-1:]:
                os.kill(child, signal.SIGKILL)
            command = ended(process)
            judge_output(command, seen)
            seen.expect("--resume" in command.said or command.code in {0, 4}, f"{command.code}: {command.said[-300:]}")
        asked = server.asked.streams
        time.sleep(2)
        seen.expect(server.asked.streams == asked, "streams were begun after the end")
        bench("run", path, "--out", run, "--resume", seen=seen)
        accounted(run, seen)
        seen.twice += stored_twice(run)
        again = server.asked.streams - 120
        seen.expect(again <= 3 * 6 + 2, f"{again} asked again, more than were open")
        seen.expect(not failures(run), f"{failures(run)[:1]}")
        seen.note = f"{again} asked again, which were open (at most 6 a kill); none begun after a kill"


JUMP = """\
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdlib.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>
static int jumped(void) { const char *name = getenv("JUMPED"); return name && access(name, F_OK) == 0 ? 7200 : 0; }
int clock_gettime(clockid_t id, struct timespec *at) {
  int (*real)(clockid_t, struct timespec *) = dlsym(RTLD_NEXT, "clock_gettime");
  int code = real(id, at);
  if (id == CLOCK_REALTIME) at->tv_sec -= jumped();
  return code;
}
int gettimeofday(struct timeval *at, void *zone) {
  struct timespec now;
  clock_gettime(CLOCK_REALTIME, &now);
  at->tv_sec = now.tv_sec; at->tv_usec = now.tv_nsec / 1000;
  return 0;
}
time_t time(time_t *at) {
  struct timespec now;
  clock_gettime(CLOCK_REALTIME, &now);
  if (at) *at = now.tv_sec;
  return now.tv_sec;
}
"""


def clock_jump(folder: Path, seen: Seen) -> None:
    """The wall clock set back by two hours amid a run (a preloaded library)"""
    (folder / "jump.c").write_text(JUMP, encoding="utf-8")
    library = folder / "jump.so"
    built = subprocess.run(["cc", "-shared", "-fPIC", "-o", library, folder / "jump.c", "-ldl"], check=False)
    seen.expect(built.returncode == 0, "no C compiler: the clock was not set")
    with HostileServer(slow_plain) as server:
        path, run = config_in(folder, server.url, 60), folder / "run"
        wrap = ["env", f"LD_PRELOAD={library}", f"JUMPED={folder / 'jumped'}"]
        process = start("run", path, "--out", run, wrap=wrap)
        wait_for(lambda: run.exists() and len(lines(run)) > 20, process)
        (folder / "jumped").touch()
        command = ended(process)
        judge_output(command, seen)
        accounted(run, seen)
        results = list(RunFolder(run).results().values())
        times = sorted(r.outcome.timing.done_s for r in results if isinstance(r.outcome, Transcript))
        seen.expect(len(times) == 60 and 0 < times[0] <= times[-1] < 3600, f"latencies {times[:1]} to {times[-1:]}")
        began = sorted(datetime.fromisoformat(result.started_at) for result in results)
        seen.expect((began[-1] - began[0]).total_seconds() > 3600, "the clock did not jump")
        seen.note = f"60 of 60, latencies {times[0]:.2f} to {times[-1]:.2f} s"


def signals_elsewhere(folder: Path, seen: Seen) -> None:
    """SIGINT, SIGTERM, SIGHUP while a run is planned, scored and reported"""
    codes: dict[str, list[int]] = {}
    with HostileServer(plain) as server:
        path, run = config_in(folder, server.url, 40), folder / "run"
        bench("run", path, "--out", run, seen=seen)
        phases = {"plan": ("run", path, "--dry-run"), "score": ("score", run), "report": ("report", run)}
        for phase, words in phases.items():
            for number, sent in enumerate((signal.SIGINT, signal.SIGTERM, signal.SIGHUP)):
                process = start(*words)
                time.sleep(1.0 + 0.4 * number)
                process.send_signal(sent)
                command = ended(process)
                judge_output(command, seen) if command.code >= 0 else None
                codes.setdefault(phase, []).append(command.code)
        allowed = {0, 130, 143, -signal.SIGINT, -signal.SIGTERM, -signal.SIGHUP}
        seen.expect(all(code in allowed for own in codes.values() for code in own), f"{codes}")
        seen.expect(bench("score", run, seen=seen).code == 0, "cannot be scored any more")
        seen.expect(bench("report", run, seen=seen).code == 0, "cannot be reported any more")
        accounted(run, seen)
        seen.note = f"exit codes {codes}; scored and reported afterwards"


def descendants(pid: int) -> list[int]:
    children: dict[int, list[int]] = {}
    for entry in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = entry.read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()
        except OSError:
            continue
        children.setdefault(int(fields[1]), []).append(int(entry.parent.name))
    found, queue = [], [pid]
    while queue:
        queue += children.get(current := queue.pop(), [])
        found.append(current)
    return found[1:]


def command_line(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode("utf-8", "replace")
    except OSError:
        return ""


def few_files(folder: Path, seen: Seen) -> None:
    """ulimit -n 64"""
    with HostileServer(slow_plain) as server:
        path, run = config_in(folder, server.url, 60, batch={"concurrency": 50, "timeout_s": 20}), folder / "run"
        bench("run", path, "--out", run, seen=seen, wrap=["bash", "-c", 'ulimit -n 64; exec "$@"', "few"])
        kept = len(outcomes(run)) if run.exists() else 0
        bench("run", path, "--out", run, "--resume", seen=seen)
        accounted(run, seen)
        seen.note = f"{kept} of 60 kept; complete after --resume"


def changed_plans(folder: Path, seen: Seen) -> None:
    """--resume with --limit, another language, another name, a corpus taken out"""
    with HostileServer(plain) as server:
        path, run = config_in(folder, server.url, 12), folder / "run"
        bench("run", path, "--out", run, "--no-report", seen=seen)
        before = (run / "trials.jsonl").read_bytes()
        content = json.loads(path.read_text(encoding="utf-8"))
        other = corpus(folder / "other", 3, name="other")
        for words in (
            ["--limit", "3"],
            ["--set", "engines.e.settings.language=hi"],
            ["--set", "name=another"],
            ["--set", f"corpora=[{other}]"],
        ):
            command = bench("run", path, "--out", run, "--resume", *words, seen=seen)
            seen.expect(command.code == 2, f"{words}: exit {command.code}")
            seen.lost += (run / "trials.jsonl").read_bytes() != before
        asked = server.asked.requests
        command = bench("run", path, "--out", run, "--resume", "--replan", "--limit", "3", seen=seen)
        seen.expect("3 trials kept, 0 added, 9 left out" in command.said, command.said[-300:])
        path.write_text(json.dumps({**content, "corpora": [str(other)]}), encoding="utf-8")
        command = bench("run", path, "--out", run, "--resume", "--replan", seen=seen)
        seen.expect(command.code == 0, f"exit {command.code}: {command.said[-300:]}")
        seen.expect(server.asked.requests == asked + 3, "other trials were asked than the new ones")
        seen.note = "refused before the first call; with --replan told, and reported"


# -- servers ------------------------------------------------------------------------------------


def nested(depth: int) -> str:
    return '{"a":' * depth + "1" + "}" * depth


POISON: dict[str, bytes] = {
    "lone surrogate in the text": http(b'{"status":"success","transcription":"a\\ud800b"}'),
    "in a word and the language": http(
        b'{"status":"success","transcription":"a","language":"\\udfff","words":[{"word":"\\ud800","start":0,"end":1}]}'
    ),
    "in a key of metadata": http(b'{"status":"success","transcription":"a","metadata":{"\\ud800":1}}'),
    "in an error": http(b'{"error":"\\ud800"}', "500 Oops"),
    "metadata nested 900 deep": http(f'{{"status":"success","transcription":"a","metadata":{nested(900)}}}'.encode()),
    "word times of 1e308": http(
        b'{"status":"success","transcription":"a b","words":[{"word":"a","start":1e308,"end":1e308},'
        b'{"word":"b","start":-1e308,"end":1e308}]}'
    ),
    "Infinity, NaN, a long integer": http(
        b'{"status":"success","transcription":"a","age":NaN,"metadata":{"x":Infinity,"y":' + b"9" * 4000 + b"}}"
    ),
    "wrong types": http(b'{"status":[],"transcription":{"a":1},"words":"x"}'),
    "not JSON": http(b"\xff\xfe\x00"),
    "NUL and controls": http(b'{"status":"success","transcription":"a\\u0000\\u001b[31m\\u2028b"}'),
}


def poison(folder: Path, seen: Seen) -> None:
    """Answers that cannot be stored, among good ones"""
    kinds = list(POISON.values())

    def answer(number: int, body: bytes, headers: dict[str, str]) -> bytes:
        return kinds[number // 4 % len(kinds)] if number % 4 == 0 else said()

    with HostileServer(answer) as server:
        path, run = config_in(folder, server.url, 60), folder / "run"
        command = bench("run", path, "--out", run, seen=seen)
        seen.expect(command.code in {0, 4}, f"exit {command.code}")
        accounted(run, seen)
        seen.expect(server.asked.requests == 60, f"{server.asked.requests} requests")
        for line in lines(run):
            json.loads(line, parse_constant=lambda name: seen.wrong.append(f"{name} on disk"))
        seen.note = f"{len(kinds)} kinds among 60 answers: a result each, strict JSON on disk, reported"


def poisoned_streams(folder: Path, seen: Seen) -> None:
    """The same on streams"""
    bodies = [body.partition(b"\r\n\r\n")[2] for body in POISON.values()]
    turn = iter(range(10_000))

    async def talk(connection: Any) -> None:
        body = bodies[next(turn) % len(bodies)].decode("utf-8", "replace").replace("transcription", "transcript")
        async for message in connection:
            if isinstance(message, str):
                await connection.send(body.replace("{", '{"is_final":true,"is_last":true,', 1))
                return

    with HostileServer(talk=talk) as server:
        path, run = config_in(folder, server.url, len(bodies), mode="stream"), folder / "run"
        command = bench("run", path, "--out", run, seen=seen)
        seen.expect(command.code in {0, 4}, f"exit {command.code}")
        accounted(run, seen)
        seen.note = f"{len(bodies)} streams, a result each, reported"


def large_answers(folder: Path, seen: Seen) -> None:
    """A gzip bomb of 1 GB, a body of 1 GB, a transcript of 100 MB, an error body of 300 MB"""
    bomb = gzip.compress(bytes(2**30), 6)

    async def endless(head: bytes, part: bytes, times: int) -> AsyncIterator[bytes]:
        yield head
        for _ in range(times):
            yield part

    def answer(number: int, body: bytes, headers: dict[str, str]) -> bytes | AsyncIterator[bytes]:
        part = b"x" * 2**20
        return [
            http(bomb, headers="content-encoding: gzip\r\ncontent-type: application/json\r\n"),
            endless(b"HTTP/1.1 200 OK\r\ncontent-length: 1073741824\r\n\r\n", part, 1024),
            endless(
                b'HTTP/1.1 200 OK\r\nconnection: close\r\n\r\n{"status":"success","transcription":"',
                b"ab cd " * 2**18,
                64,
            ),
            endless(b"HTTP/1.1 500 Oops\r\ncontent-length: 314572800\r\n\r\n", part, 300),
        ][number % 4]

    with HostileServer(answer) as server:
        path, run = config_in(folder, server.url, 8, batch={"concurrency": 2, "timeout_s": 60}), folder / "run"
        bench("run", path, "--out", run, seen=seen)
        accounted(run, seen)
        seen.expect(len(failures(run)) == 8, f"{8 - len(failures(run))} were taken for answers")
        seen.note = "a failure each that says the limit"


def flood(folder: Path, seen: Seen) -> None:
    """A stream of partials without end"""

    async def talk(connection: Any) -> None:
        message = json.dumps({"transcript": "word " * 100, "is_final": False})
        while True:
            await connection.send(message)

    with HostileServer(talk=talk) as server:
        path, run = config_in(folder, server.url, 2, mode="stream"), folder / "run"
        bench("run", path, "--out", run, seen=seen)
        accounted(run, seen)
        size_mb = sum(path.stat().st_size for path in run.rglob("*") if path.is_file()) / 1e6
        seen.expect(size_mb < 60, f"run folder of {size_mb:.0f} MB")
        seen.note = f"given up; run folder {size_mb:.0f} MB"


def slow_answers(folder: Path, seen: Seen) -> None:
    """A byte each half second: in the body, in a header, as 1xx without end"""

    async def drip(head: bytes, part: bytes) -> AsyncIterator[bytes]:
        yield head
        for _ in range(200):
            yield part
            await asyncio.sleep(0.5)

    def answer(number: int, body: bytes, headers: dict[str, str]) -> AsyncIterator[bytes]:
        kind = number % 3
        if kind == 0:
            return drip(b"HTTP/1.1 200 OK\r\ncontent-length: 1000\r\n\r\n", b"x")
        if kind == 1:
            return drip(b"HTTP/1.1 200 OK\r\nx-slow: ", b"x")
        return drip(b"", b"HTTP/1.1 103 Early Hints\r\n\r\n")

    with HostileServer(answer) as server:
        path, run = config_in(folder, server.url, 6, batch={"concurrency": 6, "timeout_s": 2}), folder / "run"
        began = time.monotonic()
        bench("run", path, "--out", run, "--no-report", seen=seen)
        took_s = time.monotonic() - began
        accounted(run, seen)
        seen.expect(took_s < 25, f"{took_s:.0f} s")
        seen.expect(all("timeout" in each for each in failures(run)), f"{failures(run)[:2]}")
        seen.note = "each ends at batch.timeout_s (2 s)"


def dead_key(folder: Path, seen: Seen) -> None:
    """401, 402, 500 to everything, over 200 recordings"""
    asked = {}
    for status in ("401 Unauthorized", "402 Payment Required", "500 Oops"):
        with HostileServer(lambda n, b, h, status=status: http(b'{"error":"no"}', status)) as server:
            place = folder / status[:3]
            path, run = config_in(place, server.url, 200), place / "run"
            command = bench("run", path, "--out", run, "--no-report", seen=seen)
            asked[status[:3]] = server.asked.requests
            seen.expect(command.code == 4, f"exit {command.code}")
            seen.expect("--resume" in command.said and "trials were not run" in command.said, command.said[-300:])
    seen.expect(max(asked.values()) <= 20, f"{asked}")
    seen.note = f"requests until it was given up: {asked}; the rest is left to --resume"


def budget(folder: Path, seen: Seen) -> None:
    """max_requests 40, 5 attempts, a server that says 500"""
    retry = {"attempts": 5, "base_s": 0.0, "max_s": 0.0, "give_up_after": None}
    with HostileServer(lambda n, b, h: http(b"{}", "500 Oops")) as server:
        path = config_in(folder, server.url, 40, retry=retry, budget={"max_requests": 40})
        for attempt in range(2):
            words = ["--resume"] if attempt else []
            bench("run", path, "--out", folder / "run", *words, "--no-report", seen=seen)
        seen.expect(server.asked.requests <= 40, f"{server.asked.requests} requests")
        seen.note = f"{server.asked.requests} requests in two runs"


# -- audio, manifests, configs ------------------------------------------------------------------


def bad_audio(folder: Path, seen: Seen) -> None:
    """Cut, a fifo, a folder, 12 h of silence on 8 channels in a few MB, 22 h of holes"""
    import soundfile

    manifest = corpus(folder, 6)
    audio = folder / "audio"
    whole = (audio / "u0.wav").read_bytes()
    (audio / "u0.wav").write_bytes(whole[: len(whole) // 8])
    (audio / "u1.wav").unlink()
    os.mkfifo(audio / "u1.wav")
    (audio / "u2.wav").unlink()
    (audio / "u2.wav").mkdir()
    with soundfile.SoundFile(audio / "bomb.flac", "w", 8_000, 8, format="FLAC") as file:
        block = np.zeros((8_000 * 600, 8), dtype=np.int16)
        for _ in range(12 * 6):
            file.write(block)
    (audio / "bomb.flac").replace(audio / "u3.wav")
    with (audio / "u4.wav").open("r+b") as holes:
        holes.seek(40)
        holes.write((2**31 + 2**29).to_bytes(4, "little"))
        holes.truncate(44 + 2**31 + 2**29)
    with HostileServer(plain) as server:
        path, run = config(folder, server.url, manifest), folder / "run"
        bench("run", path, "--out", run, seen=seen)
        accounted(run, seen)
        seen.expect(len(failures(run)) == 5, f"{len(failures(run))} failures: {failures(run)}")
        seen.expect(server.asked.requests == 1, f"{server.asked.requests} requests")
        seen.note = "5 failures of their trials, 1 answer"


def bad_manifests(folder: Path, seen: Seen) -> None:
    """Names that are paths, of 300 characters, with controls; words at 1e308; 200,000 bad lines"""
    with HostileServer(plain) as server:
        manifest = corpus(folder, 3)
        text = manifest.read_text(encoding="utf-8")
        names = ("../../evil", "a/b", "/tmp/evil-earwitness", "x" * 300, "..", "a\\nb", "a\\u001b[31m", "\\ud800")
        changed = {f"name {name[:12]}": text.replace('"toy"', f'"{name}"') for name in names}
        changed["word at 1e308"] = text.replace('"language"', '"words": [{"text": "a", "end_s": 1e308}], "language"')
        changed["200,000 bad lines"] = text + "{bad\n" * 200_000
        changed["licence with a command"] = text.replace("CC0-1.0", "x\\n::error::y")
        for number, (what, content) in enumerate(changed.items()):
            manifest.write_text(content, encoding="utf-8")
            path = config(folder, server.url, manifest)
            command = bench("run", path, "--out", folder / "runs" / f"r{number}", seen=seen)
            seen.expect(command.code == 2, f"{what}: exit {command.code}")
            seen.expect(len(command.said) < 50_000, f"{what}: {len(command.said)} characters")
        seen.lost += sum(path.exists() for path in (folder.parent / "evil.jsonl", Path("/tmp/evil-earwitness.jsonl")))
        seen.expect(server.asked.requests == 0, "the engine was asked")
        seen.note = f"{len(changed)} manifests refused with line and reason before the first call"


BOMB = "\n".join(
    [
        "a0: &a0 [x, x, x, x, x, x, x, x, x]",
        *(f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 10)),
        "name: *a9",
    ]
)
CONFIGS = {
    "alias bomb": BOMB,
    "alias bomb in a section": f"{BOMB}\ncorpora: [x]\nengines: *a9\n",
    "nested 20,000 deep": "name: " + "[" * 20_000,
    "a python tag": "name: !!python/object/apply:os.system ['touch /tmp/evil-earwitness']",
    "a long integer": f"name: {'9' * 5000}",
    "not a mapping": "- a",
    "NUL": "name: \0",
    "binary": "\x80\xff",
    "a loop": "a: &a [*a]\nname: *a",
    "no conditions": "name: a\nconditions: []\ncorpora: [x]\nengines: [{id: a, engine: pulse}]",
}
OVERRIDES = ("x=[", "name=!!python/name:os.system", "name=*gone", "name=" + "9" * 5000, "name=\x1b[31m", "=", "a.b.c")


def bad_configs(folder: Path, seen: Seen) -> None:
    """YAML bombs, tags, depths, and --set of the same"""
    good = config_in(folder, "http://127.0.0.1:9", 2)
    for number, (what, content) in enumerate(CONFIGS.items()):
        path = folder / f"c{number}.yaml"
        path.write_text(content, encoding="latin-1")
        command = bench("run", path, "--dry-run", seen=seen)
        seen.expect(command.code == 2, f"{what}: exit {command.code}: {command.said[-200:]}")
    for override in OVERRIDES:
        command = bench("run", good, "--dry-run", "--set", override, seen=seen)
        seen.expect(command.code == 2, f"--set {override[:20]!r}: exit {command.code}: {command.said[-200:]}")
    seen.executed += Path("/tmp/evil-earwitness").exists()
    seen.note = f"{len(CONFIGS) + len(OVERRIDES)} refused with one message"


# -- text and keys ------------------------------------------------------------------------------

HOSTILE = (
    "<script>alert(1)</script>",
    "![x](https://evil.example/a.png)",
    "# heading",
    "=cmd|'/c calc'!A1",
    "\x1b[31mred\x07\x9b31m",
    "\n::error::x",
    "| a | b |",
)


def hostile_text(folder: Path, seen: Seen) -> None:
    """Answers and errors that hold markup, formulas, terminal sequences and CI commands"""

    def answer(number: int, body: bytes, headers: dict[str, str]) -> bytes:
        text = HOSTILE[number % len(HOSTILE)]
        return said(text) if number % 2 else http(json.dumps({"error": text}).encode(), "400 Bad")

    with HostileServer(answer) as server:
        path, run = config_in(folder, server.url, 28), folder / "run"
        command = bench("run", path, "--out", run, seen=seen)
        for text in (command.said, *(p.read_text(encoding="utf-8") for p in run.glob("report.*"))):
            seen.executed += "\x1b[31m" in text or "\x07" in text or "\n::error" in text
        page = (run / "report.html").read_text(encoding="utf-8")
        seen.executed += "<script>alert" in page
        table = (run / "summary.csv").read_text(encoding="utf-8")
        seen.executed += any(
            cell.startswith(("=cmd", '"=cmd')) for line in table.splitlines() for cell in line.split(",")
        )
        seen.note = f"{len(HOSTILE)} texts: text everywhere"


def planted_key(folder: Path, seen: Seen) -> None:
    """A server that repeats the key: status line, headers, every field, errors, in many encodings"""
    forms = spellings(KEY)

    def answer(number: int, body: bytes, headers: dict[str, str]) -> bytes:
        form = forms[number % len(forms)]
        kind = number // len(forms) % 6
        if kind == 0:
            return f"HTTP/1.1 {form}\r\n\r\n".encode("latin-1")
        if kind == 1:
            return http(json.dumps({"error": f"no access for {form}"}).encode(), "403 Forbidden")
        if kind == 2:
            return http(f"{'x' * 480} {form}".encode(), "500 Oops")
        if kind == 3:
            return http(json.dumps({"unexpected": form, form: 1}).encode())
        fields = {"language": form, "metadata": {form: [form]}, "request_id": form, "speaker": form}
        words = [{"word": form, "start": 0.1, "end": 0.2, "speaker": form}]
        head = f"content-type: application/json\r\nx-request-id: {form.strip(chr(10))!r}\r\n"
        answered = json.dumps({"status": "success", "transcription": f"hello {form}", "words": words, **fields})
        return http(answered.encode(), headers=head)

    with HostileServer(answer) as server:
        number = 6 * len(forms)
        retry = {"attempts": 1, "give_up_after": None}
        path, run = config_in(folder, server.url, number, retry=retry, record=True), folder / "run"
        bench("run", path, "--out", run, seen=seen)
        accounted(run, seen)
        seen.expect(any(run.glob("recordings/*.gz")), "nothing was recorded")
        seen.leaked += leaks(folder)
        seen.note = f"{number} answers in {len(forms)} encodings: found in no file, recording or output"


def key_with_line_end(folder: Path, seen: Seen) -> None:
    """A key with CR, LF, a character beyond ASCII, a space"""
    with HostileServer(plain) as server:
        path = config_in(folder, server.url, 3)
        codes = []
        for number, key in enumerate((f"{KEY}\r", f"{KEY}\n", f"{KEY}\r\n", f"{KEY}\u00a0x", f"{KEY} x", f"{KEY}ключ")):
            command = bench("run", path, "--out", folder / f"run{number}", seen=seen, key=key)
            codes.append(command.code)
        seen.leaked += leaks(folder)
        seen.expect(codes == [0, 0, 0, 2, 2, 2], f"codes {codes}")
        seen.note = "line ends are stripped, the others refused without being shown"


def foreign_host(folder: Path, seen: Seen) -> None:
    """A config that sends a key elsewhere, or another variable's content"""
    manifest = corpus(folder, 2)
    for settings in (
        {"base_url": "https://evil.example"},
        {"api_key_env": "PATH"},
        {"base_url": "https://evil.example", "api_key_env": "PATH"},
    ):
        engines = [{"id": "e", "engine": "pulse", "settings": settings}]
        command = bench("run", config(folder, "", manifest, engines=engines), "--out", folder / "run", seen=seen)
        seen.expect(command.code == 2 and "--allow-key" in command.said, f"{settings}: {command.said[-200:]}")
    seen.note = "refused; --allow-key NAME=HOST allows it"


# -- all of them ----------------------------------------------------------------------------------

Case = Callable[[Path, Seen], None]
CASES: dict[str, Case] = {
    case.__name__: case
    for case in (
        killed_and_resumed,
        signals,
        torn_shard,
        two_processes,
        same_engine_twice,
        disk_full,
        no_folder,
        worker_killed,
        streams_killed,
        emulator_killed,
        clock_jump,
        signals_elsewhere,
        few_files,
        changed_plans,
        poison,
        poisoned_streams,
        large_answers,
        flood,
        slow_answers,
        dead_key,
        budget,
        bad_audio,
        bad_manifests,
        bad_configs,
        hostile_text,
        planted_key,
        key_with_line_end,
        foreign_host,
    )
}


@contextmanager
def quiet() -> Iterator[None]:
    """No child outlives a case."""
    try:
        yield
    finally:
        for child in descendants(os.getpid()):
            os.kill(child, signal.SIGKILL)


def run_case(name: str) -> dict[str, Any]:
    """One case in this process; its peak memory is that of the largest process it started."""
    seen, began = Seen(), time.monotonic()
    with tempfile.TemporaryDirectory(prefix="faults-") as folder, quiet():
        try:
            CASES[name](Path(folder), seen)
        except Exception:
            seen.wrong.append(traceback.format_exc()[-1500:])
    peak_mb = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
    return {
        "case": name,
        "what": (CASES[name].__doc__ or "").strip(),
        "lost": seen.lost,
        "twice": seen.twice,
        "leaked": seen.leaked,
        "executed": seen.executed,
        "peak_mb": round(peak_mb),
        "seconds": round(time.monotonic() - began, 1),
        "wrong": seen.wrong,
        "note": seen.note,
    }


def table(rows: Sequence[dict[str, Any]], before: str) -> str:
    """The table of docs/reliability.md: rows that were there, with those that were seen now in their places."""
    lines = {row["what"]: _line(row) for row in rows}
    there = {line.split(" | ")[0].removeprefix("| "): line for line in before.splitlines() if line.startswith("| ")}
    known = [(case.__doc__ or "").strip() for case in CASES.values()]
    return "\n".join([_HEADING, *(line for what in known if (line := lines.get(what) or there.get(what)))])


_HEADING = """\
| fault | lost | twice | leaked | executed | peak | time | day | seen |
| --- | ---: | ---: | ---: | ---: | ---: | ---: | --- | --- |"""


def _line(row: dict[str, Any]) -> str:
    counts = " | ".join(str(row[name]) for name in ("lost", "twice", "leaked", "executed"))
    said = row["note"].replace("|", "/") if not row["wrong"] else "**fell short**"
    day = f"{datetime.now(UTC):%Y-%m-%d}"
    return f"| {row['what']} | {counts} | {row['peak_mb']} MB | {row['seconds']:g} s | {day} | {said} |"


def write(rows: Sequence[dict[str, Any]]) -> None:
    """Put the rows into the page."""
    text = PAGE.read_text(encoding="utf-8")
    begin, rest = text.split(_BEGIN)
    made, end = rest.split(_END)
    PAGE.write_text(f"{begin}{_BEGIN}\n\n{table(rows, made)}\n\n{_END}{end}", encoding="utf-8")


_BEGIN, _END = "<!-- made by python -m benchmarks.faults --write -->", "<!-- until here -->"


def main() -> None:
    """Run the cases named, or all."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("cases", nargs="*", choices=[[], *CASES])
    parser.add_argument("--write", action="store_true", help=f"put what was seen into {PAGE}")
    parser.add_argument("--one", choices=CASES, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.one:
        print(json.dumps(run_case(arguments.one)))
        return
    rows = []
    for name in arguments.cases or CASES:
        child = subprocess.run(
            [sys.executable, "-m", "benchmarks.faults", "--one", name], stdout=subprocess.PIPE, text=True, check=True
        )
        row = json.loads(child.stdout.splitlines()[-1])
        rows.append(row)
        if arguments.write:
            write([row])
        numbers = "  ".join(
            f"{key} {row[key]}" for key in ("lost", "twice", "leaked", "executed", "peak_mb", "seconds")
        )
        print(f"{'FELL SHORT' if row['wrong'] else 'ok':10} {name:20} {numbers}  {row['note']}", flush=True)
        for wrong in row["wrong"]:
            print(f"           {wrong}", flush=True)
    bad = [row for row in rows if row["wrong"] or row["lost"] or row["twice"] or row["leaked"] or row["executed"]]
    sys.exit(1 if bad else 0)


if __name__ == "__main__":
    main()
