"""The answer over several corpora and languages. Formats; computes nothing."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

from bench.report.phrases import Sureness, bounds, listed, plain_points, plural, sentence, sureness
from bench.report.run.answers.latency import time_taken
from bench.report.run.answers.parts import first_mode, on_base, ranking, signed
from bench.report.run.data import RunData, Speech, speech_name, unit_word
from bench.report.sentences import Sentence
from bench.report.tables import percent, seconds
from bench.types import Cell


def several_languages(data: RunData) -> Iterator[Sentence]:
    """The answer over several corpora and languages."""
    rankings = {
        speech: ranked
        for speech in data.speech
        if (mode := first_mode(data, speech)) is not None and (ranked := ranking(data, mode, speech))
    }
    if not rankings:
        yield Sentence(tone="bad", head="No engine gave an answer", section="failures")
        return
    noun = _noun(data)
    yield _first_of_several(data, rankings, noun)
    yield from _means(data)
    leader = Counter(ranked[0].engine for ranked in rankings.values()).most_common(1)[0][0]
    leading = [cell for ranked in rankings.values() for cell in ranked if cell.engine == leader]
    yield from _conditions_of_several(data, leading, noun)
    yield from _latency_of_several(data, leader)


def _noun(data: RunData) -> str:
    """What the run has several of."""
    languages = {speech.language for speech in data.speech}
    if len(languages) == len(data.speech):
        return "language"
    return "corpus" if len(languages) == 1 else "set of recordings"


def _many(noun: str, number: int) -> str:
    return plural(number, noun, {"corpus": "corpora", "set of recordings": "sets of recordings"}.get(noun))


def _first_of_several(data: RunData, rankings: Mapping[Speech, list[Cell]], noun: str) -> Sentence:
    if len(data.engines) == 1:
        cells = sorted((ranked[0] for ranked in rankings.values()), key=lambda cell: data.value(cell, "wer") or 0.0)
        low, high = cells[0], cells[-1]
        units = {unit_word(data, cell.language) for cell in cells}
        return Sentence(
            tone="plain",
            head=(
                f"{low.engine} gets {percent(data.value(low, 'wer'))} ({_where(data, low)}) to "
                f"{percent(data.value(high, 'wer'))} ({_where(data, high)}) of {' or '.join(sorted(units))} wrong"
            ),
            detail=f"{_many(noun, len(cells))}, {on_base(data)}; languages differ in the length of their words",
            section="languages",
        )
    leads = {speech: ranked[0].engine for speech, ranked in rankings.items() if not _is_tied(data, ranked)}
    if not leads:
        head = f"No engine is ahead in any of {_many(noun, len(rankings))}"
        return Sentence(tone="unsure", head=head, section="languages")
    best, wins = Counter(leads.values()).most_common(1)[0]
    shown = [speech for speech, engine in leads.items() if engine == best and _is_shown(data, rankings[speech])]
    others = [f"{speech_name(data, speech)}: {engine}" for speech, engine in leads.items() if engine != best]
    tied = [speech_name(data, speech) for speech in rankings if speech not in leads]
    told = f"shown in {len(shown)}" if shown else "shown in none: nowhere is it told apart from the next"
    return Sentence(
        tone="good" if len(shown) == wins else "unsure",
        head=f"{best} makes the fewest errors in {wins} of {_many(noun, len(rankings))}",
        detail=sentence(told, listed(others), f"as many as the next in {listed(tied)}" if tied else ""),
        section="languages",
    )


def _is_tied(data: RunData, ranked: Sequence[Cell]) -> bool:
    """Whether the first two have the same rate."""
    return len(ranked) > 1 and data.value(ranked[0], "wer") == data.value(ranked[1], "wer")


def _where(data: RunData, cell: Cell) -> str:
    return speech_name(data, Speech(cell.corpus, cell.language))


def _is_shown(data: RunData, ranked: Sequence[Cell]) -> bool:
    """Whether the first is shown to be better than the second."""
    if len(ranked) < 2:
        return False
    difference = data.difference(ranked[0], ranked[1])
    return difference is not None and sureness(difference) is Sureness.SHOWN and (difference.value or 0.0) < 0


def _means(data: RunData) -> Iterator[Sentence]:
    """The mean over languages of each engine under the first condition, in the first mode that has one."""
    known = sorted(
        (
            (pool, estimate)
            for pool, estimate in data.pools
            if estimate.metric == "wer.macro"
            and (pool.condition, pool.mode) == (data.base, data.modes[0])
            and estimate.value is not None
        ),
        key=lambda mean: mean[1].value or 0.0,
    )
    if not known:
        return
    best, mean = known[0]
    others = listed([f"{pool.engine} {percent(estimate.value)}" for pool, estimate in known[1:]])
    units = sorted({unit_word(data, speech.language) for speech in data.speech}, reverse=True)
    mixed = f"a rate of {' beside one of '.join(units)}" if len(units) > 1 else ""
    yield Sentence(
        tone="plain",
        head=f"Mean over languages: {best.engine} {percent(mean.value)}",
        detail=sentence(bounds(mean, percent), others, "each language counts alike", mixed),
        section="languages",
    )


def _conditions_of_several(data: RunData, leading: Sequence[Cell], noun: str) -> Iterator[Sentence]:
    """The costliest condition of the leading engine, as a range over languages."""
    costs: dict[str, list[float]] = {}
    for cell in leading:
        for condition in data.conditions:
            difference = data.difference(cell._replace(condition=condition), cell)
            if condition != data.base and difference is not None and difference.value is not None:
                costs.setdefault(condition, []).append(difference.value)
    if not costs:
        return
    condition = max(costs, key=lambda name: max(costs[name]))
    low, high = min(costs[condition]), max(costs[condition])
    rest = [
        f"{name} {signed(min(values))} to {signed(max(values))}" for name, values in costs.items() if name != condition
    ]
    yield Sentence(
        tone="plain",
        head=f"{condition} costs {leading[0].engine} {signed(low)} to {plain_points(high)}",
        detail=sentence(f"over {_many(noun, len(costs[condition]))}, on the same utterances", listed(rest)),
        section="conditions",
    )


def _latency_of_several(data: RunData, engine: str) -> Iterator[Sentence]:
    if "stream" not in data.modes:
        return
    cells = [Cell(engine, "stream", data.base, *speech) for speech in data.speech]
    if data.is_invalid("stream"):
        yield from filter(None, [time_taken(data, "stream", cells)])
        return
    medians = [
        e for cell in cells if (e := data.number(cell, "final_latency_s.p50")) is not None and e.value is not None
    ]
    if medians:
        values = sorted(e.value or 0.0 for e in medians)
        yield Sentence(
            tone="plain",
            head=f"In real time {engine}'s text is complete {_range(values)} after speech ends",
            detail=f"medians of {plural(len(medians), 'language', 'languages')}",
            section="latency",
        )


def _range(values: Sequence[float]) -> str:
    """`189 ms to 1.2 s`, or one number where both ends read the same."""
    low, high = seconds(values[0]), seconds(values[-1])
    return low if low == high else f"{low} to {high}"
