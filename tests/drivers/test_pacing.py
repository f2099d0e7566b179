import asyncio
import gc

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench.drivers.clock import clock
from bench.drivers.pacing import Pacer, collector_paused, schedule
from tests.drivers.stream_server import HANGS_S


@given(
    num_bytes=st.integers(1, 400),
    chunk_bytes=st.integers(1, 500),
    duration_s=st.floats(0.01, 60),
    speed=st.sampled_from([0.5, 1.0, 4.0]),
)
def test_chunks_are_due_when_a_microphone_would_have_had_their_last_sample(num_bytes, chunk_bytes, duration_s, speed):
    plan = schedule(num_bytes, chunk_bytes, duration_s, speed)
    ends = [min(begin + chunk_bytes, num_bytes) for begin in range(0, num_bytes, chunk_bytes)]
    assert plan.num_chunks == len(ends)
    for index, end in enumerate(ends):
        assert plan.timing.due_s(index) == pytest.approx(end / num_bytes * duration_s / speed)


def test_the_last_chunk_is_due_at_the_end_of_the_audio_even_if_short():
    plan = schedule(10, 4, 1.0)
    assert [plan.timing.due_s(index) for index in range(3)] == pytest.approx([0.4, 0.8, 1.0])


@pytest.mark.parametrize("size", [(0, 4, 1.0, 1.0), (4, 0, 1.0, 1.0), (4, 4, 0.0, 1.0), (4, 4, 1.0, 0.0)])
def test_sizes_that_make_no_schedule_are_refused(size):
    with pytest.raises(ValueError, match="above 0"):
        schedule(*size)


def test_steps_run_in_order_of_their_due_times_and_never_early():
    order = []

    async def main():
        pacer = Pacer()
        begin = clock()
        done = asyncio.Event()

        def step(name, times):
            due = iter(times)
            next(due)

            def run():
                order.append((name, clock() - begin))
                following = next(due, None)
                if following is None and name == "slow":
                    done.set()
                return None if following is None else begin + following

            return run

        pacer.at(begin + 0.03, step("slow", [0.03, 0.09]))
        pacer.at(begin + 0.01, step("fast", [0.01, 0.02, 0.04]))
        await asyncio.wait_for(done.wait(), HANGS_S)

    asyncio.run(main())
    assert [name for name, _ in order] == ["fast", "fast", "slow", "fast", "slow"]
    for (_, at), due in zip(order, [0.01, 0.02, 0.03, 0.04, 0.09], strict=True):
        assert at >= due


def test_a_late_step_does_not_move_the_next_one():
    """The due times that a stream asks for are absolute: a stall is caught up with, not carried on."""

    async def main():
        pacer, begin, seen = Pacer(), clock(), []
        done = asyncio.get_running_loop().create_future()

        def run():
            seen.append(clock() - begin)
            if len(seen) == 1:
                while clock() - begin < 0.1:  # stall past the due times of the next four
                    pass
            if len(seen) == 6:
                done.set_result(None)
                return None
            return begin + 0.02 * (len(seen) + 1)

        pacer.at(begin + 0.02, run)
        await asyncio.wait_for(done, HANGS_S)
        return seen

    seen = asyncio.run(main())
    assert seen[5] >= 0.12
    assert sorted(seen) == seen


def test_a_step_added_from_a_step_is_run():
    async def main():
        pacer, done = Pacer(), asyncio.Event()
        pacer.at(clock(), lambda: pacer.at(clock() - 1.0, lambda: done.set()))
        await asyncio.wait_for(done.wait(), HANGS_S)

    asyncio.run(main())


def test_a_closed_pacer_runs_nothing_more():
    async def main():
        ran = []
        pacer = Pacer()
        pacer.at(clock() + 0.01, lambda: ran.append("step"))
        pacer.in_background(ran.append("work") for _ in range(3))
        pacer.close()
        await asyncio.sleep(0.05)
        return ran

    assert asyncio.run(main()) == []


def test_background_work_gives_way_to_due_steps():
    async def main():
        pacer, begin = Pacer(), clock()
        stamps, finished = [], asyncio.Event()

        def work():
            while not finished.is_set():
                yield

        def run():
            stamps.append(clock() - begin)
            if len(stamps) == 3:
                finished.set()
                return None
            return begin + 0.01 * (len(stamps) + 1)

        pacer.in_background(work())
        pacer.at(begin + 0.01, run)
        await asyncio.wait_for(finished.wait(), HANGS_S)
        return stamps

    assert len(asyncio.run(main())) == 3


@pytest.fixture
def nothing_frozen():
    """As in a process that froze nothing; tests/conftest.py froze what was imported."""
    gc.unfreeze()
    yield
    gc.freeze()


def test_the_collector_is_paused_until_the_last_stream_ends(nothing_frozen):
    assert gc.isenabled()
    with collector_paused():
        assert not gc.isenabled()
        assert gc.get_freeze_count() > 0
        with collector_paused():
            pass
        assert not gc.isenabled()
    assert gc.isenabled()
    assert gc.get_freeze_count() == 0


def test_what_a_process_froze_itself_stays_frozen(nothing_frozen):
    gc.freeze()
    before = gc.get_freeze_count()
    with collector_paused():
        assert not gc.isenabled()
    assert gc.isenabled()
    assert gc.get_freeze_count() == pytest.approx(before, rel=0.1)  # some of it may have gone meanwhile


def test_a_collector_that_was_off_stays_off():
    gc.disable()
    try:
        with collector_paused():
            assert not gc.isenabled()
        assert not gc.isenabled()
    finally:
        gc.enable()
