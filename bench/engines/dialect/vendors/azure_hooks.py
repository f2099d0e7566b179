"""Azure's words lie in its phrases, with the phrase's speaker."""

from __future__ import annotations

from typing import Any

from bench.engines.reading import objects_of


def words(message: Any) -> list[dict[str, Any]]:
    """The words of all phrases, in order."""
    phrases = objects_of(message.get("phrases")) if isinstance(message, dict) else []
    return [
        {**word, "speaker": phrase.get("speaker"), "confidence": phrase.get("confidence")}
        for phrase in phrases
        for word in objects_of(phrase.get("words"))
    ]
