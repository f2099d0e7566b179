"""whisper.cpp breaks its text into lines, one a segment, each with a blank before it."""

from __future__ import annotations

from typing import Any


def text(message: Any) -> str | None:
    """The text on one line."""
    said = message.get("text") if isinstance(message, dict) else None
    return " ".join(said.split()) if isinstance(said, str) else None
