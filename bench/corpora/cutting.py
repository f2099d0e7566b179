"""Cutting a long recording at pauses, never through a word.

Energy finds where a pause may be, and a voice activity detector decides: it hears only the surroundings of the places
where a cut is wanted, so that an hour takes seconds. What lies between two cuts is kept whole; only stretches in
which nothing is heard at all are left out, and every one of them is reported.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bench.audio import Audio, Samples
from bench.corpora.speech_bounds import SILENCE, speech_probabilities

LONGEST_S = 30.0
"""Of a piece, unless it is asked for otherwise."""
_FRAME_S = 0.02
_PAUSE_S = 0.3
"""A pause at least this long is looked for; the silence before a stop consonant is shorter."""
_LEAD_S = 0.6
"""The detector hears this much before the pause that it judges."""
_QUIET_S = 3.0
"""A silence at least this long parts two pieces, and all but its ends is left out."""
_MARGIN_S = 0.5
"""Kept of such a silence at either end."""
_QUIET_DB = 6.0
"""A frame is heard from this much above the recording's own noise."""
_TRIES = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """A part of a recording, in seconds."""

    start_s: float
    end_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Cutting:
    pieces: tuple[Piece, ...]
    """In order, without overlap."""
    quiet: tuple[Piece, ...]
    """What is in no piece: nothing is heard in it."""


def cut(recording: Audio, longest_s: float = LONGEST_S, shortest_s: float = 4.0) -> Cutting:
    """Pieces of at most `longest_s`, where there is a pause to cut at; longer where there is none.

    Args:
        recording: one voice or one channel.
        longest_s: a piece is cut before it is longer.
        shortest_s: and not before it is so long.
    """
    level_db = _levels_db(recording)
    pieces, quiet = [], []
    at = 0.0
    for stretch in _quiet_stretches(level_db, recording.duration_s):
        start = min(stretch.start_s + _MARGIN_S, stretch.end_s) if stretch.start_s > 0.0 else 0.0
        end = max(start, stretch.end_s - _MARGIN_S) if stretch.end_s < recording.duration_s else recording.duration_s
        if start > at:
            pieces += [*_cut_at_pauses(recording, level_db, at, start, longest_s, shortest_s)]
        if end > start:
            quiet.append(Piece(start_s=start, end_s=end))
        at = end
    if at < recording.duration_s:
        pieces += [*_cut_at_pauses(recording, level_db, at, recording.duration_s, longest_s, shortest_s)]
    return Cutting(pieces=tuple(pieces), quiet=tuple(quiet))


def _levels_db(recording: Audio) -> NDArray[np.float64]:
    """Level of every frame of 20 ms, in dB relative to full scale."""
    size = max(1, round(_FRAME_S * recording.sample_rate_hz))
    samples = recording.samples
    frames = samples[: len(samples) // size * size].reshape(-1, size)
    power = np.einsum("ij,ij->i", frames, frames, dtype=np.float64) / size
    return np.asarray(10.0 * np.log10(power + 1e-10))


def _quiet_stretches(level_db: NDArray[np.float64], duration_s: float) -> Iterator[Piece]:
    """Stretches of at least `_QUIET_S` in which no frame stands out of the recording's own noise."""
    floor = max(float(np.percentile(level_db, 10)) if len(level_db) else 0.0, -80.0)
    heard = np.flatnonzero(level_db > min(floor + _QUIET_DB, -35.0))
    bounds = np.concatenate([[-1], heard, [len(level_db)]])
    for gap in np.flatnonzero(np.diff(bounds) * _FRAME_S > _QUIET_S):
        last = bounds[gap + 1]
        end_s = duration_s if last == len(level_db) else float(last * _FRAME_S)
        yield Piece(start_s=float((bounds[gap] + 1) * _FRAME_S), end_s=end_s)


def _cut_at_pauses(
    recording: Audio, level_db: NDArray[np.float64], start_s: float, end_s: float, longest_s: float, shortest_s: float
) -> Iterator[Piece]:
    """Pieces that together are start_s..end_s."""
    at = start_s
    while end_s - at > longest_s:
        pause = _pause(recording, level_db, (at + shortest_s, at + longest_s))
        first = at + longest_s
        while pause is None and first < end_s - shortest_s:  # never through a word: rather a longer piece
            pause = _pause(recording, level_db, (first, min(first + longest_s, end_s)))
            first += longest_s
        if pause is None:
            break
        yield Piece(start_s=at, end_s=pause)
        at = pause
    yield Piece(start_s=at, end_s=end_s)


def _pause(recording: Audio, level_db: NDArray[np.float64], between_s: tuple[float, float]) -> float | None:
    """The middle of the quietest pause in a stretch in which the detector hears no speech; `None`: there is none."""
    width = round(_PAUSE_S / _FRAME_S)
    first, last = round(between_s[0] / _FRAME_S), min(round(between_s[1] / _FRAME_S), len(level_db))
    if last - first < width:
        return None
    windows = np.lib.stride_tricks.sliding_window_view(level_db[first:last], width)
    loudest = windows.max(axis=1)  # of every place for a pause
    for _ in range(_TRIES):
        quietest = int(np.argmin(loudest))
        if not np.isfinite(loudest[quietest]):
            return None
        middle_s = (first + quietest + width / 2) * _FRAME_S
        if _is_silent(recording, middle_s):
            return middle_s
        loudest[max(0, quietest - width) : quietest + width] = np.inf
    return None


def _is_silent(recording: Audio, middle_s: float) -> bool:
    """Whether the detector hears no speech for a pause's length around a moment."""
    rate = recording.sample_rate_hz
    begin = max(0, round((middle_s - _PAUSE_S / 2 - _LEAD_S) * rate))
    samples: Samples = recording.samples[begin : round((middle_s + _PAUSE_S / 2) * rate)]
    heard, window_s = speech_probabilities(samples, rate)
    return bool(np.all(heard[-max(1, round(_PAUSE_S / 2 / window_s)) :] < SILENCE))
