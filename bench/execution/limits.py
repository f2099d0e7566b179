"""What bounds the asking: a quota a minute, a budget that counts on the way, waits between attempts, and giving up.

No sockets; one event loop's own, not thread-safe.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np

from bench.config import BudgetSpec, RetrySpec
from bench.types import Failure, FailureKind, Transcript

_WITHOUT_EFFECT = frozenset({FailureKind.AUDIO})
"""Failures that say nothing of the engine: it was not asked."""
_HOPELESS_AFTER = 3
"""So many answers in a row that the key or the account is at fault: no further one will differ."""
_PAYMENT_REQUIRED = 402
_RANDOM = np.random.default_rng()
"""Of no seed: processes that were refused together must not come back together."""


class Quota(Protocol):
    """Spaces the starts of requests to one engine."""

    async def wait(self) -> None:
        """Return when the next request may start."""


@dataclass(slots=True)
class RateLimit:
    """Spaces the starts of requests evenly, so that a vendor's quota per minute is never exceeded."""

    per_minute: float | None
    _next: float = field(default=0.0)

    async def wait(self) -> None:
        """Return when the next request may start."""
        if self.per_minute is None:
            return
        now = time.monotonic()
        start = max(now, self._next)
        self._next = start + 60 / self.per_minute
        await asyncio.sleep(start - now)


def backoff_s(failure: Failure, attempt: int, retry: RetrySpec) -> float:
    """Wait before the next attempt: random up to a bound that doubles from the base, and never beyond the maximum.

    Where the server says `Retry-After`, that, and a random part of the base behind it, so that those who were refused
    together do not come back together.
    Source: AWS Architecture Blog, "Exponential Backoff And Jitter" (full jitter).
    """
    if failure.retry_after_s is not None:
        return min(failure.retry_after_s, retry.max_s) + float(_RANDOM.uniform(0, min(retry.base_s, retry.max_s)))
    return float(_RANDOM.uniform(0, min(retry.base_s * 2 ** (attempt - 1), retry.max_s)))


@dataclass(frozen=True, slots=True, kw_only=True)
class Stop:
    """Why trials were left without a result. They are run by --resume."""

    engine_id: str | None
    """`None`: all engines."""
    reason: str
    left: int = 0
    """Trials that were not run."""


@dataclass(slots=True)
class Spent:
    """What was asked for so far, retries included."""

    requests: int = 0
    audio_s: float = 0.0
    cost: float = 0.0

    def add(self, audio_s: float, price_per_minute: float | None, requests: int = 1) -> None:
        """Requests of so much audio each."""
        self.requests += requests
        self.audio_s += requests * audio_s
        self.cost += requests * (price_per_minute or 0.0) * audio_s / 60

    def __add__(self, other: Spent) -> Spent:
        return Spent(self.requests + other.requests, self.audio_s + other.audio_s, self.cost + other.cost)

    def rest_of(self, budget: BudgetSpec) -> BudgetSpec:
        """What is left of a budget."""
        requests, hours, cost = budget.max_requests, budget.max_audio_hours, budget.max_cost
        return budget.model_copy(
            update={
                "max_requests": None if requests is None else max(0, requests - self.requests),
                "max_audio_hours": None if hours is None else max(0.0, hours - self.audio_s / 3600),
                "max_cost": None if cost is None else max(0.0, cost - self.cost),
            }
        )


def divided(budget: BudgetSpec, needs: Sequence[Spent]) -> list[BudgetSpec]:
    """A budget for as many as need it, each its part: if there is enough for all of them, each has enough.

    Requests are dealt in turn, as trials are; of hours and cost, each gets as its need is to that of all.
    """
    number, total = len(needs), sum(needs, start=Spent())
    requests, hours, cost = budget.max_requests, budget.max_audio_hours, budget.max_cost
    return [
        budget.model_copy(
            update={
                "max_requests": None if requests is None else requests // number + (index < requests % number),
                "max_audio_hours": None if hours is None else hours * _part(need.audio_s, total.audio_s, number),
                "max_cost": None if cost is None else cost * _part(need.cost, total.cost, number),
            }
        )
        for index, need in enumerate(needs)
    ]


def _part(need: float, total: float, number: int) -> float:
    return need / total if total else 1 / number


@dataclass(slots=True)
class Budget:
    """Says before each request whether it may be made; counts those that were."""

    spec: BudgetSpec
    spent: Spent = field(default_factory=Spent)

    def exceeded(self, audio_s: float, price_per_minute: float | None) -> str | None:
        """Which bound one more request would pass; `None`: it may be made."""
        cost = (price_per_minute or 0.0) * audio_s / 60
        needs = (
            ("max_requests", self.spec.max_requests, self.spent.requests + 1),
            ("max_audio_hours", self.spec.max_audio_hours, (self.spent.audio_s + audio_s) / 3600),
            ("max_cost", self.spec.max_cost, self.spent.cost + cost),
        )
        for name, bound, need in needs:
            if bound is not None and need > bound * (1 + 1e-9):
                return f"budget.{name} is used up, retries included; raise it, then go on with --resume"
        return None


@dataclass(slots=True)
class Breaker:
    """Stops asking one engine that fails whatever it is asked, so that a dead key does not burn the corpus."""

    engine_id: str
    give_up_after: int | None
    """Failed trials in a row; `None`: never."""
    _failures: list[Failure] = field(default_factory=list)
    reason: str | None = None
    """Why it is not asked any more; `None`: it is."""

    def note(self, outcome: Transcript | Failure) -> None:
        """What became of a trial."""
        if isinstance(outcome, Transcript):
            self._failures.clear()
            return
        if outcome.kind in _WITHOUT_EFFECT or self.give_up_after is None:
            return
        self._failures = [*self._failures[-self.give_up_after :], outcome]
        hopeless = all(map(_is_of_the_account, self._failures[-_HOPELESS_AFTER:]))
        least = min(_HOPELESS_AFTER, self.give_up_after) if hopeless else self.give_up_after
        if self.reason is None and len(self._failures) >= least:
            self.reason = (
                f"engine {self.engine_id}: {len(self._failures)} trials in a row failed, the last one so: "
                f"{outcome.kind}: {outcome.message}; it is asked no more; see to it, then go on with --resume"
            )


def _is_of_the_account(failure: Failure) -> bool:
    return failure.kind is FailureKind.AUTH or failure.http_status == _PAYMENT_REQUIRED
