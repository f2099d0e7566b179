"""Rev.ai gives elements: words, and marks and blanks between them, which are put together as they are."""

from __future__ import annotations

from typing import Any

from bench.engines.reading import objects_of, text_of


def final(message: Any) -> str | None:
    """The text of a final's elements."""
    return _joined(message) if isinstance(message, dict) and isinstance(message.get("elements"), list) else None


def whole(message: Any) -> str | None:
    """The text of a transcript's monologues."""
    if not isinstance(message, dict) or not isinstance(message.get("monologues"), list):
        return None
    return " ".join(_joined(monologue).strip() for monologue in objects_of(message["monologues"])).strip()


def words(message: Any) -> list[dict[str, Any]]:
    """The words of all monologues, with the speaker of each."""
    monologues = objects_of(message.get("monologues")) if isinstance(message, dict) else []
    return [
        {**element, "speaker": monologue.get("speaker")}
        for monologue in monologues
        for element in objects_of(monologue.get("elements"))
        if element.get("type") == "text"
    ]


def _joined(part: dict[str, Any]) -> str:
    return "".join(text_of(element.get("value")) or "" for element in objects_of(part.get("elements")))
