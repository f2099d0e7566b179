"""Amounts of money as they are written, with a sign: `$5 million` -> `5 million dollars`, `45 kr` -> `45 kronor`."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

import regex

from bench.scoring.text.normalize.guards import Guarded, Rewrite, around, begin_behind, end_before
from bench.scoring.text.normalize.inflection import counted_form
from bench.scoring.text.normalize.written_marks import BARRIER, POINT

CODES = {"€": "eur", "$": "usd", "£": "gbp", "₹": "inr", "₽": "rub", "₴": "uah", "₺": "try", "¥": "jpy", "₩": "krw"}
_DIGIT_BEHIND = re.compile(r"\s+\d")
_LOOSE = f".,-–{POINT}"
"""May stand between an amount and its sign."""


def money(rules: Mapping[str, Any], multipliers: Mapping[str, int]) -> list[Guarded]:
    """The sign becomes a word behind its amount; `multipliers` are words for hundred and more."""
    if not rules.get("currency"):
        return []
    amounts = _Amounts(rules, _scales(multipliers, rules.get("words", {})))
    behind = begin_behind([*amounts.known, *amounts.scales], _LOOSE)
    return [
        Guarded(amounts.sign_first, applies=end_before(amounts.known, ".")),
        Guarded(amounts.sign_last, applies=behind),
    ]


def _scales(multipliers: Mapping[str, int], words: Mapping[str, str]) -> dict[str, str]:
    """Words for a thousand and more, and their abbreviations, with their patterns: `Mrd.`."""
    known = {word: re.escape(word) for word, value in multipliers.items() if value >= 1000}
    return known | {short: rf"{re.escape(short)}\.?" for short, word in words.items() if word in known}


class _Amounts:
    """Rewrites of one language's amounts. Patterns hold the signs that stand at a number only: few texts have two."""

    def __init__(self, rules: Mapping[str, Any], scales: Mapping[str, str]) -> None:
        self.rules, self.scales = rules, scales
        self.mark: str = rules.get("written", {}).get("decimal", ".")
        self.known = _signs_of(rules["currency"])
        self._sizes, self._lengths = tuple(scales), sorted({len(sign) for sign in self.known})
        self._before, self._after = cache(self._before_amount), cache(self._after_amount)

    def sign_first(self, text: str) -> str:
        """`$5`; what comes behind are no cents of it: `$5 10` is not `$5.10`."""
        fronts = [piece.rstrip().rstrip(".") for piece in around(text)[:-1]]
        ends = {front[-length:] for front in fronts for length in self._lengths}
        return self._before(tuple([sign for sign in self.known if sign in ends]))(text)

    def sign_last(self, text: str) -> str:
        """`5 €`, `5 million €`."""
        backs = [piece.lstrip().lstrip(_LOOSE).lstrip() for piece in around(text)[1:]]
        scaled = any([back.startswith(self._sizes) for back in backs])
        starts = {back[:length] for back in backs for length in self._lengths}
        return self._after(tuple([sign for sign in self.known if scaled or sign in starts]), scaled)(text)

    def _amount(self, *, scaled: bool = True) -> str:
        decimal, scales = re.escape(self.mark), "|".join(self.scales.values())
        cents = r"[.,](?=\d\d(?!\d))"  # with two digits behind it either mark is a decimal one here
        scale = rf"(?P<scale>\s?(?:{scales})(?![\p{{L}}\p{{M}}\p{{N}}]))?" if scaled and scales else "(?P<scale>)"
        return rf"(?P<whole>\d+(?!\d))(?:(?:{cents}|{decimal}|{POINT})(?P<part>\d+|[-–](?!\d)))?{scale}"

    def _before_amount(self, signs: Sequence[str]) -> Rewrite:
        behind_amounts = self.mark == ","  # 12 € 50, where the sign comes behind
        leading = "|".join(_leading(sign, behind_amounts) for sign in signs)
        pattern = regex.compile(rf"(?P<sign>{leading})\s?{self._amount()}")

        def spoken(match: regex.Match[str]) -> str:
            alone = _DIGIT_BEHIND.match(match.string, match.end())
            return f"{self._spoken(match)}{BARRIER} " if alone else self._spoken(match)

        return lambda text: pattern.sub(spoken, text)

    def _after_amount(self, signs: Sequence[str], scaled: bool) -> Rewrite:
        amount = rf"(?<!\d){self._amount(scaled=scaled)}\s?(?P<sign>{'|'.join(map(_sign, signs))})"
        pattern = regex.compile(amount) if r"\p" in amount else re.compile(amount)
        return lambda text: pattern.sub(self._spoken, text)

    def _spoken(self, match: re.Match[str] | regex.Match[str]) -> str:
        names, whole, part = self.known[match["sign"].rstrip(".")], match["whole"], match["part"]
        size = match["scale"] or ""
        part = None if not size and part is not None and not part.strip("0-–") and len(part) < 3 else part
        mark = POINT if POINT in match.group() else self.mark
        number = whole if part is None else f"{whole}{mark}{part}"
        return f" {number}{size} {names[-1] if size else counted_form(self.rules, names, number)} "


def _signs_of(currency: Mapping[str, Sequence[str]]) -> dict[str, Sequence[str]]:
    """Signs and codes of currencies with their names, the longest first."""
    names_of = {name for names in currency.values() for name in names}
    codes = {CODES[sign]: names for sign, names in currency.items() if sign in CODES}
    known = {**{code: names for code, names in codes.items() if code not in names_of}, **currency}
    return {sign: known[sign] for sign in sorted(known, key=len, reverse=True)}


def _sign(sign: str) -> str:
    """A sign as a pattern; one of letters is a word, with or without its dot."""
    pattern = re.escape(sign)
    if not sign[-1].isalpha() and unicodedata.category(sign[-1])[0] != "M":
        return pattern
    return rf"(?<![\p{{L}}\p{{M}}]){pattern}\.?(?![\p{{L}}\p{{M}}])"


def _leading(sign: str, behind_amounts: bool) -> str:
    """A sign in front of an amount; one of letters behind another number belongs to that: `12 lei 35`."""
    return rf"(?<!\d)(?<!\d\s){_sign(sign)}" if behind_amounts or sign[-1].isalpha() else _sign(sign)
