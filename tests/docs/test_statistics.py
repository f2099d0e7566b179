"""docs/statistics.md shows `bench.stats` as a library; what it shows runs, and is all there."""

import re
from pathlib import Path

import pytest

from bench import stats

PAGE = (Path(__file__).parents[2] / "docs" / "statistics.md").read_text(encoding="utf-8")


def test_the_example_counts_what_it_says_and_its_tests_agree():
    names = {}
    for block in re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL):
        exec(compile(block, "docs/statistics.md", "exec"), names)
    assert (sum(names["errors_a"]), sum(names["errors_b"])) == (10, 19)
    difference, drawn = names["difference"], names["drawn"]
    assert difference.value == pytest.approx(9 / 60)
    assert drawn.value == pytest.approx(19 / 60)
    assert names["p_of_speakers"] == pytest.approx(2 / 2**9)
    assert names["segments"].mean_difference < 0
    assert names["segments"].p_value < 0.01


def test_every_name_of_the_library_is_there_and_sorted():
    assert sorted(stats.__all__) == stats.__all__
    assert all(callable(getattr(stats, name)) for name in stats.__all__)
    with pytest.raises(AttributeError, match="no attribute 'mann_whitney'"):
        _ = stats.mann_whitney
