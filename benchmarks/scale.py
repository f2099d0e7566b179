"""Cost as a run grows: seconds, peak memory and bytes a trial of every command, at 1k, 10k, 100k ... trials.

    python -m benchmarks.scale [--trials 1000 10000 100000] [--mode batch|stream] [--engines 4] [--folder DIR] [--keep]

Runs are synthetic: a run folder is planned by `bench.plan`, and answered by a script in place of engines, through the
store. Short trials are batch requests of about 12 words; streams are 10 s long, of 25 words, 20 partials, 2 finals and
79 chunks. Each command runs in a process of its own, and its peak is that of the largest process it had. A second run
of the same plan, with other answers, is what the first is compared with. `--trials 1000000` is for a night.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter

import numpy as np

from bench.corpora.manifest import Header, write_manifest
from bench.execution.plan import Plan
from bench.execution.planning import load_plan
from bench.execution.stages import create
from bench.store import RunFolder
from bench.types import Event, Recognised, Result, Timing, Transcript, Trial, Utterance
from benchmarks.scoring import make_texts

_AT = "2026-11-23T00:00:00+00:00"
_PER_SPEAKER = 50
_STREAM_S, _CHUNK_S, _PARTIALS = 10.0, 0.128, 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Cost:
    """Of one command."""

    seconds: float
    cpu_s: float
    """User and system, of all its processes."""
    peak_mb: float
    """Of the largest of its processes."""


# -- a run ------------------------------------------------------------------------------------


def make_plan(folder: Path, trials: int, *, mode: str, engines: int) -> tuple[Path, Plan, list[str]]:
    """A config with its manifest, its plan, and the words that are heard in place of each utterance's."""
    number = -(-trials // engines)
    said, heard = make_texts(number, 25 if mode == "stream" else 12)
    duration_s = _STREAM_S if mode == "stream" else 4.0
    utterances = [
        Utterance(
            id=f"u{index:07}",
            corpus="made",
            audio=f"audio/u{index:07}.wav",
            sha256=f"{index:064x}",
            sample_rate_hz=16_000,
            num_samples=int(16_000 * duration_s),
            text=text,
            language="en",
            cluster=f"s{index // _PER_SPEAKER:05}",
        )
        for index, text in enumerate(said)
    ]
    folder.mkdir(parents=True, exist_ok=True)
    header = Header(name="made", licence="CC0-1.0", source="benchmarks.scale", synthetic=True)
    write_manifest(folder / "made.jsonl", header, utterances)
    config = folder / "scale.yaml"
    ids = [{"id": f"e{n}", "engine": "pulse", "settings": {"language": "en"}} for n in range(engines)]
    content = {"name": "scale", "corpora": [str(folder / "made.jsonl")], "engines": ids, "modes": [mode]}
    config.write_text(json.dumps(content), encoding="utf-8")
    return config, load_plan(config), heard


def make_run(path: Path, plan: Plan, heard: Sequence[str], *, seed: int) -> RunFolder:
    """The plan as a run folder, with an answer to every trial."""
    run, rng = RunFolder(path), np.random.default_rng(seed)
    create(plan, run)
    writer = run.writer()
    for trial in plan.trials:
        utterance = plan.utterances[trial.utterance_id]
        is_right = rng.random() < 0.2
        writer.append(_result(trial, utterance.text if is_right else heard[int(utterance.id[1:])], rng))
    writer.close()
    return run


def _result(trial: Trial, text: str, rng: np.random.Generator) -> Result:
    outcome = _streamed(text, rng) if trial.mode == "stream" else _answered(text, rng)
    return Result(trial_id=trial.id, outcome=outcome, attempts=1, started_at=_AT)


def _answered(text: str, rng: np.random.Generator) -> Transcript:
    done_s = float(rng.gamma(4, 0.1))
    final = Event(t_s=done_s, kind="final", text=text, is_last=True)
    timing = Timing(connect_s=float(rng.gamma(4, 0.005)), done_s=done_s)
    return Transcript(recognised=Recognised(text=text), timing=timing, events=(final,))


def _streamed(text: str, rng: np.random.Generator) -> Transcript:
    chunks = int(np.ceil(_STREAM_S / _CHUNK_S))
    due = np.minimum(np.arange(1, chunks + 1) * _CHUNK_S, _STREAM_S)
    sent = tuple((due + rng.gamma(2, 0.0005, chunks)).tolist())
    timing = Timing(
        connect_s=float(rng.gamma(4, 0.02)),
        first_sent_s=sent[0],
        last_sent_s=sent[-1],
        done_s=_STREAM_S + 0.5,
        audio_s=_STREAM_S,
        chunk_s=_CHUNK_S,
        chunk_sent_s=sent,
        max_send_lag_s=float((np.array(sent) - due).max()),
    )
    return Transcript(recognised=Recognised(text=text), timing=timing, events=tuple(_events(text.split(), rng)))


def _events(words: Sequence[str], rng: np.random.Generator) -> Iterator[Event]:
    """Ten partials and a final of each half."""
    half = len(words) // 2
    for part, (begin, end) in enumerate(((0, half), (half, len(words)))):
        begin_s = part * _STREAM_S / 2
        steps = [*range(1, _PARTIALS // 2 + 1), _PARTIALS // 2]
        for number, step in enumerate(steps):
            is_final = number == len(steps) - 1
            covered_s = begin_s + step * _STREAM_S / _PARTIALS
            yield Event(
                t_s=covered_s + float(rng.gamma(4, 0.03)) + 0.2 * is_final,
                kind="final" if is_final else "partial",
                text=" ".join(words[begin : begin + (end - begin) * step * 2 // _PARTIALS]),
                audio_sent_s=min(_STREAM_S, covered_s),
                start_s=begin_s,
                end_s=covered_s,
                is_last=is_final and part == 1,
            )


# -- what commands cost -----------------------------------------------------------------------

_MEASURED = """
import json, resource, subprocess, sys, time
began = time.perf_counter()
code = subprocess.run(sys.argv[1:], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
used = resource.getrusage(resource.RUSAGE_CHILDREN)
print(json.dumps({"seconds": time.perf_counter() - began, "cpu_s": used.ru_utime + used.ru_stime,
                  "peak_mb": used.ru_maxrss / 1024, "code": code.returncode, "said": code.stderr.decode()[-500:]}))
"""


def cost(command: Sequence[str], *, may_end_by: Sequence[int] = (0,)) -> Cost:
    """Run a command to its end.

    Raises:
        RuntimeError: if it ends by another exit code.
    """
    done = subprocess.run(
        [sys.executable, "-c", _MEASURED, *command],
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, "SMALLEST_API_KEY": "unused"},
    )
    measured = json.loads(done.stdout)
    if measured.pop("code") not in may_end_by:
        raise RuntimeError(f"{' '.join(command)}: {measured['said']}")
    del measured["said"]
    return Cost(**measured)


_OPEN = "import sys; from pathlib import Path; from bench.store import RunFolder; run = RunFolder(Path(sys.argv[1])); "
_RESUME = f"{_OPEN} print(len(run.answered()))"
_SEAL = f"{_OPEN} run.seal()"


def commands(folder: Path, config: Path, workers: int) -> Iterator[tuple[str, Cost]]:
    """Name and cost of each, in an order in which each finds what it needs."""
    bench = [sys.executable, "-m", "bench"]
    a, b, baseline = str(folder / "a"), str(folder / "b"), str(folder / "baseline.json")
    yield "plan (run --dry-run)", cost([*bench, "run", str(config), "--dry-run"])
    yield "what is answered (resume)", cost([sys.executable, "-c", _RESUME, a])
    yield "seal the logs", cost([sys.executable, "-c", _SEAL, a])
    yield "what is answered, sealed", cost([sys.executable, "-c", _RESUME, a])
    yield f"score, {workers} processes", cost([*bench, "score", a, "--workers", str(workers)])
    cost([*bench, "score", b, "--workers", str(workers)])
    yield "report", cost([*bench, "report", a])
    yield "compare", cost([*bench, "compare", a, b], may_end_by=(0, 1, 3))
    yield "baseline save", cost([*bench, "baseline", "save", a, "--out", baseline])
    yield "gate", cost([*bench, "gate", b, "--baseline", baseline], may_end_by=(0, 1, 3))
    yield "leaderboard", cost([*bench, "leaderboard", a, "--out", str(folder / "board")], may_end_by=(0, 1, 3))


def measure(folder: Path, trials: int, *, mode: str, engines: int, workers: int) -> dict[str, Cost]:
    """Costs by command, of one size; prints bytes a trial too."""
    config, plan, heard = make_plan(folder, trials, mode=mode, engines=engines)
    began = perf_counter()
    first = make_run(folder / "a", plan, heard, seed=1)
    make_run(folder / "b", plan, heard, seed=2)
    log = _size(first.path / "results")
    print(f"{len(plan.trials):,} trials made in {perf_counter() - began:.0f} s", file=sys.stderr, flush=True)
    number = len(plan.trials)
    del plan, heard
    found = {}
    for name, costs in commands(folder, config, workers):
        print(
            f"{number:>9,}  {name:28} {costs.seconds:8.1f} s {costs.cpu_s:8.1f} CPU s {costs.peak_mb:7.0f} MB",
            flush=True,
        )
        found[name] = costs
    sealed, scores = _size(first.path / "results"), (first.path / "scores.parquet").stat().st_size
    print(
        f"{number:>9,}  bytes a trial: log {log / number:.0f}, sealed {sealed / number:.0f}, "
        f"scores {scores / number:.0f}",
        flush=True,
    )
    return found


def _size(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.iterdir())


def table(sizes: Sequence[int], found: Sequence[dict[str, Cost]]) -> str:
    """Markdown: seconds / CPU seconds / peak MB by size, and kB a trial from the two largest."""
    lines = [
        f"| command | {' | '.join(f'{size:,}' for size in sizes)} | kB a trial |",
        "|---" * (len(sizes) + 2) + "|",
    ]
    for name in found[-1]:
        own = [costs[name] for costs in found]
        cells = [f"{c.seconds:.1f} / {c.cpu_s:.1f} / {c.peak_mb:.0f}" for c in own]
        slope = "" if len(own) < 2 else f"{(own[-1].peak_mb - own[-2].peak_mb) * 1024 / (sizes[-1] - sizes[-2]):.2f}"
        lines.append(f"| {name} | {' | '.join(cells)} | {slope} |")
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--trials", type=int, nargs="+", default=[1_000, 10_000, 100_000])
    parser.add_argument("--mode", choices=("batch", "stream"), default="batch")
    parser.add_argument("--engines", type=int, default=4)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--folder", type=Path, help="where runs are made; default: a temporary folder")
    parser.add_argument("--keep", action="store_true", help="leave the runs there")
    given = parser.parse_args()
    root = given.folder or Path(tempfile.mkdtemp(prefix="scale-"))
    found = []
    for size in given.trials:
        folder = root / f"{given.mode}-{size}"
        shutil.rmtree(folder, ignore_errors=True)
        found.append(measure(folder, size, mode=given.mode, engines=given.engines, workers=given.workers))
        if not given.keep:
            shutil.rmtree(folder)
    print("seconds / CPU seconds / peak MB of the largest process")
    print(table(given.trials, found))


if __name__ == "__main__":
    main()
