"""Whether a text lets a private passage be read, however it is written there. Pure.

Digits count in every script, as numbers that the normaliser reads, and digit by digit in the language of the recording,
English, Hindi and Chinese characters, whatever stands between them; half of them in a row, four at least, can be read.
Anything else is read by its words, without case and accents, or letter by letter.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import TypeAlias

import regex

from bench.scoring.tally import Heard
from bench.scoring.text.normalize.data import resolve
from bench.scoring.text.normalize.number_tables import load_table
from bench.types import Passage, Utterance

CARDS = frozenset({"card_number", "credit_card", "card", "pan"})
CVVS = frozenset({"cvv", "cvc", "security_code"})
PLACEHOLDER = re.compile(
    r"\[[A-Z][A-Z0-9 ]*(?:_[A-Z0-9]+)*\]|<[A-Z][A-Z0-9_]*>|(?<!\*)\*{3,}(?!\*)|(?<!#)#{3,}(?!#)|\bX{4,}\b"
)
"""`[FIRSTNAME_1]`, `<CREDIT_CARD>`, `****`, `####`: how vendors hide."""

_FEWEST_DIGITS = 4
_FEWEST_OF_CHANCE = 8
"""Digits of a number that are no chance where many digits stand: in ids, moments, counts."""
_FEWEST_LETTERS = 3
_DIGIT_WORDS = {
    **{"zero": "0", "one": "1", "two": "2", "three": "3", "four": "4", "five": "5", "six": "6", "seven": "7"},
    **{"eight": "8", "nine": "9", "oh": "0", "o": "0"},
    **{"शून्य": "0", "एक": "1", "दो": "2", "तीन": "3", "चार": "4", "पांच": "5", "पाँच": "5", "छह": "6", "छः": "6"},
    **{"सात": "7", "आठ": "8", "नौ": "9"},
}
_MANY = {"double": 2, "triple": 3, "treble": 3}
_BETWEEN = {"dash", "hyphen", "minus", "space", "slash", "stroke", "dot", "point", "डैश"}
"""What is said between groups of digits."""
_HAN = dict(zip("零〇一二三四五六七八九", "00123456789", strict=True))
_TOKEN = regex.compile(r"\p{Nd}+|[\p{L}\p{M}]+")
_LETTERS = regex.compile(r"[\p{L}\p{M}]+")
_IDENTIFIER = re.compile(r"(?=.*[A-Za-z])(?=.*\d)[!-~]{16,}", re.ASCII)
_ACCENTS = re.compile(r"[\u0300-\u036f]")
_HIDDEN = " \N{BLACK SQUARE} "
_Words: TypeAlias = tuple[str, ...]


def is_identifier(text: str) -> bool:
    """Whether it looks like an id, a moment or an address, some of whose digits are chance."""
    return _IDENTIFIER.fullmatch(text) is not None


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What a reader makes of a text."""

    runs: frozenset[str]
    """Digits in a row."""
    words: tuple[_Words, ...]
    """Its words by the normaliser, and its letters between all that is none."""
    spelled: str
    """Letters that stand alone, runs of them between spaces."""
    compact: str
    """Its letters and digits."""


