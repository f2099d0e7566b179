"""Every metric that can be estimated: what it is, and by which version of its definition. Pure.

Scores by different versions of a definition are not one quantity: the scores of a run say by which they were made.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from bench.scoring.measures import INFORMATION_LOST, RATES
from bench.scoring.tally import EACH, better
from bench.scoring.timing import frontier
from bench.scoring.timing.metrics import METRICS


class Definition(NamedTuple):
    """What there is to know of a metric."""

    name: str
    """`*` in it stands for a kind: `entity_recall:*`."""
    definition: str
    unit: str
    better: str
    zero: str
    """From when a time counts; empty: it is no time."""
    source: str
    version: int


def definitions() -> Iterator[Definition]:
    """Of every metric, measures of answers before metrics of single trials."""
    yield from _of_measures()
    for name, metric in METRICS.items():
        definition, way = metric.definition.splitlines()[0], better(metric.lower_is_better)
        yield Definition(name, definition, metric.unit, way, metric.zero, metric.source, metric.version)


def _of_measures() -> Iterator[Definition]:
    for rate in (*RATES.values(), INFORMATION_LOST):
        way = better(rate.lower_is_better, rate.best)
        yield Definition(rate.name, rate.definition, rate.unit, way, "", rate.source, rate.version)
    for point in frontier.MEASURES:
        way = better(point.lower_is_better)
        yield Definition(point.name, point.definition, point.unit, way, "", point.source, point.version)


MEASURES: Mapping[str, int] = {measure.name: measure.version for measure in _of_measures()}
"""Name -> version, of what is no metric of single trials (those have theirs in `METRICS`)."""


def defined_as(metric: str) -> str:
    """Under which name a metric is defined: `entity_recall:*` is `entity_recall:person`, and `rtf` is `rtf.p95`."""
    if metric in MEASURES or metric in METRICS:
        return metric
    stem, colon, _ = metric.partition(":")
    return stem + EACH if colon else metric.rpartition(".")[0] or metric


def defined_otherwise(a: Mapping[str, int], b: Mapping[str, int]) -> Iterator[tuple[str, str]]:
    """Measures whose versions differ in two runs' scores, and how.

    Scores that do not say were made by any version there has been: where that is one, they are the same.
    """
    for name in sorted(a.keys() | b.keys()):
        sides = [each.get(name) for each in (a, b)]
        if len(set(sides)) > 1 and (None not in sides or max(filter(None, sides)) > 1):
            yield name, " and ".join("version not said" if side is None else f"version {side}" for side in sides)
