"""Times of a result that can be: what any recording has, and any figure can show."""

from __future__ import annotations

from collections.abc import Iterable

from bench.types import Event, Failure, Segment, Transcript, Word

_MOST_S = 1e7
"""A moment of a recording lies within 100 days; what an engine says beyond is no time, and no figure can show it."""


def is_moment(at_s: float | None) -> bool:
    """Whether it is one, or none is known."""
    return at_s is None or -_MOST_S < at_s < _MOST_S


def are_timed_sanely(pieces: Iterable[Word | Segment | Event]) -> bool:
    """Whether all of them begin and end at moments."""
    for piece in pieces:  # a loop, for this is done for every word of every answer
        start_s, end_s = piece.start_s or 0.0, piece.end_s or 0.0
        if not (-_MOST_S < start_s < _MOST_S and -_MOST_S < end_s < _MOST_S):
            return False
        if isinstance(piece, Word) and not is_moment(piece.confidence):
            return False
    return True


def check_moments(outcome: Transcript | Failure | None) -> None:
    """Hold the times of a stored outcome to what can have been stored.

    Raises:
        ValueError: if one is no moment.
    """
    if isinstance(outcome, Failure):
        check_moments(outcome.partial)
    elif outcome is not None:
        recognised = outcome.recognised
        check_log(outcome)
        if not (
            are_timed_sanely(recognised.words or ())
            and are_timed_sanely(recognised.segments)
            and are_timed_sanely(outcome.events)
            and all(are_timed_sanely(event.words) for event in outcome.events if event.words)
        ):
            raise ValueError("expected times within 100 days")


def check_log(transcript: Transcript) -> None:
    """Hold the harness's own times of a call to what can be.

    Raises:
        ValueError: if one is no moment.
    """
    timing = transcript.timing
    singles = (
        *(timing.connect_s, timing.first_sent_s, timing.last_sent_s, timing.end_sent_s, timing.done_s, timing.ready_s),
        *(timing.audio_s, timing.chunk_s, timing.max_send_lag_s, timing.backpressure_s, timing.resolution_s),
    )
    if not (
        all(map(is_moment, singles))
        and all(-_MOST_S < at_s < _MOST_S for at_s in timing.chunk_sent_s)
        and all(is_moment(event.t_s) and is_moment(event.audio_sent_s) for event in transcript.events)
        and 0 < timing.speed < _MOST_S
    ):
        raise ValueError("expected a log whose times are within 100 days")
