"""Numbers in Han characters to digits, in text whose punctuation is gone.

Characters that are numerals are parts of other words as often. So only this is a number: numerals with a unit among
them that have a value, three or more digits in a row, two with a zero or before the word for a year, and a single
numeral before a declared counter or after a declared word (第). A single numeral becomes one unit as before, so that
where the guess is wrong no error gets cheaper or dearer. `三四个` (three or four) stays.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

import regex

from bench.scoring.text.normalize.numerals import Numerals, NumeralStep, load_numerals, number, sequence

_UNSPACED = r"\p{Han}\p{Hiragana}\p{Katakana}ー"
_SPACE = regex.compile(rf"(?<=[{_UNSPACED}]) +(?=[{_UNSPACED}0-9])|(?<=[0-9]) +(?=[{_UNSPACED}])")
"""But not between digits: those are two numbers."""
_DIGIT = re.compile("[0-9]")


def han_step(declared: Mapping[str, Any]) -> NumeralStep:
    """A text step that leaves text without numerals and digits untouched."""
    reader = _Reader(declared)

    def step(text: str) -> str:
        if not reader.some.search(text):
            return text
        return " ".join(reader.pattern.sub(reader.convert, _SPACE.sub("", text)).split())

    return step


class _Reader:
    """The rules of one language as patterns."""

    def __init__(self, declared: Mapping[str, Any]) -> None:
        self.numerals = load_numerals(declared)
        self.short: Mapping[str, str] = declared.get("short", {})
        self.some = re.compile(_class(["0-9", *_characters(self.numerals), *self.short]))
        digit = _numeral([*_characters(self.numerals), *self.short], declared.get("words", {}))
        points = _any(self.numerals.points)
        kept = "|".join(declared["kept"].split())
        self.pattern = re.compile(f"(?:{kept})|(?P<run>{digit}+(?:{points}{digit}+)?)")
        self.counted = re.compile(f"{_any(declared['counters'].split())}|{_any(declared['ranges'])}{digit}")
        self.year = re.compile(_any(declared["years"]))
        self.after = tuple(declared["after"])
        self.vague = tuple(declared["vague"])

    def convert(self, match: re.Match[str]) -> str:
        """A kept word or a run of numerals, as it shall be written."""
        run = match["run"]
        if run is None:
            return match.group()
        run = "".join(self.short.get(char, char) for char in run)
        before, text = match.string[: match.start()], match.string
        digits = self._single(run) if len(run) == 1 else number(run, self.numerals)
        if digits is None or not self._is_number(run, before, text, match.end()):
            return match.group()
        return f" {digits} "

    def _single(self, run: str) -> str | None:
        """`百` alone is a hundred where a number must stand: 百分之百."""
        return str(self.numerals.units[run]) if run in self.numerals.units else number(run, self.numerals)

    def _is_number(self, run: str, before: str, text: str, end: int) -> bool:
        if _DIGIT.search(run):
            return True
        if before.endswith(self.after):
            return True
        if before.endswith(self.vague):
            return False
        if len(run) == 1:
            bare = run in self.numerals.digits or run in self.numerals.bare
            return bare and self.counted.match(text, end) is not None
        digits = sequence(run, self.numerals)
        if digits is None or len(digits) > 2 or "0" in digits:
            return True
        return not _is_about(digits) and self.year.match(text, end) is not None


def _is_about(digits: str) -> bool:
    """`七八年` is seven or eight years, `三五年` three to five."""
    return int(digits[1]) - int(digits[0]) == 1 or digits == "35"


def _characters(numerals: Numerals) -> list[str]:
    return [*numerals.digits, *numerals.units]


def _class(chars: list[str]) -> str:
    return f"[{''.join(chars)}]"


def _any(words: Sequence[str]) -> str:
    return f"(?:{'|'.join(map(re.escape, words))})"


def _numeral(chars: list[str], words: Mapping[str, str]) -> str:
    """One numeral; a character that begins another word with what follows (`一起`) is none there."""
    guarded = [f"{char}(?![{followers}])" for char, followers in words.items() if char in chars]
    plain = [char for char in chars if char not in words]
    return f"(?:{'|'.join([_class(['0-9', *plain]), *guarded])})"
