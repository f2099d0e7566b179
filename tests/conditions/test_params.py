"""What each kind of parameter takes, and how it says so."""

import math
from collections.abc import Mapping
from typing import Annotated, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench.conditions.params import REQUIRED, is_draw, param_of, parameter, params_of


def param(kind, *args, default=REQUIRED, **bounds):
    return param_of("x", Annotated[kind, parameter("about", *args, **bounds)], default)


RATE = param(float, "fraction", ge=0, le=0.9)
SIZE = param(tuple[float, ...], ge=1)
OPTIONS = param(Mapping[str, Any] | None, default=None)


@pytest.mark.parametrize(
    ("taken", "good", "bad"),
    [
        (RATE, [0, 0.9, 0.5, {"min": 0, "max": 0.9}], [-0.1, 1, "0.5", True, None, math.nan, [0.1], {"min": 0.5}]),
        (RATE, [{"min": 0.2, "max": 0.2}], [{"min": 0.5, "max": 0.2}, {"min": 0, "max": 2}, {"min": "a", "max": 1}]),
        (param(int, ge=1, le=4), [1, 4], [0, 5, 2.0, True, "2", {"min": 1, "max": 2}]),
        (param(str, choices=("mulaw", "alaw")), ["alaw"], ["a-law", 1, None]),
        (param(float, "kbit/s", choices=(4.75, 12.2, 1.0)), [4.75, 12.2], [13, "12.2", True]),
        (param(bool), [True, False], [1, "yes", None]),
        (param(str), ["a"], ["", 1, None]),
        (SIZE, [[1, 2.5], (3,)], [[], [0], ["a"], 3]),
        (OPTIONS, [{}, {"a": 1}, None], [[], "a"]),
    ],
)
def test_kinds(taken, good, bad):
    assert [value for value in good if not taken.accepts(value)] == []
    assert [value for value in bad if taken.accepts(value)] == []


@given(st.floats(0, 0.9), st.floats(0, 0.9))
def test_a_range_is_taken_if_both_ends_are_and_in_order(low, high):
    value = {"min": low, "max": high}
    assert is_draw(value)
    assert RATE.accepts(value) == (low <= high)


@pytest.mark.parametrize(
    ("taken", "words"),
    [
        (RATE, "a number in 0..0.9 (fraction)"),
        (param(float), "a number"),
        (param(int, "Hz", ge=4000), "a whole number in 4000.. (Hz)"),
        (param(int, "kbit/s", choices=(16, 32)), "one of 16, 32 (kbit/s)"),
        (param(bool), "true or false"),
    ],
)
def test_ranges_in_words(taken, words):
    assert taken.range == words


def test_parameters_are_read_from_the_signature():
    def wobble(
        audio: object,
        *,
        hz: Annotated[float, parameter("frequency", "Hz", ge=1)],
        end_s: Annotated[float | None, parameter("end", "s", ge=0)] = None,
    ) -> None: ...

    hz, end_s = params_of(wobble)
    assert (hz.name, hz.about, hz.default, hz.range) == ("hz", "frequency", REQUIRED, "a number in 1.. (Hz)")
    assert (end_s.name, end_s.default, end_s.range) == ("end_s", None, "a number in 0.. (s)")
    assert end_s.accepts(None)
    assert not hz.accepts(None)


def test_a_parameter_that_says_nothing_of_itself_is_refused():
    def wobble(audio: object, *, hz: float) -> None: ...

    with pytest.raises(TypeError, match=r"parameter hz: expected Annotated"):
        params_of(wobble)
