"""Differences of two runs as tables, one a metric, and the causes of what changed. Formats; computes nothing."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from bench.comparison.changes import Change, Comparison, MetricDelta, by_cause
from bench.report.comparison.answer import ALPHA, CAUSES, cell_names
from bench.report.metric_numbers import difference_format, value_format
from bench.report.names import metric_meaning, metric_name
from bench.report.phrases import noted
from bench.report.tables import Missing, Table, count
from bench.scoring.errors.causes import Cause
from bench.scoring.timing.metrics import HEADLINE_LATENCY

_LEAST_P = 0.001
_NO_P = "without an interval, chance cannot be told"
_COLUMNS = ("where", "first", "second", "change", "p", "utterances", "speakers")


def delta_tables(comparison: Comparison) -> Iterator[Table]:
    """One table a metric, a row a cell; the word error rate stands open, the others fold."""
    names = cell_names(comparison)
    for metric in dict.fromkeys(delta.metric for delta in comparison.deltas):
        own = [delta for delta in comparison.deltas if delta.metric == metric]
        notes = sorted({noted(delta.difference.note) for delta in own if delta.difference.note})
        note = "; ".join([metric_meaning(metric), f"* p below {ALPHA:g}, adjusted over all of this comparison", *notes])
        yield Table(
            title=metric_name(metric).capitalize(),
            columns=_COLUMNS,
            rows=tuple((names[tuple(delta.cell.values())], *_numbers(delta)) for delta in own),
            numeric=frozenset(_COLUMNS[1:]),
            note=note,
            folded=metric != "wer",
        )


def short_tables(comparison: Comparison) -> Iterator[Table]:
    """Word errors and the headline latencies, in the columns that a terminal has room for."""
    shown = {"wer", "wer.failures_deleted", *(f"{name}.p50" for name in HEADLINE_LATENCY.values())}
    names = cell_names(comparison)
    for metric in dict.fromkeys(delta.metric for delta in comparison.deltas if delta.metric in shown):
        own = [delta for delta in comparison.deltas if delta.metric == metric]
        yield Table(
            title=metric_name(metric).capitalize(),
            columns=("where", "first", "second", "change", "p"),
            rows=tuple((names[tuple(delta.cell.values())], *_numbers(delta)[:4]) for delta in own),
            numeric=frozenset(("first", "second", "change", "p")),
        )


def _numbers(delta: MetricDelta) -> tuple[str, ...]:
    number = value_format(delta.metric)
    chance = Missing(_NO_P) if delta.p is None else _chance(delta.p) + (" *" if delta.p < ALPHA else "")
    amounts = (count(delta.difference.n), count(delta.difference.n_clusters))
    return (number(delta.a), number(delta.b), difference_text(delta), chance, *amounts)


def _chance(p: float) -> str:
    """Two digits; what is smaller than anybody needs to know, as that."""
    return f"{p:.2g}" if p >= _LEAST_P else f"< {_LEAST_P:g}"


def difference_text(delta: MetricDelta) -> str:
    """`−1.60 pp [−2.80, −0.40]`."""
    number, difference = difference_format(delta.metric), delta.difference
    if difference.low is None or difference.high is None:
        return number(difference.value)
    low, high = (number(bound).removesuffix(" pp") for bound in (difference.low, difference.high))
    return f"{number(difference.value)} [{low}, {high}]"


def cause_table(comparison: Comparison) -> Table:
    """How many utterances broke and were fixed, by cause, with the word errors that makes."""
    broken, fixed = by_cause(comparison.broken), by_cause(comparison.fixed)
    rows = tuple(
        (CAUSES[cause], *_counts(broken.get(cause, [])), *_counts(fixed.get(cause, [])))
        for cause in Cause
        if cause in broken or cause in fixed
    )
    totals = ("all", *_counts(comparison.broken), *_counts(comparison.fixed))
    columns = ("cause", "newly broken", "words worse", "newly fixed", "words better")
    note = "The gravest cause of the worse side; names are guessed from capitals."
    title = "Answers that changed"
    return Table(title=title, columns=columns, rows=(*rows, totals), numeric=frozenset(columns[1:]), note=note)


def _counts(changes: Sequence[Change]) -> tuple[str, str]:
    return count(len(changes)), f"{sum(abs(change.delta) for change in changes):g}"
