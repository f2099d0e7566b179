"""When a streaming service decided that the speaker had finished, tallied against when they had. Pure.

A firing is an event that says so (`speech_ended`, `speech_final`, an end of turn); of an engine whose events never
do, each final with text is one. It counts when it arrived on the live clock. Every pause of 100 ms or more between
the words of a turn is a chance to cut it short. Neither delay nor cut-offs can be ranked alone: run one engine with
several time-outs, and read the frontier.
Source: LiveKit eot-bench (pauses inside turns are `hold`, the last silence
`eot`).
"""

from __future__ import annotations

import math
from itertools import pairwise

from bench.scoring.tally import Heard, Reasons, Tallies, add, bin_of, percentiles, rate, share
from bench.types import Event, Utterance

_SHORTEST_PAUSE_S = 0.1
MISSED_AFTER_S = 2.0
"""A turn whose end was not declared by then has none."""
_LIMITS_MS = (300, 600)

_FAMILY = "end of turn"
MEASURES = (
    share(
        "early_turn_ends",
        _FAMILY,
        "turns of which an end was declared before the speaker had finished",
        "turn.early",
        "turn.all",
        source="LiveKit eot-bench",
        lower_is_better=True,
    ),
    share(
        "pauses_taken_for_ends",
        _FAMILY,
        "pauses of 100 ms or more inside turns after which, before the next, an end was declared",
        "turn.pauses_cut",
        "turn.pauses",
        source="LiveKit eot-bench",
        version=2,
        lower_is_better=True,
    ),
    share(
        "missed_turn_ends",
        _FAMILY,
        f"turns of which no end was declared within {MISSED_AFTER_S:g} s after it",
        "turn.missed",
        "turn.all",
        lower_is_better=True,
    ),
    rate(
        "turn_end_delay_s",
        _FAMILY,
        f"mean delay of the first declared end after the true one; {MISSED_AFTER_S:g} s where none was",
        "turn.delay_s",
        "turn.all",
        unit="s",
    ),
    *percentiles("turn_end_delay", _FAMILY, "the first declared end after the true one", "turn_delay:"),
    *(
        share(
            f"turns_ended_within_{limit}_ms",
            _FAMILY,
            f"turns whose end was declared at most {limit} ms after it, and not before",
            f"turn.within_{limit}",
            "turn.all",
        )
        for limit in _LIMITS_MS
    ),
)


def tally(heard: Heard, tallies: Tallies, reasons: Reasons) -> None:
    """Of a stream in real time whose reference says when the speaker had finished."""
    end = heard.utterance.turn_end_s
    timing = heard.transcript.timing
    if end is None or timing.chunk_s is None:
        return
    if timing.speed != 1:
        reasons[_FAMILY] = f"paced at {timing.speed:g} times real time"
        return
    end_s = heard.heard_s(end)
    fired_s = [event.t_s for event in firings(heard.transcript.events)]
    before, after = [at for at in fired_s if at < end_s], [at - end_s for at in fired_s if at >= end_s]
    tallies["turn.all"], tallies["turn.early"] = 1.0, float(bool(before))
    tallies["turn.missed"] = float(not after or after[0] > MISSED_AFTER_S)
    if after:
        add(tallies, f"turn_delay:{bin_of(after[0])}")
    tallies["turn.delay_s"] = min(after[0], MISSED_AFTER_S) if after else MISSED_AFTER_S
    for limit in _LIMITS_MS:
        tallies[f"turn.within_{limit}"] = float(not before and bool(after) and after[0] <= limit / 1000)
    _tally_pauses(heard, before, tallies)


def _tally_pauses(heard: Heard, early_s: list[float], tallies: Tallies) -> None:
    """A firing belongs to the pause that began last before it: it may arrive when the next word has begun."""
    begin_s = [
        heard.heard_s(end_s)
        for (_, end_s), (next_s, _) in pairwise(_spoken(heard.utterance))
        if heard.heard_s(next_s) - heard.heard_s(end_s) >= _SHORTEST_PAUSE_S - 1e-9
    ]
    for begins_s, until_s in pairwise([*begin_s, math.inf]):
        add(tallies, "turn.pauses")
        add(tallies, "turn.pauses_cut", float(any(begins_s <= at < until_s for at in early_s)))


def _spoken(utterance: Utterance) -> list[tuple[float, float]]:
    """When something is said: the words; where they have no times, the segments."""
    for parts in (utterance.words or (), utterance.segments):
        timed = [(part.start_s, part.end_s) for part in parts if part.start_s is not None and part.end_s is not None]
        if timed:
            return timed
    return []


def firings(events: tuple[Event, ...]) -> list[Event]:
    """The events that say that a turn is over; where none ever does, finals with text."""
    declared = [event for event in events if _declares(event)]
    return declared or [event for event in events if event.kind == "final" and event.text.strip()]


def _declares(event: Event) -> bool:
    if event.kind == "turn_end" or (event.kind == "vad" and event.text == "speech_ended"):
        return True
    return any(event.extras.get(name) is True for name in ("speech_final", "end_of_turn", "from_endpoint"))
