"""What arrives on the wire, as samples: every encoding Pulse documents, cut anywhere.

Samples are mono float32 in -1..1 at the declared rate; a rate declared wrong gives garbage, as in life.
Opus needs the extra `codecs` (PyAV). Nothing here raises anything but WireError for what a client sends.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, Protocol

import numpy as np

from bench.conditions.opus import av_module
from bench.conditions.wire import decode_samples
from bench.engines.base import Samples

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
    """Fixed-size samples; a sample cut in two waits for its other half. Floats that are no number are silence."""

    def __init__(self, encoding: str, width: int) -> None:
        self._encoding, self._width, self._rest = encoding, width, b""

    def push(self, data: bytes) -> Samples:
        data = self._rest + data
        whole = len(data) // self._width * self._width
        self._rest = data[whole:]
        samples = decode_samples(data[:whole], self._encoding)
        return np.clip(np.nan_to_num(samples, nan=0.0), -1.0, 1.0) if self._encoding == "linear32" else samples


class OpusDecoder:
    """One Opus packet a message, brought to the declared rate."""

    def __init__(self, sample_rate_hz: int) -> None:
        av = av_module("opus decoding")
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
    "linear16": lambda rate: PcmDecoder("linear16", 2),
    "linear32": lambda rate: PcmDecoder("linear32", 4),
    "mulaw": lambda rate: PcmDecoder("mulaw", 1),
    "alaw": lambda rate: PcmDecoder("alaw", 1),
    "opus": OpusDecoder,
    "ogg_opus": OggOpusDecoder,
}
ENCODINGS = tuple(_DECODERS)
