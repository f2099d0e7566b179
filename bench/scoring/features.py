"""Everything that is judged of an answer beyond its words: what is tallied, and the measures made of it. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from bench.scoring.labels import tally as labels
from bench.scoring.speakers import tally as speakers
from bench.scoring.tally import Heard, Reasons, Tallied, Tallies
from bench.scoring.text import passages, redaction, writing
from bench.scoring.timing import segments, turns, words

_ROOMS = (speakers, labels, writing, passages, words, segments, redaction, turns)
_ADDING_UP = (speakers, labels, writing, passages, segments, redaction, turns)

TALLIED: tuple[Tallied, ...] = tuple(measure for room in _ROOMS for measure in room.MEASURES)
"""Measures of all rooms, families together."""


def tally(heard: Heard) -> tuple[Tallies, Reasons, words.WordErrors]:
    """Everything that the reference lets be tallied; of what it does not hold there is neither number nor reason.

    Errors of words stand beside their tallies, because two answers are compared on the words that both recognised.
    """
    tallies: Tallies = {}
    reasons: Reasons = {}
    for room in _ADDING_UP:
        room.tally(heard, tallies, reasons)
    return tallies, reasons, words.tally(heard, tallies, reasons)


HEADLINES = (
    *("cpwer", "der", "speaker_count.exact", "word_start_error_p95_s", "emotion_f1", "gender_f1", "age_within_one"),
    *("language_f1", "wer.verbatim", "punctuation_error_rate", "number_values", "entity_f1", "leaked_private"),
    *("early_turn_ends", "turn_end_delay_p50_s"),
)
"""The one or two measures that stand for each family, where there is room for no more."""


def declared(names: Collection[str]) -> Iterator[Tallied]:
    """Every measure; of those that there is one of a kind, those of the kinds that these tallies speak of."""
    for measure in TALLIED:
        yield from (measure.of(kind) for kind in measure.kinds(names)) if measure.is_each else (measure,)


def of_kind(name: str) -> Tallied | None:
    """The measure of a kind by its name, `entity_recall:person`; `None`: there is none of that name."""
    for measure in TALLIED:
        before = measure.name.removesuffix("*")
        if measure.is_each and name.startswith(before) and len(name) > len(before):
            return measure.of(name.removeprefix(before))
    return None


FAMILIES = {measure.family for measure in TALLIED}
"""What reasons are given for."""
