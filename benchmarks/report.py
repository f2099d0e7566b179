"""How long the report of a large run takes to make, and how its page behaves in Chromium.

    python -m benchmarks.report                                 5,000 utterances x 4 engines x 2 conditions, one file
    python -m benchmarks.report --utterances 100000 --conditions 1     the folder form
    python -m benchmarks.report --run FOLDER                           of a run that is scored already

A scored run is made first (no audio, no network; it takes minutes), then `bench report` in a process of its own. Each
time in the page is the median of five. `busy` is what the page's main thread computes (processor time, so that other
programs on the machine do not count): 16.7 ms a frame is 60 frames a second. Needs chromium and playwright.
"""

from __future__ import annotations

import argparse
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
from playwright.sync_api import CDPSession, sync_playwright

from bench import machine
from bench.store import RunFolder
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


def made(run: Path) -> tuple[float, float, float]:
    """(seconds, processor seconds, megabytes) of `bench report` in a process of its own."""
    began = time.perf_counter()
    process = subprocess.Popen([sys.executable, "-c", REPORT, str(run)])
    _, status, used = os.wait4(process.pid, 0)
    if status:
        raise SystemExit("the report was not made")
    return time.perf_counter() - began, used.ru_utime + used.ru_stime, used.ru_maxrss / 1024


def busy_s(client: CDPSession) -> float:
    """Processor seconds of the page's main thread until now."""
    metrics = client.send("Performance.getMetrics")["metrics"]
    return next(float(each["value"]) for each in metrics if each["name"] == "TaskDuration")


def in_browser(page_file: Path) -> dict[str, float]:
    """Milliseconds to open and to filter, frames a second while the list scrolls, what a frame takes; medians."""
    seen: dict[str, list[float]] = {}
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        for _ in range(TIMES):
            page = browser.new_page(viewport={"width": 1400, "height": 900})
            client = page.context.new_cdp_session(page)
            client.send("Performance.enable", {"timeDomain": "threadTicks"})
            began = time.perf_counter()
            page.goto(page_file.as_uri())
            page.wait_for_selector(".row", timeout=120_000)
            times = {"open_ms": (time.perf_counter() - began) * 1000, "open_busy_ms": busy_s(client) * 1000}
            page.wait_for_selector("html[data-ready]", timeout=120_000)
            times["all_loaded_ms"] = (time.perf_counter() - began) * 1000
            times["all_loaded_busy_ms"] = busy_s(client) * 1000
            page.evaluate("page.explorer.trials.utterances.forEach((_, k) => page.explorer.trials.text(k))")
            before = busy_s(client)
            times["filter_ms"] = page.evaluate(FILTER)
            times["filter_busy_ms"] = (busy_s(client) - before) * 1000
            page.evaluate("page.explorer.query.text = '', page.explorer.refresh()")
            before = busy_s(client)
            frames, seconds = page.evaluate(SCROLL)
            times["fps"] = frames / seconds
            times["busy_ms_a_frame"] = (busy_s(client) - before) * 1000 / frames
            for name, value in times.items():
                seen.setdefault(name, []).append(value)
            page.close()
        browser.close()
    return {name: statistics.median(values) for name, values in seen.items()}


FILTER = "page.explorer.query.text = 'bravo delta', page.explorer.refresh(), page.explorer.filterMs"
SCROLL = """() => new Promise((done) => {
  const list = document.getElementById("list");
  let frames = 0;
  const began = performance.now();
  const step = () => {
    list.scrollTop += 400;
    frames += 1;
    if (performance.now() - began < 1500) requestAnimationFrame(step);
    else done([frames, (performance.now() - began) / 1000]);
  };
  requestAnimationFrame(step);
})"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--utterances", type=int, default=5000)
    parser.add_argument("--engines", type=int, default=4)
    parser.add_argument("--conditions", type=int, default=2)
    parser.add_argument("--run", type=Path, help="a scored run, whose report is made anew")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        run = options.run or scored_run(Path(folder), options.utterances, options.engines, options.conditions)
        seconds, cpu_seconds, megabytes = made(run)
        index = run / "report" / "index.html"
        page = index if index.is_file() else run / "report.html"
        size = (
            sum(path.stat().st_size for path in run.glob("report/**/*.*")) if index.is_file() else page.stat().st_size
        )
        times = in_browser(page)
        trials = len(RunFolder(run).trials())
    print(f"{trials:,} trials on {machine.describe()}")
    form = "in a folder" if page.name == "index.html" else "in one file"
    used = f"made in {seconds:.1f} s ({cpu_seconds:.1f} of a processor) and {megabytes:.0f} MB"
    print(f"{used}; {size / 1e6:.1f} MB {form}")
    print("; ".join(f"{name} {value:.3g}" for name, value in times.items()))


if __name__ == "__main__":
    main()
