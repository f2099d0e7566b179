"""A long run through the emulator with one fault in ten, killed three times and once without room on the disk.

    python -m benchmarks.soak --trials 2000

Every trial must be accounted for once: a result each, no answer stored twice, and the parent's memory flat.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import signal
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from bench.store import RunFolder
from bench.types import Transcript
from benchmarks.faults import Seen, bench, ended, lines, start, stored_twice, wait_for
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


def main() -> None:
    """Run, kill, fill, resume, count."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--trials", type=int, default=2000)
    arguments = parser.parse_args()
    seen, began = Seen(), time.monotonic()
    with tempfile.TemporaryDirectory(prefix="soak-") as name:
        folder = Path(name)
        path, run = config(folder, arguments.trials), folder / "run"
        stored = 0
        for attempt in range(3):
            process = start("run", path, "--out", run, "--no-report", *(["--resume"] if attempt else []))
            least = stored + arguments.trials // 8
            wait_for(lambda least=least: run.exists() and len(lines(run)) > least, process, 600)
            os.killpg(process.pid, signal.SIGKILL)
            process.communicate()
            stored = len(lines(run))
        size = max((path.stat().st_size for path in run.glob("*")), default=0) // 1024 + 64
        limited = ["bash", "-c", f'ulimit -f {size}; exec "$@"', "limited"]
        full = ended(start("run", path, "--out", run, "--no-report", "--resume", wrap=limited), 600)
        bench("run", path, "--out", run, "--no-report", "--resume", seen=seen)
        results = RunFolder(run).results()
        planned = {trial.id for trial in RunFolder(run).trials()}
        lost, twice = len(planned - results.keys()), stored_twice(run)
        failed = sum(not isinstance(result.outcome, Transcript) for result in results.values())
        peak_mb = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
        print(
            f"{len(planned)} trials: lost {lost}, answers stored twice {twice}, failed at the end {failed}, "
            f"full disk exit {full.code}, peak {peak_mb:.0f} MB, {time.monotonic() - began:.0f} s; {seen.wrong or 'ok'}"
        )
    sys.exit(1 if lost or twice or seen.wrong else 0)


if __name__ == "__main__":
    main()
