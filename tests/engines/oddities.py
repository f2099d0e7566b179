"""Streams that vendors may well send and seldom do: (engine, frames after the end was sent, close code, text)."""

from typing import Any

TOLD_WHOLE: list[tuple[str, list[Any], int | None, str]] = [
    ("mistral", [{"type": "transcription.done", "text": "made up"}], None, "made up"),
    (
        "mistral",
        [
            {"type": "transcription.text.delta", "text": "made"},
            {"type": "transcription.done", "text": "made"},
            {"type": "transcription.text.delta", "text": " up"},
            {"type": "transcription.done", "text": "made up"},
        ],
        None,
        "made up",
    ),
]
"""No deltas, or the whole session's text told again at the end."""
