"""Google's results follow each other, each with its own leading blank; none at all means that nothing was heard."""

from __future__ import annotations

from typing import Any

from bench.engines.dialect.paths import at
from bench.engines.reading import objects_of, text_of


def whole(message: Any) -> str | None:
    """The text of all results."""
    if not isinstance(message, dict) or "error" in message:
        return None
    if "results" not in message and "metadata" not in message:
        return None
    texts = [text_of(at(result, "alternatives[0].transcript")) or "" for result in objects_of(message.get("results"))]
    return "".join(texts).strip()


def words(message: Any) -> list[dict[str, Any]]:
    """The words of all results; a confidence of 0 stands for none."""
    results = objects_of(message.get("results")) if isinstance(message, dict) else []
    return [
        {name: value for name, value in word.items() if name != "confidence" or value}
        for result in results
        for word in objects_of(at(result, "alternatives[0].words"))
    ]
