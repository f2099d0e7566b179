import pytest

from bench.report.run.figures import KINDS, svg_figures, write_figures


@pytest.mark.parametrize("name", ["clear", "invalid", "languages", "silent"])
def test_figures_are_drawn_of_every_kind_of_run(runs, name):
    titles = [title for title, _ in svg_figures(runs(name))]
    assert titles[:2] == ["Word error rate", "Latency"]


def test_an_invalid_panel_says_so_and_draws_no_latency(runs):
    (_, rates), (_, latency) = svg_figures(runs("invalid"))
    assert "INVALID" in latency
    assert "INVALID" not in rates


def test_the_same_run_gives_the_same_svg(runs):
    assert svg_figures(runs("clear")) == svg_figures(runs("clear"))


def test_files_of_each_kind_are_written(runs, tmp_path):
    paths = write_figures(runs("clear"), tmp_path / "figures")
    assert {path.suffix[1:] for path in paths} == set(KINDS)
    starts = {path.suffix: path.read_bytes()[:5] for path in paths}
    assert starts[".pdf"] == b"%PDF-"
    assert starts[".png"] == b"\x89PNG\r"
