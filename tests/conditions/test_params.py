"""What each kind of parameter takes, and how it says so."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench.conditions.params import Param, accepts, choice, flag, integer, is_draw, number, text

RATE = number("rate", "fraction", 0, 0.9, "x")


@pytest.mark.parametrize(
    ("param", "good", "bad"),
    [
        (RATE, [0, 0.9, 0.5, {"min": 0, "max": 0.9}], [-0.1, 1, "0.5", True, None, math.nan, [0.1], {"min": 0.5}]),
        (RATE, [{"min": 0.2, "max": 0.2}], [{"min": 0.5, "max": 0.2}, {"min": 0, "max": 2}, {"min": "a", "max": 1}]),
        (integer("n", "", 1, 4, "x"), [1, 4], [0, 5, 2.0, True, "2", {"min": 1, "max": 2}]),
        (choice("law", ("mulaw", "alaw"), "x"), ["alaw"], ["a-law", 1, None]),
        (choice("kbps", (4.75, 12.2, 1.0), "x", "kbit/s"), [4.75, 12.2], [13, "12.2", True]),
        (flag("on", "x"), [True, False], [1, "yes", None]),
        (text("path", "x"), ["a"], ["", 1, None]),
        (Param(name="size", kind="numbers", about="x", low=1), [[1, 2.5], (3,)], [[], [0], ["a"], 3]),
        (Param(name="options", kind="mapping", about="x", default=None), [{}, {"a": 1}, None], [[], "a"]),
    ],
)
def test_kinds(param, good, bad):
    assert [value for value in good if not accepts(param, value)] == []
    assert [value for value in bad if accepts(param, value)] == []


@given(st.floats(0, 0.9), st.floats(0, 0.9))
def test_a_range_is_taken_if_both_ends_are_and_in_order(low, high):
    value = {"min": low, "max": high}
    assert is_draw(value)
    assert accepts(RATE, value) == (low <= high)


@pytest.mark.parametrize(
    ("param", "words"),
    [
        (RATE, "a number in 0..0.9 (fraction)"),
        (number("x", "", None, None, ""), "a number"),
        (integer("x", "Hz", 4000, None, ""), "a whole number in 4000.. (Hz)"),
        (choice("x", (16, 32), "", "kbit/s"), "one of 16, 32 (kbit/s)"),
        (flag("x", ""), "true or false"),
    ],
)
def test_ranges_in_words(param, words):
    assert param.range == words
