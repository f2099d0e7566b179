"""Amounts of money with their smaller unit: `four dollars eighty-five`, `4 dollars and 85 cents`, `$4.85` are one.

Runs on tokens whose numbers are in digits. An amount is written as its decimal with the currency's plural; one below
1 as so many of the smaller unit.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from bench.scoring.text.normalize.inflection import Counted
from bench.scoring.text.normalize.number_tables import counted_words
from bench.scoring.text.normalize.written_marks import AFTER_DIGITS, BARRIER, POINT

_AMOUNT = re.compile(rf"\d+(?:{POINT}\d+)?")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Currency:
    """Forms of the currency's name and of its hundredth; the second empty where there is none."""

    names: Sequence[str]
    cents: Sequence[str]


def price_step(rules: Mapping[str, Any], counted: Counted) -> Callable[[list[str]], list[str]] | None:
    """A token step; `None` where no currency is declared."""
    cents: Mapping[str, Sequence[str]] = rules.get("cents", {})
    currencies: dict[str, _Currency] = {}
    for sign, names in rules.get("currency", {}).items():
        for name in names:
            if not (name in currencies and currencies[name].cents):
                currencies[name] = _Currency(names=names, cents=cents.get(sign, ()))
    if not currencies:
        return None
    ands, ones = (frozenset(rules.get(key, ())) for key in ("price_and", "price_one"))
    reader = _Reader(currencies, ands, ones, counted_words(rules), counted)
    names, of = frozenset(currencies), frozenset(rules.get("price_of", ()))

    def step(tokens: list[str]) -> list[str]:
        if names.isdisjoint(tokens) or min(tokens) >= AFTER_DIGITS:
            return tokens
        return reader.read(_without_of(tokens, names, of))

    return step


def _without_of(tokens: Sequence[str], names: frozenset[str], of: frozenset[str]) -> Sequence[str]:
    """`5000000 de euros`, five million of them, as `5000000 euros`."""
    if of.isdisjoint(tokens):
        return tokens
    around = zip(["", *tokens], tokens, [*tokens[1:], ""], strict=False)
    return [
        token
        for before, token, after in around
        if not (token in of and after in names and before.isdecimal() and before.endswith("00000"))
    ]


class _Reader:
    def __init__(
        self,
        currencies: Mapping[str, _Currency],
        ands: frozenset[str],
        ones: frozenset[str],
        things: frozenset[str],
        counted: Counted,
    ) -> None:
        self.currencies, self.ands, self.ones, self.things, self.counted = currencies, ands, ones, things, counted

    def read(self, tokens: Sequence[str]) -> list[str]:
        out: list[str] = []
        position = 0
        while position < len(tokens):
            following = tokens[position + 1] if position + 1 < len(tokens) else ""
            is_one = tokens[position] in self.ones
            if following in self.currencies and (is_one or _AMOUNT.fullmatch(tokens[position])):
                taken, amount = self._amount(tokens, position, self.currencies[following])
                out += amount or tokens[position : position + taken]
                position += taken
            else:
                out.append(tokens[position])
                position += 1
        return out

    def _amount(self, tokens: Sequence[str], position: int, currency: _Currency) -> tuple[int, list[str]]:
        """How many tokens are one amount, and how it is written; empty: as it stands."""
        is_one = tokens[position] in self.ones
        whole, _, part = ("1", "", "") if is_one else tokens[position].partition(POINT)
        taken = 2
        if not part:
            more, part = self._cents(tokens, position + 2, currency)
            taken += more
        if len(part) != 2:
            return taken, []
        if part == "00":
            return taken, [whole, self.counted(currency.names, whole)]
        if not whole.strip("0") and currency.cents:
            number = str(int(part))
            return taken, [number, self.counted(currency.cents, number)]
        return taken, [f"{whole}{POINT}{part}", currency.names[-1]]

    def _cents(self, tokens: Sequence[str], position: int, currency: _Currency) -> tuple[int, str]:
        """What follows a currency's name: `and 85 cents`, `85 cents`, `85`."""
        linked = position < len(tokens) and tokens[position] in self.ands
        rest = [*tokens[position + linked : position + linked + 2], "", ""]
        number, name = rest[0], rest[1]
        if not number.isdecimal() or len(number) > 2 or not int(number):
            return 0, ""
        if name in currency.cents:
            return linked + 2, number.zfill(2)
        alone = len(number) == 2 and number[0] != "0" and (not linked or name in {"", BARRIER})
        if alone and name not in self.things and not _AMOUNT.fullmatch(name):
            return linked + 1, number
        return 0, ""
