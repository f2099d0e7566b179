"""Speech or silence, by energy alone: loud frames, and how long none has come. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal, TypeAlias

import numpy as np

from bench.audio.samples import Samples

Change: TypeAlias = tuple[Literal["speech_started", "speech_ended"], float]
"""What changed, and where: seconds from the first audio."""

_FRAME_S = 0.02
THRESHOLD_DBFS = -45.0
"""A frame above it is loud."""
_ONSET_FRAMES = 3
HANGOVER_S = 1.0
"""Silence after which speech has ended: what Pulse's page on VAD events says."""


class SpeechDetector:
    """Follows one stream of samples."""

    def __init__(
        self, sample_rate_hz: int, *, threshold_dbfs: float = THRESHOLD_DBFS, hangover_s: float = HANGOVER_S
    ) -> None:
        self._threshold, self._hangover_s = 10 ** (threshold_dbfs / 10), hangover_s
        self._frame = max(1, round(sample_rate_hz * _FRAME_S))
        self._rest = np.zeros(0, dtype=np.float32)
        self._frames = 0
        self._loud = 0
        self._last_loud = 0
        self._cut_s = 0.0
        self.speaking = False

    @property
    def silence_s(self) -> float:
        """Trailing silence so far."""
        return (self._frames - self._last_loud) * _FRAME_S

    @property
    def last_speech_s(self) -> float:
        """Where the last loud frame ended; 0: there was none."""
        return self._last_loud * _FRAME_S

    def ends_segment(self, after_s: float) -> bool:
        """Whether speech that was not ended yet has been followed by so much silence; says so once."""
        ends = self.silence_s >= after_s and self.last_speech_s > self._cut_s
        if ends:
            self._cut_s = self.last_speech_s
        return ends

    def push(self, samples: Samples) -> Iterator[Change]:
        """Changes that these samples bring."""
        samples = np.concatenate([self._rest, samples])
        count = len(samples) // self._frame
        self._rest = samples[count * self._frame :]
        frames = samples[: count * self._frame].reshape(count, self._frame)
        power = np.mean(np.square(frames, dtype=np.float64), axis=1)
        for is_loud in power > self._threshold:
            yield from self._frame_is(bool(is_loud))

    def _frame_is(self, loud: bool) -> Iterator[Change]:
        self._frames += 1
        self._loud = self._loud + 1 if loud else 0
        if loud:
            self._last_loud = self._frames
        if not self.speaking and self._loud >= _ONSET_FRAMES:
            self.speaking = True
            yield "speech_started", round((self._frames - _ONSET_FRAMES) * _FRAME_S, 3)
        elif self.speaking and self.silence_s >= self._hangover_s:
            self.speaking = False
            yield "speech_ended", round(self._last_loud * _FRAME_S, 3)
