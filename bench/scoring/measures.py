"""THE engine of measured quantities: a measure by its name, estimated for trials and differenced between two. Pure.

Names are those of `estimates.json`: `wer`, `terms.recall`, `final_latency_s.p95`. A rate pools counts; a mean or a
percentile is of one number a trial.
Source: Morris, Maier and Green, "From WER and RIL to MER and WIL", Interspeech 2004 (ser, mer, wil).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

from bench.errors import UnknownNameError
from bench.scoring.cells import ScoredTrial, of_unknown_speakers
from bench.scoring.features import TALLIED, of_kind
from bench.scoring.pairing import Pair
from bench.scoring.tally import Statistic, Tallied, durations
from bench.scoring.text.score import AKSHARAS, TRANSLITERATED, WITHOUT_VARIANTS
from bench.scoring.text.terms import TermCounts
from bench.scoring.timing.shared_words import on_shared_words
from bench.stats.bootstrap import word_information_lost
from bench.stats.intervals import (
    empty_interval,
    mean_interval,
    paired_ratio_difference,
    ratio_interval,
    statistic_interval,
)
from bench.stats.percentiles import Trials, percentile_difference, percentile_interval
from bench.stats.scales import ANY, Within
from bench.types import ErrorCounts, Interval

Unit: TypeAlias = Literal["cluster", "utterance"]
"""What is taken to be a sample of what is to come: new speakers, or only more speech of these speakers."""

Ratio: TypeAlias = Callable[[ScoredTrial], tuple[float, float] | None]
"""Numerator and denominator that a trial adds to a pooled rate; `None`: it has none."""

_Parts: TypeAlias = list[tuple[float, float]]
"""What the repeats of one utterance add: numerators and denominators, or a value and 1."""

_FORMS = ("NAME.mean", "NAME.p50", "NAME.p95")


@dataclass(frozen=True, slots=True)
class Measure:
    """How to measure trials. Exactly one of `ratio` (a pooled rate) and `values_of` (one number a trial) is set."""

    name: str
    definition: str = ""
    ratio: Ratio | None = None
    values_of: str | None = None
    """A metric of single trials."""
    q: float | None = None
    """Percentile as a share; `None`: the mean."""
    lower_is_better: bool = True
    best: float | None = None
    """The value to come near to from either side (`Tallied.best`)."""
    is_share: bool = False
    """There is no more than all: its interval ends at 1."""
    fails_whole: bool = False
    """A few speakers or sessions may be far worse than all others (`ratio_interval`)."""
    tallied: Tallied | None = None
    """It is a statistic, or a percentile, of tallies."""
    of_shared_words: bool = False
    """Two sides are compared on the words that both recognised."""
    unit: str = "ratio"
    source: str = "ours"
    version: int = 1

    @property
    def within(self) -> Within:
        """The least and the largest value there can be: of a share and of a rate; of all else nothing is said."""
        if self.is_share:
            return (0.0, 1.0)
        return (0.0, math.inf) if self.ratio is not None else ANY

    def of(self, trials: Sequence[ScoredTrial], *, unit: Unit = "cluster", level: float = 0.95) -> Interval:
        """The quantity over the trials that have it; the note says where nobody gave their speakers."""
        interval = self._of(trials, unit, level)
        return _told(interval, trials, unit)

    def _of(self, trials: Sequence[ScoredTrial], unit: Unit, level: float) -> Interval:
        if self.tallied is not None:
            return _tallied_interval(self.tallied, trials, unit, level, within=self.within)
        if self.ratio is not None:
            ratio = self.ratio
            parts = [(part, trial) for trial in trials if (part := ratio(trial)) is not None]
            tops, bottoms = [top for (top, _), _ in parts], [bottom for (_, bottom), _ in parts]
            labels = [_label(trial, unit) for _, trial in parts]
            at_most = self.within[1]
            return ratio_interval(tops, bottoms, labels, level=level, at_most=at_most, fails_whole=self.fails_whole)
        having = [(value, trial) for trial in trials if (value := self._value(trial)) is not None]
        values, clusters = [value for value, _ in having], [_label(trial, unit) for _, trial in having]
        if self.q is None:
            return mean_interval(values, clusters, level=level)
        return percentile_interval(values, clusters, self.q, level=level)

    def difference(
        self, pairs: Sequence[Pair], *, times_a: float = 1.0, unit: Unit = "cluster", level: float = 0.95
    ) -> Interval:
        """The quantity in `b` - `times_a` * the quantity in `a`, over the pairs where every trial has it."""
        compared, note = on_shared_words(pairs) if self.of_shared_words else (pairs, None)
        interval = self._difference(compared, times_a, unit, level)
        return _told(interval.noting(note), [trial for pair in pairs for trial in pair.b], unit)

    def _difference(self, pairs: Sequence[Pair], times_a: float, unit: Unit, level: float) -> Interval:
        if self.tallied is not None:
            return _tallied_difference(self.tallied, pairs, times_a, unit, level)
        each = [(pair, self._parts(pair.a), self._parts(pair.b)) for pair in pairs]
        kept = [(pair, a, b) for pair, a, b in each if a is not None and b is not None]
        clusters = [pair.cluster if unit == "cluster" else pair.utterance_id for pair, _, _ in kept]
        sides = [a for _, a, _ in kept], [b for _, _, b in kept]
        if self.q is not None:
            before, after = (_repeats(side, clusters) for side in sides)
            return percentile_difference(after, before, self.q, level=level, times_b=times_a)
        a, b = (np.array([self._pooled(parts) for parts in side]).reshape(-1, 2) for side in sides)
        return paired_ratio_difference(b[:, 0], b[:, 1], a[:, 0], a[:, 1], clusters, level=level, times_b=times_a)

    def _value(self, trial: ScoredTrial) -> float | None:
        return trial.metrics.get(self.values_of or "")

    def _parts(self, trials: Sequence[ScoredTrial]) -> _Parts | None:
        """What each repeat adds; `None` where one has nothing to add."""
        parts: _Parts = []
        for trial in trials:
            part = self._part(trial)
            if part is None:
                return None
            parts.append(part)
        return parts

    def _part(self, trial: ScoredTrial) -> tuple[float, float] | None:
        if self.ratio is not None:
            return self.ratio(trial)
        value = self._value(trial)
        return None if value is None else (value, 1.0)

    def _pooled(self, parts: _Parts) -> tuple[float, float]:
        """Of repeats: counts add up, of single numbers the mean is one."""
        top, bottom = sum(top for top, _ in parts), sum(bottom for _, bottom in parts)
        return (top, bottom) if self.ratio is not None else (top / bottom, 1.0)


def _repeats(parts: Sequence[_Parts], clusters: Sequence[str]) -> Trials:
    """Every repeat of every utterance: a percentile is of trials, and that of means of repeats is another."""
    each = [(value, cluster) for own, cluster in zip(parts, clusters, strict=True) for value, _ in own]
    return Trials(values=[value for value, _ in each], clusters=[cluster for _, cluster in each])


def _told(interval: Interval, trials: Sequence[ScoredTrial], unit: Unit) -> Interval:
    """With the note that its speakers are not known, where an interval over speakers rests on utterances."""
    unknown = of_unknown_speakers(trials) if unit == "cluster" and interval.value is not None else None
    return interval.noting(unknown)


def _label(trial: ScoredTrial, unit: Unit) -> str:
    return trial.cluster if unit == "cluster" else trial.utterance_id


# -- of tallies -------------------------------------------------------------------------------


def _has(trial: ScoredTrial, prefix: str) -> bool:
    return any(name.startswith(prefix) for name in trial.tallies)


def _tallied_interval(
    tallied: Tallied, trials: Sequence[ScoredTrial], unit: Unit, level: float, *, within: Within
) -> Interval:
    having = [trial for trial in trials if _has(trial, tallied.prefix)]
    if tallied.q is not None:
        each = _durations(having, tallied.prefix, unit)
        return percentile_interval(each.values, each.clusters, tallied.q, level=level)
    if not having:
        return empty_interval(level, 0, 0, "no answer has it")
    names, rows = _columns(having, tallied.prefix)
    if rows.sum() < tallied.fewest:
        return empty_interval(level, len(having), 0, f"{rows.sum():.0f} answers have it: {tallied.fewest} are needed")
    if tallied.of_cluster is not None:
        labels, rows = _by_cluster(rows, [trial.cluster for trial in having])
        names, rows = tallied.of_cluster(names, rows)
    else:
        labels = [_label(trial, unit) for trial in having]
    statistic = partial(_statistic(tallied), names)
    return statistic_interval(
        rows,
        statistic,
        labels,
        level=level,
        groups=_true_classes(names),
        within=within,
        is_share=tallied.is_share and not tallied.lower_is_better,
    )


def _by_cluster(rows: NDArray[np.float64], clusters: Sequence[str]) -> tuple[list[str], NDArray[np.float64]]:
    """Clusters in order, and the sums of each."""
    known = {cluster: index for index, cluster in enumerate(sorted(set(clusters)))}
    sums = np.zeros((len(known), rows.shape[1]))
    np.add.at(sums, [known[cluster] for cluster in clusters], rows)
    return list(known), sums


def _tallied_difference(tallied: Tallied, pairs: Sequence[Pair], times_a: float, unit: Unit, level: float) -> Interval:
    kept = [pair for pair in pairs if all(_has(trial, tallied.prefix) for trial in (*pair.a, *pair.b))]
    if tallied.q is not None:
        before, after = (_durations(side, tallied.prefix, unit) for side in _sides(kept))
        return percentile_difference(after, before, tallied.q, level=level, times_b=times_a)
    if not kept:
        return empty_interval(level, 0, 0, "no utterance has it on both sides")
    labels = [pair.cluster if unit == "cluster" or tallied.of_cluster else pair.utterance_id for pair in kept]
    (names_a, rows_a), (names_b, rows_b) = (_side(tallied, side) for side in ([p.a for p in kept], [p.b for p in kept]))
    if min(rows_a.sum(), rows_b.sum()) < tallied.fewest:
        return empty_interval(level, len(kept), 0, f"fewer answers have it than the {tallied.fewest} needed")
    if tallied.of_cluster is not None:
        (own, rows_a), (_, rows_b) = _by_cluster(rows_a, labels), _by_cluster(rows_b, labels)
        (names_a, rows_a), (names_b, rows_b) = tallied.of_cluster(names_a, rows_a), tallied.of_cluster(names_b, rows_b)
        labels = own
    value, at = _statistic(tallied), len(names_a)

    def difference(sums: NDArray[np.float64]) -> NDArray[np.float64]:
        lost: NDArray[np.float64] = value(names_b, sums[..., at:]) - times_a * value(names_a, sums[..., :at])
        return lost

    groups = [[at + index for index in group] for group in _true_classes(names_b)]
    return statistic_interval(np.hstack([rows_a, rows_b]), difference, labels, level=level, groups=groups)


def _side(tallied: Tallied, side: Sequence[Sequence[ScoredTrial]]) -> tuple[list[str], NDArray[np.float64]]:
    """Names of tallies, and the sums of each utterance's repeats, shape (utterances, names)."""
    names = _names([trial for trials in side for trial in trials], tallied.prefix)
    return names, np.array([_sums(trials, names) for trials in side]).reshape(len(side), len(names))


