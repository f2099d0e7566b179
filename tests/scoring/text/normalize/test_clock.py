import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench.scoring.text.normalize import get_normalizer
from bench.scoring.text.normalize.clock import clock_step

EARWITNESS = get_normalizer("earwitness")
STEP = clock_step(
    {
        "before": ["at"],
        "and": ["and"],
        "to": {"half past": 30, "quarter to": -15},
        "past": {"and half": 30},
        "between": ["h"],
    },
    None,
    units=frozenset(["apples"]),
)


def read(text):
    return " ".join(STEP(text.split()))


@given(hour=st.integers(1, 12))
def test_what_is_said_before_an_hour_adds_minutes_or_takes_them(hour):
    assert read(f"half past {hour}") == f"{hour} 30"
    assert read(f"quarter to {hour}") == f"{hour - 1 or 12} 45"


@given(hour=st.integers(0, 24), minutes=st.integers(0, 59))
def test_the_word_between_hour_and_minutes_adds_nothing(hour, minutes):
    assert read(f"at {hour} and {minutes:02}") == f"at {hour} {minutes:02}"
    assert read(f"{hour} h {minutes:02}") == f"{hour} {minutes:02}"


@pytest.mark.parametrize(
    "text",
    ["half past 13", "half past noon", "5 and 30", "at 5 and 7", "at 30 and 15", "5 h 30 apples", "5 h 7", "half"],
)
def test_anything_else_stays(text):
    assert read(text) == text


def test_nothing_is_compiled_where_nothing_is_declared():
    assert clock_step({}, None) is None


@pytest.mark.parametrize(
    ("language", "said", "written"),
    [
        ("en", "half past three", "3:30"),
        ("de", "halb drei", "2:30"),
        ("es", "las tres y media", "las 3:30"),
        ("pl", "o ósmej trzydzieści", "o 8:30"),
        ("pl", "godzina ósma", "godzina 8"),
        ("hu", "nyolc óra harminc", "8:30"),
        ("hi", "पौने चार बजे", "3:45 बजे"),
    ],
)
def test_languages(language, said, written):
    assert EARWITNESS(said, language) == EARWITNESS(written, language)
