"""Languages of a run side by side: the rate of each, its place, and their unweighted mean. Pure.

A word of one language is not a word of another (an agglutinating language has fewer and longer ones), so places say on
which language an engine does worst in the language's own unit, not how hard the languages are.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from bench.scoring.trial import Scored, words
from bench.stats.intervals import ratio_interval
from bench.stats.strata import mean_of_rates
from bench.types import Estimate, Interval, Mode, Pool


def language_estimates(
    scored: Sequence[Scored], *, engines: Sequence[str], conditions: Sequence[str]
) -> Iterator[Estimate]:
    """Of each engine, mode and condition with more than one language; corpora of a language are pooled.

    `wer` of a language; `wer.rank` with the places it may have, judged by which intervals overlap; `wer.macro`, the
    mean of the languages. All over answered trials.
    """
    found: dict[tuple[str, Mode, str], dict[str, list[Scored]]] = defaultdict(lambda: defaultdict(list))
    for item in scored:
        if item.answered:
            trial = item.trial
            found[trial.engine_id, trial.mode, trial.condition_id][item.language].append(item)
    for key in sorted(found, key=lambda key: (engines.index(key[0]), key[1], conditions.index(key[2]))):
        if len(found[key]) > 1:
            engine, mode, condition = key
            yield from _of_engine(Pool(engine=engine, mode=mode, condition=condition), found[key])


def _of_engine(pool: Pool, by_language: Mapping[str, Sequence[Scored]]) -> Iterator[Estimate]:
    columns = {language: _columns(items) for language, items in by_language.items()}
    rates = {language: ratio_interval(*column) for language, column in columns.items()}
    for language in sorted(
        rates, key=lambda language: (rates[language].value is None, rates[language].value, language)
    ):
        own = replace(pool, language=language)
        yield Estimate(metric="wer", unit="ratio", scope=own, interval=rates[language])
        rank = _rank(rates[language], [other for name, other in rates.items() if name != language])
        yield Estimate(metric="wer.rank", unit="place", scope=own, interval=rank)
    yield Estimate(metric="wer.macro", unit="ratio", scope=pool, interval=mean_of_rates(columns))


def _columns(items: Sequence[Scored]) -> tuple[list[int], list[int], list[str]]:
    """Errors, lengths and clusters; names of speakers are only known within their corpus."""
    counts = [words(item) for item in items]
    clusters = [f"{item.corpus}/{item.cluster}" for item in items]
    return [count.errors for count in counts], [count.reference_length for count in counts], clusters


def _rank(own: Interval, others: Sequence[Interval]) -> Interval:
    """1 is the lowest rate. `low` and `high`: the places that no pair of disjoint intervals excludes.

    Two intervals of 95 % that just fail to overlap differ at about the 0.6 % level, so the places hold for eight
    comparisons at about 95 %.
    Source: Goldstein and Healy, "The graphical presentation of a collection of means", JRSS A 158, 1995.
    """
    known = [other for other in others if other.value is not None]
    if own.value is None:
        return Interval(value=None, note=own.note)
    surely_better = sum(_below(other, own) for other in known)
    surely_worse = sum(_below(own, other) for other in known)
    return Interval(
        value=1.0 + sum(other.value < own.value for other in known if other.value is not None),
        low=1.0 + surely_better,
        high=1.0 + len(known) - surely_worse,
        n=len(known) + 1,
    )


def _below(a: Interval, b: Interval) -> bool:
    """Without an interval nothing is sure."""
    return a.high is not None and b.low is not None and a.high < b.low