def _sides(pairs: Sequence[Pair]) -> tuple[list[ScoredTrial], list[ScoredTrial]]:
    return [trial for pair in pairs for trial in pair.a], [trial for pair in pairs for trial in pair.b]


def _statistic(tallied: Tallied) -> Statistic:
    assert tallied.statistic is not None
    return tallied.statistic


def _names(trials: Sequence[ScoredTrial], prefix: str) -> list[str]:
    return sorted({name for trial in trials for name in trial.tallies if name.startswith(prefix)})


def _columns(trials: Sequence[ScoredTrial], prefix: str) -> tuple[list[str], NDArray[np.float64]]:
    names = _names(trials, prefix)
    return names, np.array([_sums([trial], names) for trial in trials])


def _sums(trials: Sequence[ScoredTrial], names: Sequence[str]) -> list[float]:
    return [sum(trial.tallies.get(name, 0.0) for trial in trials) for name in names]


def _true_classes(names: Sequence[str]) -> list[list[int]]:
    """Places of the tallies of each true class (`emotion:TRUE>claimed`), each of which needs speakers enough."""
    classes: dict[str, list[int]] = {}
    for index, name in enumerate(names):
        true, arrow, _ = name.partition(">")
        classes.setdefault(true if arrow else "", []).append(index)
    return list(classes.values())


