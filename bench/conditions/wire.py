"""The wire: conditioned audio as the bytes a request carries. Pure; opus needs the extra `codecs`.

A stream carries raw encoded samples without a header; a batch carries a file in its container. Opus goes
out as bare packets of 20 ms (stream) or as Ogg (batch), whatever the container.
"""

from __future__ import annotations

import struct
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from bench import audio as audio_io
from bench.audio import Audio, Samples
from bench.conditions import g711, opus
from bench.errors import AudioError, Problem
from bench.types import Call, Mode, RequestSpec

_WAV_FORMATS = {"linear16": (1, 2), "linear32": (3, 4), "alaw": (6, 1), "mulaw": (7, 1)}
"""encoding -> (WAVE format tag, bytes per sample)."""
SAMPLE_BYTES = {encoding: size for encoding, (_, size) in _WAV_FORMATS.items()}


def fitted(request: RequestSpec, audio_hz: int, rates_hz: Sequence[int] | None) -> RequestSpec:
    """The request at a rate that is accepted: the audio's own, else the next above it, else the highest.

    A rate that the condition names itself is not touched, nor is one that is declared falsely on purpose.
    """
    chosen = request.sample_rate_hz is not None or request.declared_sample_rate_hz is not None
    if chosen or not rates_hz or audio_hz in rates_hz:
        return request
    above = [rate for rate in rates_hz if rate > audio_hz]
    return replace(request, sample_rate_hz=min(above, default=max(rates_hz)))


def encode(audio: Audio, request: RequestSpec, mode: Mode, language: str | None = None) -> Call:
    """Resample to the wire rate and encode; samples beyond full scale are clipped. `language`: as the corpus says.

    Raises:
        AudioError: if the encoding cannot be sent at this rate or in this container.
        MissingExtraError: if opus is asked for and PyAV is not installed.
    """
    rate = request.sample_rate_hz or audio.sample_rate_hz
    resampled = audio_io.resample(audio, rate)
    declared = request.declared_sample_rate_hz or rate
    if request.encoding == "opus":
        return _opus(resampled, declared, mode, language)
    raw = encode_samples(resampled.samples, request.encoding)
    data, content_type = raw, "application/octet-stream"
    if mode == "batch" and request.container != "raw":
        data, content_type = _contained(resampled, raw, request, declared)
    return Call(
        audio=data,
        content_type=content_type,
        encoding=request.encoding,
        sample_rate_hz=declared,
        duration_s=resampled.duration_s,
        language=language,
    )


def encode_samples(samples: Samples, encoding: str) -> bytes:
    """Samples without a header. linear32 is 32-bit IEEE float, little-endian, as Deepgram defines the name."""
    if encoding == "linear32":
        return bytes(np.clip(samples, -1.0, 1.0).astype("<f4").tobytes())
    pcm = audio_io.to_pcm16(samples)
    if encoding == "linear16":
        return pcm
    companded = {"mulaw": g711.mulaw_encode, "alaw": g711.alaw_encode}[encoding]
    return bytes(companded(np.frombuffer(pcm, dtype="<i2")).tobytes())


def decode_samples(data: bytes, encoding: str) -> Samples:
    """Inverse of `encode_samples`."""
    if encoding == "linear32":
        return np.frombuffer(data, dtype="<f4").astype(np.float32)
    if encoding == "linear16":
        return audio_io.from_pcm16(data)
    coded = np.frombuffer(data, dtype=np.uint8)
    pcm: NDArray[np.int16] = {"mulaw": g711.mulaw_decode, "alaw": g711.alaw_decode}[encoding](coded)
    return pcm.astype(np.float32) / np.float32(32768)


def _contained(audio: Audio, raw: bytes, request: RequestSpec, declared_hz: int) -> tuple[bytes, str]:
    if request.container == "flac":
        if request.encoding != "linear16":
            raise AudioError(Problem("container flac", "the encoding linear16", request.encoding, "use wav"))
        return audio_io.to_file_bytes(Audio(audio.samples, declared_hz), "flac")
    return wav_header(request.encoding, declared_hz, len(raw)) + raw + b"\0" * (len(raw) % 2), "audio/wav"


def wav_header(encoding: str, sample_rate_hz: int, data_bytes: int) -> bytes:
    """RIFF header of a mono file; formats other than PCM carry the `fact` chunk that RIFF requires of them."""
    tag, width = _WAV_FORMATS[encoding]
    fmt = struct.pack("<HHIIHH", tag, 1, sample_rate_hz, sample_rate_hz * width, width, width * 8)
    fact = b""
    if tag != 1:
        fmt += struct.pack("<H", 0)
        fact = b"fact" + struct.pack("<II", 4, data_bytes // width)
    body = b"fmt " + struct.pack("<I", len(fmt)) + fmt + fact + b"data" + struct.pack("<I", data_bytes)
    return b"RIFF" + struct.pack("<I", 4 + len(body) + data_bytes + data_bytes % 2) + b"WAVE" + body


def _opus(audio: Audio, declared_hz: int, mode: Mode, language: str | None) -> Call:
    if audio.sample_rate_hz not in opus.OPUS_RATES_HZ:
        rates = ", ".join(map(str, opus.OPUS_RATES_HZ))
        advice = "set request.sample_rate_hz"
        raise AudioError(Problem("encoding opus", f"a rate of {rates} Hz", str(audio.sample_rate_hz), advice))
    chunks = opus.packets(audio) if mode == "stream" else None
    return Call(
        audio=b"".join(chunks) if chunks is not None else opus.ogg(audio),
        content_type="audio/ogg" if chunks is None else "audio/opus",
        encoding="opus",
        sample_rate_hz=declared_hz,
        duration_s=audio.duration_s,
        language=language,
        chunks=chunks,
    )


def heard(audio: Audio, request: RequestSpec) -> Audio:
    """What a receiver hears of the audio after the wire: for recognisers that take samples rather than bytes.

    The rate is the true one; a rate declared falsely has no meaning without a wire.

    Raises:
        AudioError, MissingExtraError: as `encode`.
    """
    resampled = audio_io.resample(audio, request.sample_rate_hz or audio.sample_rate_hz)
    if request.encoding == "opus":
        from bench.conditions.codec import through

        return through("opus", resampled, opus.DEFAULT_KBPS).audio
    samples = decode_samples(encode_samples(resampled.samples, request.encoding), request.encoding)
    return Audio(samples, resampled.sample_rate_hz)
