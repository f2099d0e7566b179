"""Everything that is judged of an answer beyond its words: what is tallied, and the measures made of it. Pure."""

from __future__ import annotations

from bench.scoring.labels import tally as labels
from bench.scoring.speakers import tally as speakers
from bench.scoring.tally import Heard, Reasons, Tallied, Tallies
from bench.scoring.text import passages, redaction, writing
from bench.scoring.timing import segments, turns, words

_ROOMS = (speakers, labels, writing, passages, words, segments, redaction, turns)

TALLIED: tuple[Tallied, ...] = tuple(measure for room in _ROOMS for measure in room.MEASURES)
"""Measures of all rooms, families together."""


def tally(heard: Heard) -> tuple[Tallies, Reasons]:
    """Everything that the reference lets be tallied; of what it does not hold there is neither number nor reason."""
    tallies: Tallies = {}
    reasons: Reasons = {}
    for room in _ROOMS:
        room.tally(heard, tallies, reasons)
    return tallies, reasons


FAMILIES = {measure.family for measure in TALLIED}
"""What reasons are given for."""
