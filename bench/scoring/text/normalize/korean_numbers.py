"""Korean numbers in Hangul to digits, in text whose punctuation is gone: Sino-Korean (이십오) and native (스물다섯).

Their syllables are parts of other words and endings as often. So only this is a number, at the beginning of a word: one
of three syllables or more up to the end of the word, a particle or a counter; a shorter one before a counter only, with
nothing but particles after that. Single digits stay, but for those declared before a counter.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from bench.scoring.text.normalize.numerals import NumeralStep, load_numerals, number, quantity, sequence

_DIGIT = re.compile("[0-9]")


def korean_step(declared: Mapping[str, Any]) -> NumeralStep:
    """A text step; its tables are compiled once."""
    reader = _Reader(declared)

    def step(text: str) -> str:
        text = reader.pattern.sub(reader.convert, reader.loose.sub("", " ".join(text.split())))
        return " ".join(text.split())

    return step


class _Reader:
    """The rules of the language as patterns."""

    def __init__(self, declared: Mapping[str, Any]) -> None:
        self.numerals = load_numerals(declared)
        self.natives = dict(_natives(declared["natives"]))
        self.single = frozenset(declared["single"])
        self.month, self.day = declared["dates"]
        counters = _any(declared["counters"].split())
        particles = rf"(?:{_any(declared['particles'].split())}){{0,3}}(?!\S)"
        self.counted = re.compile(rf" ?{counters}{particles}")
        self.ended = re.compile(rf"{particles}| ?{counters}")
        some = "[0-9" + "".join([*self.numerals.digits, *self.numerals.units]) + "]"
        units = "[" + "".join(char for char, unit in self.numerals.units.items() if unit >= 100) + "]"
        self.loose = re.compile(rf"(?<=[0-9]) (?={units}(?: |{some}|{counters}|(?!\S)))")
        self.goes_on = re.compile("[0-9" + "".join(self.numerals.units) + "]")
        unit_only = "[" + "".join(set(self.numerals.units) - set(declared["particles"].split())) + "]"
        native = self._native(declared["native_counters"].split(), particles)
        hundreds, point = f"(?P<hundreds>{some}*{units}(?: {some}*{units})*)? ?", _any(self.numerals.points)
        run = f"(?P<run>{some}+(?:(?<={units}) {some}{{2,}})*(?:{point}{some}+| {point} {some}+)?)"
        self.pattern = re.compile(
            rf"(?<!\S)(?:(?:{'|'.join(declared['kept'].split())})(?!{unit_only})|"
            rf"(?P<before>(?:{_any(declared['after'])})?)(?:{hundreds}{native}|{run}))"
        )

    def _native(self, counters: Sequence[str], particles: str) -> str:
        """Before a counter any of them; three syllables or more up to the end of the word too."""
        words = sorted(self.natives, key=len, reverse=True)
        long = [word for word in words if len(word.replace(" ", "")) > 2]
        return rf"(?P<native>{_any(words)}(?= ?{_any(counters)}{particles})|{_any(long)}(?={particles}))"

    def convert(self, match: re.Match[str]) -> str:
        """A kept word, or a number at the beginning of a word, as it shall be written."""
        if match["native"] is not None:
            return self._with_native(match)
        if match["run"] is None:
            return match.group()
        begin, run = match.start("run"), match["run"]
        dated = match.string[:begin].rstrip().endswith(self.month)
        for size in range(len(run), 0, -1):
            digits = number(run[:size].replace(" ", ""), self.numerals)
            if digits is not None and self._is_number(run[:size], match.string, begin + size, dated=dated):
                return f"{match['before']} {digits} {run[size:]}"
        return match.group()

    def _with_native(self, match: re.Match[str]) -> str:
        """`백스물다섯`: only the last two digits of a number are native."""
        hundreds = quantity(match["hundreds"].replace(" ", ""), self.numerals) if match["hundreds"] else 0
        if hundreds is None:
            return match.group()
        return f"{match['before']} {hundreds + self.natives[match['native']]} "

    def _is_number(self, head: str, text: str, end: int, *, dated: bool) -> bool:
        syllables = head.replace(" ", "")
        if self.goes_on.match(text, end):
            return False
        if syllables.isascii():
            return True
        if dated and (text.startswith(self.day, end) or syllables.endswith(self.day)):
            return text.startswith(self.day, end)  # 오월 이십일 is the 20th, not 21
        if len(syllables) == 1:
            counted = syllables in self.single or text.startswith(self.month, end)
            return counted and self.counted.match(text, end) is not None
        long = _DIGIT.search(syllables) is not None or len(syllables) >= 3
        if sequence(syllables, self.numerals) is not None:  # a telephone number: 공일공
            return len(syllables) > 3 or (long and syllables[0] in "영공" and self.ended.match(text, end) is not None)
        return (self.ended if long else self.counted).match(text, end) is not None


def _natives(declared: Mapping[str, Mapping[int, str]]) -> Iterator[tuple[str, int]]:
    """Every native number below a hundred, in all its forms."""
    ones = [(word, value) for value, words in declared["ones"].items() for word in words.split()]
    tens = [(word, value) for value, words in declared["tens"].items() for word in words.split()]
    yield from ones + tens
    yield from ((f"{ten}{gap}{unit}", high + low) for ten, high in tens for unit, low in ones for gap in ("", " "))


def _any(words: Sequence[str]) -> str:
    return f"(?:{'|'.join(map(re.escape, words))})"
