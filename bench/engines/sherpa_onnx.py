"""A streaming transducer of sherpa-onnx as a LocalEngine. Unproven: no model of it installs from the package index.

Source: sherpa-onnx 2.0.1 (PyPI), `OnlineRecognizer.from_transducer` and its examples.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from pydantic import Field

from bench.config import SpecModel
from bench.engines.base import About, Samples
from bench.engines.secrets import Secret
from bench.errors import MissingExtraError
from bench.types import Event, Recognised, Segment

_TAIL_S = 0.5
"""Silence that lets the model hear its last frames."""


class SherpaOnnxSettings(SpecModel):
    """Settings of the engine `sherpa_onnx`: the files of a streaming transducer."""

    tokens: str
    encoder: str
    decoder: str
    joiner: str
    sample_rate_hz: int = Field(default=16_000, gt=0)
    """Of the model's features; other audio is resampled by the library."""
    num_threads: int = Field(default=1, ge=1)


class SherpaOnnxEngine:
    """One loaded model; streams are the library's own."""

    Settings = SherpaOnnxSettings
    about = About(
        title="sherpa-onnx, in this process", modes=("batch", "stream"), proof="unproven: no model to run it with"
    )

    def __init__(self, settings: SherpaOnnxSettings) -> None:
        try:
            import sherpa_onnx
        except ImportError as error:
            raise MissingExtraError("sherpa-onnx", "sherpa") from error
        self._recognizer: Any = sherpa_onnx.OnlineRecognizer.from_transducer(
            tokens=settings.tokens,
            encoder=settings.encoder,
            decoder=settings.decoder,
            joiner=settings.joiner,
            num_threads=settings.num_threads,
            sample_rate=settings.sample_rate_hz,
            enable_endpoint_detection=True,
        )
        self.version = "sherpa-onnx"

    @classmethod
    def secret_names(cls, settings: SherpaOnnxSettings) -> tuple[str, ...]:
        return ()

    @classmethod
    def own_hosts(cls, settings: SherpaOnnxSettings) -> Mapping[str, tuple[str, ...]]:
        return {}

    @classmethod
    def addresses(cls, settings: SherpaOnnxSettings) -> tuple[str, ...]:
        return ()

    @classmethod
    def create(cls, settings: SherpaOnnxSettings, secrets: Mapping[str, Secret]) -> SherpaOnnxEngine:
        return cls(settings)

    def transcribe(self, samples: Samples, sample_rate_hz: int, language: str | None) -> Recognised:
        stream = self.open_stream(sample_rate_hz, language)
        events = [*stream.accept(samples), *stream.finish()]
        texts = [event.text for event in events if event.kind == "final" and event.text]
        return Recognised(text=" ".join(texts), segments=tuple(Segment(text=text) for text in texts))

    def open_stream(self, sample_rate_hz: int, language: str | None) -> SherpaOnnxStream:
        return SherpaOnnxStream(self._recognizer, sample_rate_hz)


class SherpaOnnxStream:
    """One stream; the library says where a segment ends."""

    def __init__(self, recognizer: Any, sample_rate_hz: int) -> None:
        self._recognizer, self._rate = recognizer, sample_rate_hz
        self._stream = recognizer.create_stream()
        self._told = ""

    def accept(self, samples: Samples) -> Sequence[Event]:
        self._stream.accept_waveform(self._rate, samples)
        self._decode()
        if self._recognizer.is_endpoint(self._stream):
            return self.finalize()
        text = self._text()
        if not text or text == self._told:
            return ()
        self._told = text
        return (Event(t_s=0.0, kind="partial", text=text),)

    def finalize(self) -> Sequence[Event]:
        event = Event(t_s=0.0, kind="final", text=self._text())
        self._recognizer.reset(self._stream)
        self._told = ""
        return (event,)

    def finish(self) -> Sequence[Event]:
        self._stream.accept_waveform(self._rate, np.zeros(round(_TAIL_S * self._rate), dtype=np.float32))
        self._stream.input_finished()
        self._decode()
        return (Event(t_s=0.0, kind="final", text=self._text(), is_last=True),)

    def _decode(self) -> None:
        while self._recognizer.is_ready(self._stream):
            self._recognizer.decode_stream(self._stream)

    def _text(self) -> str:
        return str(self._recognizer.get_result(self._stream)).strip()
