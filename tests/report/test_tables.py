import pytest

from bench.report.tables import (
    NONE,
    Cells,
    accuracy_table,
    all_tables,
    contrast_table,
    count,
    percent,
    points,
    ratio,
    seconds,
    summary_table,
    with_interval,
)
from bench.types import Cell, Contrast, Estimate, Interval

CELL = Cell("e", "batch", "clean", "c", "en")
CONTRAST = Contrast(name="x - y", of=CELL, minus=CELL)


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
        (seconds(9.9994), "9999 ms"),
        (seconds(12.34), "12.3 s"),
        (seconds(-0.1, signed=True), "−100 ms"),
        (seconds(0.1, signed=True), "+100 ms"),
        (ratio(0.12345), "0.123"),
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


def cells():
    return Cells(
        [
            estimate("wer", 0.125, 0.1, 0.15),
            estimate("cer", 0.05),
            estimate("words.substitutions", 1.0),
            estimate("words.deletions", 2.0),
            estimate("words.insertions", 3.0),
            estimate("words.hits", 45.0),
            estimate("trials.answered", 7.0),
            estimate("trials.empty", 1.0),
            estimate("trials.failed", 0.0),
            estimate("batch_latency_s.p50", 0.25, unit="s"),
            estimate("wer.difference", 0.02, 0.01, 0.03, scope=CONTRAST),
            estimate("cer.difference", 0.01, scope=CONTRAST),
        ]
    )


def test_what_is_the_same_in_every_row_is_no_column():
    table = accuracy_table(cells())
    assert table.columns == (
        *("engine", "mode", "condition", "WER", "CER"),
        *("S / D / I", "words", "answered", "empty", "failed"),
    )
    assert table.rows == (("e", "batch", "clean", "12.5 % [10.0, 15.0]", "5.0 %", "1 / 2 / 3", "48", "7", "1", "0"),)


def test_the_terminal_shows_accuracy_and_one_latency():
    assert summary_table(cells()).rows[0][-1] == f"250/{NONE}/{NONE}"


def test_contrasts_are_in_points():
    assert contrast_table(cells()).rows[0][-4:] == ("+2.0 pp [+1.0, +3.0]", "+1.0 pp", NONE, NONE)


def test_a_table_without_rows_is_left_out():
    assert [table.title for table in all_tables(cells())] == ["Accuracy", "Latency", "Paired differences"]
