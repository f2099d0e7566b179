"""The steps a profile is made of. Each takes a language's rules and gives a function, or `None` if it has nothing to do."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Mapping
from typing import Any

from bench.scoring.normalize.characters import APOSTROPHES, BaseTable, trim_apostrophes

Rules = Mapping[str, Any]
TextStep = Callable[[str], str]
TokenStep = Callable[[list[str]], list[str]]

_BASE = BaseTable()


def unicode_form(_: Rules) -> TextStep:
    """NFC. Never NFKC: it would turn ½ into 1⁄2 and м² into м2."""
    return lambda text: text if text.isascii() else unicodedata.normalize("NFC", text)


def letters(rules: Rules) -> TextStep | None:
    """Replaces what Unicode keeps apart but the language does not."""
    pairs: dict[str, str] = rules.get("letters", {})
    return _replacer(pairs) if pairs else None


def _replacer(pairs: Mapping[str, str]) -> TextStep:
    items = tuple(pairs.items())

    def replace(text: str) -> str:
        for old, new in items:
            if old in text:
                text = text.replace(old, new)
        return text

    return replace


def lower(rules: Rules) -> TextStep:
    """Lower case, after the pairs the language treats in its own way (Turkish I, Lithuanian dots)."""
    own = _replacer(rules.get("lower", {}))
    return lambda text: own(text).lower()


def symbols(rules: Rules) -> TextStep | None:
    """Symbols that are spoken as words."""
    pairs: dict[str, str] = rules.get("symbols", {})
    return _replacer({old: f" {new} " for old, new in pairs.items()}) if pairs else None


def apostrophes(rules: Rules) -> TextStep:
    """Every apostrophe-like character becomes `'`, or a space where the language elides."""
    mark = " " if rules.get("apostrophe") == "split" else "'"
    table = str.maketrans(dict.fromkeys(APOSTROPHES + "'", mark))
    return lambda text: text.translate(table)


def punctuation(_: Rules) -> TextStep:
    """Punctuation and symbols to spaces, digits to ASCII, invisible characters away; marks and letters stay."""
    return lambda text: trim_apostrophes(text.translate(_BASE))


TEXT_STEPS: Mapping[str, Callable[[Rules], TextStep | None]] = {
    "unicode": unicode_form,
    "letters": letters,
    "lower": lower,
    "symbols": symbols,
    "apostrophes": apostrophes,
    "punctuation": punctuation,
}
TOKEN_STEPS: Mapping[str, Callable[[Rules], TokenStep | None]] = {}
