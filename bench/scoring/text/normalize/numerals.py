"""Numbers written without spaces, one character for each digit and unit: Han (二百五) and Sino-Korean (이백오) alike.

Digits with units between them have a value (二十五 is 25); digits alone are a sequence (二〇二四 is 2024, 零五 is 05).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from bench.scoring.text.normalize import data

NumeralStep = Callable[[str], str]
MYRIAD = 10_000
_PARTS = re.compile(r"[0-9]+|.")
_LONGEST = 15
"""Written digits in one number; longer ones are no quantity."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Numerals:
    """The characters of one language."""

    digits: Mapping[str, int]
    units: Mapping[str, int]
    """Ten, hundred, thousand, and what multiplies everything before it: myriads and their powers."""
    bare: frozenset[str]
    """Units that stand without a digit for one of them: 十 in Chinese, 百 and 千 in Japanese too."""
    points: tuple[str, ...]
    """Characters for the decimal mark; the first of them is written."""
    elided: bool
    """一百二 is 120, not 102."""


def declared_numerals(code: str) -> Mapping[str, Any]:
    """What a language declares about its numerals, on top of the language it names in `like`; empty where nothing."""
    own: Mapping[str, Any] = data.rules(code).get("numerals", {})
    return {**declared_numerals(own["like"]), **own} if "like" in own else own


def load_numerals(declared: Mapping[str, Any]) -> Numerals:
    """The characters, from `declared_numerals`."""
    return Numerals(
        digits={char: value for value, chars in declared["digits"].items() for char in chars},
        units={char: value for value, chars in declared["units"].items() for char in chars},
        bare=frozenset(declared["bare"]),
        points=tuple(declared["points"]),
        elided=declared.get("elided", False),
    )


def sequence(run: str, numerals: Numerals) -> str | None:
    """Digits one by one, leading zeros kept; `None` if there is anything else among them."""
    digits = "".join(str(numerals.digits.get(char, char)) for char in run)
    return digits if digits.isdecimal() else None


def quantity(run: str, numerals: Numerals) -> int | None:
    """The value of digits (of any kind) with units between them; `None` if they make none."""
    reader = _Reader(numerals)
    return reader.result() if all(map(reader.take, _PARTS.findall(run))) else None


def number(run: str, numerals: Numerals) -> str | None:
    """A sequence, a quantity, or either with decimals, in digits; the mark is written as the language's first."""
    mark = next((point for point in numerals.points if point in run), None)
    if mark is None:
        value = quantity(run, numerals)
        return sequence(run, numerals) or (None if value is None else str(value))
    before, after = run.split(mark, 1)
    scale = numerals.units.get(after[-1:], 0)
    part = sequence(after[:-1], numerals) if scale >= MYRIAD else None
    whole = number(before, numerals)
    if whole is not None and part is not None:  # 三点五万 is 35000
        scaled = Fraction(f"{whole}.{part}") * scale
        return str(scaled) if scaled.denominator == 1 else None
    rest = number(after, numerals)
    return None if whole is None or rest is None else f"{whole} {numerals.points[0]} {rest}"


class _Reader:
    """Reads one quantity from left to right: `total` of closed myriads, and the `section` below the next one."""

    def __init__(self, numerals: Numerals) -> None:
        self.numerals = numerals
        self.total, self.section = 0, 0
        self.pending: int | None = None
        self.below, self.myriad = MYRIAD, 0
        self.last_unit, self.dangling = 0, True

    def take(self, part: str) -> bool:
        """Takes a run of written digits or one character. Whether it fits after what came before."""
        if part in self.numerals.units:
            taken = self._unit(part, self.numerals.units[part])
            self.last_unit, self.pending, self.dangling = self.numerals.units[part], None, False
            return taken
        if self.pending is not None or len(part) > _LONGEST:
            return False
        digit = self.numerals.digits.get(part)
        if digit is None and not part.isdecimal():
            return False
        value = int(part) if digit is None else digit
        if value == 0:  # 一百零五: only between others
            fits, self.last_unit, self.dangling = not self.dangling, 0, True
            return fits
        self.pending, self.dangling = value, False
        return True

    def _unit(self, char: str, unit: int) -> bool:
        if unit >= MYRIAD:
            return self._close(char, unit)
        count = self.pending if self.pending is not None else int(char in self.numerals.bare)
        fits = 0 < count < 10 and unit < self.below
        self.section, self.below = self.section + count * unit, unit
        return fits

    def _close(self, char: str, unit: int) -> bool:
        if self.pending is not None and self.pending >= self.below < MYRIAD:
            return False
        self.section += self.pending or 0
        if self.myriad and unit > self.myriad:  # 一万五千亿: all that was read so far is multiplied
            self.total = (self.total + self.section) * unit
        else:
            count = self.section or int(char in self.numerals.bare and not self.myriad)
            if count == 0 or unit == self.myriad:
                return False
            self.total += count * unit
        self.section, self.below, self.myriad = 0, MYRIAD, unit
        return True

    def result(self) -> int | None:
        """The value; `None` if nothing was read, or the number breaks off, or its end does not fit."""
        if self.dangling:
            return None
        end = self.pending or 0
        room = self.below if self.below < MYRIAD or not self.myriad else self.myriad
        if self.total + self.section and end >= room:
            return None
        if self.numerals.elided and self.last_unit >= 100 and 0 < end < 10:
            end *= self.last_unit // 10
        return self.total + self.section + end
