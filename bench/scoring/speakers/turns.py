"""Stretches of speech with their speakers, as a reference or an engine gives them. Pure."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """One stretch of one speaker; `words` are normalised, in order, and may be empty.

    Raises:
        ValueError: if it ends before it starts.
    """

    speaker: str
    start_s: float
    end_s: float
    words: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if not self.end_s >= self.start_s:
            raise ValueError(f"turn of {self.speaker}: expected an end at or after {self.start_s}, got {self.end_s}")


def by_speaker(turns: Iterable[Turn]) -> dict[str, list[Turn]]:
    """Each speaker's turns by start time, speakers in order of first appearance; equal starts keep their order."""
    grouped: dict[str, list[Turn]] = {}
    for turn in sorted(turns, key=lambda turn: turn.start_s):
        grouped.setdefault(turn.speaker, []).append(turn)
    return grouped


def placed(times: Iterable[tuple[float | None, float | None]]) -> list[tuple[float, float]]:
    """Start and end of parts in the order given: one without a start begins where the one before ends.

    One whose start or end is unknown, or no number, has no length: it keeps its place among the others, and is no
    speech.
    """
    spans: list[tuple[float, float]] = []
    for start_s, end_s in ((_finite(start_s), _finite(end_s)) for start_s, end_s in times):
        begin_s = start_s if start_s is not None else spans[-1][1] if spans else 0.0
        spans.append((begin_s, begin_s if start_s is None or end_s is None else max(begin_s, end_s)))
    return spans


def _finite(time_s: float | None) -> float | None:
    return time_s if time_s is not None and math.isfinite(time_s) else None


def within(turns: Iterable[Turn], parts: Sequence[tuple[float, float]]) -> list[Turn]:
    """The turns of which something lies in a part. Source: meeteval `filter_by_uem`, which keeps whole segments."""
    return [turn for turn in turns if any(turn.start_s < until_s and turn.end_s > from_s for from_s, until_s in parts)]


def activity(turns: Iterable[Turn]) -> dict[str, list[tuple[float, float]]]:
    """When each speaker speaks: disjoint intervals in order. Overlapping turns of one speaker are one stretch."""
    merged: dict[str, list[tuple[float, float]]] = {}
    for speaker, own in by_speaker(turns).items():
        stretches: list[tuple[float, float]] = []
        for turn in own:
            if turn.end_s == turn.start_s:
                continue
            if stretches and turn.start_s <= stretches[-1][1]:
                stretches[-1] = (stretches[-1][0], max(stretches[-1][1], turn.end_s))
            else:
                stretches.append((turn.start_s, turn.end_s))
        if stretches:
            merged[speaker] = stretches
    return merged


Activity = Mapping[str, Sequence[tuple[float, float]]]
"""Speaker -> disjoint intervals in order."""


def elementary(boundaries: Iterable[float]) -> list[tuple[float, float]]:
    """Neighbouring pairs of the sorted, distinct boundaries: stretches within which nothing changes."""
    return list(pairwise(sorted(set(boundaries))))
