"""Soniox tells tokens, which are parts of words; words are put together from them."""

from __future__ import annotations

from typing import Any

from bench.engines.accumulate import Token, words_of_tokens
from bench.engines.reading import number_of, objects_of, text_of
from bench.types import Word


def words(message: Any) -> list[Word]:
    """The words of a whole transcript's tokens."""
    entries = objects_of(message.get("tokens")) if isinstance(message, dict) else []
    tokens = [
        Token(
            text=text_of(entry.get("text")) or "",
            is_final=True,
            start_s=_seconds(entry.get("start_ms")),
            end_s=_seconds(entry.get("end_ms")),
            confidence=number_of(entry.get("confidence")),
            speaker=text_of(entry.get("speaker")),
        )
        for entry in entries
    ]
    return list(words_of_tokens(tokens))


def _seconds(milliseconds: Any) -> float | None:
    number = number_of(milliseconds)
    return None if number is None else number / 1000
