"""A quota is kept by all who lease of it together, and used up nearly whole."""

import asyncio
import time
from itertools import pairwise

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


@pytest.mark.timed
def test_two_loops_share_a_quota():
    lessor, starts, leases = Lessor(per_minute=6_000), [], []

    async def lease() -> Lease:
        leases.append(1)
        return lessor.lease()

    async def ask(quota: LeasedQuota, number: int) -> None:
        for _ in range(number):
            await quota.wait()
            starts.append(time.monotonic())

    async def both() -> None:
        await asyncio.gather(*(ask(LeasedQuota(lease=lease), 25) for _ in range(2)))

    began = time.monotonic()
    asyncio.run(both())
    # A quota for each loop would let the last of them start after 0.24 s.
    assert max(starts) - began > 0.36, "50 starts at 100 a second"
    assert len(leases) <= 10


def test_what_was_leased_and_not_used_in_time_is_given_up():
    leases = []

    async def lease() -> Lease:
        leases.append(1)
        return Lease(delay_s=0.0, interval_s=0.001, number=10)

    async def ask() -> None:
        quota = LeasedQuota(lease=lease)
        await quota.wait()
        await asyncio.sleep(2 * BLOCK_S)
        await quota.wait()

    asyncio.run(ask())
    assert len(leases) == 2
