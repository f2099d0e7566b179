from __future__ import annotations

import pytest

from bench.comparison.rules import Margin, Rule, parse_margin
from bench.errors import ConfigError, UnknownNameError


@pytest.mark.parametrize(
    ("text", "margin"),
    [
        ("+0.5pp", Margin(absolute=0.005)),
        ("+10%", Margin(relative=0.1)),
        ("+50ms", Margin(absolute=0.05)),
        ("+0.2s", Margin(absolute=0.2)),
        ("0.01", Margin(absolute=0.01)),
    ],
)
def test_margins_are_read(text, margin):
    found = parse_margin(text, "rules[0].margin")
    assert (found.absolute, found.relative) == (pytest.approx(margin.absolute), pytest.approx(margin.relative))


def test_wrong_rules_are_refused():
    with pytest.raises(ConfigError, match=r"rules\[0\].margin: expected a margin such as \+0.5pp"):
        parse_margin("half a point", "rules[0].margin")
    with pytest.raises(ConfigError, match="expected a margin or a ceiling, got both"):
        Rule(metric="wer", margin=Margin(absolute=0.1), ceiling=0.2)
    with pytest.raises(ConfigError, match="alpha"):
        Rule(metric="wer", alpha=5)
    with pytest.raises(UnknownNameError, match="did you mean 'wer'"):
        Rule(metric="werr")


def test_a_rule_speaks_of_the_cells_that_have_all_it_names():
    cell = {"engine": "pulse", "mode": "batch", "language": "hi"}
    assert Rule(metric="wer").speaks_of(cell)
    assert Rule(metric="wer", where={"language": "hi", "mode": "batch"}).speaks_of(cell)
    assert not Rule(metric="wer", where={"language": "hi", "mode": "stream"}).speaks_of(cell)
