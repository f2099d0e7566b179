"""When a caller is thought to have finished, by energy alone (and Moonshine): the frontier of a valid run, or nothing.

    python -m benchmarks.end_of_turn [--turns 12] [--moonshine] [--out reports/end-of-turn/run]

One command for configs/studies/end-of-turn.yaml: prepares the corpus, runs the settings of the engine `silence` (which
costs next to no processor) in real time, and prints delay and share of turns cut short of each, and the frontier. Ends
with status 3, and without figures, where the harness was late: a busy machine gives none.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import yaml

import bench
from bench.corpora.prepare import prepare
from bench.emulator import turns_corpus
from bench.files import CORPORA_ROOT

CONFIG = Path(__file__).parent.parent / "configs" / "studies" / "end-of-turn.yaml"
CORPUS = Path("reports/end-of-turn/corpus")
SHOWN = ("early_turn_ends", "turn_end_delay_s", "turn_end_delay_p50_s", "missed_turn_ends")


def measure(turns: int, out: Path, *, moonshine: bool) -> bench.Run:
    """The run, valid or not."""
    turns_corpus.make(CORPUS, prepare("quickstart-en", CORPORA_ROOT), turns=turns)
    config = yaml.safe_load(CONFIG.read_text(encoding="utf-8"))
    config["engines"] = [each for each in config["engines"] if moonshine or each["engine"] == "silence"]
    return bench.run(config, out=out)


def show(run: bench.Run) -> None:
    """Each setting, then the frontier of the sweep."""
    estimates = run.estimates
    cells = estimates[(estimates["scope"] == "cell") & estimates["metric"].isin(SHOWN)]
    print(cells.pivot(index="engine", columns="metric", values="value").loc[:, list(SHOWN)].to_string())
    sweep = estimates[estimates["scope"] == "sweep"]
    print(sweep[["metric", "value", "low", "high", "note"]].to_string(index=False))


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--turns", type=int, default=12)
    parser.add_argument("--moonshine", action="store_true")
    parser.add_argument("--out", type=Path, default=Path("reports/end-of-turn/run"))
    arguments = parser.parse_args()
    run = measure(arguments.turns, arguments.out, moonshine=arguments.moonshine)
    if run.invalid:
        print("INVALID:", "; ".join(run.invalid), file=sys.stderr)
        return 3
    show(run)
    return 0


if __name__ == "__main__":
    sys.exit(main())
