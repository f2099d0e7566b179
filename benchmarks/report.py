"""How long the report of a large run takes to make, and how its page behaves in Chromium.

    python -m benchmarks.report                                 5,000 utterances x 4 engines x 2 conditions, one file
    python -m benchmarks.report --utterances 100000 --conditions 1     the folder form

A scored run is made first (no audio, no network; it takes minutes), then `bench report` in a process of its own. Each
time in the page is the median of five. Needs chromium and playwright.
"""

from __future__ import annotations

import argparse
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
from playwright.sync_api import sync_playwright

from bench import machine
from bench.types import Transcript, Trial, Utterance
from tests.runs import make_run, said, utterances

WORDS = [
    "alpha",
    "bravo",
    "charlie",
    "delta",
    "echo",
    "foxtrot",
    "golf",
    "hotel",
    "india",
    "juliet",
    "kilo",
    "lima",
    "mike",
    "november",
    "oscar",
    "papa",
]
TIMES = 5
REPORT = """
import sys
from pathlib import Path
from bench.report import write_report
from bench.store import RunFolder
folder = RunFolder(Path(sys.argv[1]))
write_report(folder, folder.estimates())
"""


def answer(utterance: Utterance, trial: Trial) -> Transcript:
    """The text with about a tenth of its words replaced, more for later engines."""
    rng = np.random.default_rng([int(utterance.id[1:]), int(trial.engine_id[1:]), len(trial.condition_id)])
    words = [
        word if rng.random() > 0.05 * (1 + int(trial.engine_id[1:])) else rng.choice(WORDS)
        for word in utterance.text.split()
    ]
    return said(" ".join(words), 0.2 + rng.random())


def scored_run(folder: Path, number: int, engines: int, conditions: int) -> Path:
    speakers = 200
    rng = np.random.default_rng(1)
    spoken = utterances(speakers, number // speakers)
    from dataclasses import replace

    spoken = [replace(one, id=f"u{k:06}", text=" ".join(rng.choice(WORDS, size=12))) for k, one in enumerate(spoken)]
    ways = [
        "clean",
        *({"id": f"noise{k}", "steps": [{"noise": {"color": "white", "snr_db": 5 * k}}]} for k in range(1, conditions)),
    ]
    systems = [
        {"id": f"e{k}", "engine": "pulse", "settings": {"language": "en", "chunk_bytes": 1024 * (k + 1)}}
        for k in range(engines)
    ]
    return make_run(folder / "run", answer, corpus=spoken, engines=systems, conditions=ways)


def made(run: Path) -> tuple[float, float]:
    """(seconds, megabytes) of `bench report` in a process of its own."""
    began = time.perf_counter()
    subprocess.run([sys.executable, "-c", REPORT, str(run)], check=True)
    return time.perf_counter() - began, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024


def in_browser(page_file: Path) -> dict[str, float]:
    """Milliseconds to open and to filter, frames a second while the list scrolls; medians."""
    found: dict[str, list[float]] = {"open_ms": [], "all_loaded_ms": [], "filter_ms": [], "fps": []}
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        for _ in range(TIMES):
            page = browser.new_page(viewport={"width": 1400, "height": 900})
            began = time.perf_counter()
            page.goto(page_file.as_uri())
            page.wait_for_selector(".row", timeout=120_000)
            found["open_ms"].append((time.perf_counter() - began) * 1000)
            page.wait_for_selector("html[data-ready]", timeout=120_000)
            found["all_loaded_ms"].append((time.perf_counter() - began) * 1000)
            page.evaluate("page.explorer.trials.utterances.forEach((_, k) => page.explorer.trials.text(k))")
            found["filter_ms"].append(
                page.evaluate(
                    "page.explorer.query.text = 'bravo delta', page.explorer.refresh(), page.explorer.filterMs"
                )
            )
            page.evaluate("page.explorer.query.text = '', page.explorer.refresh()")
            found["fps"].append(page.evaluate(SCROLL))
            page.close()
        browser.close()
    return {name: statistics.median(values) for name, values in found.items()}


SCROLL = """() => new Promise((done) => {
  const list = document.getElementById("list");
  let frames = 0;
  const began = performance.now();
  const step = () => {
    list.scrollTop += 400;
    frames += 1;
    if (performance.now() - began < 1500) requestAnimationFrame(step);
    else done((frames * 1000) / (performance.now() - began));
  };
  requestAnimationFrame(step);
})"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--utterances", type=int, default=5000)
    parser.add_argument("--engines", type=int, default=4)
    parser.add_argument("--conditions", type=int, default=2)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        run = scored_run(Path(folder), options.utterances, options.engines, options.conditions)
        seconds, megabytes = made(run)
        index = run / "report" / "index.html"
        page = index if index.is_file() else run / "report.html"
        size = (
            sum(path.stat().st_size for path in run.glob("report/**/*.*")) if index.is_file() else page.stat().st_size
        )
        times = in_browser(page)
    trials = options.utterances * options.engines * options.conditions
    print(f"{trials:,} trials on {machine.describe()}")
    form = "in a folder" if page.name == "index.html" else "in one file"
    print(f"made in {seconds:.1f} s and {megabytes:.0f} MB; {size / 1e6:.1f} MB {form}")
    print("; ".join(f"{name} {value:.0f}" for name, value in times.items()))


if __name__ == "__main__":
    main()
