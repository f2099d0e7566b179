"""What all tests share: settings of Hypothesis, and which of them measure time and therefore run alone."""

from __future__ import annotations

import gc
import os
import signal
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from hypothesis.internal.conjecture import providers

from bench.cli import progress

# No wall clock decides a test; the examples of `make test` are the same each time, those of `make nightly` are not.
# Fifty examples are what six minutes allow; `make nightly` draws more, and others each time.
_BY_THE_CLOCK = [HealthCheck.too_slow]
settings.register_profile(
    "steady", deadline=None, derandomize=True, max_examples=50, suppress_health_check=_BY_THE_CLOCK
)
settings.register_profile("nightly", deadline=None, max_examples=300, suppress_health_check=_BY_THE_CLOCK)
PROFILE = os.environ.get("HYPOTHESIS_PROFILE", "steady")
settings.load_profile(PROFILE)
if PROFILE == "steady":
    # Constants of the modules that happen to be loaded are drawn too, and with xdist each worker has loaded others.
    providers._get_local_constants = lambda: providers._local_constants
progress._FIRST_S = 3600.0  # what a slow machine says while it works is in the output of no command that is held to it
os.environ["COLUMNS"] = "120"  # output as wide in a test's process as it is without a terminal
for name in ("FORCE_COLOR", "CLICOLOR_FORCE"):
    os.environ.pop(name, None)

if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    # As for a job that a script put into the background; what it starts would never hear of Ctrl-C.
    signal.signal(signal.SIGINT, signal.default_int_handler)

TESTS = Path(__file__).parent
TIMED = {
    "test_end_to_end.py",
    "calibration",
    "execution/test_engines.py",
}
"""Files and folders below tests/ that hang on when something happened; single tests carry the mark themselves."""

LONGEST = (
    "scoring/test_features.py",
    "benchmarks/test_soak.py",
    "report/test_page.py",
    "report/run/test_page.py",
    "report/site/test_pages_browser.py",
    "docs/test_action.py",
    "docs/test_walkthrough.py",
    "stats/test_intervals.py",
    "comparison/test_power.py",
    "execution/test_score_languages.py",
    "comparison/test_gate.py",
    "report/site/test_pages.py",
    "engines/test_snippets.py",
    "docs/test_examples.py",
    "benchmarks/test_fuzz.py",
)
"""Files of slow tests that take longest, the longest first: begun last, one of them would be waited for at the end."""


def pytest_xdist_auto_num_workers() -> int:
    """Two a core: what is not timed waits for servers and streams for a third of its time."""
    return 2 * (os.cpu_count() or 1)


def pytest_collection_finish() -> None:
    """What was imported is there to the end: every stream of every test begins with a full collection."""
    gc.collect()
    gc.freeze()


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Leave out, unread, files without a test that carries each mark asked for: to import all of them takes longer
    than many a test, and each worker does.
    """
    if collection_path.suffix != ".py" or not collection_path.is_relative_to(TESTS):
        return None
    terms = config.option.markexpr.split(" and ")
    asked = {term for term in terms if term in {"slow", "timed", "nightly"}}
    if "timed" in asked and _is_timed(collection_path):
        asked.remove("timed")
    if not asked:
        return None
    text = collection_path.read_text(encoding="utf-8")
    return None if all(mark in text for mark in asked) else True


def _is_timed(path: Path) -> bool:
    relative = path.relative_to(TESTS)
    return any(str(place) in TIMED for place in (relative, *relative.parents))


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if config.option.markexpr.startswith("slow"):
        items.sort(key=_rank)
    for item in items:
        if item.path.is_relative_to(TESTS) and _is_timed(item.path):
            item.add_marker(pytest.mark.timed)


def _rank(item: pytest.Item) -> int:
    name = item.path.relative_to(TESTS).as_posix() if item.path.is_relative_to(TESTS) else ""
    return LONGEST.index(name) if name in LONGEST else len(LONGEST)
