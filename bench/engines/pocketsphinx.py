"""PocketSphinx (US English) as a LocalEngine. The model travels in the wheel and hears 16 kHz."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from importlib.metadata import version
from queue import Empty, SimpleQueue
from typing import Any

import numpy as np
from pydantic import Field

from bench.audio import Audio, StreamResampler, resample, to_pcm16
from bench.config import SpecModel
from bench.engines.base import About, Samples
from bench.engines.secrets import Secret
from bench.errors import MissingExtraError
from bench.types import Event, Recognised, Segment, Word

_MODEL_HZ = 16_000
_FRAME_S = 0.01
_NOTHING = np.zeros(0, dtype=np.float32)


class PocketSphinxSettings(SpecModel):
    """Settings of the engine `pocketsphinx`."""

    update_interval_s: float = Field(default=0.5, gt=0, le=10)
    """Audio seconds between looks at the partial hypothesis."""


class PocketSphinxEngine:
    """Decoders are not shared between streams; finished ones are kept for the next."""

    Settings = PocketSphinxSettings
    about = About(title="PocketSphinx, in this process", modes=("batch", "stream"), proof="runs here")

    def __init__(self, settings: PocketSphinxSettings) -> None:
        try:
            from pocketsphinx import Decoder
        except ImportError as error:
            raise MissingExtraError("pocketsphinx", "pocketsphinx") from error
        self._new: Callable[[], Any] = partial(Decoder, samprate=_MODEL_HZ, loglevel="FATAL")
        self._idle: SimpleQueue[Any] = SimpleQueue()
        self._idle.put(self._new())
        self.settings = settings
        self.version = f"pocketsphinx {version('pocketsphinx')} en-us"

    @classmethod
    def secret_names(cls, settings: PocketSphinxSettings) -> tuple[str, ...]:
        return ()

    @classmethod
    def own_hosts(cls, settings: PocketSphinxSettings) -> Mapping[str, tuple[str, ...]]:
        return {}

    @classmethod
    def addresses(cls, settings: PocketSphinxSettings) -> tuple[str, ...]:
        return ()

    @classmethod
    def create(cls, settings: PocketSphinxSettings, secrets: Mapping[str, Secret]) -> PocketSphinxEngine:
        return cls(settings)

    def transcribe(self, samples: Samples, sample_rate_hz: int, language: str | None) -> Recognised:
        audio = resample(Audio(samples, sample_rate_hz), _MODEL_HZ)
        decoder = self._decoder()
        decoder.start_utt()
        decoder.process_raw(to_pcm16(audio.samples), full_utt=True)
        decoder.end_utt()
        text, words = _text(decoder), _words(decoder, 0.0)
        self._idle.put(decoder)
        return Recognised(text=text, words=words, segments=(Segment(text=text),) if text else ())

    def open_stream(self, sample_rate_hz: int, language: str | None) -> PocketSphinxStream:
        return PocketSphinxStream(self._decoder(), self._idle, sample_rate_hz, self.settings.update_interval_s)

    def _decoder(self) -> Any:
        try:
            decoder = self._idle.get_nowait()
        except Empty:
            return self._new()
        # Without this, the cepstral mean of the last speaker leaks into the next recording.
        decoder.reinit_feat()
        return decoder


class PocketSphinxStream:
    """One stream. PocketSphinx does not cut segments, so a final comes when asked for."""

    def __init__(self, decoder: Any, idle: SimpleQueue[Any], sample_rate_hz: int, interval_s: float) -> None:
        self._decoder, self._idle = decoder, idle
        self._resampler = StreamResampler(sample_rate_hz, _MODEL_HZ)
        self._interval_s, self._pending_s = interval_s, 0.0
        self._start_s, self._heard_s = 0.0, 0.0
        self._told = ""
        decoder.start_utt()

    def accept(self, samples: Samples) -> Sequence[Event]:
        self._process(self._resampler.push(samples))
        if self._pending_s < self._interval_s:
            return ()
        self._pending_s = 0.0
        text = _text(self._decoder)
        if text == self._told:
            return ()
        self._told = text
        return (Event(t_s=0.0, kind="partial", text=text, start_s=self._start_s, end_s=self._heard_s),)

    def finalize(self) -> Sequence[Event]:
        event = self._final(is_last=False)
        self._start_s, self._told = self._heard_s, ""
        self._decoder.start_utt()
        return (event,)

    def finish(self) -> Sequence[Event]:
        self._process(self._resampler.push(_NOTHING, last=True))
        event = self._final(is_last=True)
        self._idle.put(self._decoder)
        return (event,)

    def _process(self, samples: Samples) -> None:
        if len(samples):
            self._decoder.process_raw(to_pcm16(samples))
        self._pending_s += len(samples) / _MODEL_HZ
        self._heard_s += len(samples) / _MODEL_HZ

    def _final(self, *, is_last: bool) -> Event:
        self._decoder.end_utt()
        return Event(
            t_s=0.0,
            kind="final",
            text=_text(self._decoder),
            start_s=self._start_s,
            end_s=self._heard_s,
            words=_words(self._decoder, self._start_s),
            is_last=is_last,
        )


def _text(decoder: Any) -> str:
    hypothesis = decoder.hyp()
    return "" if hypothesis is None else str(hypothesis.hypstr)


def _words(decoder: Any, offset_s: float) -> tuple[Word, ...] | None:
    if decoder.hyp() is None:
        return None
    return tuple(
        Word(
            text=segment.word.partition("(")[0],  # "the(2)" is the second pronunciation of "the"
            start_s=offset_s + segment.start_frame * _FRAME_S,
            end_s=offset_s + (segment.end_frame + 1) * _FRAME_S,
        )
        for segment in decoder.seg()
        if not segment.word.startswith(("<", "["))
    )