def read(text: str, heard: Heard) -> Reading:
    """A text without its placeholders."""
    shown = PLACEHOLDER.sub(_HIDDEN, text)
    parts = shown.split(_HIDDEN)
    words = [heard.words(part) for part in parts]
    letters, spelled = _folded_letters(shown), digit_words(heard.utterance)
    return Reading(
        runs=frozenset(run for part in (*parts, *map(" ".join, words)) for run in digits_of(part, spelled)),
        words=(tuple(word for part in words for word in (*part, _HIDDEN)), letters),
        spelled="".join(letter if len(letter) == 1 else " " for letter in letters),
        compact=_compact(shown),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class SoughtPassage:
    """A private passage as it is looked for."""

    kind: str
    digits: str
    forms: tuple[_Words, ...]
    """In words, of what is more than digits; of the normaliser and of letters."""
    compact: tuple[str, ...]

    def is_in(self, reading: Reading) -> bool:
        """Whether it can be read."""
        if self.digits and self.kind in CVVS:
            return self.digits in reading.runs
        if len(self.digits) >= _FEWEST_DIGITS and self._is_half_in(reading.runs):
            return True
        return any(_contains(words, form) for words in reading.words for form in self.forms) or any(
            len(form) >= _FEWEST_LETTERS and form in reading.spelled for form in map("".join, self.forms)
        )

    def is_whole_in(self, reading: Reading) -> bool:
        """Whether all of it stands where some of it would be chance."""
        if any(len(form) >= _FEWEST_OF_CHANCE and form in reading.compact for form in self.compact):
            return True
        return len(self.digits) >= _FEWEST_OF_CHANCE and any(self.digits in run for run in reading.runs)

    def _is_half_in(self, runs: frozenset[str]) -> bool:
        enough = max(_FEWEST_DIGITS, -(-len(self.digits) // 2))
        parts = {self.digits[at : at + enough] for at in range(len(self.digits) - enough + 1)}
        return any(part in run for run in runs if len(run) >= enough for part in parts)


def wanted(passage: Passage, heard: Heard) -> SoughtPassage:
    """A passage in every accepted form."""
    forms = (passage.text, *passage.forms)
    spelled = digit_words(heard.utterance)
    digits = ("".join(digits_of(text, spelled)) for form in forms for text in (form, " ".join(heard.words(form))))
    is_number = not any(_LETTERS.search(form) for form in forms)
    most = max(digits, key=len)
    worded = [] if is_number and len(most) >= _FEWEST_DIGITS else list(_worded(forms, heard))
    return SoughtPassage(kind=passage.kind, digits=most, forms=tuple(worded), compact=tuple(map(_compact, forms)))


def _worded(forms: Sequence[str], heard: Heard) -> Iterator[_Words]:
    for form in forms:
        normalised, letters = tuple(heard.words(form)), _folded_letters(form)
        if normalised:
            yield normalised
        if letters and not re.search(r"\d", form):
            yield letters


def _contains(words: Sequence[str], form: Sequence[str]) -> bool:
    return any(words[at : at + len(form)] == form for at in range(len(words) - len(form) + 1))


def _folded_letters(text: str) -> _Words:
    """Runs of letters, without case and accents: `José's` is `jose` and `s`."""
    plain = _ACCENTS.sub("", unicodedata.normalize("NFKD", text.casefold()))
    return tuple(_LETTERS.findall(unicodedata.normalize("NFC", plain)))


def _compact(text: str) -> str:
    return "".join(char for char in text.casefold() if char.isalnum())


def digit_words(utterance: Utterance) -> Mapping[str, str]:
    """How digits are called where this is said."""
    return _digit_words(frozenset({utterance.language, *(passage.kind for passage in utterance.languages)}))


@cache
def _digit_words(languages: frozenset[str]) -> Mapping[str, str]:
    called = dict(_DIGIT_WORDS)
    for language in languages:
        table = load_table(resolve(language))
        called |= {word: f"{value}" for word, value in table.cardinals.items() if value < 10} if table else {}
    return called


def digits_of(text: str, called: Mapping[str, str] = _DIGIT_WORDS) -> list[str]:
    """Runs of digits in a row, whatever separates or spells them: `4111-11 one one O` is `41111110`."""
    runs, run, times = [], "", 1
    for token in _TOKEN.findall(text):
        lower = token.casefold()
        if lower in _MANY:
            times = _MANY[lower]
            continue
        value = _digits(lower, called)
        if value:
            run, times = run + value * times, 1
        elif run and lower not in _BETWEEN:
            runs.append(run)
            run, times = "", 1
    return [*runs, run] if run else runs


def _digits(token: str, called: Mapping[str, str]) -> str:
    if token.isdecimal():
        return "".join(str(unicodedata.digit(char)) for char in token)
    if all(char in _HAN for char in token):
        return "".join(map(_HAN.__getitem__, token))
    return called.get(token, "")
