"""Sarvam's phrases come as three lists side by side."""

from __future__ import annotations

from typing import Any


def phrases(message: Any) -> list[dict[str, Any]]:
    """Phrases with their times; lists of unequal length are cut to the shortest."""
    times = message.get("timestamps") if isinstance(message, dict) else None
    lists = [times.get(name) if isinstance(times, dict) else None for name in _LISTS]
    if not all(isinstance(entries, list) for entries in lists):
        return []
    return [
        {"text": text, "start": start, "end": end}
        for text, start, end in zip(*(entries or [] for entries in lists), strict=False)
    ]


_LISTS = ("words", "start_time_seconds", "end_time_seconds")