def _durations(trials: Sequence[ScoredTrial], prefix: str, unit: Unit) -> Trials:
    each = [(value, _label(trial, unit)) for trial in trials for value in durations(trial.tallies, prefix)]
    return Trials(values=[value for value, _ in each], clusters=[cluster for _, cluster in each])


def _rate_of_tallies(tallied: Tallied) -> Ratio:
    def ratio(trial: ScoredTrial) -> tuple[float, float] | None:
        if not any(name in trial.tallies for name in tallied.bottom):
            return None
        tops, bottoms = (sum(trial.tallies.get(n, 0.0) for n in names) for names in (tallied.top, tallied.bottom))
        return tops, bottoms

    return ratio


def _declared(tallied: Tallied) -> Measure:
    """A declared measure as one that can be estimated and differenced."""
    is_rate = bool(tallied.top)
    return Measure(
        tallied.name,
        tallied.definition,
        ratio=_rate_of_tallies(tallied) if is_rate else None,
        q=tallied.q,
        lower_is_better=tallied.lower_is_better,
        best=tallied.best,
        is_share=tallied.is_share,
        fails_whole=tallied.fails_whole,
        tallied=None if is_rate else tallied,
        of_shared_words=tallied.of_shared_words,
        unit=tallied.unit,
        source=tallied.source,
        version=tallied.version,
    )


