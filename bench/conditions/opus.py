"""Opus packets and Ogg Opus files by PyAV (FFmpeg's libopus); the extra `codecs`. Pure: works in memory."""

from __future__ import annotations

import io
from typing import Any

import numpy as np

from bench.audio import Audio
from bench.errors import MissingExtraError

OPUS_RATES_HZ = (8000, 12000, 16000, 24000, 48000)
FRAME_S = 0.02
DEFAULT_KBPS = 24.0


def av_module(what: str) -> Any:
    """PyAV.

    Raises:
        MissingExtraError: if it is not installed.
    """
    try:
        import av
    except ImportError as error:
        raise MissingExtraError(what, "codecs") from error
    return av


def pcm_frame(av: Any, audio: Audio) -> Any:
    """All samples as one 16-bit mono frame."""
    pcm = np.clip(np.rint(audio.samples * 32768.0), -32768, 32767).astype(np.int16)
    frame = av.AudioFrame.from_ndarray(pcm[np.newaxis, :], format="s16", layout="mono")
    frame.sample_rate = audio.sample_rate_hz
    frame.pts = 0
    return frame


def packets(audio: Audio, kbps: float = DEFAULT_KBPS, frame_s: float = FRAME_S) -> tuple[bytes, ...]:
    """Bare packets of `frame_s` each; the last is padded with silence by the encoder.

    Raises:
        MissingExtraError: if PyAV is not installed.
    """
    av = av_module("opus encoding")
    encoder = av.CodecContext.create("libopus", "w")
    encoder.sample_rate, encoder.layout, encoder.format = audio.sample_rate_hz, "mono", "s16"
    encoder.bit_rate = round(kbps * 1000)
    encoder.options = {"application": "voip", "frame_duration": f"{frame_s * 1000:g}"}
    encoder.open()
    fifo = av.AudioFifo()
    fifo.write(pcm_frame(av, audio))
    coded = []
    size = round(frame_s * audio.sample_rate_hz)
    while (frame := fifo.read(size, partial=True)) is not None:
        coded += [bytes(packet) for packet in encoder.encode(frame)]
    return tuple(coded + [bytes(packet) for packet in encoder.encode(None)])


def ogg(audio: Audio, kbps: float = DEFAULT_KBPS) -> bytes:
    """An Ogg Opus file.

    Raises:
        MissingExtraError: if PyAV is not installed.
    """
    av = av_module("opus encoding")
    buffer = io.BytesIO()
    with av.open(buffer, "w", format="ogg") as container:
        stream = container.add_stream("libopus", rate=audio.sample_rate_hz, layout="mono")
        stream.bit_rate = round(kbps * 1000)
        stream.options = {"application": "voip"}
        container.mux(stream.encode(pcm_frame(av, audio)))
        container.mux(stream.encode(None))
    return buffer.getvalue()
