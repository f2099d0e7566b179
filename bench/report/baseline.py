"""What a baseline holds, for the terminal. Formats; the values are made by `scoring.measures`."""

from __future__ import annotations

from bench.comparison.baseline_file import Baseline
from bench.report.metric_numbers import value_format
from bench.report.tables import Table, count
from bench.report.terminal import table_to_text
from bench.scoring.cells import CELL_KEYS
from bench.scoring.columns import ScoredColumns
from bench.scoring.measures import measure
from bench.scoring.timing.metrics import HEADLINE_LATENCY


def to_terminal(baseline: Baseline, *, width: int) -> str:
    """Who made it, what must be equal, and one row a cell."""
    evidence = baseline.evidence
    lines = [
        f"{about['name']} ({about['run']}): {about['started_at']}, commit {(about['commit'] or 'unknown')[:12]}"
        + (" with uncommitted changes" if about["dirty"] else "")
        for about in baseline.about["runs"]
    ]
    lines += [f"{name}: {value}" for name, value in evidence.sample.facts.items()]
    lines.append(f"metrics: {', '.join(f'{name}@{version}' for name, version in evidence.metrics.items())}")
    return "\n".join([table_to_text(_table(baseline), width), *lines])


def _table(baseline: Baseline) -> Table:
    columns = (*CELL_KEYS, "utterances", "repeats", "speakers", "WER", "latency p95")
    rows = []
    for cell, own in ScoredColumns.of(baseline.evidence.sample.rows).by_cell().items():
        latency = f"{HEADLINE_LATENCY[cell.mode]}.p95"
        values = [measure(name).of(own).value for name in ("wer", latency)]
        shown = [value_format(name)(value) for name, value in zip(("wer", latency), values, strict=True)]
        utterances = len({row.utterance_id for row in own})
        repeats, speakers = (len({getattr(row, name) for row in own}) for name in ("repeat", "cluster"))
        rows.append((*cell, count(utterances), count(repeats), count(speakers), *shown))
    return Table(title="Baseline", columns=columns, rows=tuple(rows), numeric=frozenset(columns[len(CELL_KEYS) :]))
