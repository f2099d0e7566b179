"""What the emulator asks of a recogniser: whole recordings, and streams that report what they hear.

The server turns what is heard into Pulse's messages; a recogniser knows nothing of the protocol.
"""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol, TypeAlias

from bench.engines.base import Samples
from bench.types import Word


@dataclass(frozen=True, slots=True, kw_only=True)
class HeardSpeech:
    """The words of the open segment so far. Segments are the recogniser's own; the server may cut finer."""

    words: tuple[Word, ...]
    final: bool = False


Emit: TypeAlias = Callable[[HeardSpeech], Coroutine[Any, Any, None]]


class RecognizerSession(Protocol):
    """One stream. Instants are `clock.now_s()`; methods never block the event loop."""

    async def accept(self, samples: Samples, arrived_s: float) -> None:
        """Take mono float32 samples that arrived at an instant; may wait when too many are unheard."""

    async def finalize(self, arrived_s: float) -> HeardSpeech:
        """End the open segment: its final, which may have no words."""

    async def finish(self, arrived_s: float) -> HeardSpeech:
        """End the stream: the last final, which may have no words."""

    async def abort(self) -> None:
        """Give up: the client has gone."""


class Recognizer(Protocol):
    """Something that hears speech, or pretends to."""

    endpoints_itself: bool
    """Whether it ends segments on silence; else the server's energy detector does."""

    async def transcribe(
        self, samples: Samples, sample_rate_hz: int, language: str | None, arrived_s: float
    ) -> tuple[Word, ...]:
        """A whole recording whose last byte arrived at an instant."""

    async def labels(self, samples: Samples) -> Mapping[str, str]:
        """What it claims of a whole recording: emotion, age, gender, language; empty: it hears none."""

    def open(self, sample_rate_hz: int, language: str | None, emit: Emit) -> RecognizerSession: ...

    def close(self) -> None:
        """Free threads and models."""


def spread(texts: Sequence[str], start_s: float, end_s: float) -> tuple[Word, ...]:
    """Words given equal shares of a stretch of time, for recognisers that give no word times."""
    step_s = max(0.0, end_s - start_s) / max(1, len(texts))
    return tuple(
        Word(text=text, start_s=start_s + k * step_s, end_s=start_s + (k + 1) * step_s, confidence=1.0)
        for k, text in enumerate(texts)
    )
