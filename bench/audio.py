"""Audio in and out: decode, mix down, resample, encode, hash. The only importer of soundfile and soxr.

Samples are float32, mono, -1..1, shape (n,). Raises AudioError for anything a file can do wrong.
"""

from __future__ import annotations

import hashlib
import io
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from bench.errors import AudioError

Samples: TypeAlias = NDArray[np.float32]

_CONTENT_TYPES = {"wav": "audio/wav", "flac": "audio/flac", "raw": "application/octet-stream"}


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
    sample_rate_hz: int
    num_samples: int
    channels: int

    @property
    def duration_s(self) -> float:
        return self.num_samples / self.sample_rate_hz


def probe(path: Path) -> AudioInfo:
    """Rate, length and channels from the header.

    Raises:
        AudioError: if the file is missing, empty or not audio.
    """
    import soundfile

    try:
        info = soundfile.info(path)
    except (soundfile.LibsndfileError, OSError, RuntimeError) as error:
        raise AudioError(_unreadable(path, error)) from error
    return AudioInfo(info.samplerate, info.frames, info.channels)


def read(path: Path, *, start_s: float = 0.0, end_s: float | None = None, channel: int | None = None) -> Audio:
    """Decode a file, or the part start_s..end_s of it; mix all channels down unless one is chosen.

    Raises:
        AudioError: if the file is missing, empty, not audio, or holds values that are not finite.
    """
    import soundfile

    try:
        with soundfile.SoundFile(path) as file:
            file.seek(min(round(start_s * file.samplerate), file.frames))
            count = -1 if end_s is None else max(0, round(end_s * file.samplerate) - file.tell())
            samples = file.read(count, dtype="float32", always_2d=True)
            rate = file.samplerate
    except (soundfile.LibsndfileError, OSError, RuntimeError) as error:
        raise AudioError(_unreadable(path, error)) from error
    return Audio(_checked(path, samples, channel), rate)


def _checked(path: Path, samples: NDArray[np.float32], channel: int | None) -> Samples:
    if samples.shape[0] == 0:
        raise AudioError(f"{path}: expected audio samples, got none; the file is empty or cut short")
    if channel is not None and channel >= samples.shape[1]:
        raise AudioError(f"{path}: expected at least {channel + 1} channels, got {samples.shape[1]}")
    mono = samples[:, channel] if channel is not None else samples.mean(axis=1, dtype=np.float32)
    if not np.isfinite(mono).all():
        raise AudioError(f"{path}: expected finite samples, got NaN or infinity; re-encode the file")
    return np.ascontiguousarray(mono)


def _unreadable(path: Path, error: Exception) -> str:
    if not path.exists():
        return f"{path}: expected an audio file, found none"
    detail = str(error).rstrip(".")
    size = path.stat().st_size
    return f"{path}: expected audio that libsndfile can decode, got {size} bytes of something else ({detail})"


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


def to_file_bytes(audio: Audio, container: str) -> tuple[bytes, str]:
    """The audio as a 16-bit file in memory, and its content type. Container: wav | flac | raw."""
    if container == "raw":
        return to_pcm16(audio.samples), _CONTENT_TYPES[container]
    import soundfile

    pcm = np.frombuffer(to_pcm16(audio.samples), dtype="<i2")
    buffer = io.BytesIO()
    soundfile.write(buffer, pcm, audio.sample_rate_hz, format=container.upper(), subtype="PCM_16")
    return buffer.getvalue(), _CONTENT_TYPES[container]


def from_file_bytes(data: bytes) -> Audio:
    """Decode a file in memory (WAV, FLAC, OGG, MP3 ...), mixed down.

    Raises:
        AudioError: if it is not audio, is empty, or holds values that are not finite.
    """
    import soundfile

    try:
        samples, rate = soundfile.read(io.BytesIO(data), dtype="float32", always_2d=True)
    except (soundfile.LibsndfileError, OSError, RuntimeError, TypeError, ValueError) as error:
        raise AudioError(
            f"expected audio that libsndfile can decode, got {len(data)} bytes of something else"
        ) from error
    return Audio(_checked(Path("audio in memory"), samples, None), rate)


def write_wav(path: Path, audio: Audio) -> None:
    """Write a 16-bit WAV file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(to_file_bytes(audio, "wav")[0])


def sha256_file(path: Path) -> str:
    """Hex digest of a file's bytes."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


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
