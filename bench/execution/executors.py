"""By whom the trials of a run are run: this machine's processes, or a cluster that is there already.

Every executor does what `processes` does: it runs each trial to one Result in the run folder, tells of each, keeps the
quotas and the budget of the run as a whole, and says why trials were left out; and it scores a run part by part.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Protocol, Self

from bench.execution.limits import Stop
from bench.execution.score_parts import Part, ScoredPart
from bench.execution.trials import Work
from bench.registry import Registry


class Executor(Protocol):
    """Entered for as long as there is work."""

    def __enter__(self) -> Self:
        """Itself; what it needs is started when it is first needed."""

    def __exit__(self, *exception: object) -> None:
        """End what it started."""

    def run(self, work: Work) -> tuple[Stop, ...]:
        """Run each trial to its Result; returns why some have none."""

    def score_parts(self, parts: Iterable[Part], *, number: int, workers: int | None) -> Iterator[ScoredPart]:
        """As `score_parts.PartScorer`."""


EXECUTORS = Registry(
    "executor",
    {
        "process": "bench.execution.processes:executor",
        "ray": "bench.execution.cluster:executor",
    },
)


def executor(name: str, address: str | None = None, allow_keys: Sequence[str] = ()) -> Executor:
    """An executor by its name.

    Args:
        name: one of `EXECUTORS`.
        address: of the cluster, for one that has one; `None`: its own default.
        allow_keys: `NAME=HOST`, as of `bench run --allow-key`, for machines that read keys of their own.

    Raises:
        UnknownNameError: if there is none of that name.
        UsageError: if it takes no address.
        MissingExtraError: if what it needs is not installed.
    """
    made: Executor = EXECUTORS.load(name)(address, allow_keys)
    return made
