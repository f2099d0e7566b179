"""Runs of one script within a text, cut at spaces and at signs; what has no script (digits) goes with its neighbour."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import cache, lru_cache

import regex

from bench.scoring.text.normalize.characters import APOSTROPHES

SCRIPTS = [
    "Latn",
    "Deva",
    "Beng",
    "Guru",
    "Gujr",
    "Orya",
    "Taml",
    "Telu",
    "Knda",
    "Mlym",
    "Cyrl",
    "Grek",
    "Arab",
    "Hebr",
    "Thai",
    "Laoo",
    "Khmr",
    "Mymr",
    "Sinh",
    "Hani",
    "Hira",
    "Kana",
    "Hang",
    "Armn",
    "Geor",
    "Ethi",
    "Tibt",
    "Thaa",
    "Syrc",
    "Cher",
    "Mong",
    "Olck",
    "Mtei",
    "Cans",
    "Tfng",
    "Nkoo",
    "Vaii",
    "Adlm",
    "Yiii",
    "Bopo",
    "Java",
    "Bali",
    "Sund",
    "Bugi",
    "Batk",
    "Cham",
    "Lana",
    "Talu",
    "Tale",
    "Kali",
    "Lepc",
    "Limb",
    "Saur",
    "Sylo",
    "Cakm",
    "Copt",
    "Rohg",
    "Osge",
]
"""ISO 15924 codes that are told apart; a letter of another script counts as of none."""

_LETTER_OF = regex.compile(
    "(?V1)" + "|".join(rf"(?P<{code}>[\p{{Script={code}}}&&[\p{{L}}\p{{M}}]])" for code in SCRIPTS)
)
HAN_OR_KANA = (
    "\u3005-\u3007\u3021-\u3029\u3041-\u30ff\u31f0-\u31ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\uff66-\uff9f"
    "\U00020000-\U000323af"
)
_SOME_HAN_OR_KANA = re.compile(f"[{HAN_OR_KANA}]")
_OTHER = rf"(?![0-9{HAN_OR_KANA}])[\p{{L}}\p{{Nd}}]"
_BETWEEN = r"(?:(?![\s\p{L}\p{M}])[\P{N}0-9])*"
_SEAM = regex.compile(rf"(?:{_OTHER}\p{{M}}*+)\K(?={_BETWEEN}[{HAN_OR_KANA}])|[{HAN_OR_KANA}]{_BETWEEN}\K(?={_OTHER})")
"""Between Han or kana and a letter of another script, which no space sets apart: `APP下载了`."""
EAST_ASIAN = re.compile(f"[{HAN_OR_KANA}\uac00-\ud7a3\u1100-\u11ff]")
"""Finds a letter of a script whose numbers are written one character for each digit and unit."""
_EAST_ASIAN = {"Hira": "Jpan", "Kana": "Jpan", "Hani": "Hani", "Hang": "Hang"}


def script_of(word: str) -> str | None:
    """The script of a word's first letter that has one; kana are `Jpan`. `None`: no letter."""
    if word.isascii():
        return "Latn" if any(map(str.isalpha, word)) else None
    return _script_of_other(word)


@cache
def _script_of_other(word: str) -> str | None:
    match = _LETTER_OF.search(word)
    code = match.lastgroup if match else None
    return _EAST_ASIAN.get(code, code) if code else None


_SIGN = rf"[\p{{P}}\p{{S}}\p{{N}}--['{APOSTROPHES}]]"
_PIECE = regex.compile(rf"(?V1){_SIGN}*(?:(?!{_SIGN}).)+{_SIGN}*|{_SIGN}+", regex.DOTALL)


@lru_cache(maxsize=1 << 14)
def pieces(word: str) -> Sequence[str]:
    """A word cut behind signs and digits where the script changes: `OK/पच्चीस` is two, `co-op` and `3,5` are one."""
    split: list[str] = []
    if not word.isascii():
        current: str | None = None
        for piece in _PIECE.findall(word):
            script = script_of(piece)
            if split and (script is None or current is None or script == current):
                split[-1] += piece
            else:
                split.append(piece)
            current = script or current
    return split or [word]


@lru_cache(maxsize=1 << 14)
def _scripts_of(word: str) -> Sequence[tuple[str | None, str]]:
    return [(script_of(piece), piece) for piece in pieces(word)]


def script_runs(text: str) -> Iterator[tuple[str | None, str]]:
    """(script, words) in order; words without letters go with the run before, at the beginning with the one after."""
    if _SOME_HAN_OR_KANA.search(text):
        text = _SEAM.sub(" ", text)
    current: str | None = None
    run: list[str] = []
    for word in text.split():
        for script, piece in _scripts_of(word):
            if script is not None:
                if current is not None and script != current:
                    yield current, " ".join(run)
                    run = []
                current = script
            run.append(piece)
    if run:
        yield current, " ".join(run)


def foreign_pattern(scripts: tuple[str, ...]) -> re.Pattern[str] | None:
    """Finds a letter that may be of another script than these; `None` if that cannot be said by code point."""
    if not scripts:
        return None
    ranges = {
        "Latn": "A-Za-zªº\u00c0-\u024f\u0250-\u02af\u1e00-\u1eff\ufb00-\ufb06",
        "Cyrl": "\u0400-\u052f\u1c80-\u1c8f\u2de0-\u2dff\ua640-\ua69f",
        "Deva": "\u0900-\u097f\ua8e0-\ua8ff",
        "Beng": "\u0980-\u09ff",
        "Guru": "\u0a00-\u0a7f",
        "Gujr": "\u0a80-\u0aff",
        "Orya": "\u0b00-\u0b7f",
        "Taml": "\u0b80-\u0bff",
        "Telu": "\u0c00-\u0c7f",
        "Knda": "\u0c80-\u0cff",
        "Mlym": "\u0d00-\u0d7f",
    }
    if any(script not in ranges for script in scripts):
        return None
    neutral = "\u0000-@\\[-`{-\u00a9\u00ab-\u00b9\u00bb-\u00bf×÷\u02b0-\u036f\u0964\u0965\u2000-\u2bff\u3000-\u303f"
    return re.compile(f"[^{neutral}{''.join(ranges[script] for script in scripts)}]")
