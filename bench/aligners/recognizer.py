"""Word times by a recogniser: what it heard is aligned with the reference, and words that match take over its times.

Misheard words stay without, so what is left leans towards words that this recogniser finds easy.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from bench.aligners.base import Span
from bench.audio import Samples
from bench.config import SpecModel, validated
from bench.drivers.local import transcribe
from bench.engines import ENGINES
from bench.engines.base import LocalEngine
from bench.errors import Problem, UsageError
from bench.scoring.text.align import align
from bench.scoring.text.normalize import get_normalizer
from bench.types import Transcript, Word

_NORMALIZER = "earwitness"


class RecognizerAlignerSettings(SpecModel):
    """Settings of the aligner `recognizer`."""

    engine: str
    """A local engine that gives word times."""
    settings: Mapping[str, Any] = {}
    """The engine's own."""


class RecognizerAligner:
    """What a local engine heard, and when, as far as it matches the reference; one loaded engine."""

    Settings = RecognizerAlignerSettings
    languages: tuple[str, ...] | None = None

    def __init__(self, name: str, engine: LocalEngine) -> None:
        self.id = f"recognizer:{name}@{engine.version}"
        self._name, self._engine = name, engine
        self._normalizer = get_normalizer(_NORMALIZER)

    @classmethod
    def create(cls, settings: RecognizerAlignerSettings) -> RecognizerAligner:
        factory = ENGINES.load(settings.engine)
        chosen = validated(factory.Settings, settings.settings, f"aligner recognizer: settings of {settings.engine}")
        names = factory.secret_names(chosen)
        engine = None if names else factory.create(chosen, {})
        if not isinstance(engine, LocalEngine):
            raise UsageError(Problem("aligner recognizer", "a local engine", f"{settings.engine}, which is remote"))
        return cls(settings.engine, engine)

    def spans(
        self, samples: Samples, sample_rate_hz: int, words: Sequence[str], language: str
    ) -> Sequence[Span | None]:
        outcome = transcribe(self._engine, samples, sample_rate_hz, language)
        if not isinstance(outcome, Transcript):
            return [None] * len(words)
        heard = outcome.recognised.words or ()
        if outcome.text and not any(word.end_s is not None for word in heard):
            raise UsageError(
                Problem(
                    "aligner recognizer",
                    "an engine that gives word times",
                    f"{self._name}, which gave none",
                    "name another, or turn its word times on (whisper: word_timestamps)",
                )
            )
        return matched_spans(
            [self._normalizer.words(word, language) for word in words],
            [(self._normalizer.words(word.text, language), word) for word in heard],
        )


def matched_spans(reference: Sequence[Sequence[str]], heard: Sequence[tuple[Sequence[str], Word]]) -> list[Span | None]:
    """Spans of the reference's words, each given as its normalised tokens, by the words heard, given likewise.

    A word has a span if all its tokens are equal to tokens heard, in a minimal-edit alignment of the whole.
    """
    tokens = [token for parts in reference for token in parts]
    sources = [(token, word) for parts, word in heard for token in parts]
    matched: dict[int, Word] = {}
    for edit in align(tokens, [token for token, _ in sources]):
        if edit.op == "equal":
            matched |= {
                edit.ref_start + n: sources[edit.hyp_start + n][1] for n in range(edit.ref_end - edit.ref_start)
            }
    spans: list[Span | None] = []
    start = 0
    for parts in reference:
        own = [matched[index] for index in range(start, start + len(parts)) if index in matched]
        spans.append(_span(own) if own and len(own) == len(parts) else None)
        start += len(parts)
    return spans


def _span(words: Sequence[Word]) -> Span | None:
    start_s, end_s = words[0].start_s, words[-1].end_s
    return None if start_s is None or end_s is None else (start_s, end_s)
