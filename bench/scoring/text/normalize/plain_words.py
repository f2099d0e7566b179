"""Most words of most texts are read by themselves: letters, whatever stands around them. Each such word is read once.

A shortcut for the text steps of a profile: what it reads, they read the same.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from itertools import chain
from typing import Any

from bench.scoring.text.normalize.characters import APOSTROPHES

_REMEMBERED, _LONGEST = 1 << 14, 32
_INNER_MARKS, _LAST_MARKS = ",;!?।॥…", ".!?।॥…"
"""Marks that may end a word; a dot inside a text may belong to an abbreviation."""
_JOINTS = "-'’"
"""May stand inside a word."""
_ACROSS_WORDS = ("letters", "word_endings", "word_beginnings", "lower")
"""Rules whose keys may hold a space."""

Read = Callable[[str], Sequence[str]]
"""From a text to its words, as the text steps read it."""
_Words = tuple[str, ...] | None
"""`None`: the word is not read by itself."""


def _kind(char: str) -> str:
    return unicodedata.category(char)[0]


def plain_reader(rules: Mapping[str, Any], read: Read) -> Callable[[str], list[str] | None] | None:
    """A function from a text to its words as `read` gives them, `None` where it is not made of plain words alone.

    `None` for languages whose words hang together: those without spaces, and those with rules for two words.
    """
    if any(" " in key for name in _ACROSS_WORDS for key in rules.get(name, ())):
        return None
    closing = tuple(rules.get("closing", ()))
    numerals = "IVX" if "suffixes" in rules.get("roman", {}) else ""

    def is_plain(word: str, marks: str) -> bool:
        core = word[:-1] if word[-1] in marks else word
        return (
            0 < len(core) <= _LONGEST
            and all(char in _JOINTS or (_kind(char) in "LM" and char not in APOSTROPHES) for char in core)
            and _kind(core[0]) == "L"
            and _kind(core[-1]) in "LM"
            and core[1:] == core[1:].lower()
            and (core == core.lower() or (len(core) > 1 and core[0] not in numerals))
        )

    @lru_cache(maxsize=_REMEMBERED)
    def inside(word: str) -> _Words:
        if not is_plain(word, _INNER_MARKS):
            return None
        two, one = tuple(read(f"{word} {word}")), tuple(read(word))
        apart = one and two[-len(one) :] == one and len(two) - 2 * len(one) in {0, 1}
        return two[: -len(one)] if apart else None

    @lru_cache(maxsize=_REMEMBERED)
    def last(word: str) -> _Words:
        return tuple(read(word)) if is_plain(word, _LAST_MARKS) and not word.lower().endswith(closing) else None

    def words(text: str) -> list[str] | None:
        split = text.split()
        if not split or (ending := last(split.pop())) is None:
            return None
        parts = list(map(inside, split))
        return None if None in parts else [*chain.from_iterable(parts), *ending]  # type: ignore[arg-type]

    return words
