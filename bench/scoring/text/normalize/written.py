"""Written numbers, times and money brought to the form in which they are spoken, as far as that is safe.

Rules are regular expressions built from a language's declarations; they run on lower-case text with ASCII digits,
before punctuation goes. What is not declared is left alone, on both sides of a score alike.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

import regex

from bench.scoring.text.normalize.characters import APOSTROPHES, digits_to_ascii
from bench.scoring.text.normalize.guards import (
    SIDE_BY_SIDE,
    TOUCHING,
    Guarded,
    Rewrite,
    alone_between,
    around,
    begin_behind,
    end_before,
    ends_in_mark,
    marks_beside,
)
from bench.scoring.text.normalize.money import money
from bench.scoring.text.normalize.number_words import NumberTable
from bench.scoring.text.normalize.spans import ORDINAL
from bench.scoring.text.normalize.written_marks import BARRIER, KEPT, POINT

_DIGIT = re.compile(r"\d")
_RUN = re.compile("([0-9]+)")
_NO_DIGIT = re.compile(r"\D")
_NO_LETTER = r"(?![\p{L}\p{M}\p{N}])"
_BLANKS = re.compile(r"\s{2,}|[\t\n\r]")
_ARABIC_POINT, _ARABIC_GROUP = re.compile(r"(?<=\d)٫(?=\d)"), re.compile(r"(?<=\d)٬(?=\d{3})")
_SPACES = "\u00a0\u202f\u2009"
_BEHIND_DIGIT = re.compile(rf"(?![{ORDINAL}¹²³¼½¾])[^\W\d_]")
_BEFORE_DIGIT = re.compile(rf"[^\s\d\x00-@\[-`{{-¿\u2000-\u206f\ue000-\ue00f]|{ORDINAL}")
"""Letters and marks that are parted from a digit in front of them, and from one behind: `5kg`, `covid19`."""


def written_step(rules: Mapping[str, Any], table: NumberTable | None, points: Sequence[str] = ()) -> Rewrite:
    """All rewrites of a language in their order; text without a digit is returned as it is.

    `points` are words for the decimal mark where there is no table.
    """
    written: Mapping[str, Any] = rules.get("written", {})
    point = POINT if table is not None or (not points and "decimal" in written) else next(iter(points), None)
    rewrites = [
        *_vulgar_fractions(point),
        *_fractions(written),
        *_telephone(written),
        *_grouping(written),
        *_both_marks(written),
        *_ranges(written),
        *_minus(written, rules.get("currency", {})),
        *_clock(written),
        *money(rules, {} if table is None else table.multipliers),
        *_decimals(written, point, next(iter(points if table is None else table.points), None)),
        *_ordinals(written),
        *_endings([] if table is None else table.suffixes),
    ]

    def step(text: str) -> str:
        if not _DIGIT.search(text):
            return text
        text = text if text.isascii() else digits_to_ascii(text)
        text = text if text == " ".join(text.split()) else _BLANKS.sub(" ", text)
        if "٫" in text or "٬" in text:
            text = _ARABIC_POINT.sub(POINT, _ARABIC_GROUP.sub("", text))
        known, pieces = text, around(text)
        marks = marks_beside(text, pieces)
        for rewrite, needed, applies in rewrites:
            if needed is not None and needed.isdisjoint(marks):
                continue
            if applies is not None and text is not known:
                known, pieces = text, around(text)
            if applies is None or applies(pieces):
                text = rewrite(text)
        return _parted(text) if any(map(_may_be_a_letter, marks)) else text

    return step


def _parted(text: str) -> str:
    """The text with a blank between each digit and a letter or mark beside it."""
    pieces = _RUN.split(text)
    for index in range(0, len(pieces), 2):  # what stands between the digits
        piece = pieces[index]
        if piece and index and _BEHIND_DIGIT.match(piece):
            pieces[index] = f" {piece}"
        if piece and index < len(pieces) - 1 and _BEFORE_DIGIT.match(piece, len(piece) - 1):
            pieces[index] += " "
    return "".join(pieces)


def _may_be_a_letter(mark: str) -> bool:
    return mark.isalpha() or mark > "\x7f"


_OF_FRACTION = {"½": "5", "1/2": "5", "¼": "25", "¾": "75"}


def _vulgar_fractions(point: str | None) -> list[Guarded]:
    """`2½` and `2 1/2` as the decimal they are."""
    if point != POINT:
        return []
    mixed = re.compile(r"(?<![\d.,:/\ue001])(?<!\d )(\d+)(?:(½|¼|¾)| (1/2))(?![\d/])")

    def step(text: str) -> str:
        return mixed.sub(lambda match: f"{match[1]}{POINT}{_OF_FRACTION[match[2] or match[3]]}", text)

    return [Guarded(step, frozenset("½¼¾/"))]


def _fractions(written: Mapping[str, Any]) -> list[Guarded]:
    """`2/3` and `⅔` as they are said, where declared; a part of a date (`1/2/2024`) and of `5 2/3` is none."""
    said: Mapping[str, str] = written.get("fractions", {})
    if not said:
        return []
    known = "|".join(map(re.escape, said))
    pattern = re.compile(rf"(?<![\w.,:/\-–+$€£])(?<!\d )(?:{known})(?![\w/]|[.,:\-–]\d| ?[%°])")
    return [Guarded(lambda text: pattern.sub(lambda match: f"{BARRIER} {said[match.group()]}", text), frozenset("/"))]


def _grouping(written: Mapping[str, Any]) -> list[Guarded]:
    """`1,00,000` and `1 000 000` lose their separators; a space counts as one only if it cannot break a line."""
    mark = written.get("group", "")
    indian = (
        rf"|(?<![\d.,{POINT}])\d{{1,2}}(?:{re.escape(mark)}\d{{2}})*{re.escape(mark)}\d{{3}}(?!\d)"
        if mark == ","
        else ""
    )
    marks = re.escape(mark + _SPACES)
    pattern = re.compile(rf"(?<![\d.,{POINT}])\d{{1,3}}(?:[{marks}]\d{{3}})+(?!\d){indian}")
    strip = re.compile(rf"[{marks} ]")
    patterns = [pattern]
    if written.get("group_space", False):
        patterns.append(re.compile(r"(?<![\d.,\ue001])(?<!\d )[1-9]\d{0,2}(?: \d{3})+(?! ?\d)"))

    some = re.compile(rf"\d[{marks} ]\d\d")

    def joined(text: str) -> str:
        if not some.search(text):
            return text
        for each in patterns:
            text = each.sub(lambda match: strip.sub("", match.group()), text)
        return text

    return [Guarded(joined, frozenset([*mark, *_SPACES, SIDE_BY_SIDE]), alone_between([*mark, *_SPACES, " "]))]


def _telephone(written: Mapping[str, Any]) -> list[Guarded]:
    """`555-1234` as one number, and what else has the shape of telephone numbers alone, as declared in `telephones`."""
    shapes = "|".join([r"\d{3}-\d{4}", *written.get("telephones", ())])
    pattern = re.compile(rf"(?<![\d.,:/+\-–{POINT}])(?<!\d )(?:{shapes})(?!\d|[\-–.,:/]\d| \d)")
    some = re.compile(r"\d\d[-). /]+\d{3}")

    def joined(text: str) -> str:
        return pattern.sub(lambda match: _NO_DIGIT.sub("", match.group()), text) if some.search(text) else text

    return [Guarded(joined, frozenset(["-", ".", ")", "/", SIDE_BY_SIDE]), alone_between("-./ "))]


def _both_marks(written: Mapping[str, Any]) -> list[Guarded]:
    """Where countries of one language write `3.5` and `3,5`: three digits after either mark are a group.

    One or two are decimals, but for times of day: behind what `both_marks` excludes, and before `h`.
    """
    if "both_marks" not in written:
        return []
    own, other = written["decimal"], re.escape(written["group"])
    group = re.compile(rf"(?<![\d.,{POINT}])[1-9]\d{{0,2}}(?:{re.escape(own)}\d{{3}})+(?![\d,])")
    decimal = rf"(?<![\d.,:/{POINT}]){written['both_marks']}(\d+){other}(\d{{1,2}})(?!\d|[.,:/]\d|\s?h(?!\w))"
    marks = frozenset(written["decimal"] + written["group"])
    return [
        Guarded(lambda text: group.sub(lambda match: match.group().replace(own, ""), text), marks, alone_between(own)),
        Guarded(_substitute(decimal, rf"\1{own}\2"), marks, alone_between(written["group"])),
    ]


def _ranges(written: Mapping[str, Any]) -> list[Guarded]:
    """`2-4 weeks` -> `2 to 4 weeks`: two lone numbers that rise, of one or two digits, or years from 1500 on.

    So are any two by a tilde. Anything else with a hyphen (`555-1234`, `24-7`, `2020-01-15`) is read digit by digit.
    """
    word = written.get("range")
    if not word:
        return []

    def spoken(match: re.Match[str]) -> str:
        return f"{match[1]} {word} {match[2]}" if int(match[1]) < int(match[2]) else match.group()

    before, after = r"(?<![a-z0-9.,:/+\-–])(?<![0-9]\s)", r"(?![0-9]|\s[0-9]|[-–.,:/][0-9])"
    numbers = ("[1-9][0-9]?", "(?:1[5-9]|20)[0-9]{2}")
    patterns = [re.compile(rf"{before}({number})[-–]({number}){after}") for number in numbers]
    return [
        Guarded(_substitute(r"(?<=\d)\s?[~〜]\s?(?=\d)", f" {word} "), frozenset("~〜")),
        *(Guarded(partial(pattern.sub, spoken), frozenset("-–"), alone_between("-–")) for pattern in patterns),
    ]


def _minus(written: Mapping[str, Any], currency: Mapping[str, Any]) -> list[Guarded]:
    """`-5`, `(-5)`, `-$5`: at the beginning of a word only. A dash (`–5`) after another number is none."""
    word = written.get("minus")
    if not word:
        return []
    amount = rf"(?=(?:{'|'.join(map(re.escape, currency))})?[.,]?\d)" if currency else r"(?=[.,]?\d)"
    begins = rf"(?<![^\s(\[{{\"“«])(?:[-−]|(?<!\d\s)–){amount}"
    ends = [f"{dash}{sign}" for dash in "-−–" for sign in ("", *currency)]
    return [Guarded(_substitute(begins, f"{word} "), frozenset("-−–"), end_before(ends, ".,"))]


def _decimals(written: Mapping[str, Any], point: str | None, word: str | None) -> list[Guarded]:
    """`3.5` as one number, and `.5` -> `point 5`, with the language's mark; the second with a point everywhere."""
    mark = written.get("decimal", ".")
    if point is None:
        return []
    inside = POINT if point == POINT else f" {point} "
    end = r"(?![\d]|[.,:/]\d)"
    rewrites = [_substitute(rf"(?<![\d.,:/{POINT}])(\d+){re.escape(mark)}(\d+){end}", rf"\1{inside}\2")]
    if word is not None:
        rewrites.append(_substitute(rf"(?<![^\s(\[{{\"“«])[.{mark}](\d+){end}", rf"{word} \1"))
    marks = frozenset(f".,:{mark}")  # each may have become the language's own by now
    applies = [alone_between(mark), ends_in_mark([".", mark])]
    return [Guarded(rewrite, marks, ahead) for rewrite, ahead in zip(rewrites, applies, strict=False)]


