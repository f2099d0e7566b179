"""How far a run is: a bar with ETA on a terminal, plain lines otherwise."""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Self

import click

import bench
from bench.cli.output import say

if TYPE_CHECKING:
    from rich.progress import Progress as RichProgress
    from rich.progress import TaskID

    from bench.execution.limits import Stop
    from bench.execution.outlook import ModeOutlook
    from bench.execution.plan import Plan
    from bench.store import Replan

_LINE_EVERY_S = 10.0
_FIRST_S = 2.0
"""What is over sooner is not talked about."""


class Progress(bench.Listener):
    """Counts trials. Drawing is cheap and never more than ten times a second."""

    path: Path | None = None
    """The run folder, once it is known."""

    def __init__(self, planning: str, show: Callable[[Plan], None]) -> None:
        """`planning`: what is being done until there is a plan; `show`: the plan, before anything is paid for."""
        self._now, self._show = Now(planning), show
        self._expected: tuple[ModeOutlook, ...] = ()
        self._total, self._done, self._failed = 0, 0, 0
        self._left: Left | None = None
        self._started = self._told = time.monotonic()
        self._bar: tuple[RichProgress, TaskID] | None = None
        self._is_scoring = False

    def __enter__(self) -> Self:
        self._now.start()
        return self

    def planned(self, plan: Plan) -> None:
        from bench.execution.outlook import outlook

        self._now.close()
        self._show(plan)
        self._expected = outlook(plan).modes

    def started(self, path: Path, *, answered: int, total: int) -> None:
        self.path, self._total = path, total - answered
        if answered:
            say(f"resuming {path}: {answered} of {total} trials are answered")
        self._started = self._told = time.monotonic()
        self._left = Left(_expected(self._expected, total - answered))
        if sys.stderr.isatty() and self._total:
            self._bar = _bar(self._total)
            self._bar[0].start()

    def replanned(self, change: Replan) -> None:
        from bench.report.phrases import replanned

        click.echo(f"going on with another plan: {replanned(change)}")

    def stopped(self, stop: Stop) -> None:
        from bench.engines.secrets import masked
        from bench.report.escape import line

        self.close()
        click.echo(f"stopped: {line(masked(stop.reason))} ({stop.left} trials were not run)", err=True)

    def __exit__(self, *exception: object) -> None:
        self.close()

    def close(self) -> None:
        if self._bar is not None:
            self._bar[0].stop()
            self._bar = None
        self._now.close()

    def finished(self, trial: bench.Trial, result: bench.Result) -> None:
        self._done += 1
        self._failed += isinstance(result.outcome, bench.Failure)
        assert self._left is not None
        self._left.finished(trial.mode)
        if self._bar is not None:
            bar, task = self._bar
            bar.update(task, advance=1, failed=self._failed, left=self._time_left())
        elif time.monotonic() - self._told >= _LINE_EVERY_S or self._done == self._total:
            self._told = time.monotonic()
            click.echo(self._line(), err=True)
        if self._done == self._total and self._bar is not None:
            self._bar[0].stop()
            self._bar = None

    def scoring(self, stage: str, done: int, total: int) -> None:
        if not self._is_scoring:
            self.close()
            self._is_scoring, self._now = True, Now("scoring").start()
        self._now.stage(stage, done, total)

    def _time_left(self) -> str:
        assert self._left is not None
        return _wall_time(self._left.seconds(time.monotonic() - self._started))

    def _line(self) -> str:
        elapsed = time.monotonic() - self._started
        left = f"about {self._time_left()} left" if self._done < self._total else "all are over"
        return f"{self._done}/{self._total} trials, {self._failed} failed, {elapsed:.0f} s, {left}"


def _wall_time(seconds: float) -> str:
    """As the dry run says it."""
    from bench.report.outlook import wall_time  # imported once something lasts: help must not wait for it

    return wall_time(seconds)


def _expected(modes: Sequence[ModeOutlook], total: int) -> dict[str, tuple[int, float]]:
    """Mode -> trials and seconds, as the dry run tells them, of so many trials that are left."""
    share = total / max(1, sum(mode.trials for mode in modes))  # of a run that goes on, some are answered
    return {mode.mode: (mode.trials, mode.wall_s * share) for mode in modes}


class Left:
    """How long the rest takes: as expected at first, and as experience has it once there is some.

    Requests are over in a moment and streams last as long as their audio, so each mode counts by what it is
    expected to take, not by its trials.
    """

    _SURE = 0.15
    """Share of the work after which experience alone counts."""

    def __init__(self, expected: Mapping[str, tuple[int, float]]) -> None:
        self._expected = dict(expected)
        self._done = dict.fromkeys(expected, 0)

    def finished(self, mode: str) -> None:
        """One trial more is over."""
        if mode in self._done:
            self._done[mode] += 1

    def seconds(self, elapsed_s: float) -> float:
        """Of the rest, after so many seconds."""
        done_s = left_s = 0.0
        for mode, (trials, wall_s) in self._expected.items():
            share = min(1.0, self._done[mode] / max(1, trials))
            done_s += share * wall_s
            left_s += (1.0 - share) * wall_s
        if not done_s:
            return left_s
        trust = min(1.0, done_s / (done_s + left_s) / self._SURE)
        return left_s * (1.0 - trust + trust * elapsed_s / done_s)


def _bar(total: int) -> tuple[RichProgress, TaskID]:
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    columns = (
        TextColumn("trials"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("{task.fields[failed]} failed"),
        TimeElapsedColumn(),
        TextColumn("{task.fields[left]} left"),
    )
    bar = Progress(*columns, console=Console(stderr=True), transient=True)
    return bar, bar.add_task("trials", total=total, failed=0, left="?")


class Now:
    """What is being worked on and for how long: one line, rewritten, on a terminal; else one now and then.

    It begins two seconds in, and goes on while nothing new is told.
    """

    def __init__(self, what: str = "") -> None:
        self._what = what
        self._is_terminal, self._is_shown = sys.stderr.isatty(), False
        self._began = self._stage_began = time.monotonic()
        self._stage = ""
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._tick, daemon=True)

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *exception: object) -> None:
        self.close()

    def start(self) -> Self:
        self._thread.start()
        return self

    def close(self) -> None:
        """Say no more; what was said on a terminal is wiped out."""
        self._over.set()
        self._thread.join()
        self.aside()

    def aside(self) -> None:
        """Make room for a line of its own."""
        if self._is_shown and self._is_terminal:
            click.echo("\r\x1b[K", nl=False, err=True)
            self._is_shown = False

    def __call__(self, what: str) -> None:
        self._what = what

    def stage(self, stage: str, done: int, total: int) -> None:
        """So much of a stage is done, and how long the rest of it takes; `total` 0: nothing is counted."""
        if stage != self._stage:
            self._stage, self._stage_began = stage, time.monotonic()
        self._what = stage
        if total:
            elapsed = time.monotonic() - self._stage_began
            left = f", about {_wall_time(elapsed / done * (total - done))} left" if 0 < done < total else ""
            self._what = f"{stage}: {done:,} of {total:,} trials{left}"

    def _tick(self) -> None:
        wait = _FIRST_S
        while not self._over.wait(wait):
            wait = 0.5 if self._is_terminal else _LINE_EVERY_S
            if self._what:
                self._is_shown = True
                line = f"{self._what} ({time.monotonic() - self._began:.0f} s)"
                click.echo(f"\r\x1b[K{line}" if self._is_terminal else line, nl=not self._is_terminal, err=True)
