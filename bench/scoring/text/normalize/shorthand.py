"""What is written short: abbreviations before a number, ordinals with a dot, addresses, letters spoken one by one.

Text steps that need what later ones take away: capitals, dots, hyphens.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

import regex

from bench.scoring.text.normalize.spans import ORDINAL
from bench.scoring.text.normalize.written_marks import KEPT

Rules = Mapping[str, Any]
TextStep = Callable[[str], str]

_NO_LETTER_BEFORE, _NO_LETTER_AFTER = r"(?<![\p{L}\p{M}\p{N}])", r"(?![\p{L}\p{M}\p{N}])"
_SPELLED = re.compile(r"(?<![\w.'’-])[A-Z](?: [A-Z]){1,4}(?![\w'’-]|\.\w)")
_SPELLED_CYRILLIC = re.compile(r"(?<![\w.'’-])[А-ЯІЇЄҐ](?: [А-ЯІЇЄҐ]){2,4}(?![\w'’-]|\.\w)")
_CYRILLIC_WORDS = frozenset("АВЕЄИІЇКОСУЭЮЯЗ")
"""Single letters that are words in some language: a row of them alone is no acronym."""
_LIKE_A_WORD = re.compile(r"[^AEIOU]+[AEIOU][^AEIOU]+|[AEIOU].E")
_CAPITALS = re.compile(r"[A-Z] ?[A-Z]")
_INNER_DOT, _DIGIT_DOT = re.compile(r"\.[^\W\d_]|www\.", re.IGNORECASE), re.compile(r"\d\.\s")
"""What a text has to hold for a step to have something to do: cheap to look for."""
_NUMBER = re.compile(r"\d+")
_CAPITAL_WORD = re.compile(r"(?<!\w)[A-Z]{2,3}(?!\w)")
_DOTTED_ORDINAL = regex.compile(r"(?<![\d.,:/])(?<!\d )(\d{1,2})\.(?=\s+\p{Ll})")
_DOT_OR_BLANK = re.compile(r"[.\s]")
_DOMAINS = "com org net edu gov info io"


def capitals(rules: Rules) -> TextStep | None:
    """What only capitals tell: `B B C` is a word, and `ER` is no hesitation where not all is in capitals."""
    fillers = {filler.upper() for filler in rules.get("fillers", ()) if filler.isascii() and filler.isalpha()}
    if "Cyrl" in rules.get("scripts", ()):
        return _cyrillic_capitals
    if "Latn" not in rules.get("scripts", ()):
        return None
    numerals = roman(rules)

    def spelled(match: re.Match[str]) -> str:
        letters = match.group().replace(" ", "")
        return match.group() if len(letters) < 3 or _LIKE_A_WORD.fullmatch(letters) else letters

    def kept(match: re.Match[str]) -> str:
        return match.group() + KEPT if match.group() in fillers else match.group()

    def step(text: str) -> str:
        if text[1:].islower():
            return text
        text = text if numerals is None else numerals(text)
        if not _CAPITALS.search(text):
            return text
        text = _SPELLED.sub(spelled, text)
        return text if text.isupper() else _CAPITAL_WORD.sub(kept, text)

    return step


def _cyrillic_capitals(text: str) -> str:
    """`С Ш А` is a word."""

    def spelled(match: re.Match[str]) -> str:
        letters = match.group().replace(" ", "")
        return match.group() if _CYRILLIC_WORDS.issuperset(letters) else letters

    return text if text[1:].islower() else _SPELLED_CYRILLIC.sub(spelled, text)


_ROMAN = r"(?=[IVX])X{0,2}(?:IX|IV|V?I{0,3})"
_ROMAN_LETTERS = "[IVX]"
_ROMAN_DIGITS = {"I": 1, "V": 5, "X": 10}


def roman(rules: Rules) -> TextStep | None:
    """`XXI secolo`, `siglo XXI`: Roman numerals beside the declared words, as ordinals where they are said so."""
    declared: Mapping[str, Any] = rules.get("roman", {})
    if not declared:
        return None
    suffixes = "|".join(declared.get("suffixes", ()))
    ahead, behind = ("|".join(map(re.escape, declared.get(side, ()))) for side in ("ahead", "behind"))
    beside = rf"(?P<first>{_ROMAN})(?:{suffixes})?\.?(?=\s+(?:{ahead})(?!\w))" if ahead else ""
    beside += "|" if ahead and behind else ""
    beside += rf"(?<=\b(?i:{behind})\s)(?!I\b)(?P<last>{_ROMAN})(?!\w)" if behind else ""
    pattern = regex.compile(rf"(?<![\w.'’-])(?:{beside or '(?!)'})")
    mark = ORDINAL if declared.get("ordinal", False) else ""
    rulers = _rulers(declared)

    def read(match: regex.Match[str]) -> str:
        return f"{_roman_value(match.group('first') if ahead and match.group('first') else match.group('last'))}{mark}"

    def step(text: str) -> str:
        if not any(map(text.__contains__, _ROMAN_DIGITS)):
            return text
        return pattern.sub(read, text if rulers is None else rulers(text))

    return step


def _rulers(declared: Mapping[str, Any]) -> TextStep | None:
    """`Henry VIII` is Henry the 8º: behind a declared name, in two letters or more, said with the word declared.

    Numbers above `ordinals_to` are cardinals, as they are said in Spanish.
    """
    rulers: Mapping[str, Any] = declared.get("rulers", {})
    if not rulers:
        return None
    pattern = regex.compile(rf"(?<=\b(?:{'|'.join(rulers['names'])})\s)(?={_ROMAN_LETTERS}{{2}}){_ROMAN}(?![\w'’-])")
    said, ordinals_to = rulers.get("said", ""), rulers.get("ordinals_to", 0)

    def read(match: regex.Match[str]) -> str:
        value = _roman_value(match.group())
        return f"{said} {value}{ORDINAL if value <= ordinals_to else ''}".lstrip()

    return lambda text: pattern.sub(read, text)


def _roman_value(numeral: str) -> int:
    values = [_ROMAN_DIGITS[letter] for letter in numeral]
    return sum(
        -value if value < following else value for value, following in zip(values, [*values[1:], 0], strict=True)
    )


def ordinal_dots(rules: Rules) -> TextStep | None:
    """`3. kerros` is the third: a dot after one or two digits, with a small letter behind it."""
    if not rules.get("written", {}).get("ordinal_dot", False):
        return None
    return lambda text: _DOTTED_ORDINAL.sub(rf"\1{ORDINAL}", text) if _DIGIT_DOT.search(text) else text


def addresses(rules: Rules) -> TextStep | None:
    """`example.org` as it is said, `example dot org`; domains everywhere, and those of the language's countries."""
    dot = rules.get("dot")
    if not dot:
        return None
    endings = "|".join([*_DOMAINS.split(), *rules.get("domains", ())])
    domain = re.compile(
        rf"(?<![\w.@-])(?:https?://)?((?:[\w+-]+(?:\.[\w+-]+)*@)?(?:[\w-]+\.)+(?:{endings})|www(?:\.[\w-]+)+)(?![\w@]|\.\w)",
        re.IGNORECASE,
    )

    def step(text: str) -> str:
        if text.find(".", 0, -1) < 0 or not _INNER_DOT.search(text):  # most texts have a dot at their end only
            return text
        return domain.sub(lambda match: match[1].replace(".", f" {dot} "), text)

    return step


