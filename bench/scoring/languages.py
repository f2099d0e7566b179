"""Languages of a run side by side: the rate of each, its place, and their unweighted mean. Pure.

A word of one language is not a word of another (an agglutinating language has fewer and longer ones), so places say on
which language an engine does worst in the language's own unit, not how hard the languages are.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

from bench.scoring.cells import Order, ScoredTrial
from bench.stats.intervals import ratio_interval
from bench.stats.strata import mean_of_rates
from bench.types import Estimate, Interval, Mode, Pool


def language_estimates(
    trials: Iterable[ScoredTrial], *, order: Order, unit: Callable[[str], str]
) -> Iterator[Estimate]:
    """Of each engine, mode and condition with more than one language; corpora of a language are pooled.

    `wer` of a language; `wer.rank` with the places it may have, judged by which intervals overlap, among the languages
    that are counted alike; `wer.macro`, the mean of the languages. All over answered trials; a language of which no
    trial was answered has no rate, and counts in the mean as all lost, which its note says.

    Args:
        trials: of one run, failed ones too.
        order: of engines and conditions.
        unit: what a language is counted in, words or characters (`Normalizer.unit`).
    """
    pools: dict[tuple[str, Mode, str], dict[str, list[ScoredTrial]]] = defaultdict(lambda: defaultdict(list))
    for trial in trials:
        cell = trial.cell
        pools[cell.engine, cell.mode, cell.condition][cell.language].append(trial)
    places = sorted(pools, key=lambda key: (order.engines.index(key[0]), key[1], order.conditions.index(key[2])))
    for engine, mode, condition in places:
        by_language = pools[engine, mode, condition]
        if len(by_language) > 1:
            yield from _of_engine(Pool(engine=engine, mode=mode, condition=condition), by_language, unit)


def _of_engine(
    pool: Pool, by_language: Mapping[str, Sequence[ScoredTrial]], unit: Callable[[str], str]
) -> Iterator[Estimate]:
    answered = {language: [trial for trial in trials if trial.answered] for language, trials in by_language.items()}
    silent = sorted(language for language, trials in answered.items() if not trials)
    if len(silent) == len(answered):
        return
    columns = {language: _columns(answered[language] or trials) for language, trials in by_language.items()}
    rates = {language: ratio_interval(*column) for language, column in columns.items()}
    rates |= {language: Interval(value=None, note="every trial failed") for language in silent}
    for language in sorted(
        rates, key=lambda language: (rates[language].value is None, rates[language].value, language)
    ):
        own = replace(pool, language=language)
        yield Estimate(metric="wer", unit="ratio", scope=own, interval=rates[language])
        alike = [other for name, other in rates.items() if name != language and unit(name) == unit(language)]
        rank = _rank(rates[language], alike)
        yield Estimate(metric="wer.rank", unit="place", scope=own, interval=rank)
    mean = mean_of_rates(columns)
    if silent:
        lost = f"every trial failed in {', '.join(silent)}: counted as all lost"
        mean = replace(mean, note="; ".join(filter(None, [lost, mean.note])))
    yield Estimate(metric="wer.macro", unit="ratio", scope=pool, interval=mean)


def _columns(trials: Sequence[ScoredTrial]) -> tuple[list[int], list[int], list[str]]:
    """Errors, lengths and clusters; names of speakers are only known within their corpus."""
    counts = [trial.words_or_all_deleted for trial in trials]
    clusters = [f"{trial.cell.corpus}/{trial.cluster}" for trial in trials]
    return [count.errors for count in counts], [count.reference_length for count in counts], clusters


def _rank(own: Interval, others: Sequence[Interval]) -> Interval:
    """1 is the lowest rate. `low` and `high`: the places that no pair of disjoint intervals excludes.

    The rate of one recording has no place, and takes none from the others.

    Two intervals of 95 % that just fail to overlap differ at about the 0.6 % level, so the places hold for eight
    comparisons at about 95 %.
    Source: Goldstein and Healy, "The graphical presentation of a collection of means", JRSS A 158, 1995.
    """
    known = [other for other in others if other.value is not None and other.n > 1]
    if own.value is None or own.n < 2:
        return Interval(value=None, note=own.note or "one recording gives no place")
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
