"""What an aligner is. It hears a recording, knows what was said in it, and says when."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol, TypeAlias

from bench.audio import Samples

Span: TypeAlias = tuple[float, float]
"""Begin and end of a word, in seconds from the start of the recording."""


class Aligner(Protocol):
    """Holds what it has loaded; may be slow to make and block."""

    id: str
    """`name@version`, stored beside all it made. An aligner by a recogniser is called `recognizer:ENGINE`."""
    languages: tuple[str, ...] | None
    """Primary subtags that it knows (`en`); `None`: any."""

    def spans(
        self, samples: Samples, sample_rate_hz: int, words: Sequence[str], language: str
    ) -> Sequence[Span | None]:
        """When each word was spoken, in order; `None` where it was not found: a time is never guessed.

        Args:
            samples: mono float32 in -1..1, shape (n,).
            sample_rate_hz: their rate; any.
            words: as written, with case and punctuation; at least one.
            language: BCP-47.
        """


def engine_of(aligner_id: str) -> str:
    """The engine whose models an aligner uses, as far as its id tells: times it made may favour that engine."""
    return aligner_id.partition("@")[0].rpartition(":")[2]
