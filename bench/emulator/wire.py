"""What arrives on the wire, as samples: every encoding Pulse documents, cut anywhere.

Samples are mono float32 in -1..1 at the declared rate; a rate declared wrong gives garbage, as in life.
Opus needs the extra `opus` (PyAV). Nothing here raises anything but WireError for what a client sends.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import lru_cache
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from bench.engines.base import Samples
from bench.errors import MissingExtraError

_MAX_OGG_BUFFER = 1 << 20


class WireError(Exception):
    """The bytes are not of the declared encoding."""


class Decoder(Protocol):
    """Bytes in, samples out; keeps what it cannot use yet."""

    def push(self, data: bytes) -> Samples: ...


def decoder(encoding: str, sample_rate_hz: int) -> Decoder:
    """The decoder of a documented encoding.

    Raises:
        KeyError: for any other.
        MissingExtraError: for opus without PyAV.
    """
    return _DECODERS[encoding](sample_rate_hz)


class PcmDecoder:
    """Fixed-size samples; a sample cut in two waits for its other half."""

    def __init__(self, width: int, convert: Callable[[bytes], Samples]) -> None:
        self._width, self._convert, self._rest = width, convert, b""

    def push(self, data: bytes) -> Samples:
        data = self._rest + data
        whole = len(data) // self._width * self._width
        self._rest = data[whole:]
        return self._convert(data[:whole])


def _linear16(data: bytes) -> Samples:
    return np.frombuffer(data, "<i2").astype(np.float32) / np.float32(2**15)


def _linear32(data: bytes) -> Samples:
    return (np.frombuffer(data, "<i4").astype(np.float64) / 2**31).astype(np.float32)


def _mulaw(data: bytes) -> Samples:
    return mulaw_table()[np.frombuffer(data, np.uint8)]


def _alaw(data: bytes) -> Samples:
    return alaw_table()[np.frombuffer(data, np.uint8)]


@lru_cache
def mulaw_table() -> NDArray[np.float32]:
    """Sample value of each of the 256 codes. Source: ITU-T G.711, table 2."""
    code = ~np.arange(256, dtype=np.uint8)
    exponent, mantissa = (code >> 4) & 7, code & 15
    magnitude = ((mantissa.astype(np.int32) * 2 + 33) << exponent) - 33
    signed = np.where(code & 0x80, -magnitude, magnitude)
    return (signed / np.float32(2**13)).astype(np.float32)


@lru_cache
def alaw_table() -> NDArray[np.float32]:
    """Sample value of each of the 256 codes. Source: ITU-T G.711, table 1."""
    code = np.arange(256, dtype=np.uint8) ^ 0x55
    exponent, mantissa = ((code >> 4) & 7).astype(np.int32), (code & 15).astype(np.int32)
    linear = mantissa * 2 + 1
    magnitude = np.where(exponent == 0, linear, (linear + 32) << np.maximum(exponent - 1, 0))
    signed = np.where(code & 0x80, magnitude, -magnitude)
    return (signed / np.float32(2**12)).astype(np.float32)


class OpusDecoder:
    """One Opus packet a message, brought to the declared rate."""

    def __init__(self, sample_rate_hz: int) -> None:
        try:
            import av
        except ImportError as error:
            raise MissingExtraError("PyAV (opus decoding)", "opus") from error
        self._av: Any = av
        self._codec: Any = av.CodecContext.create("opus", "r")
        self._resampler: Any = av.AudioResampler(format="flt", layout="mono", rate=sample_rate_hz)

    def push(self, data: bytes) -> Samples:
        if not data:
            return np.zeros(0, dtype=np.float32)
        try:
            frames = self._codec.decode(self._av.Packet(data))
            ready = [out.to_ndarray().reshape(-1) for frame in frames for out in self._resampler.resample(frame)]
        except (self._av.FFmpegError, ValueError) as error:
            raise WireError(f"expected an Opus packet, got {len(data)} bytes of something else") from error
        return np.concatenate(ready).astype(np.float32) if ready else np.zeros(0, dtype=np.float32)


class OggOpusDecoder:
    """An Ogg stream of Opus packets, cut anywhere. Source: RFC 3533, section 6; RFC 7845."""

    def __init__(self, sample_rate_hz: int) -> None:
        self._opus = OpusDecoder(sample_rate_hz)
        self._buffer = bytearray()
        self._open = bytearray()

    def push(self, data: bytes) -> Samples:
        self._buffer += data
        if len(self._buffer) > _MAX_OGG_BUFFER:
            raise WireError("expected Ogg pages, got 1 MiB without one")
        parts = [self._opus.push(packet) for packet in self._packets() if packet[:4] != b"Opus"]
        return np.concatenate(parts) if parts else np.zeros(0, dtype=np.float32)

    def _packets(self) -> Iterator[bytes]:
        while len(self._buffer) >= 27:
            if self._buffer[:4] != b"OggS":
                raise WireError("expected an Ogg page, got something else")
            lacing = self._buffer[27 : 27 + self._buffer[26]]
            end = 27 + len(lacing) + sum(lacing)
            if len(lacing) < self._buffer[26] or len(self._buffer) < end:
                return
            body = bytes(self._buffer[27 + len(lacing) : end])
            del self._buffer[:end]
            yield from self._page(bytes(lacing), body)

    def _page(self, lacing: bytes, body: bytes) -> Iterator[bytes]:
        at = 0
        for size in lacing:
            self._open += body[at : at + size]
            at += size
            if size < 255:
                packet, self._open = bytes(self._open), bytearray()
                yield packet


_DECODERS: dict[str, Callable[[int], Decoder]] = {
    "linear16": lambda rate: PcmDecoder(2, _linear16),
    "linear32": lambda rate: PcmDecoder(4, _linear32),
    "mulaw": lambda rate: PcmDecoder(1, _mulaw),
    "alaw": lambda rate: PcmDecoder(1, _alaw),
    "opus": OpusDecoder,
    "ogg_opus": OggOpusDecoder,
}
ENCODINGS = tuple(_DECODERS)
