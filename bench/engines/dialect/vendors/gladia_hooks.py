"""Gladia's words lie in its utterances, which are several."""

from __future__ import annotations

from typing import Any

from bench.engines.dialect.paths import at
from bench.engines.reading import objects_of


def words(message: Any) -> list[dict[str, Any]]:
    """The words of all utterances, in order, with the speaker of each."""
    utterances = objects_of(at(message, "result.transcription.utterances"))
    return [
        {"speaker": utterance.get("speaker"), **word}
        for utterance in utterances
        for word in objects_of(utterance.get("words"))
    ]
