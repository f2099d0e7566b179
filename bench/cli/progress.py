"""How far a run is: a bar with ETA on a terminal, plain lines otherwise."""

from __future__ import annotations

import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Self

import click

import bench

if TYPE_CHECKING:
    from rich.progress import Progress as RichProgress
    from rich.progress import TaskID

    from bench.execution.limits import Stop
    from bench.store import Replan

_LINE_EVERY_S = 10.0


class Progress(bench.Listener):
    """Counts trials. Drawing is cheap and never more than ten times a second."""

    path: Path | None = None
    """The run folder, once it is known."""

    def __init__(self) -> None:
        self._total, self._done, self._failed = 0, 0, 0
        self._started = self._told = time.monotonic()
        self._bar: tuple[RichProgress, TaskID] | None = None

    def __enter__(self) -> Self:
        return self

    def started(self, path: Path, *, answered: int, total: int) -> None:
        self.path, self._total = path, total - answered
        if answered:
            click.echo(f"resuming {path}: {answered} of {total} trials are answered")
        self._started = self._told = time.monotonic()
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

    def finished(self, trial: bench.Trial, result: bench.Result) -> None:
        self._done += 1
        self._failed += isinstance(result.outcome, bench.Failure)
        if self._bar is not None:
            bar, task = self._bar
            bar.update(task, advance=1, failed=self._failed)
        elif time.monotonic() - self._told >= _LINE_EVERY_S or self._done == self._total:
            self._told = time.monotonic()
            click.echo(self._line(), err=True)

    def _line(self) -> str:
        elapsed = time.monotonic() - self._started
        left = elapsed / self._done * (self._total - self._done)
        return f"{self._done}/{self._total} trials, {self._failed} failed, {elapsed:.0f} s, about {left:.0f} s left"


def _bar(total: int) -> tuple[RichProgress, TaskID]:
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        Progress,
        TextColumn,
        TimeElapsedColumn,
        TimeRemainingColumn,
    )

    columns = (
        TextColumn("trials"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("{task.fields[failed]} failed"),
        TimeElapsedColumn(),
        TextColumn("left"),
        TimeRemainingColumn(),
    )
    bar = Progress(*columns, console=Console(stderr=True), transient=True)
    return bar, bar.add_task("trials", total=total, failed=0)


class Now:
    """What is being worked on, where nothing can be counted: one line that is rewritten, on a terminal; else a line
    from time to time, beginning two seconds in.
    """

    _FIRST_S = 2.0

    def __init__(self) -> None:
        self._next = time.monotonic() + self._FIRST_S
        self._is_terminal, self._is_shown = sys.stderr.isatty(), False

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        if self._is_shown and self._is_terminal:
            click.echo("\r\x1b[K", nl=False, err=True)

    def __call__(self, what: str) -> None:
        now = time.monotonic()
        if now < self._next:
            return
        self._next = now + (0.1 if self._is_terminal else _LINE_EVERY_S)
        self._is_shown = True
        click.echo(f"\r\x1b[K{what}" if self._is_terminal else what, nl=not self._is_terminal, err=True)
