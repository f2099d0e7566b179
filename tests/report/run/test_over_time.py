"""The figure and the table of what went on while streams did."""

from bench.report.run.over_time import over_time_figure, over_time_table
from bench.scoring.timing.over_time import OverTime, TimeBin

BINS = (
    TimeBin(begin_s=0.0, end_s=1.0, num_lags=3, lag_p50_s=0.2, lag_p95_s=0.5, errors=1, spoken=4),
    TimeBin(begin_s=1.0, end_s=2.0),
    TimeBin(begin_s=2.0, end_s=3.0, num_lags=1, lag_p50_s=1.25, lag_p95_s=1.25),
)
FOUND = tuple(
    OverTime(engine=engine, condition="clean", corpus="c", language="en", num_streams=2, bins=bins)
    for engine, bins in (("a", BINS), ("b", BINS[:1]))
)


def test_the_table_has_a_row_for_every_stretch_in_which_something_came():
    table = over_time_table(FOUND)
    assert table.columns[:3] == ("engine", "condition", "when")
    assert table.rows == (
        ("a", "clean", "0 to 1 s", "3", "200 ms", "500 ms", "4", "25.0 %"),
        ("a", "clean", "2 to 3 s", "1", "1250 ms", "1250 ms", "0", "–"),
        ("b", "clean", "0 to 1 s", "3", "200 ms", "500 ms", "4", "25.0 %"),
    )


def test_nothing_streamed_gives_no_table_and_no_figure():
    assert over_time_table(()) is None
    assert over_time_figure(()) == ""


def test_the_figure_is_the_same_bytes_for_the_same_numbers_and_names_its_engines():
    figure = over_time_figure(FOUND)
    assert figure == over_time_figure(FOUND)
    assert "seconds since the audio began" in figure
    assert "errors on display" in figure
    silent = tuple(BINS[2:])
    only_lag = OverTime(engine="a", condition="clean", corpus="c", language="en", num_streams=1, bins=silent)
    alone = over_time_figure((only_lag,))
    assert "errors on display" not in alone
    assert alone.count('<g id="axes_') == 1, "a place in the grid that has nothing to show stays empty"
