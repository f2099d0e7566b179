"""By whom the trials of a run are run: this machine's processes, or a cluster that is there already.

Every executor does what `processes.run_work` does: it runs each trial to one Result in the run folder, tells of each,
keeps the quotas and the budget of the run as a whole, and says why trials were left out.
"""

from __future__ import annotations

from collections.abc import Sequence

from bench.execution.trials import Execute
from bench.registry import Registry

EXECUTORS = Registry(
    "executor",
    {
        "process": "bench.execution.processes:executor",
        "ray": "bench.execution.cluster:executor",
    },
)


def executor(name: str, address: str | None = None, allow_keys: Sequence[str] = ()) -> Execute:
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
    made: Execute = EXECUTORS.load(name)(address, allow_keys)
    return made
