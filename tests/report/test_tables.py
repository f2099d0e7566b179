import pytest

from bench.report.tables import (
    NONE,
    Table,
    count,
    percent,
    points,
    ratio,
    seconds,
    with_interval,
)
from bench.types import Cell, Estimate, Interval

CELL = Cell("e", "batch", "clean", "c", "en")


def estimate(metric, value, low=None, high=None, unit="ratio", scope=CELL, **names):
    interval = Interval(value=value, low=low, high=high, n=7)
    return Estimate(metric=metric, unit=unit, scope=scope._replace(**names) if names else scope, interval=interval)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (percent(0.1234), "12.3 %"),
        (percent(0.0), "0.0 %"),
        (percent(1.055), "105.5 %"),
        (percent(None), NONE),
        (points(-0.0123), "−1.2 pp"),
        (points(0.005), "+0.5 pp"),
        (points(0.0), "0.0 pp"),
        (seconds(0.2345), "234 ms"),
        (seconds(9.9994), "10.0 s"),
        (seconds(2.819), "2.82 s"),
        (seconds(0.9996), "1.00 s"),
        (seconds(-0.0001), "0 ms"),
        (seconds(12.34), "12.3 s"),
        (seconds(-0.1, signed=True), "−100 ms"),
        (seconds(0.1, signed=True), "+100 ms"),
        (ratio(0.12345), "0.123"),
        (ratio(999.4), "999"),
        (ratio(999.6), "1,000"),
        (ratio(7000.0), "7,000"),
        (ratio(-1234567.8), "-1,234,568"),
        (ratio(1234.5, signed=True), "+1,234"),
        (ratio(None), NONE),
        (count(12345), "12,345"),
    ],
)
def test_numbers_as_text(text, expected):
    assert text == expected


def test_an_interval_stands_behind_its_value_in_the_same_unit():
    assert with_interval(estimate("wer", 0.123, 0.101, 0.145), percent) == "12.3 % [10.1, 14.5]"
    assert with_interval(estimate("d", -0.01, -0.02, 0.0), points) == "−1.0 pp [−2.0, 0.0]"
    assert with_interval(estimate("wer", 0.123), percent) == "12.3 %"
    assert with_interval(estimate("wer", None), percent) == NONE
    assert with_interval(None, percent) == NONE


def test_what_is_the_same_in_every_row_is_no_column():
    table = Table(
        title="t", columns=("a", "b", "c"), rows=(("1", "x", "2"), ("1", "y", "2")), numeric=frozenset(("c",))
    )
    kept = table.without_constant(("a", "b"))
    assert kept.columns == ("b", "c")
    assert kept.rows == (("x", "2"), ("y", "2"))
