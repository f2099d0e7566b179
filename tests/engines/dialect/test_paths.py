"""Where values lie, against an independent way of walking, on ugly messages."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench.engines.dialect import paths

_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=3),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from("abc"), inner, max_size=3),
    max_leaves=12,
)
_STEPS = st.lists(st.sampled_from("abc") | st.integers(-2, 2), min_size=1, max_size=4)


def _walked(value, steps):
    for step in steps:
        try:
            value = value[step] if isinstance(value, dict if isinstance(step, str) else list) else None
        except (KeyError, IndexError):
            return None
    return value


def _written(steps):
    text = "".join(f".{step}" if isinstance(step, str) else f"[{step}]" for step in steps)
    return text.removeprefix(".")


@given(_JSON, _STEPS)
def test_a_path_leads_where_its_steps_lead(message, steps):
    found, expected = paths.at(message, _written(steps)), _walked(message, steps)
    assert found is expected or found == expected or (found != found and expected != expected)


@given(_JSON, st.sampled_from(["a[*].b", "a[?b=1].c", "[*]", "a[*]", "a[?b=true]", "[?a=x][*].c"]))
def test_lists_of_places_never_raise(message, path):
    assert isinstance(paths.at(message, path), list | None)


def test_all_and_chosen():
    message = {"w": [{"t": "word", "x": "a"}, {"t": "blank", "x": " "}, {"t": "word", "x": "b"}, 7]}
    assert paths.at(message, "w[*].x") == ["a", " ", "b"]
    assert paths.at(message, "w[?t=word].x") == ["a", "b"]
    assert paths.at(message, "w[?t=word][0].x") == []


@pytest.mark.parametrize("path", ["", "a[", "a]b[", "a[x]"])
def test_what_is_no_path_is_told(path):
    with pytest.raises(ValueError, match="a path such as"):
        paths.parsed(path)


@pytest.mark.parametrize(
    ("value", "number"),
    [
        (1, 1.0),
        ("1.5", 1.5),
        ("1.200s", 1.2),
        (True, None),
        ("x", None),
        (float("nan"), None),
        ("inf", None),
        ([], None),
    ],
)
def test_numbers_also_where_they_are_written_as_text(value, number):
    assert paths.as_number(value) == number
