"""summary.csv is tidy: documented columns, one estimate a line, numbers as they are."""

import csv
import re
from pathlib import Path

from bench.report.run.summary_table import to_csv


def test_every_column_is_documented_and_every_estimate_is_a_line(runs):
    estimates = runs("clear").estimates
    lines = list(csv.DictReader(to_csv(estimates).splitlines()))
    guide = Path("docs/report.md").read_text(encoding="utf-8").partition("## summary.csv")[2].partition("\n## ")[0]
    rows = [line for line in guide.splitlines() if line.startswith("| `")]
    named = [name for line in rows for name in re.findall(r"`(\w+)`", line.split("|")[1])]
    assert list(lines[0]) == named
    assert [line["metric"] for line in lines] == [estimate.metric for estimate in estimates]
    assert [line["value"] for line in lines] == ["" if e.value is None else str(e.value) for e in estimates]
    assert {line["scope"] for line in lines} <= set(re.findall(r"`(\w+)`", rows[0]))
