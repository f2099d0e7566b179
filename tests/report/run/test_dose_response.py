"""Curves of conditions that differ in one number, and the table of what conditions achieved."""

from bench.conditions.spec import parse_condition
from bench.report.run.conditions import dose_table
from bench.report.run.dose_response import curves, dose_figure
from bench.report.tables import Cells
from bench.scoring.estimates import dose_unit
from bench.types import Cell, Estimate, Interval


def parsed(*specs):
    return [condition for spec in specs for condition in parse_condition(spec)]


def cell(condition, metric, value, n=3, **more):
    scope = Cell("e", "batch", condition, "c", "en")
    return Estimate(metric=metric, unit="x", scope=scope, interval=Interval(value=value, n=n, **more))


def test_a_grid_is_a_curve_in_ascending_order():
    (curve,) = curves(parsed("clean", {"noise": {"snr_db": [10, -5, 0]}}))
    assert curve.label == "noise snr_db (dB)"
    assert [x for x, _ in curve.points] == [-5, 0, 10]
    assert not curve.log


def test_conditions_written_apart_are_a_curve_if_they_differ_in_one_number_only():
    apart = parsed(
        {"id": "a", "steps": [{"packet_loss": {"rate": 0.01}}]},
        {"id": "b", "steps": [{"packet_loss": {"rate": 0.1}}]},
        {"id": "c", "steps": [{"packet_loss": {"rate": 0.2, "burst": 9}}]},
    )
    (curve,) = curves(apart)
    assert curve.points == ((0.01, "a"), (0.1, "b"))
    assert curve.log
    assert curves(parsed("clean", {"noise": {"color": ["pink", "white"], "snr_db": 5}})) == ()


def test_the_figure_has_a_line_for_each_engine_and_is_the_same_bytes_again():
    found = curves(parsed("clean", {"noise": {"snr_db": [10, 0]}}))
    conditions = ["clean", *(id for _, id in found[0].points)]
    cells = Cells([cell(id, "wer", 0.1 * n, low=0.0, high=0.5) for n, id in enumerate(conditions)])
    figure = dose_figure(cells, found)
    assert figure == dose_figure(cells, found)
    assert figure.startswith("<svg")
    assert dose_figure(cells, ()) == ""


def test_the_dose_table_gives_mean_and_range_once_for_each_condition():
    estimates = [cell("clean", f"dose.active_level_dbfs.{s}", -30.0) for s in ("mean", "min", "max")]
    for name, (mean, low, high) in {"snr_db": (1e-9, -1e-9, 1e-9), "loss_rate": (0.1, 0.05, 0.2)}.items():
        values = zip(("mean", "min", "max"), (mean, low, high), strict=True)
        estimates += [cell("bad", f"dose.{name}.{statistic}", value) for statistic, value in values]
    table = dose_table(Cells(estimates))
    assert table.columns == ("condition", "n", "snr (dB)", "active level (dBFS)", "loss rate")
    assert table.rows == (
        ("clean", "3", "–", "−30.0", "–"),
        ("bad", "3", "0.00", "–", "10.0 % [5.0, 20.0]"),
    )


def test_units_follow_the_ending_even_of_a_repeated_name():
    names = ("snr_db", "snr_db_2", "loss_rate", "clipped_fraction", "rt60_s", "gain_db", "loss_burst")
    assert [dose_unit(name) for name in names] == ["dB", "dB", "ratio", "ratio", "s", "dB", ""]
