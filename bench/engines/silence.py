"""A baseline for ends of turns: declares one after so much quiet, by energy alone, and recognises no word.

Whatever detects ends of turns should do better than it at the same share of turns cut short; run it at several
`end_after_ms` (configs/studies/end-of-turn.yaml).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from pydantic import Field

from bench.audio.energy import THRESHOLD_DBFS, SpeechDetector
from bench.config import SpecModel
from bench.engines.base import About, Samples
from bench.engines.secrets import Secret
from bench.types import Event, Recognised


class SilenceSettings(SpecModel):
    """Settings of the engine `silence`."""

    end_after_ms: float = Field(default=800, ge=20, le=60_000)
    """Quiet after which a turn has ended."""
    threshold_dbfs: float = Field(default=THRESHOLD_DBFS, ge=-100, le=0)
    """What is louder, over 20 ms, is speech."""


class SilenceEngine:
    """Nothing to load; every stream has a detector of its own."""

    Settings = SilenceSettings
    about = About(title="Energy alone: ends of turns, no words", modes=("stream",), proof="runs here")

    def __init__(self, settings: SilenceSettings) -> None:
        self.settings = settings
        self.version = "silence 1"

    @classmethod
    def secret_names(cls, settings: SilenceSettings) -> tuple[str, ...]:
        return ()

    @classmethod
    def own_hosts(cls, settings: SilenceSettings) -> Mapping[str, tuple[str, ...]]:
        return {}

    @classmethod
    def addresses(cls, settings: SilenceSettings) -> tuple[str, ...]:
        return ()

    @classmethod
    def create(cls, settings: SilenceSettings, secrets: Mapping[str, Secret]) -> SilenceEngine:
        return cls(settings)

    @classmethod
    def common_settings(cls, common: Mapping[str, object]) -> dict[str, object]:
        return {"end_after_ms": common["endpointing_ms"]} if "endpointing_ms" in common else {}

    def transcribe(self, samples: Samples, sample_rate_hz: int, language: str | None) -> Recognised:
        return Recognised(text="")

    def open_stream(self, sample_rate_hz: int, language: str | None) -> SilenceStream:
        return SilenceStream(sample_rate_hz, self.settings)


class SilenceStream:
    """One stream: an event where speech begins, and one where it has ended."""

    def __init__(self, sample_rate_hz: int, settings: SilenceSettings) -> None:
        after_s = settings.end_after_ms / 1000
        self._detector = SpeechDetector(sample_rate_hz, threshold_dbfs=settings.threshold_dbfs, hangover_s=after_s)

    def accept(self, samples: Samples) -> Sequence[Event]:
        changes = self._detector.push(samples)
        return tuple(Event(t_s=0.0, kind="vad", text=what, end_s=at_s) for what, at_s in changes)

    def finalize(self) -> Sequence[Event]:
        return ()

    def finish(self) -> Sequence[Event]:
        return (Event(t_s=0.0, kind="final", is_last=True),)
