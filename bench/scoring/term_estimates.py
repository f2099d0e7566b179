"""Estimates of domain terms: recall, precision, F1, false alarms, WER where terms were said and where not. Pure.

All trials of a corpus are searched for the same terms, whatever was sent with them, so that the control and the boosted
conditions are counted alike; a term that is not said in an utterance is a decoy there. Counts pool over utterances.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import TypeAlias

from bench.scoring.cells import Order
from bench.scoring.text.normalize import Normalizer
from bench.scoring.text.terms import TermCounts, TermList
from bench.scoring.trial import Scored
from bench.stats.intervals import paired_ratio_difference, ratio_interval
from bench.types import Cell, Contrast, Estimate, Interval

Counts: TypeAlias = Mapping[str, TermCounts]
"""By trial id; a failed trial has none."""

_Ratio: TypeAlias = Callable[[TermCounts, Scored], tuple[float, float]]
_RATIOS: dict[str, tuple[_Ratio, bool]] = {
    "terms.recall": (lambda c, _: (c.hits, c.hits + c.misses), False),
    "terms.precision": (lambda c, _: (c.hits, c.hits + c.false_alarms), False),
    "terms.f1": (lambda c, _: (2 * c.hits, 2 * c.hits + c.misses + c.false_alarms), False),
    "terms.false_alarm_rate": (lambda c, item: (c.false_alarms, item.reference_words), True),
    "terms.decoy_rate": (lambda c, item: (c.decoy_alarms, item.reference_words), True),
}
"""name -> (numerator and denominator of one trial, whether lower is better). Alarms are per reference word."""
_CONTRASTED = ("terms.recall", "terms.precision", "terms.false_alarm_rate")


def count_trials(scored: Iterable[Scored], terms: Mapping[str, Sequence[str]], normalizer: Normalizer) -> Counts:
    """Counts of each answered trial of a corpus that has terms."""
    lists: dict[tuple[str, str], TermList] = {}
    found = {}
    for item in scored:
        key = (item.corpus, item.language)
        if item.hypothesis is None or not terms.get(item.corpus):
            continue
        if key not in lists:
            split = (tuple(normalizer.words(term, item.language)) for term in terms[item.corpus])
            lists[key] = TermList(split, item.language)
        found[item.trial.id] = lists[key].count(item.reference.split(), item.hypothesis.split())
    return found


def term_estimates(
    scored: Sequence[Scored], counts: Counts, *, engines: Sequence[str], conditions: Sequence[str]
) -> list[Estimate]:
    """Of each cell, then of each condition less the first one, paired on utterances; none where nothing was counted."""
    cells: dict[Cell, list[Scored]] = defaultdict(list)
    for item in sorted(scored, key=lambda item: (item.trial.utterance_id, item.trial.repeat)):
        if item.trial.id in counts:
            cells[item.cell].append(item)
    ordered = sorted(cells, key=Order(engines=engines, conditions=conditions).of)
    found: list[Estimate] = []
    for cell in ordered:
        found += _cell(cell, cells[cell], counts)
    for cell in ordered:
        base = cell._replace(condition=conditions[0])
        if cell != base and base in cells:
            contrast = Contrast(name=f"{cell.condition} - {base.condition}", of=cell, minus=base)
            found += _contrast(contrast, cells, counts)
    return found


def _cell(cell: Cell, items: Sequence[Scored], counts: Counts) -> Iterator[Estimate]:
    total = sum((counts[item.trial.id] for item in items), TermCounts())
    numbers = {
        "terms.said": total.hits + total.misses,
        "terms.hits": total.hits,
        "terms.false_alarms": total.false_alarms,
        "terms.decoy_alarms": total.decoy_alarms,
    }
    for name, number in numbers.items():
        better_low = name not in {"terms.said", "terms.hits"}
        interval = Interval(value=float(number), n=len(items))
        yield Estimate(metric=name, unit="terms", scope=cell, interval=interval, lower_is_better=better_low)
    for name, (ratio, lower) in _RATIOS.items():
        pairs = [ratio(counts[item.trial.id], item) for item in items]
        bounded = _interval(pairs, [item.cluster for item in items], at_most=math.inf if lower else 1.0)
        yield Estimate(metric=name, unit="ratio", scope=cell, interval=bounded, lower_is_better=lower)
    for name, with_terms in (("wer.with_terms", True), ("wer.without_terms", False)):
        kept = [item for item in items if _has_terms(counts[item.trial.id]) == with_terms]
        pairs = [(edits.errors, edits.reference_length) for item in kept if (edits := item.score.words) is not None]
        interval = _interval(pairs, [item.cluster for item in kept])
        yield Estimate(metric=name, unit="ratio", scope=cell, interval=interval)


def _has_terms(counts: TermCounts) -> bool:
    return counts.hits + counts.misses > 0


def _interval(pairs: Sequence[tuple[float, float]], clusters: Sequence[str], *, at_most: float = math.inf) -> Interval:
    return ratio_interval([top for top, _ in pairs], [bottom for _, bottom in pairs], clusters, at_most=at_most)


def _contrast(contrast: Contrast, cells: Mapping[Cell, Sequence[Scored]], counts: Counts) -> Iterator[Estimate]:
    a, b = _by_utterance(cells[contrast.of]), _by_utterance(cells[contrast.minus])
    ids = sorted(a.keys() & b.keys())
    for name in _CONTRASTED:
        ratio, lower = _RATIOS[name]
        above, below = ([_pooled(side[id], ratio, counts) for id in ids] for side in (a, b))
        interval = paired_ratio_difference(
            [top for top, _ in above],
            [bottom for _, bottom in above],
            [top for top, _ in below],
            [bottom for _, bottom in below],
            [a[id][0].cluster for id in ids],
        )
        yield Estimate(
            metric=f"{name}.difference", unit="ratio", scope=contrast, interval=interval, lower_is_better=lower
        )


def _by_utterance(items: Iterable[Scored]) -> dict[str, list[Scored]]:
    found: dict[str, list[Scored]] = defaultdict(list)
    for item in items:
        found[item.trial.utterance_id].append(item)
    return found


def _pooled(items: Sequence[Scored], ratio: _Ratio, counts: Counts) -> tuple[float, float]:
    pairs = [ratio(counts[item.trial.id], item) for item in items]
    return sum(top for top, _ in pairs), sum(bottom for _, bottom in pairs)
