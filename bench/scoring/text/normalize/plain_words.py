"""Most words of most texts are read by themselves: letters, whatever stands around them. Each such word is read once.
So is each group of the others (`groups`).

A shortcut for the text steps of a profile: what it reads, they read the same.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from itertools import chain
from typing import Any

from bench.scoring.text.normalize.characters import APOSTROPHES
from bench.scoring.text.normalize.groups import group_reader, meaningful

_REMEMBERED, _LONGEST = 1 << 14, 32
_INNER_MARKS, _LAST_MARKS = ".,;!?।॥…،؛؟۔", ".!?।॥…؟۔"
"""Marks that may end a word; a dot inside a text may belong to an abbreviation, see `_dotted`."""
_OPENING, _CLOSING = '"“”„«»(¿¡', '"”“»«)'
"""Quotes around a word, which become blanks; read as they stand, with the marks before them."""
_JOINTS = "-'’\u200c"
"""May stand inside a word."""
_SPELLED = 2
"""So many single capitals in a text are words; more may be an acronym, letter by letter."""
_DOT_OR_BLANK = re.compile(r"[.\s]+")
_ACROSS_WORDS = ("letters", "word_endings", "word_beginnings", "lower")
"""Rules whose keys may hold a space."""

Read = Callable[[str], Sequence[str]]
"""From a text to its words, as the text steps read it."""
_Words = tuple[str, ...] | None
"""`None`: the word is not read by itself."""
_ReadWord = Callable[[str], _Words]


def _kind(char: str) -> str:
    return unicodedata.category(char)[0]


def _dotted(rules: Mapping[str, Any]) -> Callable[[str], bool]:
    """Whether a word with a dot behind it may be an abbreviation, or a part of one."""
    keys = [*rules.get("closing", ()), *rules.get("letter_names", "").split()]
    keys += [key for name in ("abbreviations", "numbered") for key in rules.get(name, ())]
    parts = {_folded(part) for key in keys for part in _DOT_OR_BLANK.split(key)}
    return lambda word: sum(_kind(char) == "L" for char in word) < 2 or _folded(word) in parts


def _folded(word: str) -> str:
    return word.lower().replace("\u0307", "").replace("ı", "i")


def _core_test(rules: Mapping[str, Any]) -> Callable[[str], bool]:
    """Whether what stands around such letters never matters, as it does to Roman numerals and hesitations."""
    fillers = {filler.upper() for filler in rules.get("fillers", ())}
    roman: Mapping[str, Any] = rules.get("roman", {})
    numerals = frozenset("IVX" if roman else "")

    def is_core(core: str) -> bool:
        letters = (
            0 < len(core) <= _LONGEST
            and all(char in _JOINTS or (_kind(char) in "LM" and char not in APOSTROPHES) for char in core)
            and _kind(core[0]) == "L"
            and _kind(core[-1]) in "LM"
        )
        if not letters or core in fillers or ("suffixes" in roman and core[0] in numerals):
            return False
        return not numerals.issuperset(core) or (core == "I" and "ahead" not in roman)

    return is_core


def _with_groups(rules: Mapping[str, Any], read: Read) -> Callable[[str, Sequence[_Words]], list[str] | None]:
    """Reads the words that are not plain, with those beside them that may be meant with them: `$5 million`."""
    read_group, knows, closing = group_reader(rules, read), meaningful(rules), tuple(rules.get("closing", ()))
    if read_group is None:
        return lambda text, parts: None

    @lru_cache(maxsize=_REMEMBERED)
    def joins(word: str, read_as: Sequence[str]) -> bool:
        return any(map(knows, (word.strip(_OPENING + _CLOSING + _INNER_MARKS).lower(), *read_as)))

    def words(text: str, parts: Sequence[_Words]) -> list[str] | None:
        split = text.split()
        if " ".join(split) != text or text.isupper() or any([word.lower().endswith(closing) for word in split]):
            return None
        read_words: list[str] = []
        taken, count = 0, len(split)
        for index, part in enumerate(parts):
            if part is not None or index < taken:
                continue
            first, end = index, index + 1
            while first > taken and joins(split[first - 1], parts[first - 1] or ()):
                first -= 1
            while end < count and ((following := parts[end]) is None or joins(split[end], following)):
                end += 1
            group = read_group(split[first:end], split[first - 1] if first else "", split[end] if end < count else "")
            if group is None:
                return None
            read_words += chain.from_iterable(parts[taken:first])  # type: ignore[arg-type]
            read_words += group
            taken = end
        return [*read_words, *chain.from_iterable(parts[taken:])]  # type: ignore[arg-type]

    return words


def _word_readers(rules: Mapping[str, Any], read: Read, capitals: set[str]) -> tuple[_ReadWord, _ReadWord]:
    """Functions from a word inside a text, and at its end, to its words; single capitals are added to `capitals`."""
    closing, is_core, dotted = tuple(rules.get("closing", ())), _core_test(rules), _dotted(rules)

    def is_plain(word: str, marks: str) -> bool:
        closed = word.lstrip(_OPENING).rstrip(_CLOSING)
        bare = closed[:-1] if closed[-1:] and closed[-1] in marks else closed
        core = bare.rstrip(_CLOSING)
        if len(core) == 1 and core != core.lower():
            capitals.add(word)
        return is_core(core) and (marks is _LAST_MARKS or not closed.endswith(".") or not dotted(core))

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

    return inside, last


def plain_reader(rules: Mapping[str, Any], read: Read) -> Callable[[str], list[str] | None] | None:
    """A function from a text to its words as `read` gives them, `None` where it is not made of plain words and groups.

    `None` for languages whose words hang together: those without spaces, and those with rules for two words.
    """
    if any(" " in key for name in _ACROSS_WORDS for key in rules.get(name, ())):
        return None
    capitals, groups = set[str](), _with_groups(rules, read)
    inside, last = _word_readers(rules, read, capitals)

    def words(text: str) -> list[str] | None:
        split = text.split()
        if not split:
            return None
        ending = split.pop()
        parts = [*map(inside, split), last(ending)]
        if not capitals.isdisjoint(split) and sum(map(capitals.__contains__, split)) >= _SPELLED:
            return None
        if None in parts:
            return groups(text, parts)
        return [*chain.from_iterable(parts)]  # type: ignore[arg-type]

    return words
