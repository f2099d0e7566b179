"""A quota is kept by all who lease of it together, and used up nearly whole."""

import asyncio
from collections.abc import Coroutine
from itertools import pairwise
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench.execution.permits import BLOCK_S, Lease, LeasedQuota, Lessor


@given(
    st.floats(1, 100_000),
    st.lists(st.floats(0, 5), min_size=1, max_size=60).map(sorted),
)
def test_no_second_has_more_starts_than_the_quota(per_minute, asked_at):
    lessor = Lessor(per_minute=per_minute)
    starts: list[float] = []
    for now in asked_at:
        lease = lessor.lease(now)
        assert lease.delay_s >= 0
        starts += [now + lease.delay_s + index * lease.interval_s for index in range(lease.number)]
    gaps = [later - earlier for earlier, later in pairwise(starts)]
    assert min(gaps, default=60 / per_minute) >= 60 / per_minute * (1 - 1e-6)


def test_a_block_is_a_tenth_of_a_second_or_one_request():
    assert Lessor(per_minute=60_000).lease(0.0).number == round(1_000 * BLOCK_S)
    assert Lessor(per_minute=6).lease(0.0).number == 1


class VirtualLoop(asyncio.SelectorEventLoop):
    """Its clock goes on only where all wait, and then to when the first of them is to be woken."""

    now_s = 1_000.0

    def time(self) -> float:
        return self.now_s

    def _run_once(self) -> None:
        if not self._ready and self._scheduled:  # type: ignore[attr-defined]
            self.now_s = max(self.now_s, self._scheduled[0].when())  # type: ignore[attr-defined]
        super()._run_once()  # type: ignore[misc]


@pytest.fixture
def run_virtually(monkeypatch: pytest.MonkeyPatch):
    """Runs a coroutine while no time passes but what it waits for."""

    def run(work: Coroutine[Any, Any, None]) -> None:
        with asyncio.Runner(loop_factory=VirtualLoop) as runner:
            clock = SimpleNamespace(monotonic=runner.get_loop().time)
            monkeypatch.setattr("bench.execution.permits.time", clock)
            try:
                runner.run(work)
            finally:
                monkeypatch.undo()

    return run


def test_two_loops_share_a_quota(run_virtually):
    lessor, starts, leases = Lessor(per_minute=6_000), [], []

    async def lease() -> Lease:
        leases.append(1)
        return lessor.lease()

    async def ask(quota: LeasedQuota, number: int) -> None:
        for _ in range(number):
            await quota.wait()
            starts.append(asyncio.get_running_loop().time())

    async def both() -> None:
        await asyncio.gather(*(ask(LeasedQuota(lease=lease), 25) for _ in range(2)))

    run_virtually(both())
    assert min(later - earlier for earlier, later in pairwise(sorted(starts))) == pytest.approx(0.01), "100 a second"
    assert max(starts) - min(starts) < 0.6, "used up nearly whole"
    assert len(leases) == 6


def test_what_was_leased_and_not_used_in_time_is_given_up(run_virtually):
    leases = []

    async def lease() -> Lease:
        leases.append(1)
        return Lease(delay_s=0.0, interval_s=0.001, number=10)

    async def ask() -> None:
        quota = LeasedQuota(lease=lease)
        await quota.wait()
        await asyncio.sleep(2 * BLOCK_S)
        await quota.wait()

    run_virtually(ask())
    assert len(leases) == 2
