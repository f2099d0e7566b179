"""Estimates of domain terms: recall, precision, F1, false alarms, WER where terms were said and where not. Pure.

All trials of a corpus are searched for the same terms, whatever was sent with them, so that the control and the boosted
conditions are counted alike; a term that is not said in an utterance is a decoy there. Counts pool over utterances.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

from bench.scoring.cells import Order, ScoredTrial, by_cell
from bench.scoring.measures import measure
from bench.scoring.pairing import pair_trials
from bench.scoring.text.normalize import Normalizer
from bench.scoring.text.terms import TermCounts, TermList
from bench.types import Cell, Contrast, Estimate, Interval

_RATES = ("recall", "exact_recall", "precision", "f1", "false_alarm_rate", "decoy_rate")
_CONTRASTED = ("recall", "precision", "false_alarm_rate")


def with_terms(
    trials: Iterable[ScoredTrial], terms: Mapping[str, Sequence[str]], normalizer: Normalizer
) -> Iterator[ScoredTrial]:
    """The trials, the answered ones of a corpus that has terms with these counted; `terms` by corpus."""
    lists: dict[tuple[str, str], TermList] = {}
    for trial in trials:
        corpus, language = trial.cell.corpus, trial.cell.language
        if trial.hypothesis is None or not terms.get(corpus):
            yield trial
            continue
        if (corpus, language) not in lists:
            split = (tuple(normalizer.words(term, language)) for term in terms[corpus])
            lists[corpus, language] = TermList(split, language)
        counts = lists[corpus, language].count(trial.reference.split(), trial.hypothesis.split(), trial.path)
        yield replace(trial, terms=counts)


def term_estimates(trials: Iterable[ScoredTrial], *, order: Order) -> Iterator[Estimate]:
    """Of each cell, then of each condition less the first one, paired on utterances; none where nothing was counted."""
    cells = by_cell((trial for trial in trials if trial.terms is not None), order)
    for cell in cells:
        yield from _cell(cell, cells[cell])
    for cell in cells:
        base = cell._replace(condition=order.conditions[0])
        if cell != base and base in cells:
            pairs = pair_trials(cells[base], cells[cell]).pairs
            contrast = Contrast(name=f"{cell.condition} - {base.condition}", of=cell, minus=base)
            for name in _CONTRASTED:
                rate = measure(f"terms.{name}")
                yield Estimate(
                    metric=f"terms.{name}.difference",
                    unit="ratio",
                    scope=contrast,
                    interval=rate.difference(pairs),
                    lower_is_better=rate.lower_is_better,
                )


def _cell(cell: Cell, trials: Sequence[ScoredTrial]) -> Iterator[Estimate]:
    total = sum((trial.terms for trial in trials if trial.terms is not None), TermCounts())
    numbers = {
        "said": (total.hits + total.misses, False),
        "hits": (total.hits, False),
        "false_alarms": (total.false_alarms, True),
        "decoy_alarms": (total.decoy_alarms, True),
    }
    for name, (number, lower) in numbers.items():
        interval = Interval(value=float(number), n=len(trials))
        yield Estimate(metric=f"terms.{name}", unit="terms", scope=cell, interval=interval, lower_is_better=lower)
    for name in (*(f"terms.{rate}" for rate in _RATES), "wer.with_terms", "wer.without_terms"):
        rate = measure(name)
        interval = rate.of(trials)
        yield Estimate(metric=name, unit="ratio", scope=cell, interval=interval, lower_is_better=rate.lower_is_better)
