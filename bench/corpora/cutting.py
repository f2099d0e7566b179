"""Cutting a long recording at pauses, never through a word.

Energy finds where a pause may be, and a voice activity detector decides: it hears only the surroundings of the places
where a cut is wanted, so that an hour takes seconds. What lies between two cuts is kept whole; only stretches in
which nothing is heard at all are left out, and every one of them is reported.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from bench.audio import Audio, read, read_blocks
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

IsSilent: TypeAlias = Callable[[float], bool]


@dataclass(frozen=True, slots=True, kw_only=True)
class CutPiece:
    """A part of a recording, in seconds."""

    start_s: float
    end_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Cutting:
    pieces: tuple[CutPiece, ...]
    """In order, without overlap."""
    quiet: tuple[CutPiece, ...]
    """What is in no piece: nothing is heard in it."""


def cut(
    recording: Path, *, channel: int | None = None, longest_s: float = LONGEST_S, shortest_s: float = 4.0
) -> Cutting:
    """Pieces of at most `longest_s`, where there is a pause to cut at; longer where there is none.

    Args:
        recording: of any length; of one in which `audio.read` cannot seek, `audio.Unpacked` has a copy.
        channel: of a recording whose channels are two voices; `None`: all of them, mixed down.
        longest_s: a piece is cut before it is longer.
        shortest_s: and not before it is so long.

    Raises:
        AudioError: as `audio.read` does.
    """
    level_db, duration_s = _levels_db(read_blocks(recording, channel=channel))

    def is_silent(middle_s: float) -> bool:
        """Whether the detector hears no speech for a pause's length around a moment."""
        start_s = max(0.0, middle_s - _PAUSE_S / 2 - _LEAD_S)
        around = read(recording, start_s=start_s, end_s=middle_s + _PAUSE_S / 2, channel=channel)
        heard, window_s = speech_probabilities(around.samples, around.sample_rate_hz)
        return bool(np.all(heard[-max(1, round(_PAUSE_S / 2 / window_s)) :] < SILENCE))

    def cut_at_pauses(start_s: float, end_s: float) -> Iterator[CutPiece]:
        yield from _cut_at_pauses(level_db, is_silent, (start_s, end_s), (shortest_s, longest_s))

    pieces, quiet = [], []
    at = 0.0
    for stretch in _quiet_stretches(level_db, duration_s):
        start = min(stretch.start_s + _MARGIN_S, stretch.end_s) if stretch.start_s > 0.0 else 0.0
        end = max(start, stretch.end_s - _MARGIN_S) if stretch.end_s < duration_s else duration_s
        if start > at:
            pieces += [*cut_at_pauses(at, start)]
        if end > start:
            quiet.append(CutPiece(start_s=start, end_s=end))
        at = end
    if at < duration_s:
        pieces += [*cut_at_pauses(at, duration_s)]
    return Cutting(pieces=tuple(pieces), quiet=tuple(quiet))


def _levels_db(blocks: Iterator[Audio]) -> tuple[NDArray[np.float64], float]:
    """Level of every frame of 20 ms, in dB relative to full scale, and how long the recording is."""
    levels: list[NDArray[np.float64]] = []
    rest = np.zeros(0, dtype=np.float32)
    count, rate = 0, 1
    for block in blocks:
        rate = block.sample_rate_hz
        size = max(1, round(_FRAME_S * rate))
        samples = np.concatenate([rest, block.samples])
        frames, rest = np.split(samples, [len(samples) // size * size])
        power = np.einsum("ij,ij->i", (square := frames.reshape(-1, size)), square, dtype=np.float64) / size
        levels.append(np.asarray(10.0 * np.log10(power + 1e-10)))
        count += len(block.samples)
    return np.concatenate([*levels, np.zeros(0)]), count / rate


def _quiet_stretches(level_db: NDArray[np.float64], duration_s: float) -> Iterator[CutPiece]:
    """Stretches of at least `_QUIET_S` in which no frame stands out of the recording's own noise."""
    floor = max(float(np.percentile(level_db, 10)) if len(level_db) else 0.0, -80.0)
    heard = np.flatnonzero(level_db > min(floor + _QUIET_DB, -35.0))
    bounds = np.concatenate([[-1], heard, [len(level_db)]])
    for gap in np.flatnonzero(np.diff(bounds) * _FRAME_S > _QUIET_S):
        last = bounds[gap + 1]
        end_s = duration_s if last == len(level_db) else float(last * _FRAME_S)
        yield CutPiece(start_s=float((bounds[gap] + 1) * _FRAME_S), end_s=end_s)


def _cut_at_pauses(
    level_db: NDArray[np.float64], is_silent: IsSilent, between_s: tuple[float, float], lengths_s: tuple[float, float]
) -> Iterator[CutPiece]:
    """Pieces of lengths that together are what lies between."""
    at, end_s = between_s
    shortest_s, longest_s = lengths_s
    while end_s - at > longest_s:
        pause = _pause(level_db, is_silent, (at + shortest_s, at + longest_s))
        first = at + longest_s
        while pause is None and first < end_s - shortest_s:  # never through a word: rather a longer piece
            pause = _pause(level_db, is_silent, (first, min(first + longest_s, end_s)))
            first += longest_s
        if pause is None:
            break
        yield CutPiece(start_s=at, end_s=pause)
        at = pause
    yield CutPiece(start_s=at, end_s=end_s)


def _pause(level_db: NDArray[np.float64], is_silent: IsSilent, between_s: tuple[float, float]) -> float | None:
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
        if is_silent(middle_s):
            return middle_s
        loudest[max(0, quietest - width) : quietest + width] = np.inf
    return None