def _clock(written: Mapping[str, Any]) -> list[Guarded]:
    """Declared pairs of pattern and replacement, for times of day and percentages."""
    return [
        Guarded(_substitute(pattern, replacement), applies=alone_between(mark[1] or ".:") if mark else None)
        for pattern, replacement in written.get("clock", ())
        for mark in [_CLOCK_MARK.search(pattern)]
    ]


_CLOCK_MARK = re.compile(r"\d[^()]*\)(?:(:)|\[:\.\]|\[\.:\])(?=0|\(\\d|\(?\[)")
"""A mark between the digits of an hour and of minutes."""
_MARKS_OF_SUFFIX = re.compile(r"\[[-:.]+\]|:")
"""How the pattern of a suffix begins: `[:-]я`."""


def _ordinals(written: Mapping[str, Any]) -> list[Guarded]:
    """`21st`, `3º`, `3. Mai`: the digits with `º`."""
    suffixes = "|".join(sorted(written.get("ordinal_suffixes", ()), key=len, reverse=True))
    months = "|".join(written.get("months", ()))
    marked = _substitute(r"(\d)[.\-:]?[ºª](?!\w)", rf"\1{ORDINAL}")
    guarded = [Guarded(marked, frozenset(".-:ºª"), begin_behind("ºª", ".-:"))]
    if suffixes:
        ended = regex.compile(rf"(\d)[.\-:]?(?:{suffixes}){_NO_LETTER}")
        plain = [_MARKS_OF_SUFFIX.sub("", suffix) for suffix in written["ordinal_suffixes"]]
        letters = all(map(str.isalpha, plain))  # elsewhere they are patterns
        begins = {suffix[0] for suffix in plain} if letters else {TOUCHING}
        applies = begin_behind(plain, ".-:") if letters else None
        guarded.append(Guarded(partial(ended.sub, rf"\1{ORDINAL}"), frozenset([*begins, *".-:"]), applies))
    if months:
        dotted = _substitute(rf"(\d)\.(?=\s?(?:{months})(?!\w))", rf"\1{ORDINAL} ")
        guarded.append(Guarded(dotted, frozenset("."), begin_behind(written["months"], ".")))
    return guarded


def _endings(suffixes: Sequence[str]) -> list[Guarded]:
    """`5'te`, `5-öt`, `৪টি`: what is said behind a number in one word with it stays with it."""
    if not suffixes:
        return []
    known = "|".join(map(re.escape, sorted(suffixes, key=len, reverse=True)))
    ended = regex.compile(rf"(?<=\d)[-'{APOSTROPHES}]?(?=(?:{known}){_NO_LETTER})")
    applies = begin_behind(suffixes, f"-'{APOSTROPHES}")
    return [Guarded(partial(ended.sub, KEPT), frozenset([TOUCHING]), applies)]


def _substitute(pattern: str, replacement: str) -> Rewrite:
    compiled = re.compile(pattern)
    return lambda text: compiled.sub(replacement, text)
