"""Samples in memory: what they are, resampling, and 16-bit PCM."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

Samples: TypeAlias = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Audio:
    """Mono samples, float32 in -1..1, and their rate."""

    samples: Samples
    sample_rate_hz: int

    @property
    def duration_s(self) -> float:
        return len(self.samples) / self.sample_rate_hz


@dataclass(frozen=True, slots=True)
class AudioInfo:
    """What decoding a file gives, which is not always what its header states."""

    sample_rate_hz: int
    num_samples: int
    channels: int
    doubt: str = ""
    """What is odd about the file (cut short, several streams), as words for a warning; empty: nothing."""

    @property
    def duration_s(self) -> float:
        return self.num_samples / self.sample_rate_hz


def resample(audio: Audio, to_hz: int, quality: str = "VHQ") -> Audio:
    """Band-limited resampling (soxr). Quality: QQ | LQ | MQ | HQ | VHQ. Length is rounded, never padded."""
    if audio.sample_rate_hz == to_hz:
        return audio
    import soxr

    resampled = soxr.resample(audio.samples, audio.sample_rate_hz, to_hz, quality=quality)
    return Audio(np.asarray(resampled, dtype=np.float32), to_hz)


def to_pcm16(samples: Samples) -> bytes:
    """Little-endian signed 16-bit, rounded to nearest, clipped at full scale."""
    return bytes(np.clip(np.rint(samples * 32768.0), -32768, 32767).astype("<i2").tobytes())


def from_pcm16(data: bytes) -> Samples:
    """Inverse of `to_pcm16`; an odd last byte is dropped."""
    usable = data[: len(data) // 2 * 2]
    return np.frombuffer(usable, dtype="<i2").astype(np.float32) / np.float32(32768)


class StreamResampler:
    """Band-limited resampling of a live stream, chunk by chunk, without seams (soxr)."""

    def __init__(self, from_hz: int, to_hz: int) -> None:
        import soxr

        self._stream = None if from_hz == to_hz else soxr.ResampleStream(from_hz, to_hz, 1, dtype="float32")

    def push(self, samples: Samples, *, last: bool = False) -> Samples:
        """The samples that are ready; `last` flushes the rest."""
        if self._stream is None:
            return samples
        return np.asarray(self._stream.resample_chunk(samples, last=last), dtype=np.float32)