# -- rates ------------------------------------------------------------------------------------


def _rate(counts: Callable[[ScoredTrial], ErrorCounts | None]) -> Ratio:
    def ratio(trial: ScoredTrial) -> tuple[float, float] | None:
        edits = counts(trial)
        return None if edits is None else (edits.errors, edits.reference_length)

    return ratio


def _further(name: str) -> Ratio:
    """Counted otherwise; where an answer has no such counts of its own, its words."""
    return _rate(lambda trial: trial.further.get(name, trial.words))


def _of_words(ratio: Callable[[ErrorCounts], tuple[float, float]]) -> Ratio:
    return lambda trial: None if trial.words is None else ratio(trial.words)


def _of_terms(ratio: Callable[[TermCounts, int], tuple[float, float]]) -> Ratio:
    """Of the trial's terms and its reference words."""
    return lambda trial: None if trial.terms is None else ratio(trial.terms, trial.reference_words)


def _said(terms: TermCounts) -> int:
    return terms.hits + terms.misses


def _words_where(said: bool) -> Ratio:
    """Word errors of the answers to speech with terms in it, or without."""

    def counts(trial: ScoredTrial) -> ErrorCounts | None:
        if trial.terms is None or (_said(trial.terms) > 0) != said:
            return None
        return trial.words

    return _rate(counts)


def _terms(name: str, definition: str, ratio: Callable[[TermCounts, int], tuple[float, float]]) -> Measure:
    share = name in {"recall", "exact_recall", "precision", "f1"}
    return Measure(f"terms.{name}", definition, ratio=_of_terms(ratio), lower_is_better=not share, is_share=share)


