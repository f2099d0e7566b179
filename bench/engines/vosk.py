"""Vosk as a LocalEngine. Unproven: none of its models installs from the package index, so it was never run here.

Source: vosk 0.3.45 (PyPI), `Model`, `KaldiRecognizer`, and their JSON results.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from bench.audio import Audio, StreamResampler, resample, to_pcm16
from bench.config import SpecModel
from bench.engines.base import About, Samples
from bench.engines.reading import number_of, objects_of, text_of
from bench.engines.secrets import Secret
from bench.errors import MissingExtraError
from bench.types import Event, Recognised, Segment, Word

_MODEL_HZ = 16_000
_PART = 4_000
"""Samples of a recording that are heard at once: ends of segments are looked for after each part."""


class VoskSettings(SpecModel):
    """Settings of the engine `vosk`."""

    model: str
    """Folder of an unpacked model."""


class VoskEngine:
    """One loaded model; each stream has a recogniser of its own."""

    Settings = VoskSettings
    about = About(title="Vosk, in this process", modes=("batch", "stream"), proof="unproven: no model to run it with")

    def __init__(self, settings: VoskSettings) -> None:
        try:
            import vosk
        except ImportError as error:
            raise MissingExtraError("vosk", "vosk") from error
        vosk.SetLogLevel(-1)
        self._vosk: Any = vosk
        self._model: Any = vosk.Model(settings.model)
        self.version = "vosk"

    @classmethod
    def secret_names(cls, settings: VoskSettings) -> tuple[str, ...]:
        return ()

    @classmethod
    def own_hosts(cls, settings: VoskSettings) -> Mapping[str, tuple[str, ...]]:
        return {}

    @classmethod
    def addresses(cls, settings: VoskSettings) -> tuple[str, ...]:
        return ()

    @classmethod
    def create(cls, settings: VoskSettings, secrets: Mapping[str, Secret]) -> VoskEngine:
        return cls(settings)

    def transcribe(self, samples: Samples, sample_rate_hz: int, language: str | None) -> Recognised:
        stream = self.open_stream(_MODEL_HZ, language)
        heard = resample(Audio(samples, sample_rate_hz), _MODEL_HZ).samples
        parts = (heard[start : start + _PART] for start in range(0, len(heard), _PART))
        events = [event for part in parts for event in stream.accept(part)]
        finals = [event for event in (*events, *stream.finish()) if event.kind == "final" and event.text]
        return Recognised(
            text=" ".join(event.text for event in finals),
            words=tuple(word for event in finals for word in event.words or ()) or None,
            segments=tuple(Segment(text=e.text, start_s=e.start_s, end_s=e.end_s) for e in finals),
        )

    def open_stream(self, sample_rate_hz: int, language: str | None) -> VoskStream:
        recognizer = self._vosk.KaldiRecognizer(self._model, _MODEL_HZ)
        recognizer.SetWords(True)
        return VoskStream(recognizer, sample_rate_hz)


class VoskStream:
    """One stream. Vosk cuts segments itself; each has a final."""

    def __init__(self, recognizer: Any, sample_rate_hz: int) -> None:
        self._recognizer = recognizer
        self._resampler = StreamResampler(sample_rate_hz, _MODEL_HZ)
        self._told = ""

    def accept(self, samples: Samples) -> Sequence[Event]:
        heard = self._resampler.push(samples)
        if not len(heard):
            return ()
        if self._recognizer.AcceptWaveform(to_pcm16(heard)):
            self._told = ""
            return (_final(self._recognizer.Result(), is_last=False),)
        text = text_of(json.loads(self._recognizer.PartialResult()).get("partial")) or ""
        if not text or text == self._told:
            return ()
        self._told = text
        return (Event(t_s=0.0, kind="partial", text=text),)

    def finalize(self) -> Sequence[Event]:
        self._told = ""
        return (_final(self._recognizer.Result(), is_last=False),)

    def finish(self) -> Sequence[Event]:
        rest = self._resampler.push(np.zeros(0, dtype=np.float32), last=True)
        if len(rest):
            self._recognizer.AcceptWaveform(to_pcm16(rest))
        return (_final(self._recognizer.FinalResult(), is_last=True),)


def _final(result: str, *, is_last: bool) -> Event:
    told = json.loads(result)
    words = tuple(
        Word(
            text=text_of(word.get("word")) or "",
            start_s=number_of(word.get("start")),
            end_s=number_of(word.get("end")),
            confidence=number_of(word.get("conf")),
        )
        for word in objects_of(told.get("result"))
    )
    return Event(
        t_s=0.0,
        kind="final",
        text=text_of(told.get("text")) or "",
        words=words or None,
        start_s=words[0].start_s if words else None,
        end_s=words[-1].end_s if words else None,
        is_last=is_last,
    )
