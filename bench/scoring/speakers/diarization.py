"""Who spoke when: diarization error rate, Jaccard error rate, numbers of speakers. Pure.

Headline: no collar, overlapping speech counted. Beside it: a collar of 0.25 s on each side of the reference's
boundaries, where one speaker speaks. pyannote's `collar` is the whole width (0.5), NIST's md-eval the half (0.25).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linear_sum_assignment

from bench.scoring.speakers.turns import Activity, Turn, activity, elementary

FORGIVING_COLLAR_S = 0.25


@dataclass(frozen=True, slots=True, kw_only=True)
class DiarizationErrors:
    """Seconds of speaker time; `+` pools sessions. Two speakers at once for a second are two seconds.

    Source: NIST Rich Transcription (RT-09) evaluation plan.
    """

    missed_s: float = 0.0
    false_alarm_s: float = 0.0
    confused_s: float = 0.0
    """Somebody was said to speak, but not who did, under the one-to-one assignment with most time in common."""
    speech_s: float = 0.0
    """Of the reference's speakers, within what is scored."""

    def __add__(self, other: DiarizationErrors) -> DiarizationErrors:
        return DiarizationErrors(
            missed_s=self.missed_s + other.missed_s,
            false_alarm_s=self.false_alarm_s + other.false_alarm_s,
            confused_s=self.confused_s + other.confused_s,
            speech_s=self.speech_s + other.speech_s,
        )

    @property
    def rate(self) -> float | None:
        """DER, which may exceed 1; `None`: the reference has no speech to score."""
        errors = self.missed_s + self.false_alarm_s + self.confused_s
        return errors / self.speech_s if self.speech_s else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Scored:
    """What of a session is scored, cut where anything changes."""

    duration_s: NDArray[np.float64]
    """Of each stretch; shape (n,)."""
    reference: NDArray[np.bool_]
    """Who speaks; shape (speakers, n)."""
    hypothesis: NDArray[np.bool_]
    reference_names: tuple[str, ...]
    hypothesis_names: tuple[str, ...]

    def in_common(self) -> NDArray[np.float64]:
        """Seconds that each pair of speakers has in common; shape (reference's, answer's)."""
        common: NDArray[np.float64] = (self.reference * self.duration_s) @ self.hypothesis.T.astype(np.float64)
        return common

    def pairs(self) -> list[tuple[int, int]]:
        """(speaker of the reference, speaker of the answer) by index, with most time in common in all."""
        common = self.in_common()
        rows, columns = linear_sum_assignment(-common)
        return [(int(a), int(b)) for a, b in zip(rows, columns, strict=True) if common[a, b] > 0]


def scored_part(
    reference: Sequence[Turn],
    hypothesis: Sequence[Turn],
    *,
    collar_s: float = 0.0,
    skip_overlap: bool = False,
    scored_s: Sequence[tuple[float, float]] | None = None,
) -> Scored:
    """A session cut into stretches within which nobody begins or stops.

    Args:
        reference: true turns. Overlapping turns of one speaker are one.
        hypothesis: turns of the answer.
        collar_s: what is left out on each side of each boundary of the reference.
        skip_overlap: leave out what more than one speaker of the reference says.
        scored_s: intervals to score (a UEM); `None`: from the first to the last boundary on either side.
    """
    true, heard = activity(reference), activity(hypothesis)
    spans = [span for speech in (true, heard) for own in speech.values() for span in own]
    limits = sorted(moment for span in spans for moment in span)
    regions = list(scored_s) if scored_s is not None else [(limits[0], limits[-1])] if limits else []
    # Boundaries of turns as written: two turns of one speaker that touch have a collar between them too.
    edges = [moment for turn in reference if turn.end_s > turn.start_s for moment in (turn.start_s, turn.end_s)]
    collars = [(moment - collar_s, moment + collar_s) for moment in edges] if collar_s else []
    boundaries = [*limits, *(moment for region in (*regions, *collars) for moment in region)]
    stretches = np.array(elementary(boundaries), dtype=np.float64).reshape(-1, 2)
    middle, duration_s = stretches.mean(axis=1), stretches[:, 1] - stretches[:, 0]
    true_names, heard_names = tuple(true), tuple(heard)
    speaks, said = _matrix(true, middle), _matrix(heard, middle)
    keep = _inside(regions, middle) & ~_inside(collars, middle)
    if skip_overlap:
        keep &= speaks.sum(axis=0) < 2
    return Scored(
        duration_s=duration_s[keep],
        reference=speaks[:, keep],
        hypothesis=said[:, keep],
        reference_names=true_names,
        hypothesis_names=heard_names,
    )


def _matrix(speech: Activity, moments: NDArray[np.float64]) -> NDArray[np.bool_]:
    rows = [_inside(spans, moments) for spans in speech.values()]
    return np.array(rows, dtype=np.bool_).reshape(len(rows), len(moments))


def _inside(spans: Sequence[tuple[float, float]], moments: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Whether each moment lies in a span; spans may overlap. O((spans + moments) log spans)."""
    starts, ends = np.sort([start for start, _ in spans]), np.sort([end for _, end in spans])
    inside: NDArray[np.bool_] = np.searchsorted(starts, moments, "right") > np.searchsorted(ends, moments, "right")
    return inside


def diarization_errors(part: Scored, pairs: Sequence[tuple[int, int]] | None = None) -> DiarizationErrors:
    """Missed, falsely alarmed and confused speaker time of one session, or of a part of one.

    `pairs`: who is whom in the whole, of which this is a part; `None`: what suits this part best.
    """
    true, heard = part.reference.sum(axis=0), part.hypothesis.sum(axis=0)
    right = np.zeros(len(part.duration_s))
    for speaker, label in part.pairs() if pairs is None else pairs:
        right += part.reference[speaker] & part.hypothesis[label]
    return DiarizationErrors(
        missed_s=float(np.maximum(true - heard, 0) @ part.duration_s),
        false_alarm_s=float(np.maximum(heard - true, 0) @ part.duration_s),
        confused_s=float((np.minimum(true, heard) - right) @ part.duration_s),
        speech_s=float(true @ part.duration_s),
    )


def windows(parts: Sequence[tuple[float, float]], length_s: float) -> list[list[tuple[float, float]]]:
    """Intervals cut at every multiple of a length, those of each stretch of time together; the first begins at 0."""
    cut: dict[int, list[tuple[float, float]]] = {}
    for start_s, end_s in parts:
        for number in range(int(start_s // length_s), int(np.ceil(end_s / length_s))):
            begin_s, until_s = max(start_s, number * length_s), min(end_s, (number + 1) * length_s)
            cut.setdefault(number, []).append((begin_s, until_s))
    return [cut.get(number, []) for number in range(max(cut, default=-1) + 1)]


def jaccard_errors(part: Scored) -> dict[str, float]:
    """Of each speaker of the reference who is scored, 1 - intersection over union with the one assigned; 1: none is.

    JER of sessions is the mean over their speakers. Source: second DIHARD evaluation plan v1.1, 2019.
    """
    partner = dict(part.pairs())
    errors = {}
    for index, name in enumerate(part.reference_names):
        speaks = part.reference[index]
        if not speaks.any():
            continue
        said = part.hypothesis[partner[index]] if index in partner else np.zeros_like(speaks)
        both, either = float((speaks & said) @ part.duration_s), float((speaks | said) @ part.duration_s)
        errors[name] = 1 - both / either
    return errors
