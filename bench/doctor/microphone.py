"""The microphone, as it is heard: samples that are still coming, for drivers that send each when it is due."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np

from bench.audio import Audio, Samples, to_pcm16
from bench.errors import MissingExtraError, Problem, UsageError

RATE_HZ = 16_000
_BLOCK_S = 0.02
_AHEAD_S = 0.25
"""The microphone is so much ahead of what is sent: it hands over in blocks, and now and then a late one."""


class Live:
    """What a microphone hears for some seconds; `audio` is as long as that from the start, and silent where nothing was
    heard yet.
    """

    def __init__(self, seconds: float) -> None:
        self._samples: Samples = np.zeros(round(seconds * RATE_HZ), dtype=np.float32)
        self.audio = Audio(self._samples, RATE_HZ)
        self._heard = 0
        self._ahead, self._full = threading.Event(), threading.Event()

    def hear(self, block: Any, count: int, time: Any, status: Any) -> None:
        """The callback of the sound system, on its own thread: `block` has shape (count, 1)."""
        del time, status
        taken = block[: len(self._samples) - self._heard, 0]
        self._samples[self._heard : self._heard + len(taken)] = taken
        self._heard += len(taken)
        if self._heard >= min(len(self._samples), _AHEAD_S * RATE_HZ):
            self._ahead.set()
        if self._heard == len(self._samples):
            self._full.set()

    def await_begin(self) -> None:
        """Until sending may begin.

        Raises:
            UsageError: if nothing comes.
        """
        self._await(self._ahead, 5.0)

    def await_end(self) -> None:
        """Until all was heard.

        Raises:
            UsageError: if nothing comes any more.
        """
        self._await(self._full, 5.0 + self.audio.duration_s)

    def _await(self, event: threading.Event, most_s: float) -> None:
        if not event.wait(most_s):
            heard_s = self._heard / RATE_HZ
            raise UsageError(Problem("--mic", "sound from the microphone", f"{heard_s:.1f} s of it, and then none"))

    @property
    def pcm(self) -> LivePcm:
        return LivePcm(self._samples)


class LivePcm:
    """The same as 16-bit PCM: bytes that are made when they are asked for."""

    def __init__(self, samples: Samples) -> None:
        self._samples = samples

    def __len__(self) -> int:
        return 2 * len(self._samples)

    def __getitem__(self, part: slice) -> bytes:
        first, last, _ = part.indices(len(self))
        return to_pcm16(self._samples[first // 2 : last // 2])


@contextmanager
def listening(seconds: float) -> Iterator[Live]:
    """The default microphone, for so long.

    Raises:
        MissingExtraError: if sounddevice, or the PortAudio that it uses, is not installed.
        UsageError: if there is no microphone.
    """
    try:
        import sounddevice
    except (ImportError, OSError) as error:
        raise MissingExtraError("--mic", "record") from error
    live = Live(seconds)
    try:
        microphone = sounddevice.InputStream(
            samplerate=RATE_HZ,
            channels=1,
            dtype="float32",
            blocksize=round(_BLOCK_S * RATE_HZ),
            callback=live.hear,
        )
    except sounddevice.PortAudioError as error:
        raise UsageError(Problem("--mic", "a microphone", str(error))) from error
    with microphone:
        yield live
