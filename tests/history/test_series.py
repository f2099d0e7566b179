from dataclasses import replace

import pytest

from bench.history.series import Point, series
from bench.types import Cell, Interval

POINT = Point(
    run="r",
    started_at="2026-01-01",
    metric="wer",
    unit="ratio",
    cell=Cell("e", "batch", "clean", "c", "en"),
    material="m",
    value=0.1,
    interval=Interval(value=0.1, low=0.09, high=0.11, n=100),
    n_failed=0,
    lower_is_better=True,
)


def points(values, **changes):
    return [
        replace(POINT, value=value, run=f"r{number}", started_at=f"2026-01-{number + 1:02}", **changes)
        for number, value in enumerate(values)
    ]


def test_a_series_is_in_the_order_of_time_and_says_since_when_it_is_worse():
    [found] = series(reversed(points([0.1] * 10 + [0.15] * 10)))
    assert [point.run for point in found.points] == [f"r{number}" for number in range(20)]
    [change] = found.changes
    assert (change.position, change.worse) == (10, True)
    assert (change.before, change.after) == pytest.approx((0.1, 0.15))
    assert change.difference.low < 0.05 < change.difference.high


def test_where_more_is_better_a_fall_is_worse():
    [found] = series(points([0.9] * 10 + [0.5] * 10, lower_is_better=False))
    assert found.changes[0].worse


def test_other_material_or_another_cell_is_another_series():
    found = series(
        [
            *points([0.1] * 4),
            *points([0.3] * 4, material="n"),
            *points([0.2] * 4, cell=POINT.cell._replace(mode="stream")),
        ]
    )
    assert [(one.first.cell.mode, one.first.material, len(one.points)) for one in found] == [
        ("batch", "m", 4),
        ("batch", "n", 4),
        ("stream", "m", 4),
    ]


def test_a_wobble_far_inside_the_intervals_is_no_change():
    """A system that repeats itself but for one word."""
    [found] = series(points([0.1] * 10 + [0.1001] * 10))
    assert found.changes == ()
    [exact] = series(points([0.1] * 10 + [0.1001] * 10, interval=Interval(value=0.1)))
    assert len(exact.changes) == 1