RATES: Mapping[str, Measure] = {
    rate.name: rate
    for rate in (
        Measure("wer", "word errors per reference word, pooled", ratio=_rate(lambda trial: trial.words)),
        Measure("cer", "character errors per reference character, pooled", ratio=_rate(lambda trial: trial.chars)),
        Measure(
            "ser",
            "sentence error rate: answers with at least one word error",
            ratio=_of_words(lambda edits: (int(edits.errors > 0), 1)),
            is_share=True,
        ),
        Measure(
            "mer",
            "match error rate: word errors per aligned word, insertions included; never above 1",
            ratio=_of_words(lambda edits: (edits.errors, edits.errors + edits.hits)),
            is_share=True,
        ),
        Measure(
            "wer.failures_deleted",
            "wer, with every word of a failed trial deleted",
            ratio=_rate(lambda trial: trial.words_or_all_deleted),
        ),
        Measure("wer.without_variants", "wer against the first of accepted variants", ratio=_further(WITHOUT_VARIANTS)),
        Measure(
            "wer.transliterated", "wer, with answers in the wrong script transliterated", ratio=_further(TRANSLITERATED)
        ),
        Measure("aer", "errors per orthographic syllable of the reference (Indic scripts)", ratio=_further(AKSHARAS)),
        Measure("wer.with_terms", "wer of the utterances with a domain term", ratio=_words_where(True)),
        Measure("wer.without_terms", "wer of the utterances without", ratio=_words_where(False)),
        _terms("recall", "share of the domain terms said that were heard", lambda terms, _: (terms.hits, _said(terms))),
        _terms(
            "exact_recall",
            "the same, of terms heard in the very form that was said",
            lambda terms, _: (terms.exact_hits, _said(terms)),
        ),
        _terms(
            "precision",
            "share of the domain terms heard that were said",
            lambda terms, _: (terms.hits, terms.hits + terms.false_alarms),
        ),
        _terms(
            "f1",
            "2 hits / (2 hits + misses + false alarms), of domain terms",
            lambda terms, _: (2 * terms.hits, 2 * terms.hits + terms.misses + terms.false_alarms),
        ),
        _terms(
            "false_alarm_rate",
            "domain terms heard where they were not said, per reference word",
            lambda terms, words: (terms.false_alarms, words),
        ),
        _terms(
            "decoy_rate",
            "domain terms heard that are not in the reference at all, per reference word",
            lambda terms, words: (terms.decoy_alarms, words),
        ),
        *map(_declared, TALLIED),
    )
}


def measure(name: str) -> Measure:
    """The measure of that name.

    Raises:
        UnknownNameError: for a name of no known form.
    """
    if name in RATES:
        return RATES[name]
    if (tallied := of_kind(name)) is not None:
        return _declared(tallied)
    values_of, _, statistic = name.rpartition(".")
    if values_of and statistic == "mean":
        return Measure(name, values_of=values_of)
    if values_of and statistic[:1] == "p" and statistic[1:].isascii() and statistic[1:].isdecimal():
        share = int(statistic[1:]) / 100
        if 0 < share < 1:
            return Measure(name, values_of=values_of, q=share)
    raise UnknownNameError("metric", name, (*RATES, *_FORMS))


# -- word information lost --------------------------------------------------------------------

INFORMATION_LOST = Measure(
    "wil",
    "word information lost: 1 - hits² / (reference words x answered words)",
    is_share=True,
    source="Morris, Maier and Green, Interspeech 2004",
)
"""What `information_lost` gives: not a ratio of two sums."""


def information_lost(trials: Sequence[ScoredTrial]) -> Interval:
    """`wil` over the answered trials: not a ratio of two sums."""
    counts = [(trial.words, trial.cluster) for trial in trials if trial.words is not None]
    clusters = [cluster for _, cluster in counts]
    if not sum(edits.reference_length for edits, _ in counts):
        return ratio_interval([0] * len(counts), [0] * len(counts), clusters)
    columns = [(edits.substitutions, edits.deletions, edits.insertions, edits.hits) for edits, _ in counts]
    return statistic_interval(columns, _lost, clusters, within=(0.0, 1.0))


def _lost(sums: NDArray[np.float64]) -> NDArray[np.float64]:
    """All is lost where nothing was hit, also where nothing was answered."""
    hit = sums[..., 3] > 0
    return np.where(hit, word_information_lost(np.where(hit[..., None], sums, 1.0)), 1.0)
