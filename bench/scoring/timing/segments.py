"""Where an answer is cut into segments, tallied against the reference's. Pure.

The first start and the last end are no boundaries. Boundaries are matched one to one in order of time, which gives the
largest matching there is.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import NamedTuple

from bench.scoring.tally import Heard, Reasons, Tallied, Tallies, share
from bench.types import Segment

_TOLERANCES_S = (0.25, 0.5)
_FAMILY = "segments"


class TimeSpan(NamedTuple):
    start_s: float
    end_s: float


def _name(tolerance_s: float) -> str:
    return f"{round(tolerance_s * 1000)}_ms"


MEASURES = (
    *(
        share(
            f"boundaries_f1_{_name(tolerance_s)}",
            _FAMILY,
            f"F1 of boundaries between segments, matched one to one within {tolerance_s:g} s",
            f"segments.twice_hit_{_name(tolerance_s)}",
            "segments.boundaries",
        )
        for tolerance_s in _TOLERANCES_S
    ),
    share(
        "segment_purity",
        _FAMILY,
        "of each segment of the answer the time shared with one true segment, by time",
        "segments.pure_s",
        "segments.answered_s",
        source="pyannote.metrics segmentation",
    ),
    share(
        "segment_coverage",
        _FAMILY,
        "of each true segment the time shared with one segment of the answer, by time",
        "segments.covered_s",
        "segments.true_s",
        source="pyannote.metrics segmentation",
    ),
    Tallied(
        name="segments_per_reference",
        family=_FAMILY,
        definition="segments of the answer per true segment: above 1 it cuts more often",
        top=("segments.answered",),
        bottom=("segments.true",),
        unit="segments",
        best=1.0,
    ),
    share(
        "words_cut",
        _FAMILY,
        "boundaries of the answer that lie inside a true word, per boundary",
        "segments.inside_words",
        "segments.own_boundaries",
        lower_is_better=True,
    ),
)


def tally(heard: Heard, tallies: Tallies, reasons: Reasons) -> None:
    """Of a reference with two timed segments or more."""
    true = _spans(heard.utterance.segments, heard)
    if len(true) < 2:
        return
    answered = _spans(heard.transcript.recognised.segments, None)
    if not answered:
        reasons[_FAMILY] = "the answer has no segments with times"
        return
    here, there = _boundaries(true), _boundaries(answered)
    tallies["segments.boundaries"] = float(len(here) + len(there))
    for tolerance_s in _TOLERANCES_S:
        tallies[f"segments.twice_hit_{_name(tolerance_s)}"] = 2.0 * matched(here, there, tolerance_s)
    tallies["segments.true"], tallies["segments.answered"] = float(len(true)), float(len(answered))
    tallies["segments.pure_s"], tallies["segments.answered_s"] = _shared(answered, true)
    tallies["segments.covered_s"], tallies["segments.true_s"] = _shared(true, answered)
    words = [
        TimeSpan(heard.heard_s(word.start_s), heard.heard_s(word.end_s))
        for word in heard.utterance.words or ()
        if word.start_s is not None and word.end_s is not None
    ]
    if words and there:
        tallies["segments.own_boundaries"] = float(len(there))
        tallies["segments.inside_words"] = float(
            sum(any(word.start_s < at < word.end_s for word in words) for at in there)
        )


def _spans(segments: Sequence[Segment], heard: Heard | None) -> list[TimeSpan]:
    """Those with times, in order; `heard`: times are of the clean audio."""
    spans = [
        TimeSpan(segment.start_s, segment.end_s)
        for segment in segments
        if segment.start_s is not None and segment.end_s is not None and segment.end_s > segment.start_s
    ]
    moved = spans if heard is None else [TimeSpan(heard.heard_s(a), heard.heard_s(b)) for a, b in spans]
    return sorted(moved)


def _boundaries(spans: Sequence[TimeSpan]) -> list[float]:
    """The middle of what lies between neighbours: where one ends and the next begins."""
    return [(before.end_s + after.start_s) / 2 for before, after in pairwise(spans)]


def matched(true: Sequence[float], said: Sequence[float], tolerance_s: float) -> int:
    """The most pairs, one to one, that lie within the tolerance; both in order."""
    pairs, index = 0, 0
    for moment in true:
        while index < len(said) and said[index] < moment - tolerance_s - 1e-9:
            index += 1
        if index < len(said) and said[index] <= moment + tolerance_s + 1e-9:
            pairs, index = pairs + 1, index + 1
    return pairs


def _shared(spans: Sequence[TimeSpan], others: Sequence[TimeSpan]) -> tuple[float, float]:
    """(seconds of each span shared with the one other that has most of it, seconds of all)."""
    shared = sum(max(max(0.0, _overlap_s(span, other)) for other in others) for span in spans)
    return shared, sum(span.end_s - span.start_s for span in spans)


def _overlap_s(a: TimeSpan, b: TimeSpan) -> float:
    return min(a.end_s, b.end_s) - max(a.start_s, b.start_s)
