"""Character classes: one table decides what every code point becomes. Marks (M*) and letters are never removed."""

from __future__ import annotations

import unicodedata

APOSTROPHES = "’ʼ‘`´′＇ʹ‛"
"""What people type where `'` is meant, U+02BC (a letter in Unicode, used for Ukrainian and Breton) among them."""


class BaseTable(dict[int, int | str | None]):
    """For `str.translate`: digits of every script to ASCII; punctuation, symbols and separators to a space;
    controls and format characters away; letters and marks as they are. Filled as code points are met.
    """

    def __init__(self, keep: str = "'") -> None:
        super().__init__({ord(char): char for char in keep})

    def __missing__(self, code: int) -> int | str | None:
        self[code] = value = _replacement(chr(code))
        return value


def _replacement(char: str) -> str | None:
    category = unicodedata.category(char)
    if category == "Nd":
        return str(unicodedata.digit(char))
    if category[0] in "PSZ" or char in "\t\n\r\v\f\x85\u200b":
        return " "
    if category in {"Cf", "Cc"}:
        return None
    return char


def trim_apostrophes(text: str) -> str:
    """Apostrophes stay inside a word only; the space-separated words otherwise as they were."""
    if "'" not in text:
        return text
    return " ".join(word.strip("'") for word in text.split())
