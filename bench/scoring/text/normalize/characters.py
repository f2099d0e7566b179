"""Character classes: one table decides what every code point becomes. Marks (M*) and letters are never removed."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from itertools import chain
from typing import TypeVar

_Part = TypeVar("_Part")
_KNOWN_WORDS, _LONGEST_WORD = 1 << 14, 32

APOSTROPHES = "’ʼ‘`´′＇ʹ‛ʻʽ՚"
"""What people type where `'` is meant, U+02BC and U+02BB (letters in Unicode: Ukrainian, Breton, Uzbek) among them."""
DECORATION = "\u0640\u055b\u055c\u055e"
"""Written inside a word and part of no word: Arabic tatweel, Armenian marks of emphasis, exclamation and question."""

_OTHER_DIGITS = re.compile(r"(?![0-9])\d")


class BaseTable(dict[int, int | str | None]):
    """For `str.translate`: digits of every script to ASCII; punctuation, symbols and separators to a space;
    controls and format characters away; letters and marks as they are. Filled as code points are met.
    """

    def __init__(self, *, apostrophe: str = "'", spoken: Mapping[str, str] | None = None) -> None:
        super().__init__({ord(char): apostrophe for char in "'" + APOSTROPHES})
        self.update({ord(sign): word for sign, word in (spoken or {}).items()})

    def __missing__(self, code: int) -> int | str | None:
        self[code] = value = _replacement(chr(code))
        return value


def _replacement(char: str) -> str | None:
    category = unicodedata.category(char)
    if char in DECORATION:
        return None
    if category == "Nd":
        return str(unicodedata.digit(char))
    if category[0] in "PSZ" or char in "\t\n\r\v\f\x1c\x1d\x1e\x1f\x85\u200b":
        return " "
    return None if category in {"Cf", "Cc"} else char


def digits_to_ascii(text: str) -> str:
    """Decimal digits of every script as 0-9."""
    return _OTHER_DIGITS.sub(lambda match: str(unicodedata.digit(match.group())), text)


def by_word(parts_of: Callable[[str], Sequence[_Part]]) -> Callable[[str], list[_Part]]:
    """The parts of all words of a text in order; those of words met before are remembered.

    Words of scripts without spaces are whole sentences, and are not.
    """
    remembered = lru_cache(maxsize=_KNOWN_WORDS)(parts_of)

    def parts(text: str) -> list[_Part]:
        words = text.split()
        known = max(map(len, words), default=0) <= _LONGEST_WORD
        return list(chain.from_iterable(map(remembered if known else parts_of, words)))

    return parts


def trim_apostrophes(text: str, *, keep_final: bool = False) -> str:
    """Apostrophes stay inside a word only; with `keep_final` (Maltese ta') also at the end of an unquoted one."""
    if "'" not in text:
        return text
    return " ".join(_trimmed(word, keep_final) for word in text.split())


def _trimmed(word: str, keep_final: bool) -> str:
    core = word.strip("'")
    return f"{core}'" if keep_final and core and word.endswith("'") and not word.startswith("'") else core
