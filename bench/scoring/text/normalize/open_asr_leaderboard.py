"""The English normaliser of the Open ASR Leaderboard, out of the package `whisper-normalizer` and what differs from it.

The leaderboard's rules descend from Whisper's. Tables of words and the rules both share come from the package; what the
leaderboard changes is declared in `open_asr_leaderboard.yaml` or, where it is behaviour, written here. The aim is the
leaderboard's output bit for bit, oddities included: do not improve it. `tools/compare_with_leaderboard.py` checks it.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from fractions import Fraction
from itertools import groupby
from types import ModuleType
from typing import Any

from bench.scoring.text.normalize.data import read_text, read_yaml

_DATA = "open_asr_leaderboard.yaml"
_NUMERIC = re.compile(r"\d+(\.\d+)?")


def declared_differences() -> str:
    """Hex SHA-256 of the declared differences."""
    return hashlib.sha256(read_text(_DATA).encode()).hexdigest()


class LeaderboardNormalizer:
    """From text to text. `english` and `basic` are the modules of `whisper_normalizer`."""

    def __init__(self, english: ModuleType, basic: ModuleType) -> None:
        rules = read_yaml(_DATA)
        whisper = english.EnglishTextNormalizer()
        self.numbers = NumberReader(whisper.standardize_numbers)
        self.clocks = ClockReader(whisper.standardize_numbers, self.numbers)
        self.strip_symbols: Callable[..., str] = basic.remove_symbols_and_diacritics
        self.fillers = re.compile(rf"\b({'|'.join(rules['fillers'])})\b")
        self.contractions = _contractions(whisper.replacers, rules)
        phrases = ((phrase.replace(" ", r"\s+"), word) for phrase, word in rules["joined"].items())
        self.joined = [(re.compile(rf"\b{phrase}\b"), word) for phrase, word in phrases]
        spelling = {**whisper.standardize_spellings.mapping, **rules["spelling"]}
        self.spelling = {word: other for word, other in spelling.items() if other is not None}
        self.names = {variant: name for name, variants in rules["names"].items() for variant in variants}

    def __call__(self, text: str) -> str:
        text = self.numbers(self._words_only(text.lower()))
        words = (self.spelling.get(word, word) for word in text.split())
        text = " ".join(_acronyms([self.names.get(word, word) for word in words]))
        text = re.sub(r"[.$¢€£](?![0-9])", " ", text)
        text = re.sub(r"(?<![0-9])%", " ", text)
        return re.sub(r"\s+", " ", text)

    def _words_only(self, text: str) -> str:
        """Without brackets, hesitations and symbols; contractions spelt out, clock times in figures."""
        text = re.sub(r"[<\[][^>\]]*[>\]]", "", text)
        text = re.sub(r"\(([^)]+?)\)", "", text)
        text = re.sub(r"\s+'", "'", self.fillers.sub("", text))
        text = self.clocks(text)
        for pattern, replacement in self.contractions:
            text = pattern.sub(replacement, text)
        text = re.sub(r"(\d),(\d)", r"\1\2", text)
        text = self.strip_symbols(re.sub(r"\.(?![0-9])", " ", text), keep=".%$¢€£")
        for pattern, word in self.joined:
            text = pattern.sub(word, text)
        return text


def _contractions(whisper: Mapping[str, str], rules: Mapping[str, Any]) -> list[tuple[re.Pattern[str], str]]:
    """Whisper's, in its order, without those kept, and with `'s` limited."""
    kept = {rf"\b{word}\b" for word in rules["kept"]}
    is_after = (rf"\b({'|'.join(rules['is_after'])})'s\b", r"\1 is")
    pairs = (is_after if pattern == r"'s\b" else (pattern, text) for pattern, text in whisper.items())
    return [(re.compile(pattern), text) for pattern, text in pairs if pattern not in kept]


def _acronyms(words: Sequence[str]) -> list[str]:
    """Runs of single letters or digits as one word; with `a` or `i` among them only if they are three or more."""
    out: list[str] = []
    for single, group in groupby(words, lambda word: len(word) == 1 and word.isalnum()):
        run = list(group)
        needed = 3 if {"a", "i"}.intersection(run) else 2
        out += ["".join(run)] if single and len(run) >= needed else run
    return out


class ClockReader:
    """`half past nine` -> `9:30`, `nine o'clock` -> `9:00`, `9:00` -> `9`, in this order."""

    def __init__(self, tables: Any, numbers: Callable[[str], str]) -> None:
        self.numbers = numbers
        units = "|".join(word for word, value in tables.ones.items() if value < 10)
        tens = rf"(?:twenty|thirty|forty|fifty)(?:[\s-]+(?:{units}))?"
        number = rf"(?:[0-9]{{1,2}}|{tens}|{'|'.join(tables.ones)}|zero)"
        amount = rf"(?P<amount>half|(?:a\s+)?quarter|{number}\s+minutes?)"
        clock, begin = r"o\s*['’]?\s*clock", r"(?<![\w.:])"
        self.relative = re.compile(
            rf"{begin}{amount}\s+(?P<relation>past|after|to|before)\s+(?P<hour>{number})(?:\s+{clock})?\b"
        )
        self.full = re.compile(rf"{begin}(?P<hour>{number})\s+{clock}\b")
        self.figures = re.compile(r"(?<![\w:./])([01]?[0-9]|2[0-3]):([0-5][0-9])(?![\w:]|\.[0-9])")

    def __call__(self, text: str) -> str:
        text = self.full.sub(self._full, self.relative.sub(self._relative, text))
        return self.figures.sub(self._figures, text)

    def _number(self, text: str) -> int:
        value = self.numbers(text.replace("-", " ")).strip()
        return 1 if value == "one" else int(value)

    def _relative(self, match: re.Match[str]) -> str:
        hour, amount = self._number(match["hour"]), match["amount"]
        if amount == "half":
            minute = 30
        else:
            minute = 15 if amount.endswith("quarter") else self._number(re.sub(r"\s+minutes?$", "", amount))
        if hour > 23 or minute > 59:
            return match[0]
        if match["relation"] in {"to", "before"} and minute:
            minute = 60 - minute
            hour = (hour - 2) % 12 + 1 if 1 <= hour <= 12 else (hour - 1) % 24
        return f"{hour}:{minute:02d}"

    def _full(self, match: re.Match[str]) -> str:
        hour = self._number(match["hour"])
        return match[0] if hour > 23 else f"{hour}:00"

    @staticmethod
    def _figures(match: re.Match[str]) -> str:
        hour, minute = int(match[1]), int(match[2])
        return f"{hour}:{minute:02d}" if minute else str(hour)


