"""What the process is set to for a while, and back."""

import gc

import pytest

from bench.machine import collecting_seldom


@pytest.mark.parametrize("before", [(700, 10, 10), (500_000, 5, 5), (0, 10, 10)])
def test_circles_are_looked_for_seldom_and_then_as_before(before):
    own = gc.get_threshold()
    try:
        gc.set_threshold(*before)
        with collecting_seldom():
            within = gc.get_threshold()
        assert gc.get_threshold() == before
    finally:
        gc.set_threshold(*own)
    assert within[1:] == before[1:]
    assert bool(within[0]) == bool(before[0])
    assert within[0] >= before[0]
    assert within[0] != 700
