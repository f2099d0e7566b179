"""Numbers said in several parts and written as one: telephone digits, decimals, years, as each language says them.

A part joins only where the grammar of the language joins it (`NumberTable`). Parts in digits never do: `2020 500` is
two numbers on both sides of a score.
"""

from __future__ import annotations

from collections.abc import Sequence
from enum import Enum, auto
from itertools import pairwise
from typing import NamedTuple

from bench.scoring.text.normalize.number_words import NumberTable
from bench.scoring.text.normalize.written_marks import BARRIER, KEPT, POINT

ORDINAL = "º"


class Kind(Enum):
    """What a span is."""

    WORD = auto()
    ARTICLE = auto()
    """A form of one that is an article too."""
    SPOKEN = auto()
    WRITTEN = auto()
    ORDINAL = auto()
    POINT = auto()
    """A word for the decimal mark between two numbers."""


class Said(str):
    """A number in digits, as it stands among words, that remembers the words it was read from."""

    words: tuple[str, ...]

    @classmethod
    def of(cls, digits: str, words: Sequence[str]) -> Said:
        said = cls(digits)
        said.words = tuple(words)
        return said


class TokenSpan(NamedTuple):
    """A word, or a number in digits."""

    text: str
    kind: Kind
    first: int = -1
    """The token at which it begins."""

    @property
    def is_digit(self) -> bool:
        """A single digit said as a word."""
        return self.kind is Kind.SPOKEN and len(self.text) == 1


_NONE = TokenSpan("", Kind.WORD)
_DIGITS = (Kind.SPOKEN, Kind.WRITTEN)
_OPEN = (Kind.ARTICLE, Kind.POINT)


def joined(spans: Sequence[TokenSpan], table: NumberTable, before: str = "") -> list[TokenSpan]:
    """The spans, those of one number put together; `before` is the word in front of them."""
    if _stand_apart(spans, table):
        return list(spans)
    out: list[TokenSpan] = []
    position, starting = 0, table.starting
    while position < len(spans):
        span = spans[position]
        if span.kind is Kind.WORD and span.text not in starting:
            out.append(span)
            position += 1
            continue
        taken, text = _number(spans, position, table)
        if taken == 1 and (_at(spans, position - 1).text if position else before) in table.labels:
            taken, text = _label(spans, position)
        number = TokenSpan(text, Kind.SPOKEN, span.first) if taken > 1 else _alone(spans, position, table)
        position += taken
        ending = spans[position].text if position < len(spans) else ""
        if number.kind in _DIGITS and (ending[:1] == KEPT or ending in table.suffixes):
            number = TokenSpan(f"{number.text}{KEPT}{ending.lstrip(KEPT)}", Kind.WORD, number.first)
            position += 1
        out.append(number)
    return out


def _stand_apart(spans: Sequence[TokenSpan], table: NumberTable) -> bool:
    """Whether no number stands beside another one, nor beside a word that may be a part of it."""
    number, starting, suffixes = False, table.starting, table.suffixes
    for text, kind, _ in spans:
        if kind is Kind.WORD:
            if text in starting or (number and (text[:1] == KEPT or text in suffixes)):
                return False
            number = False
        elif number or kind in _OPEN:
            return False
        else:
            number = True
    return True


def _alone(spans: Sequence[TokenSpan], position: int, table: NumberTable) -> TokenSpan:
    """A span that joins nothing; an article before a unit is the number one: `ein Euro` is 1 €."""
    span = spans[position]
    if span.kind is Kind.ARTICLE and _at(spans, position + 1).text in table.units:
        return TokenSpan("1", Kind.SPOKEN, span.first)
    if span.kind is Kind.ARTICLE and _counts_to_ten(spans, position + 1, 2):
        return TokenSpan("1", Kind.SPOKEN, span.first)
    return span


def _at(spans: Sequence[TokenSpan], position: int) -> TokenSpan:
    return spans[position] if 0 <= position < len(spans) else _NONE


def _number(spans: Sequence[TokenSpan], position: int, table: NumberTable) -> tuple[int, str]:
    """How many spans from `position` on are one number, and its digits; one that stays alone: 1."""
    taken, digits = 1, ""
    if _begins_telephone(spans[position]):
        taken, digits = _telephone(spans, position, table)
    if taken == 1:
        taken, digits = _year(spans, position, table)
    if not digits:
        span = spans[position]
        digits = span.text if span.kind in _DIGITS and span.text.isdecimal() else ""
    if digits and _at(spans, position + taken).kind is Kind.POINT:
        more, decimals = _decimals(spans, position + taken + 1, table)
        if more:
            return taken + 1 + more, f"{digits}{POINT}{decimals}"
    return taken, digits


