"""What is asked: a condition, a call, a trial. Values only."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any

from bench.types.basic import Mode, Params


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One audio step by registered name, with its parameters as effective."""

    name: str
    params: Params = field(default_factory=dict)
    version: int = 1
    """Of what the step does: raised where the same parameters make other audio."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestSpec:
    """What a condition changes in the call rather than in the audio."""

    sample_rate_hz: int | None = None
    """Wire rate; audio is resampled to it. `None`: whatever rate the audio steps left."""
    declared_sample_rate_hz: int | None = None
    """Rate declared to the engine when it is to differ from the truth (fault injection only)."""
    encoding: str = "linear16"
    """linear16 | linear32 | mulaw | alaw | opus."""
    container: str = "wav"
    """Batch only: wav | flac | raw."""
    chunk_bytes: int | None = None
    """Stream only; `None`: the engine's default."""
    keywords: str | tuple[str, ...] | None = None
    """`corpus` | `utterance` | a path | a list of terms; `None`: no terms are sent (the control)."""
    keyword_boost: float = 1.0
    max_keywords: int = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One recording, encoded and ready to send, with what the request must say about it."""

    audio: bytes
    """Batch: the whole file in its container. Stream: raw encoded samples without a header."""
    content_type: str
    encoding: str
    sample_rate_hz: int
    """The rate to declare, which a condition that injects faults makes differ from the truth."""
    duration_s: float
    language: str | None
    """As the corpus says; an engine's own `language` parameter wins."""
    keywords: tuple[tuple[str, float], ...] = ()
    """Terms with their boost."""
    audio_url: str | None = None
    """Batch only: a public address of the same audio, for engines that fetch it themselves."""
    chunk_bytes: int | None = None
    """Stream only; `None`: the engine's default."""
    chunks: tuple[bytes, ...] | None = None
    """Stream only: ready-made packets for encodings that cannot be cut anywhere (opus); they are of
    equal duration and are sent in place of `audio`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Condition:
    """What happens to the audio, and to the request, before it is sent."""

    id: str
    steps: tuple[Step, ...] = ()
    request: RequestSpec = field(default_factory=RequestSpec)
    seed: int = 0

    def identity(self) -> dict[str, Any]:
        """All that it does, for digests. A first version is not named, as it was not before there were any."""
        content: dict[str, Any] = asdict(self)
        content["steps"] = [
            {key: value for key, value in step.items() if key != "version" or value != 1} for step in content["steps"]
        ]
        return content


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """One utterance under one condition on one engine in one mode, once."""

    id: str
    """Digest of audio, condition, engine, mode and repeat."""
    utterance_id: str
    """The utterance's key."""
    condition_id: str
    engine_id: str
    mode: Mode
    repeat: int = 0
