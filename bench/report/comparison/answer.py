"""What changed between two runs, in sentences, and what the comparison cannot say. Formats; computes nothing."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial

from bench.comparison.changes import Comparison, MetricDelta, by_cause
from bench.report.names import language_name, mode_name
from bench.report.phrases import listed, noted, plain_points, plural, sentence
from bench.report.sentences import Limit, Sentence, limit
from bench.report.tables import percent, seconds
from bench.scoring.cells import CELL_KEYS
from bench.scoring.errors.causes import Cause
from bench.scoring.timing.metrics import HEADLINE_LATENCY
from bench.stats.clusters import FEW_CLUSTERS, MIN_CLUSTERS

ALPHA = 0.05
_NAMED = 3
_SHOWN = 6
CAUSES = {
    Cause.FAILED: "failed",
    Cause.EMPTY: "empty answers",
    Cause.HEAD: "beginnings cut off",
    Cause.TAIL: "ends cut off",
    Cause.HALLUCINATION: "words nobody said",
    Cause.NUMBER: "numbers",
    Cause.TERM: "domain terms",
    Cause.NAME: "names",
    Cause.OTHER: "other words",
}


def is_shown(delta: MetricDelta) -> bool:
    """Whether the interval leaves out nought, and chance over all comparisons does not explain it."""
    low, high = delta.difference.low, delta.difference.high
    return low is not None and high is not None and (low > 0 or high < 0) and (delta.p is None or delta.p < ALPHA)


def cell_names(comparison: Comparison) -> dict[tuple[str, ...], str]:
    """Each cell by what tells it from the others: `anna · real time · noise`."""
    changes = (*comparison.broken, *comparison.fixed)
    every = [*(delta.cell for delta in comparison.deltas), *(change.cell for change in changes)]
    cells = list(dict.fromkeys(tuple(cell.values()) for cell in every))
    varying = [k for k, key in enumerate(CELL_KEYS) if key == "engine" or len({cell[k] for cell in cells}) > 1]
    return {cell: " · ".join(_part(CELL_KEYS[k], cell[k]) for k in varying) for cell in cells}


def _part(key: str, value: str) -> str:
    return mode_name(value) if key == "mode" else language_name(value) if key == "language" else value


def answer(comparison: Comparison) -> list[Sentence]:
    """Word errors first, then latency, then the utterances."""
    names = cell_names(comparison)
    rates = [delta for delta in comparison.deltas if delta.metric == "wer"]
    if not rates:
        nothing = Sentence(tone="bad", head="Nothing can be compared", detail="no cell has answers in both runs")
        return [nothing, *_failing(comparison)]
    timed = [
        delta for delta in comparison.deltas if delta.metric in {f"{name}.p50" for name in HEADLINE_LATENCY.values()}
    ]
    return [
        *_of_metric(rates, names, "word errors"),
        *_of_metric(timed, names, "latency"),
        *_failing(comparison),
        _utterances(comparison),
    ]


def _of_metric(deltas: Sequence[MetricDelta], names: dict[tuple[str, ...], str], what: str) -> Iterator[Sentence]:
    shown = sorted((delta for delta in deltas if is_shown(delta)), key=lambda delta: (delta.b <= delta.a, _p(delta)))
    for delta in shown[:_SHOWN]:
        worse = delta.b > delta.a
        name = names[tuple(delta.cell.values())]
        head = f"{name}: {'more' if worse else 'fewer'} word errors" if what == "word errors" else _speed(name, worse)
        yield Sentence(
            tone="bad" if worse else "good",
            head=f"{head}, {_values(delta)}",
            detail=f"difference {_difference(delta)}, on the same {_amount(delta)}",
            section="changes",
        )
    if len(shown) > _SHOWN:
        rest = [f"{names[tuple(delta.cell.values())]} {_values(delta)}" for delta in shown[_SHOWN:]]
        number_worse = sum(delta.b > delta.a for delta in shown[_SHOWN:])
        head = f"{len(rest):,} more shown to differ in {what}, {number_worse:,} for the worse"
        yield Sentence(
            tone="bad" if number_worse else "good", head=head, detail=listed(rest, most=_NAMED), section="changes"
        )
    yield from _not_shown([delta for delta in deltas if not is_shown(delta)], names, what)


def _speed(name: str, worse: bool) -> str:
    return f"{name}: {'slower' if worse else 'faster'}"


def _p(delta: MetricDelta) -> float:
    return 1.0 if delta.p is None else delta.p


def _not_shown(deltas: Sequence[MetricDelta], names: dict[tuple[str, ...], str], what: str) -> Iterator[Sentence]:
    """What is the same, what is not told apart, and what has no interval, each in one sentence."""
    same = [delta for delta in deltas if delta.difference.value == 0 and delta.difference.low is None]
    if same:
        each = [
            f"{names[tuple(delta.cell.values())]} {percent(delta.b) if delta.metric == 'wer' else seconds(delta.b)}"
            for delta in same
        ]
        head = f"{what.capitalize()}: the same in both runs"
        amount = f"on the same {_amount(same[0])}" if len(same) == 1 else ""
        detail = "; ".join(part for part in (listed(each, most=_NAMED), amount) if part)
        yield Sentence(tone="unsure", head=head, detail=detail, section="changes")
    for counted, verdict in ((False, "not told apart"), (True, "counted, without an interval")):
        own = [delta for delta in deltas if (delta.difference.low is None) == counted and delta not in same]
        if len(own) == 1:
            name = names[tuple(own[0].cell.values())]
            reason = _too_few(own[0]) if counted else f"difference {_difference(own[0])}"
            text = f"{name}: {what} {_values(own[0])}" if counted else f"{name}: {what} {verdict}, {_values(own[0])}"
            yield Sentence(tone="unsure", head=text, detail=f"{reason}, on the same {_amount(own[0])}")
        elif own:
            each = [f"{names[tuple(delta.cell.values())]} {_values(delta)}" for delta in own]
            head = f"{what.capitalize()} of {plural(len(own), 'comparison')}: {verdict}"
            yield Sentence(tone="unsure", head=head, detail=listed(each, most=_NAMED), section="changes")


def _values(delta: MetricDelta) -> str:
    number = percent if delta.metric.startswith("wer") else seconds
    return f"{number(delta.a)} → {number(delta.b)}"


def _difference(delta: MetricDelta) -> str:
    number = plain_points if delta.metric == "wer" else partial(seconds, signed=True)
    low, high = delta.difference.low, delta.difference.high
    between = "" if low is None or high is None else f" (95 % interval {_bare(number(low))} to {_bare(number(high))})"
    return f"{number(delta.difference.value)}{between}"


def _bare(text: str) -> str:
    return text.removesuffix(" points").removesuffix(" point")


def _too_few(delta: MetricDelta) -> str:
    speakers = delta.difference.n_clusters
    return (
        f"too few speakers ({speakers}) for an interval" if speakers < MIN_CLUSTERS else "no interval can be estimated"
    )


def _amount(delta: MetricDelta) -> str:
    return f"{plural(delta.difference.n, 'utterance')}, {plural(delta.difference.n_clusters, 'speaker')}"


def _failing(comparison: Comparison) -> Iterator[Sentence]:
    """Failing is a change of its own: it is in no word error rate."""
    now = sum(change.before.answered and not change.after.answered for change in comparison.broken)
    before = sum(not change.before.answered and change.after.answered for change in comparison.fixed)
    if now or before:
        names = cell_names(comparison)
        moved = [
            f"{names[tuple(delta.cell.values())]} {_values(delta)}"
            for delta in comparison.deltas
            if delta.metric == "wer.failures_deleted"
        ]
        lost = f"as all words lost: {listed(moved, most=_NAMED)}" if moved else ""
        yield Sentence(
            tone="bad" if now > before else "plain",
            head=f"{plural(now, 'trial fails', 'trials fail')} now and did not before",
            detail=sentence(f"{before:,} failed and are answered now", lost),
            section="utterances",
        )


def _utterances(comparison: Comparison) -> Sentence:
    broken, fixed = len(comparison.broken), len(comparison.fixed)
    if not broken and not fixed:
        return Sentence(tone="plain", head="No utterance changed")
    causes = [f"{CAUSES[cause]} {len(own)}" for cause, own in by_cause(comparison.broken).items()]
    return Sentence(
        tone="plain",
        head=f"{plural(broken, 'answer')} newly broken, {fixed:,} newly fixed",
        detail=f"broken by cause: {listed(causes, most=5)}" if causes else "",
        section="utterances",
    )


def _in_some(few: int, comparisons: int) -> str:
    return "" if few == comparisons else f"In {few:,} of {plural(comparisons, 'comparison')}: "


def limits(comparison: Comparison) -> list[Limit]:
    """What was left out, doubts about either run, and too few voices."""
    rates = [delta for delta in comparison.deltas if delta.metric == "wer"]
    few = [delta.difference.n_clusters for delta in rates if delta.difference.n_clusters < FEW_CLUSTERS]
    voices = [
        f"{_in_some(len(few), len(rates))}{plural(most, 'speaker')} at the most. An interval needs {MIN_CLUSTERS} "
        f"or more, about {FEW_CLUSTERS} to be trusted: what is counted here holds for these voices."
        for most in sorted(few)[-1:]
    ]
    made = (
        limit("Latency", comparison.invalid, grave=True),
        limit("Other people's voices", voices),
        limit("These two runs", [noted(note) for note in comparison.notes if note not in comparison.invalid]),
    )
    return [candidate for candidate in made if candidate is not None]
