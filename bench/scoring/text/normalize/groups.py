"""Parts of a text that the text steps read as a whole: numbers, signs and abbreviations, with what they take in.

What stands around such a group is plain words, and what is read of it does not depend on which. Each group is read
once, between words that mean nothing.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Any

import regex

from bench.scoring.text.normalize.money import CODES
from bench.scoring.text.normalize.number_tables import load_table

_REMEMBERED, _LONGEST = 1 << 15, 8
Read = Callable[[str], Sequence[str]]
_Group = tuple[str, ...] | None
"""`None`: it is not read by itself."""
_NEUTRAL = {"Latn": "wub", "Cyrl": "жуб", "Grek": "φυβ", "Deva": "ढञझ", "Beng": "ঢঞঝ", "Guru": "ਢਞਝ", "Gujr": "ઢઞઝ"}
_NEUTRAL |= {"Orya": "ଢଞଝ", "Taml": "ஞஙஷ", "Telu": "ఢఞఝ", "Knda": "ಢಞಝ", "Mlym": "ഢഞഝ", "Arab": "ظغض", "Hebr": "טגז"}
_NEUTRAL |= {"Armn": "ժժժ"}
"""By script a word that means nothing: what the text steps make of it is itself."""
_LETTERS = regex.compile(r"[\p{L}\p{M}]+")
_ESCAPED, _ONE_OF = re.compile(r"\\[a-zA-Z]"), re.compile(r"\[[^]]+\]")
_OF_TEXT_STEPS = (
    "abbreviations",
    "cents",
    "closing",
    "currency",
    "hyphenated",
    "numbered",
    "roman",
    "symbols",
    "units",
)
_INNER = re.compile(r"\\\.|(?<=[^\W\d_])\[[^]]+\]\w*")
"""What a pattern allows behind the beginning of a word, and dots within one."""
_OF_PATTERNS = re.compile(r"[\[(\\]")
_WITHIN_WORDS = ("ordinal_suffixes", "group", "decimal")


def meaningful(rules: Mapping[str, Any]) -> Callable[[str], bool]:
    """Whether a word in small letters may be a part of a group: the text steps of the language know it.

    Those of the rules for writing are parts of patterns, and stand for all words that begin so.
    """
    table = load_table(rules["code"])
    scales = set() if table is None else set(table.multipliers)
    scales |= {short for short, word in rules.get("words", {}).items() if word in scales}
    listed = [
        *scales,
        *CODES.values(),
        rules.get("letter_names", ""),
        *(rules.get(name, "") for name in _OF_TEXT_STEPS),
    ]
    known = {word for each in listed for text in _strings(each) for word in _LETTERS.findall(text.lower())}
    written = {name: value for name, value in rules.get("written", {}).items() if name not in _WITHIN_WORDS}
    patterns = (
        _ESCAPED.sub(" ", _INNER.sub("", each.lower())) for each in _strings([*written.values()]) if _reaches_out(each)
    )
    one_by_one = (_ONE_OF.sub(lambda match: " ".join(match.group()), pattern) for pattern in patterns)
    begins = tuple({word for pattern in one_by_one for word in _LETTERS.findall(pattern)})
    return lambda word: word in known or word.startswith(begins)


def _reaches_out(pattern: str) -> bool:
    """Whether a pattern, or a word, may be met beside another word: what matches no blank is met within one."""
    return _OF_PATTERNS.search(pattern) is None or " " in pattern or r"\s" in pattern


def _strings(declared: object) -> Iterator[str]:
    """All texts within what is declared, however deep."""
    if isinstance(declared, str):
        yield declared
    elif isinstance(declared, Mapping):
        yield from _strings([*declared.keys(), *declared.values()])
    elif isinstance(declared, Sequence):
        for each in declared:
            yield from _strings(each)


def group_reader(rules: Mapping[str, Any], read: Read) -> Callable[[Sequence[str], str, str], _Group] | None:
    """A function from the words of a group, and those before and behind it, to its words as `read` gives them.

    `None` where no word of the language's script is known to mean nothing.
    """
    script = next(iter(rules.get("scripts", ())), "")
    neutral, knows = _NEUTRAL.get(script, ""), meaningful(rules)
    if not neutral or knows(neutral) or list(read(neutral)) != [neutral]:
        return None

    neutrals = frozenset([neutral])

    @lru_cache(maxsize=_REMEMBERED)
    def between(group: str, before: str, behind: str) -> _Group:
        words = tuple(read(" ".join(filter(None, (before, group, behind)))))
        around = words[: bool(before)] + words[len(words) - bool(behind) :]
        return words[bool(before) : len(words) - bool(behind)] if neutrals.issuperset(around) else None

    def read_group(words: Sequence[str], before: str, behind: str) -> _Group:
        if len(words) > _LONGEST or (behind and not behind[0].isalpha()) or (not before and words[0][0].isupper()):
            return None
        following = neutral if behind[:1].islower() or not behind else neutral.capitalize()
        return between(" ".join(words), before and neutral, behind and following)

    return read_group
