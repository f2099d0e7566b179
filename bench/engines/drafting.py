"""Transcripts by a recogniser on this machine, to begin references with."""

from __future__ import annotations

from collections.abc import Callable

from bench.audio import Audio, resample
from bench.engines import ENGINES
from bench.engines.base import LocalEngine
from bench.errors import ConfigError, Problem, UsageError

_RATE_HZ = 16_000


def drafter(engine: str, language: str) -> Callable[[Audio], str]:
    """A function that transcribes by a local engine with its default settings.

    Raises:
        UsageError: if it is no local engine, or cannot be made without settings.
    """
    factory = ENGINES.load(engine)
    try:
        recogniser = factory.create(factory.Settings(), {})
    except ConfigError as error:
        raise UsageError(*error.at(f"--draft {engine}")) from error
    if not isinstance(recogniser, LocalEngine):
        local = ", ".join(name for name in ("moonshine", "pocketsphinx", "whisper") if name in ENGINES)
        raise UsageError(Problem(f"--draft {engine}", f"a local engine ({local})", "one that needs a network"))

    def draft(recording: Audio) -> str:
        fitted = resample(recording, _RATE_HZ)
        return recogniser.transcribe(fitted.samples, fitted.sample_rate_hz, language).text

    return draft
