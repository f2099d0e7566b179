"""Latency and stability as tables. Formats; computes nothing. Pure.

What an invalid run timed is shown, but every title says so.
"""

from __future__ import annotations

from bench.report.tables import GROUP_KEYS, NONE, Cells, Table, count, ratio, seconds, with_interval
from bench.scoring.timing.metric import Metric
from bench.scoring.timing.metrics import METRICS
from bench.scoring.timing.peers import PEER_METRICS
from bench.scoring.timing.stability import METRICS as STABILITY
from bench.scoring.timing.validity import INVALID
from bench.types import Cell, Estimate

_PERCENTILES = ("p50", "p90", "p95", "p99")
_HEADLINES = {
    "batch": (("round trip", "batch_latency_s"), ("rtf", "rtf")),
    "stream": (
        ("first partial after speech onset", "first_partial_latency_s"),
        ("first final after speech onset", "first_final_latency_s"),
        ("final after end of speech", "final_latency_s"),
        ("last message after end was sent", "end_to_last_message_s"),
    ),
}


def latency_table(cells: Cells) -> Table:
    """Percentiles of the headline latencies: one row per cell and latency."""
    columns = (*GROUP_KEYS, "latency", "n", *_PERCENTILES)
    rows = []
    for key in cells.groups:
        for label, metric in _HEADLINES[key[1]]:
            number = ratio if metric == "rtf" else seconds
            first = cells.get(key, f"{metric}.p50")
            if first is None:
                missing = cells.get(key, metric)
                rows.append((*key, f"{label}: {missing.note if missing else 'not measured'}", "0", *[NONE] * 4))
                continue
            values = (with_interval(cells.get(key, f"{metric}.{p}"), number) for p in _PERCENTILES)
            rows.append((*key, label, count(first.n), *values))
    note = "Nearest rank: the p95 of fewer than 20 values, and the p99 of fewer than 100, is the largest of them."
    return _table("Latency", cells, columns, rows, frozenset(("n", *_PERCENTILES)), note)


def stability_table(cells: Cells) -> Table | None:
    """How steady the partials were and what the end lost; `None` where nothing was streamed."""
    shown = [STABILITY[name] for name in _STABILITY]
    return _one_row_a_cell("Stability of partials", cells, shown, folded=False)


_STABILITY = (
    "upwr",
    "revisions",
    "flicker",
    "normalized_erasure",
    "time_to_stable_word_s",
    "partial_wer",
    "tail_loss_words",
    "duplicate_finals",
)


def more_latencies_table(cells: Cells) -> Table | None:
    """One number of every other latency, the harness's own lateness included; folded away."""
    headlines = {name for entries in _HEADLINES.values() for _, name in entries}
    left = [
        metric
        for name, metric in METRICS.items()
        if name not in headlines and name not in PEER_METRICS and name not in _STABILITY
    ]
    return _one_row_a_metric("Every other latency, and the harness's own lateness", cells, left)


def peers_table(cells: Cells) -> Table | None:
    """Latency exactly as neighbouring projects define it, under their names; folded away."""
    return _one_row_a_metric("As others define latency", cells, list(PEER_METRICS.values()))


def _one_row_a_cell(title: str, cells: Cells, metrics: list[Metric], *, folded: bool) -> Table | None:
    streamed = [key for key in cells.groups if key[1] == "stream"]
    if not streamed:
        return None
    rows = [(*key, *(_value(cells, key, metric)[0] for metric in metrics)) for key in streamed]
    names = tuple(metric.name for metric in metrics)
    definitions = "; ".join(f"{metric.name}: {' '.join(metric.definition.split())}" for metric in metrics)
    note = f"Times: median over trials, else the mean. {definitions}"
    return _table(title, cells, (*GROUP_KEYS, *names), rows, frozenset(names), note, folded=folded)


def _one_row_a_metric(title: str, cells: Cells, metrics: list[Metric]) -> Table | None:
    rows: list[tuple[str, ...]] = []
    for key in cells.groups:
        for metric in metrics:
            text, estimate = _value(cells, key, metric)
            if estimate is not None:
                reason = "" if estimate.value is not None else estimate.note or ""
                what = " ".join(metric.definition.split("\n\n")[0].split())
                rows.append((*key, metric.name, count(estimate.n), text, reason or f"from {metric.zero}: {what}"))
    if not rows:
        return None
    columns = (*GROUP_KEYS, "metric", "n", "value", "what it is, or why there is none")
    note = "Times: median over trials, else the mean. All definitions: docs/latency.md, or bench list metrics."
    return _table(title, cells, columns, rows, frozenset(("n", "value")), note, folded=True)


def _value(cells: Cells, key: Cell, metric: Metric) -> tuple[str, Estimate | None]:
    """The first statistic of a metric as text, and the estimate (or the one that says why there is none)."""
    found = cells.get(key, f"{metric.name}.{metric.statistics[0]}") or cells.get(key, metric.name)
    return with_interval(found, seconds if metric.unit == "s" else ratio), found


def _table(
    title: str,
    cells: Cells,
    columns: tuple[str, ...],
    rows: list[tuple[str, ...]],
    numeric: frozenset[str],
    note: str,
    *,
    folded: bool = False,
) -> Table:
    if is_invalid(cells):
        title = f"{title}: INVALID, see the reasons on top"
    table = Table(title=title, columns=columns, rows=tuple(rows), numeric=numeric, note=note, folded=folded)
    return table.without_constant(("corpus", "language"))


def is_invalid(cells: Cells) -> bool:
    """Whether some number is marked as of an invalid run."""
    return any(estimate.note and estimate.note.startswith(INVALID) for estimate in cells.all())
