"""A pytest plugin: speech-to-text held to a bound, with the gate's statistics.

    def test_hindi(earwitness):
        earwitness.run("configs/hi.yaml").assert_wer(below=0.12, confidence=0.95)

A bound passes only when it is shown to hold; "too few data to tell" fails, and says how many are needed. Everything
heavy is imported when a test asks for the fixture, so that to have the plugin installed costs nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import bench as api

if TYPE_CHECKING:
    from bench.scoring.measures import Unit


def pytest_addoption(parser: pytest.Parser) -> None:
    """Options of the plugin."""
    group = parser.getgroup("bench", "speech-to-text evaluation (earwitness)")
    group.addoption("--bench-config", metavar="CONFIG", help="The run config of earwitness.run() without an argument.")
    group.addoption(
        "--bench-out", metavar="DIR", help="Keep run folders here, one per config; default: a temporary one."
    )


@pytest.fixture(scope="session")
def earwitness(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Bench:
    """Runs configs, each once a session."""
    out = request.config.getoption("--bench-out")
    config = request.config.getoption("--bench-config")
    return Bench(
        out=Path(out) if out else tmp_path_factory.mktemp("bench"),
        config=Path(config) if config else None,
        root=request.config.rootpath,
    )


@pytest.fixture(scope="session")
def bench(earwitness: Bench) -> Bench:
    """The same, by the name of the package."""
    return earwitness


class Bench:
    """Runs configs: `earwitness.run("configs/hi.yaml")`. The same with the same overrides is run once a session."""

    def __init__(self, *, out: Path, config: Path | None, root: Path) -> None:
        self._out, self._config, self._root = out, config, root
        self._done: dict[tuple[Path, tuple[str, ...]], MeasuredRun] = {}

    def run(self, config: str | Path | None = None, *, overrides: Sequence[str] = ()) -> MeasuredRun:
        """Run a config, and score it.

        Args:
            config: its path, relative to the working directory, else to pytest's root; `None`: `--bench-config`.
            overrides: as of `bench run --set`, such as `stream.concurrency=2`.
        """
        path = self._path(config)
        key = (path, tuple(overrides))
        if key not in self._done:
            folder = self._out / (path.stem if not self._done else f"{path.stem}-{len(self._done)}")
            self._done[key] = MeasuredRun(api.run(path, overrides=overrides, out=folder))
        return self._done[key]

    def open(self, folder: str | Path) -> MeasuredRun:
        """A run that is there already, scored."""
        return MeasuredRun(api.open_run(folder))

    def _path(self, config: str | Path | None) -> Path:
        path = self._config if config is None else Path(config)
        if path is None:
            raise pytest.UsageError(
                "earwitness.run(): expected a config, got none; name one, or give --bench-config CONFIG"
            )
        return path if path.exists() or path.is_absolute() else self._root / path


class MeasuredRun:
    """A scored run, to be held to bounds. Every assertion speaks of each cell that fits `where`."""

    def __init__(self, run: api.Run) -> None:
        self.run = run

    def assert_wer(
        self,
        *,
        below: float,
        confidence: float = 0.95,
        max_failed: float = 0.01,
        min_utterances: int = 50,
        unit: Unit = "cluster",
        **where: str,
    ) -> None:
        """Word error rate of what was answered shown to be below a bound, with at most a share `max_failed` failed.

        The other arguments are those of `assert_metric`.
        """
        __tracebackhide__ = True
        bound = {"ceiling": below, "alpha": 1 - confidence, "min_utterances": min_utterances, "unit": unit}
        failed = {"metric": "failed_rate", "maximum": max_failed}
        self._assert([{"metric": "wer", "where": where, **bound}, {"where": where, **failed}])

    def assert_metric(
        self,
        metric: str,
        *,
        below: float,
        confidence: float = 0.95,
        min_utterances: int = 50,
        unit: Unit = "cluster",
        **where: str,
    ) -> None:
        """A metric shown to be below a bound.

        Args:
            metric: `wer`, `cer`, `final_latency_s.p95`, ... as in the gate's rules.
            below: the bound, in the metric's unit.
            confidence: 1 - alpha of the one-sided test.
            min_utterances: fewer are never enough.
            unit: `cluster`: it is to hold for new speakers; `utterance`: for these speakers only.
            where: cells it speaks of: engine, mode, condition, corpus, language.

        Raises:
            AssertionError: unless it is shown.
        """
        __tracebackhide__ = True
        bound = {"ceiling": below, "alpha": 1 - confidence, "min_utterances": min_utterances, "unit": unit}
        self._assert([{"metric": metric, "where": where, **bound}])

    def assert_no_regression(self, baseline: str | Path, rules: str | Path | None = None) -> None:
        """Every rule shown to hold against a baseline file. `rules`: default, the preset configs/gate.yaml.

        Raises:
            AssertionError: unless the gate's verdict is pass.
        """
        __tracebackhide__ = True
        self._hold(self.run.gate(baseline, rules))

    def _assert(self, rules: list[dict[str, object]]) -> None:
        __tracebackhide__ = True
        self._hold(self.run.gate(rules=rules))

    def _hold(self, judgement: api.Judgement) -> None:
        __tracebackhide__ = True
        if not judgement.passed:
            raise AssertionError(f"{judgement.few_lines()}\n{self.run.path}")
