"""When trials begin, where that is not simply "as soon as there is room". Pure.

A closed load keeps a number of sessions going; an open one lets sessions come at random times, whatever became of
those before. Times are seconds after the common begin.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrivals:
    """The default is a plain run: `concurrency` trials at a time until all are done."""

    due_s: Mapping[str, float] | None = None
    """Open: when each trial (by id) is to begin, a stream to connect; concurrency is no limit then."""
    connect_ahead_s: float = 1.0
    """Open: how long after it is to connect a stream's first audio is due, as a client connects while the telephone
    rings; more where many connect at one moment."""
    ramp_s: float = 0.0
    """Closed: the first trials begin spread over this time, so that sessions do not march in step."""
    stop_s: float | None = None
    """Closed: no trial begins later; what is left of the plan is not run."""
    first_worker: int = 0
    """Closed: place of this process's first worker among all, of which there are `workers`; for the ramp."""
    workers: int | None = None

    @property
    def is_load(self) -> bool:
        """Whether this is a load: all audio is ready before the begin, and the times of sessions are kept."""
        return self.due_s is not None or self.stop_s is not None

    def of_share(self, first_worker: int, workers: int) -> Arrivals:
        """The same for a process that has only some of the workers."""
        return replace(self, first_worker=first_worker, workers=workers)

    def worker_start_s(self, worker: int, width: int) -> float:
        """When a worker of this process begins its first trial."""
        return self.ramp_s * (self.first_worker + worker) / (self.workers or width)


PLAIN = Arrivals()
"""A plain run."""


def poisson_arrivals(ids: Sequence[str], rate_per_s: float, duration_s: float, seed: int) -> dict[str, float]:
    """Times at which sessions begin: independent exponential gaps, until `duration_s` or until `ids` are used up."""
    gaps = np.random.default_rng([seed, round(rate_per_s * 1e6)]).exponential(1 / rate_per_s, size=len(ids))
    times = np.cumsum(gaps)
    return {id: float(at) for id, at in zip(ids, times, strict=True) if at < duration_s}