def joined_endings(rules: Rules) -> TextStep | None:
    """`USA:n` is `USAn`, an ending behind a colon."""
    if not rules.get("colon_endings", False):
        return None
    return lambda text: re.sub(r"(?<=[^\W\d_]):(?=[^\W\d_])", "", text) if ":" in text else text


def numbered(rules: Rules) -> TextStep | None:
    """Abbreviations in front of a number: `Nr. 12` is `Nummer 12`. What is declared with a dot has one."""
    meant: Mapping[str, str] = rules.get("numbered", {})
    if not meant:
        return None
    keys = sorted(meant, key=len, reverse=True)
    known = "|".join(re.escape(key) + ("" if key[-1] in ".º°:" else r"\.?") for key in keys)
    pattern = regex.compile(rf"{_NO_LETTER_BEFORE}({known})\s*(?=\d)")
    forms = {key.rstrip("."): word for key, word in meant.items()}
    ends = tuple(forms)

    def step(text: str) -> str:
        if not any([piece.rstrip().rstrip(".").endswith(ends) for piece in _NUMBER.split(text)[:-1]]):
            return text  # cheaper than the search
        return pattern.sub(lambda match: forms[match[1].rstrip(".")] + " ", text)

    return step


def letter_names(rules: Rules) -> TextStep | None:
    """`एस.बी.आई.` is a word, as `S.B.I.` is: names of Latin letters with dots between."""
    names = rules.get("letter_names", "").split()
    if not names:
        return None
    name = "|".join(sorted(map(re.escape, names), key=len, reverse=True))
    pattern = regex.compile(rf"{_NO_LETTER_BEFORE}(?:(?:{name})\.\s?)+(?:{name})(?:\.|{_NO_LETTER_AFTER})")
    return lambda text: (
        pattern.sub(lambda match: _DOT_OR_BLANK.sub("", match.group()) + " ", text) if text.count(".") > 1 else text
    )


def hyphenated(rules: Rules) -> TextStep | None:
    """Words with a hyphen that mean something else than their parts: `uh-uh` is no hesitation."""
    meant: Mapping[str, str] = rules.get("hyphenated", {})
    if not meant:
        return None
    pattern = re.compile(rf"(?<![\w-])({'|'.join(map(re.escape, meant))})(?![\w-])")
    return lambda text: pattern.sub(lambda match: meant[match.group()], text) if "-" in text else text