def _begins_telephone(span: TokenSpan) -> bool:
    return span.is_digit or span.kind is Kind.WORD


def _decimals(spans: Sequence[TokenSpan], position: int, table: NumberTable) -> tuple[int, str]:
    """`one four`, `zero five`, `twenty five` behind the decimal mark."""
    taken, digits = 0, ""
    while (span := _at(spans, position + taken)).is_digit or span.kind is Kind.ARTICLE:
        digits += span.text if span.is_digit else "1"
        taken += 1
    after = _at(spans, position + taken)
    if not digits.strip("0") and after.kind in _DIGITS and after.text.isdecimal():
        return taken + 1, digits + after.text
    return taken, digits


def _telephone(spans: Sequence[TokenSpan], position: int, table: NumberTable) -> tuple[int, str]:
    """Digits said one by one: `five oh five`, `double seven`; three or more, or with a word for two or three equal."""
    taken, parts, repeated = 0, 0, False
    digits = ""
    while True:
        span, following = _at(spans, position + taken), _at(spans, position + taken + 1)
        if span.text in table.repeats and (following.is_digit or following.text in table.zeros):
            digits += (following.text if following.is_digit else "0") * table.repeats[span.text]
            repeated, taken = True, taken + 2
        elif span.is_digit or (span.kind is Kind.ARTICLE and parts):
            digits += span.text if span.is_digit else "1"
            taken += 1
        elif span.kind is Kind.WORD and span.text in table.zeros and (parts or _leads(spans, position + taken, table)):
            digits += "0"
            taken += 1
        else:
            break
        parts += 1
    after = _at(spans, position + taken)
    ended = after is _NONE or after.text == BARRIER
    while taken and not ended and spans[position + taken - 1].kind is Kind.ARTICLE:  # `three four a dog`
        taken, parts, digits = taken - 1, parts - 1, digits[:-1]
    if digits and _counts_to_ten(spans, position, int(digits[0])):
        return 1, ""
    if repeated or (parts > 2 and not (table.approximate and _counts_up(digits))):
        return taken, digits
    if table.leading_zero and digits[:1] == "0" and parts == 2:
        return taken, digits
    return 1, ""


def _counts_to_ten(spans: Sequence[TokenSpan], position: int, first: int) -> bool:
    """`seven eight nine ten` is counted aloud: numbers side by side, as in digits."""
    numbers = range(first, 11)
    return all(_at(spans, position + ahead).text == str(number) for ahead, number in enumerate(numbers))


def _leads(spans: Sequence[TokenSpan], position: int, table: NumberTable) -> bool:
    """Whether `oh` begins a number: three digits or more follow, or two and `oh` among them."""
    following = [_at(spans, position + ahead) for ahead in (1, 2, 3)]
    known = [span.is_digit or span.text in table.zeros or span.text in table.repeats for span in following]
    return all(known[:2]) and (known[2] or any(span.text in table.zeros for span in following[:2]))


def _counts_up(digits: str) -> bool:
    """`two three four people` are about three, where a language says so."""
    return len(digits) == 3 and all(int(b) - int(a) == 1 for a, b in pairwise(digits))


def _label(spans: Sequence[TokenSpan], position: int) -> tuple[int, str]:
    """`flight one twelve`: a digit and a number of two digits, both said as words."""
    first, second = spans[position], _at(spans, position + 1)
    if first.is_digit and first.text != "0" and second.kind is Kind.SPOKEN and len(second.text) == 2:
        return 2, first.text + second.text
    return 1, ""


def _year(spans: Sequence[TokenSpan], position: int, table: NumberTable) -> tuple[int, str]:
    """`nineteen eighty`, `twenty oh five`: two halves, but not in front of a unit."""
    first = spans[position]
    if not table.halves or first.kind is not Kind.SPOKEN or len(first.text) != 2:
        return 1, ""
    second, third = _at(spans, position + 1), _at(spans, position + 2)
    if table.zeros and second.text in {"0", *table.zeros} and third.is_digit:
        return 3, f"{first.text}0{third.text}"
    low, high = table.halves
    if low <= int(first.text) <= high and second.kind is Kind.SPOKEN and len(second.text) == 2:
        return (1, "") if third.text in table.units else (2, first.text + second.text)
    return 1, ""