class NumberReader:
    """Spoken numbers to figures. `tables` is Whisper's `EnglishNumberNormalizer`: words, and work on strings."""

    def __init__(self, tables: Any) -> None:
        self.tables = tables

    def __call__(self, text: str) -> str:
        words = self.tables.preprocess(text).split()
        read: str = self.tables.postprocess(" ".join(_Reading(self.tables, words).all()))
        return read


class _Reading:
    """One pass over one text. `value` is the number being read: an `int` that may grow by addition, a `str` that grows
    digit by digit; `prefix` is a sign or currency that the next thing written carries.
    """

    def __init__(self, tables: Any, words: Sequence[str]) -> None:
        self.tables, self.words = tables, words
        self.out: list[str] = []
        self.value: int | str | None = None
        self.prefix = ""
        self.position = 0

    def all(self) -> list[str]:
        while self.position < len(self.words):
            self.position += self._take(self.words[self.position])
        self._flush()
        return self.out

    def _at(self, offset: int) -> str:
        """The word that far from the one being read; empty outside the text."""
        position = self.position + offset
        return self.words[position] if 0 <= position < len(self.words) else ""

    def _write(self, text: str) -> None:
        self.out.append(self.prefix + text)
        self.value, self.prefix = None, ""

    def _flush(self, word: str | None = None) -> None:
        """Writes the number being read, if any, and then the word, if any."""
        if self.value is not None:
            self._write(str(self.value))
        if word is not None:
            self._write(word)

    def _take(self, word: str) -> int:
        """Reads a word, and says how many were used."""
        tables = self.tables
        sign = word[0] if word[0] in tables.prefixes else ""
        if _NUMERIC.fullmatch(word.removeprefix(sign)):
            self._figures(word, sign)
        elif word not in tables.words:
            self._flush(word)
        elif word in tables.zeros:
            self._zero(word)
        elif (amount := tables.ones.get(word) or tables.tens.get(word)) is not None:
            self.value = self._grown(amount)
        elif suffixed := tables.ones_suffixed.get(word) or tables.tens_suffixed.get(word):
            self._write(f"{self._grown(suffixed[0])}{suffixed[1]}")
        elif word in tables.multipliers:
            self.value = self._multiplied(tables.multipliers[word])
        elif word in tables.multipliers_suffixed:
            scale, suffix = tables.multipliers_suffixed[word]
            self._write(f"{self._multiplied(scale)}{suffix}")
        else:
            return self._companion(word)
        return 1

    def _figures(self, word: str, sign: str) -> None:
        if isinstance(self.value, str) and self.value.endswith("."):
            self.value += word
            return
        self._flush()
        self.prefix = sign or self.prefix
        figures = word.removeprefix(sign)
        number = Fraction(figures)
        self.value = number.numerator if number.denominator == 1 else figures

    def _zero(self, word: str) -> None:
        """`oh` is a zero only where digits go on, two of them if none came before."""
        digits_follow = self._is_digit(self._at(1)) and (self.value is not None or self._is_digit(self._at(2)))
        if word == "oh" and not digits_follow:
            self._flush(word)
        else:
            self.value = f"{self.value or ''}0"

    def _is_digit(self, word: str) -> bool:
        tables = self.tables
        return word.isdecimal() or word in tables.zeros or word in tables.ones or word in tables.tens

    def _grown(self, amount: int) -> int | str:
        """The number being read with one to nineteen, or whole tens, said after it."""
        value, before = self.value, self._at(-1)
        if value is None:
            return amount
        if isinstance(value, str) and amount < 10 and before in self.tables.tens:
            return f"{value[:-1]}{amount}"
        if isinstance(value, str) or (amount < 20 and before in self.tables.ones):
            return f"{value}{amount}"
        room = 10 if amount < 10 else 100
        return value + amount if value % room == 0 else f"{value}{amount}"

    def _multiplied(self, scale: int) -> int:
        """The number being read times a hundred, a thousand...; one that cannot be multiplied is written before."""
        value = self.value
        if isinstance(value, str):
            with suppress(ValueError):  # `1.2.3` is no value
                if (product := Fraction(value) * scale).denominator == 1:
                    return product.numerator
            self._flush()
            return scale
        return scale if value is None else value // 1000 * 1000 + value % 1000 * scale

    def _companion(self, word: str) -> int:
        """Words that mean something beside a number only."""
        tables, following = self.tables, self._at(1)
        if word in tables.preceding_prefixers and self._goes_on(following):
            self._flush()
            self.prefix = tables.preceding_prefixers[word]
        elif word in tables.preceding_prefixers:
            self._flush(word)
        elif word in tables.following_prefixers:
            if self.value is None:
                self._write(word)
            else:
                self.prefix = tables.following_prefixers[word]
                self._flush()
        elif word in tables.suffixers:
            return self._percent(word, following)
        else:
            return self._special(word, following)
        return 1

    def _goes_on(self, following: str) -> bool:
        return following in self.tables.words or _NUMERIC.fullmatch(following) is not None

    def _percent(self, word: str, following: str) -> int:
        suffix, used = self.tables.suffixers[word], 1
        if isinstance(suffix, dict):
            suffix, used = suffix.get(following), 2
        if self.value is None or suffix is None:
            self._flush(word)
            return 1
        self._write(f"{self.value}{suffix}")
        return used

    def _special(self, word: str, following: str) -> int:
        """`and`, `point`, `double` and `triple`."""
        tables = self.tables
        if not self._goes_on(following):
            self._flush(word)
        elif word == "and":
            if self._at(-1) not in tables.multipliers:
                self._flush(word)
        elif word == "point":
            if following in tables.decimals or _NUMERIC.fullmatch(following):
                self.value = f"{self.value or ''}."
        elif following in tables.ones or following in tables.zeros:
            digits = str(tables.ones.get(following, 0)) * (2 if word == "double" else 3)
            self.value = f"{self.value or ''}{digits}"
            return 2
        else:
            self._flush(word)
        return 1
