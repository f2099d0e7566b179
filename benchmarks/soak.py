"""A long run through the emulator with one fault in ten, killed three times and once without room on the disk.

    python -m benchmarks.soak --trials 2000

Every trial must be accounted for once: a result each, no answer stored twice, and the memory of the process that asks
flat: what it has when the last answers come in, against what it had when the first did after the last resume.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import resource
import signal
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import Any

from bench.store import RunFolder
from bench.types import Transcript
from benchmarks.faults import Seen, ended, judge_output, start, stored_twice, wait_for
from benchmarks.scripted_corpus import make

FAULTS = ("status", "reset", "malformed_json", "wrong_field", "empty", "truncated_tail")
_SHARE = 0.1


def config(folder: Path, trials: int) -> Path:
    """Batch trials of a scripted recogniser, with mixed faults."""
    manifest, script = make(folder, speakers=10, utterances=5)
    recordings = 50
    plan = {"seed": 3, "faults": [{"kind": kind, "fraction": _SHARE / len(FAULTS)} for kind in FAULTS]}
    content: dict[str, Any] = {
        "name": "soak",
        "corpora": [str(manifest)],
        "repeats": trials // recordings,
        "modes": ["batch"],
        "batch": {"concurrency": 16, "timeout_s": 5},
        "retry": {"attempts": 2, "base_s": 0.0, "max_s": 0.05, "give_up_after": None},
        "engines": [
            {
                "id": "e",
                "engine": "pulse",
                "settings": {"language": "en"},
                "emulate": {"recognizer": f"script:{script}", "faults": plan},
            }
        ],
    }
    path = folder / "soak.yaml"
    path.write_text(json.dumps(content), encoding="utf-8")
    return path


def stored(run: Path) -> int:
    """How many results are there; all shards are linked beside the run, for sealing a large one takes them away."""
    kept = run.parent / "shards"
    kept.mkdir(exist_ok=True)
    for shard in run.glob("results/*.jsonl"):
        with suppress(FileExistsError, FileNotFoundError):
            (kept / shard.name).hardlink_to(shard)
    return sum(shard.read_bytes().count(b"\n") for shard in kept.glob("*.jsonl"))


class Memory:
    """What a process had while trials were asked: megabytes by the number of results there were just after."""

    def __init__(self) -> None:
        self.seen: list[tuple[int, float]] = []

    def look(self, process: subprocess.Popen[str], run: Path) -> None:
        """Note it, while the process is there: the memory first, so that it was not read later than the count says."""
        with suppress(OSError, IndexError, ValueError):
            pages = int(Path(f"/proc/{process.pid}/statm").read_text(encoding="ascii").split()[1])
            self.seen.append((stored(run), pages * resource.getpagesize() / 2**20))

    def between(self, first: int, end: int) -> list[float]:
        """Of the looks with more results than `first` and fewer than `end`: tables are made when all are there."""
        return [megabytes for results, megabytes in self.seen if first < results < end]


def resumed(path: Path, run: Path, within_s: float, seen: Seen) -> Memory:
    """Run what is left to its end, and look at the memory meanwhile."""
    memory, end = Memory(), time.monotonic() + within_s
    process = start("run", path, "--out", run, "--no-report", "--resume")
    with ThreadPoolExecutor(1) as thread:
        command = thread.submit(ended, process, within_s)
        while not command.done() and time.monotonic() < end:
            memory.look(process, run)
            time.sleep(0.05)
        judge_output(command.result(), seen)
    return memory


def main() -> None:
    """Run, kill, fill, resume, count."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--trials", type=int, default=2000)
    arguments = parser.parse_args()
    seen, began = Seen(), time.monotonic()
    with tempfile.TemporaryDirectory(prefix="soak-") as name:
        folder = Path(name)
        path, run = config(folder, arguments.trials), folder / "run"
        before, struck, within_s = 0, 0, max(600.0, arguments.trials * 0.2)
        for attempt in range(3):
            process = start("run", path, "--out", run, "--no-report", *(["--resume"] if attempt else []))
            least = before + arguments.trials // 8
            wait_for(lambda least=least: stored(run) > least, process, within_s, 0.5)
            with suppress(ProcessLookupError):  # it was through before a machine that stood still looked at it
                os.killpg(process.pid, signal.SIGKILL)
                struck += 1
            process.communicate()
            before = stored(run)
        size = max((path.stat().st_size for path in run.glob("*")), default=0) // 1024 + 64
        limited = ["bash", "-c", f'ulimit -f {size}; exec "$@"', "limited"]
        full = ended(start("run", path, "--out", run, "--no-report", "--resume", wrap=limited), within_s)
        first = stored(run)
        memory = resumed(path, run, within_s, seen)
        results = RunFolder(run).results()
        planned = {trial.id for trial in RunFolder(run).trials()}
        lost, twice = len(planned - results.keys()), stored_twice(run.parent, "shards")
        failed = sum(not isinstance(result.outcome, Transcript) for result in results.values())
        answered = stored(run)
        looks = memory.between(first, answered)
        early_mb, late_mb = (looks[0], looks[-1]) if looks else (math.nan, math.nan)  # 2,000 may be asked unseen
        seen.expect(not late_mb > early_mb * 1.15 + 10, f"memory grew from {early_mb:.0f} to {late_mb:.0f} MB")
        peak_mb = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
        print(
            f"{len(planned)} trials: lost {lost}, answers stored twice {twice}, failed at the end {failed}, "
            f"killed {struck}, full disk exit {full.code}, "
            f"memory of the asking process {early_mb:.0f} to {late_mb:.0f} MB over the last {answered - first}, "
            f"peak {peak_mb:.0f} MB, {time.monotonic() - began:.0f} s; {seen.wrong or 'ok'}"
        )
    sys.exit(1 if lost or twice or seen.wrong else 0)


if __name__ == "__main__":
    main()
