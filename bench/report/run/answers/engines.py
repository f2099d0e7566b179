"""Who is better: the engines under the first condition, on the same utterances. Formats; computes nothing."""

from __future__ import annotations

from collections.abc import Sequence

from bench.report.phrases import Sureness, bounds, listed, plain_points, plural, rate, sentence, sureness
from bench.report.run.answers.parts import (
    amount,
    difference_text,
    failures_differ,
    number,
    on_base,
    signed,
    too_few,
    turned,
)
from bench.report.run.data import RunData, Speech, unit_word
from bench.report.sentences import Sentence
from bench.report.tables import percent
from bench.types import Cell, Mode


def silent(data: RunData, mode: Mode, speech: Speech) -> Sentence:
    """No engine gave an answer."""
    attempted = sum(data.count(Cell(engine, mode, data.base, *speech), "trials.attempted") for engine in data.engines)
    return Sentence(
        tone="bad",
        head="No engine gave an answer",
        detail=f"all {plural(attempted, 'trial')} {on_base(data)} failed: no error rate can be given",
        section="failures",
    )


def who_is_better(data: RunData, ranked: Sequence[Cell]) -> Sentence:
    best, unit = ranked[0], unit_word(data, ranked[0].language)
    own = number(data, best)
    if len(ranked) == 1:
        lacking = [engine for engine in data.engines if engine != best.engine]
        alone = f"{listed(lacking)} gave no answer" if lacking else ""
        return Sentence(
            tone="unsure" if own.low is None else "plain",
            head=f"{best.engine} gets {rate(own.value, unit)} {on_base(data)}",
            detail=sentence(bounds(own, percent) or too_few(own), amount(own), alone),
            section="conditions",
        )
    return _better(data, best, ranked[1:], unit)


def _better(data: RunData, best: Cell, others: Sequence[Cell], unit: str) -> Sentence:
    """The best of several, against the next; `others` are in order."""
    nearest = others[0]
    own, second = number(data, best), number(data, nearest)
    difference = data.difference(best, nearest)
    if difference is None or difference.value is None:
        return Sentence(
            tone="unsure",
            head=f"{best.engine} gets {rate(own.value, unit)}, {nearest.engine} {percent(second.value)}",
            detail="not on the same utterances, so that they cannot be compared",
            section="conditions",
        )
    sure = sureness(difference)
    rates = f"{best.engine} {percent(own.value)}, {nearest.engine} {percent(second.value)}"
    same = sentence(f"on the same {plural(difference.n, 'utterance')}", failures_differ(difference))
    if sure is Sureness.NOT_TOLD_APART:
        head = f"{best.engine} and {nearest.engine} are not told apart"
        detail = sentence(f"{rates} of {unit} wrong {on_base(data)}", difference_text(difference), same)
        return Sentence(tone="unsure", head=head, detail=_with_rest(data, best, others, detail), section="conditions")
    if own.value == second.value and not difference.value:
        head = f"{best.engine} and {nearest.engine} make as many errors: {rate(own.value, unit)} {on_base(data)}"
        detail = sentence(same, too_few(difference))
        return Sentence(tone="unsure", head=head, detail=_with_rest(data, best, others, detail), section="conditions")
    head = f"{best.engine} gets {rate(own.value, unit)} {on_base(data)}, {nearest.engine} {percent(second.value)}"
    if sure is Sureness.SHOWN and difference.value < 0:
        by = f"better by {plain_points(difference.value, signed=False)} ({bounds(turned(difference), signed)})"
        detail = sentence(by, same)
        return Sentence(tone="good", head=head, detail=_with_rest(data, best, others, detail), section="conditions")
    if sure is Sureness.SHOWN:  # the pair's own utterances say otherwise than the two rates do
        detail = sentence(
            f"yet on the {difference.n} utterances that both answered it is worse",
            difference_text(difference),
            failures_differ(difference),
        )
        return Sentence(tone="unsure", head=head, detail=detail, section="conditions")
    detail = sentence(_by_speaker(data, best, nearest, same) or same, too_few(difference))
    return Sentence(tone="unsure", head=head, detail=_with_rest(data, best, others, detail), section="conditions")


def _with_rest(data: RunData, best: Cell, others: Sequence[Cell], detail: str) -> str:
    """What is to be added on the engines that the headline does not name, and on failures that change the order."""
    rest = []
    for other in others[1:]:
        difference = data.difference(best, other)
        apart = difference is not None and sureness(difference) is Sureness.NOT_TOLD_APART
        rest.append(f"{other.engine} {percent(data.value(other, 'wer'))}{' (not told apart)' if apart else ''}")
    return sentence(detail, listed(rest, most=5), _order_with_failures(data, [best, *others]))


def _order_with_failures(data: RunData, ranked: Sequence[Cell]) -> str:
    """Said where counting failures as all words lost gives another best engine."""
    by_policy = sorted(ranked, key=lambda cell: data.value(cell, "wer.failures_deleted") or 0.0)
    if by_policy[0] == ranked[0]:
        return ""
    first, value = by_policy[0], data.value(by_policy[0], "wer.failures_deleted")
    own = data.value(ranked[0], "wer.failures_deleted")
    return f"with failed trials counted as all words lost, {first.engine} is ahead ({percent(value)} to {percent(own)})"


def _by_speaker(data: RunData, best: Cell, other: Cell, same: str) -> str:
    """`better for 2 of 2 speakers`, where speakers are too few for an interval."""
    ours, theirs = data.speakers(best), data.speakers(other)
    pairs = [(a.value, b.value) for name, a in ours.items() if (b := theirs.get(name)) is not None]
    known = [(a, b) for a, b in pairs if a is not None and b is not None]
    if not known:
        return ""
    return f"better for {sum(a < b for a, b in known)} of {plural(len(known), 'speaker')}, {same}"
