import re

import pytest

from bench.report.run.terminal import to_terminal
from bench.report.tables import Table
from bench.report.terminal import plain_table, wrapped

KINDS = ["clear", "too_small", "invalid", "failing", "languages"]


@pytest.mark.parametrize("name", KINDS)
@pytest.mark.parametrize("width", [80, 120])
def test_nothing_is_wider_than_the_terminal(runs, name, width):
    assert max(map(len, to_terminal(runs(name), width=width).splitlines())) <= width


def test_the_grid_has_errors_failures_and_one_latency_of_every_engine_and_condition(runs):
    lines = to_terminal(runs("clear")).splitlines()
    rows = [line.split() for line in lines if re.match(r"(anna|ravi)\s+(clean|noise)\s", line)]
    assert len(rows) == 2 * 2 * 2
    assert all(row[-3:-1] == ["0", "0"] or row[-4:-2] == ["0", "0"] for row in rows)


def test_latency_of_an_invalid_run_is_not_shown(runs):
    shown = to_terminal(runs("invalid"))
    grid = shown[shown.index("Real time (") :]
    assert "INVALID" in grid
    assert "ms" not in grid.split("What this run cannot say")[0]


def test_full_shows_the_tables_of_the_page(runs):
    assert "Counted otherwise" not in to_terminal(runs("clear"))
    assert "Counted otherwise" in to_terminal(runs("clear"), full=True)


def test_names_are_cut_and_numbers_are_not():
    rows = (("an-engine-with-a-very-long-name-v2", "1,234.5 %"),)
    table = Table(title="t", columns=("engine", "wrong"), rows=rows, numeric=frozenset(("wrong",)))
    line = plain_table(table, 30)[-1]
    assert len(line) <= 30
    assert line.endswith("1,234.5 %")
    assert "…" in line


def test_a_number_stays_with_its_unit():
    lines = wrapped("word " * 3 + "54.5 % and 12 ms and 1.0 points", 21)
    assert any("54.5 %" in line for line in lines)
    assert any("12 ms" in line for line in lines)
