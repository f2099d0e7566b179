"""The gate's three verdicts on an emulator that is equal, one point worse, and heard on 20 utterances only.

    python -m benchmarks.gate_demo [--speakers 100] [--utterances 20]

A scripted engine with 10 % word errors is the baseline. Then, with other random errors, it runs again at 10 %, at 11 %,
and at 10 % on 20 utterances, through the whole path: HTTP to the emulator, scoring, baseline file, gate. The rule is a
margin of half a point.
"""

from __future__ import annotations

import argparse
import json
import tempfile
import time
from pathlib import Path

from bench.comparison.baseline import baseline_of, verdict
from bench.comparison.baseline_file import read_baseline, write_baseline
from bench.comparison.evidence import evidence
from bench.comparison.gate import Check
from bench.comparison.rules_file import parse_rules
from bench.execution.keys import read_secrets
from bench.execution.planning import load_plan
from bench.execution.processes import Processes
from bench.execution.score import score
from bench.execution.stages import create, open_work
from bench.store import RunFolder
from benchmarks.scripted_corpus import make

MARGIN = "+0.5pp"
WORDS = (30, 50)
FEW = 20


def run(root: Path, name: str, rate: float, seed: int, *, limit: int | None = None) -> RunFolder:
    """One run at a word error rate of `rate`: 60 % substitutions, 30 % deletions, 10 % insertions."""
    config = root / f"{name}.yaml"
    shares = {"substitution_rate": 0.6, "deletion_rate": 0.3, "insertion_rate": 0.1}
    errors = {**{name: round(share * rate, 4) for name, share in shares.items()}, "seed": seed}
    config.write_text(
        f"name: {name}\ncorpora: [{root}/manifest.jsonl]\nmodes: [batch]\nbatch: {{concurrency: 16}}\nengines:\n"
        f"  - id: scripted\n    engine: pulse\n    settings: {{language: en}}\n    emulate:\n"
        f"      recognizer: script:{root}/script.yaml\n      behaviour: {json.dumps({'word_errors': errors})}\n",
        encoding="utf-8",
    )
    plan = load_plan(config, limit=limit)
    folder = RunFolder(root / name)
    create(plan, folder)
    with open_work(plan, folder, read_secrets(plan, {})) as work:
        Processes().run(work)
    score(folder)
    return folder


def judged(root: Path, baseline: RunFolder, candidate: RunFolder, min_utterances: int) -> Check:
    """Save the baseline, read it back, and judge."""
    path = root / f"{baseline.path.name}.json"
    write_baseline(path, baseline_of([baseline]))
    rules = parse_rules({"min_utterances": min_utterances, "rules": [{"wer": MARGIN}]}, where="gate_demo")
    (check,) = verdict(read_baseline(path).evidence, evidence(candidate), rules).checks
    return check


def row(name: str, check: Check) -> str:
    percent = [f"{100 * (value or 0):.2f}" for value in (check.baseline, check.candidate)]
    low, high = (f"{100 * (value or 0):+.2f}" for value in (check.low, check.high))
    difference = f"{100 * (check.difference or 0):+.2f} [{low}, {high}]"
    return (
        f"| {name} | {check.n:,} | {percent[0]} | {percent[1]} | {difference} | **{check.outcome}** | {check.reason} |"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--speakers", type=int, default=100)
    parser.add_argument("--utterances", type=int, default=20, help="of each speaker")
    arguments = parser.parse_args()
    started = time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        make(root, speakers=arguments.speakers, utterances=arguments.utterances, words=WORDS)
        before = run(root, "baseline", 0.10, seed=1)
        few = run(root, "baseline-few", 0.10, seed=1, limit=FEW)
        print(f"\nrule: wer {MARGIN}, alpha 5 %\n")
        print("| the engine is | utterances | baseline WER % | candidate WER % | difference, points | verdict | why |")
        print("|---|---|---|---|---|---|---|")
        print(row("equal, with other random errors", judged(root, before, run(root, "equal", 0.10, seed=2), 100)))
        print(row("1 point worse", judged(root, before, run(root, "worse", 0.11, seed=3), 100)))
        print(row("equal, on 20 utterances", judged(root, few, run(root, "few", 0.10, seed=2, limit=FEW), FEW // 2)))
    print(f"\n{time.monotonic() - started:.0f} s in all")


if __name__ == "__main__":
    main()
