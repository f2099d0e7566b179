"""Errors a user can cause. Each carries fields; `str` makes them one message: *where: expected, found, what to do*.

    BenchError                the exit code is an attribute of the class
    ├── UsageError            2   the command line or a file named on it
    │   ├── ConfigError       2   every problem of a config, listed at once
    │   ├── ManifestError     2   a corpus manifest or an import source
    │   └── UnknownNameError  2   a name that no registry knows
    ├── MissingExtraError     2   an optional dependency is not installed
    ├── AudioError            -   one recording; becomes a Failure of that trial
    ├── RunFolderError        2   a run folder that is incomplete, foreign or of another version
    └── StorageError         74   a file cannot be written, or not be read though it is there

Imports nothing of the package.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from difflib import get_close_matches
from enum import IntEnum
from typing import Any, ClassVar


class ExitCode(IntEnum):
    """What a command's exit status means."""

    OK = 0
    REGRESSED = 1
    """Worse than the baseline; of a service, unfit."""
    USAGE = 2
    """The command line, or a file named on it; every `BenchError` that has no code of its own."""
    INCONCLUSIVE = 3
    """Invalid, or too little to tell."""
    TRIALS_FAILED = 4
    """The run is finished and scored, but trials of it failed."""
    RULER = 5
    """The ruler or the second opinion disagrees: the harness's own numbers cannot be trusted."""
    INTERNAL = 70
    """An unexpected error, never taken for a verdict."""
    STORAGE = 74
    """A file cannot be written: a full disk, a store that is gone."""
    INTERRUPTED = 130
    """Ended by Ctrl-C (SIGINT); can be resumed."""
    TERMINATED = 143
    """Ended by SIGTERM; can be resumed."""


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing wrong at one place."""

    where: str
    """Empty where whoever catches the error knows it, and adds it by `at`."""
    expected: str
    found: str
    advice: str = ""

    def __str__(self) -> str:
        where = f"{self.where}: " if self.where else ""
        advice = f"; {self.advice}" if self.advice else ""
        return f"{where}expected {self.expected}, got {self.found}{advice}"

    def at(self, where: str) -> Problem:
        """The same problem at a place within `where`."""
        return replace(self, where=": ".join(part for part in (where, self.where) if part))


class BenchError(Exception):
    """Base of all errors that are printed without a traceback. Each survives the way out of another process."""

    exit_code: ClassVar[ExitCode] = ExitCode.USAGE
    problems: tuple[Problem, ...]

    def __init__(self, *problems: Problem) -> None:
        self.problems = problems

    def __reduce__(self) -> tuple[Any, ...]:
        """By its problems, not by what a subclass was called with: that may be a generator, which cannot be sent."""
        return _sent, (type(self), self.problems), dict(self.__dict__)

    def __str__(self) -> str:
        return "\n".join(str(problem) for problem in self.problems)

    def at(self, where: str) -> tuple[Problem, ...]:
        """Its problems at places within `where`."""
        return tuple(problem.at(where) for problem in self.problems)


def _sent(kind: type[BenchError], problems: tuple[Problem, ...]) -> BenchError:
    error = kind.__new__(kind)
    BenchError.__init__(error, *problems)
    return error


class UsageError(BenchError):
    """The command cannot be carried out as given."""


class ConfigError(UsageError):
    """A config has problems; all of them, never only the first."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        super().__init__(*problems)


class ManifestError(ConfigError):
    """A manifest or an import source has problems, by line."""


class UnknownNameError(UsageError):
    """No such engine, corpus source, condition step, metric or reporter."""

    def __init__(self, kind: str, name: str, known: Iterable[str]) -> None:
        self.kind, self.name, self.known = kind, name, tuple(sorted(known))
        expected = f"one of {', '.join(self.known)}"
        super().__init__(Problem(kind, expected, repr(name), did_you_mean(name, self.known)))


class MissingExtraError(BenchError):
    """Optional dependencies are missing."""

    def __init__(self, what: str, *extras: str) -> None:
        """`what` needs them, for the message."""
        self.what, self.extras = what, extras
        advice = f"run: pip install 'earwitness[{','.join(extras)}]'"
        super().__init__(Problem(what, "what it needs to be installed", "a Python without it", advice))


class AudioError(BenchError):
    """A recording cannot be read, or a condition cannot be applied to it."""


class RunFolderError(UsageError):
    """A run folder cannot be used as asked."""


class StorageError(BenchError):
    """A file or a store that cannot be written or read, for no reason that lies in what was asked."""

    exit_code = ExitCode.STORAGE


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """`did you mean 'x'?` for the nearest known name, else an empty string."""
    near = get_close_matches(name, list(known), n=1, cutoff=0.6)
    return f"did you mean {near[0]!r}?" if near else ""
