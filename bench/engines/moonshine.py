"""Moonshine (tiny English) as a LocalEngine. The model travels in the wheel; nothing is downloaded.

This wheel has no word-time model, so words have no times.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from dataclasses import replace
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from pydantic import Field

from bench.audio import Audio, StreamResampler, resample
from bench.config import SpecModel
from bench.engines.base import About, Samples
from bench.engines.secrets import Secret
from bench.errors import MissingExtraError
from bench.types import Event, Recognised, Segment

if TYPE_CHECKING:
    from moonshine_voice.moonshine_api import Transcript as MoonshineTranscript
    from moonshine_voice.moonshine_api import TranscriptLine

_MODEL_HZ = 16_000
_FORCE_UPDATE = 1 << 0
"""MOONSHINE_FLAG_FORCE_UPDATE of moonshine-c-api.h."""
_WHOLE_S = 30.0
"""Longest recording that is recognised in one piece. The library's voice activity detector, which cuts longer ones and
every stream, carries state from one recording into the next: with it, answers depend on what was asked before."""


class MoonshineSettings(SpecModel):
    """Settings of the engine `moonshine`."""

    update_interval_s: float = Field(default=1.0, gt=0, le=10)
    """Audio seconds between partials; each costs a decoding of the open segment."""
    speakers: bool = False
    """Whole recordings: say who speaks. They are then cut into lines whatever their length, and take longer."""


class MoonshineEngine:
    """One loaded model. The library's calls are serialised: its thread safety is not documented."""

    Settings = MoonshineSettings
    about = About(title="Moonshine, in this process", modes=("batch", "stream"), proof="runs here")

    def __init__(self, settings: MoonshineSettings) -> None:
        try:
            from moonshine_voice.moonshine_api import ModelArch
            from moonshine_voice.transcriber import Transcriber
            from moonshine_voice.utils import get_model_path
        except ImportError as error:
            raise MissingExtraError("moonshine-voice", "moonshine") from error
        self.settings = settings
        self.version = f"moonshine-voice {version('moonshine-voice')} tiny-en"
        path = Path(get_model_path("tiny-en"))
        options = {"identify_speakers": "true"} if settings.speakers else {}
        self._cutting = Transcriber(path, ModelArch.TINY, options=options)
        self._whole = Transcriber(path, ModelArch.TINY, options={"vad_threshold": "0.0"})
        self._lock = threading.Lock()

    @classmethod
    def secret_names(cls, settings: MoonshineSettings) -> tuple[str, ...]:
        return ()

    @classmethod
    def own_hosts(cls, settings: MoonshineSettings) -> Mapping[str, tuple[str, ...]]:
        return {}

    @classmethod
    def addresses(cls, settings: MoonshineSettings) -> tuple[str, ...]:
        return ()

    @classmethod
    def create(cls, settings: MoonshineSettings, secrets: Mapping[str, Secret]) -> MoonshineEngine:
        return cls(settings)

    def transcribe(self, samples: Samples, sample_rate_hz: int, language: str | None) -> Recognised:
        audio = resample(Audio(samples, sample_rate_hz), _MODEL_HZ)
        is_whole = audio.duration_s <= _WHOLE_S and not self.settings.speakers
        transcriber = self._whole if is_whole else self._cutting
        with self._lock:
            transcript = transcriber.transcribe_without_streaming(audio.samples.tolist(), _MODEL_HZ)
        return _recognised(transcript)

    def open_stream(self, sample_rate_hz: int, language: str | None) -> MoonshineStream:
        return MoonshineStream(self._cutting, self._lock, sample_rate_hz, self.settings.update_interval_s)


class MoonshineStream:
    """One stream: a line of Moonshine's transcript is a segment."""

    def __init__(self, transcriber: Any, lock: threading.Lock, sample_rate_hz: int, interval_s: float) -> None:
        self._lock = lock
        # The library resamples each piece by itself, which leaves a seam at every chunk: ours does not.
        self._resampler = StreamResampler(sample_rate_hz, _MODEL_HZ)
        with lock:
            # The interval is ours to keep, so that every update is ours to read.
            self._stream = transcriber.create_stream(update_interval=float("inf"))
            self._stream.start()
        self._interval_s = interval_s
        self._pending_s, self._heard_s = 0.0, 0.0
        self._offset_s = 0.0
        """The library's clock starts again with the stream; ours goes on."""
        self._told: dict[int, str] = {}
        self._done: set[int] = set()

    def accept(self, samples: Samples) -> Sequence[Event]:
        with self._lock:
            self._add(self._resampler.push(samples))
            if self._pending_s < self._interval_s:
                return ()
            self._pending_s = 0.0
            return self._changes(self._stream.update_transcription())

    def finalize(self) -> Sequence[Event]:
        with self._lock:
            events = self._changes(self._flush(), complete=True)
            self._stream.start()
            self._offset_s = self._heard_s
            return events

    def finish(self) -> Sequence[Event]:
        with self._lock:
            self._add(self._resampler.push(np.zeros(0, dtype=np.float32), last=True))
            events = self._changes(self._flush(), complete=True)
            self._stream.close()
        if events and events[-1].kind == "final":
            return (*events[:-1], replace(events[-1], is_last=True))
        return (*events, Event(t_s=0.0, kind="final", is_last=True))

    def _add(self, samples: Samples) -> None:
        if len(samples):
            self._stream.add_audio(samples.tolist(), _MODEL_HZ)
        self._pending_s += len(samples) / _MODEL_HZ
        self._heard_s += len(samples) / _MODEL_HZ

    def _flush(self) -> MoonshineTranscript:
        """Stopping alone does not hear what came after the last update; a forced update does."""
        self._stream.update_transcription(_FORCE_UPDATE)
        return self._stream.stop()

    def _changes(self, transcript: MoonshineTranscript, *, complete: bool = False) -> tuple[Event, ...]:
        events = []
        for line in transcript.lines:
            if line.line_id in self._done:
                continue
            final = line.is_complete or complete
            if not final and self._told.get(line.line_id) == line.text:
                continue
            self._told[line.line_id] = line.text
            if final:
                self._done.add(line.line_id)
            events.append(_event(line, "final" if final else "partial", self._offset_s))
        return tuple(events)


def _event(line: TranscriptLine, kind: str, offset_s: float) -> Event:
    return Event(
        t_s=0.0,
        kind=kind,
        text=line.text,
        start_s=offset_s + line.start_time,
        end_s=offset_s + line.start_time + line.duration,
    )


def _recognised(transcript: MoonshineTranscript) -> Recognised:
    lines = [line for line in transcript.lines if line.text]
    return Recognised(
        text=" ".join(line.text for line in lines),
        segments=tuple(
            Segment(
                text=line.text,
                start_s=line.start_time,
                end_s=line.start_time + line.duration,
                speaker=_speaker(line),
            )
            for line in lines
        ),
    )


def _speaker(line: TranscriptLine) -> str | None:
    """Who says most of a line; without word times its text cannot be cut. `None`: not asked for."""
    spans = line.speaker_spans or []
    return str(max(spans, key=lambda span: span.duration).speaker_index) if spans else None
