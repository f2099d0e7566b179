"""Which scripts a language is written in, and which letters of a text belong to none of them. Pure."""

from __future__ import annotations

import unicodedata
from functools import cache

_LATIN = (
    "af ca cs cy da de en es et eu fi fr ga gl hr hu id is it lt lv ms mt nb nl nn no pl pt ro sk sl sq sv sw tr uz vi"
)
_SCRIPTS: dict[str, tuple[str, ...]] = {
    **{language: ("LATIN",) for language in _LATIN.split()},
    **{language: ("CYRILLIC",) for language in ["be", "bg", "kk", "ky", "mk", "mn", "ru", "uk"]},
    **{language: ("DEVANAGARI",) for language in ["brx", "doi", "gom", "kok", "mai", "mr", "ne", "sa", "hi"]},
    **{language: ("ARABIC",) for language in ["ar", "ckb", "fa", "ks", "ps", "sd", "ug", "ur"]},
    **{language: ("CJK", "IDEOGRAPHIC") for language in ["zh", "yue", "cmn"]},
    "am": ("ETHIOPIC",),
    "as": ("BENGALI",),
    "bn": ("BENGALI",),
    "el": ("GREEK",),
    "gu": ("GUJARATI",),
    "he": ("HEBREW",),
    "hy": ("ARMENIAN",),
    "ja": ("CJK", "HIRAGANA", "KATAKANA", "KATAKANA-HIRAGANA", "HALFWIDTH", "IDEOGRAPHIC"),
    "ka": ("GEORGIAN",),
    "km": ("KHMER",),
    "kn": ("KANNADA",),
    "ko": ("HANGUL", "CJK"),
    "lo": ("LAO",),
    "ml": ("MALAYALAM",),
    "mni": ("MEETEI", "BENGALI"),
    "my": ("MYANMAR",),
    "or": ("ORIYA",),
    "pa": ("GURMUKHI",),
    "sat": ("OL",),
    "si": ("SINHALA",),
    "sr": ("CYRILLIC", "LATIN"),
    "ta": ("TAMIL",),
    "te": ("TELUGU",),
    "th": ("THAI",),
}
_SHARED = {"COMBINING", "MODIFIER", "MASCULINE", "FEMININE", "MICRO", "VEDIC"}
_FIRST_LETTERS = "LM"


@cache
def script_of(character: str) -> str | None:
    """First word of the character's Unicode name, for instance DEVANAGARI; `None`: not a letter or mark, or shared."""
    if unicodedata.category(character)[0] not in _FIRST_LETTERS:
        return None
    word = unicodedata.name(character, "UNNAMED").split()[0]
    return None if word in _SHARED else word


def scripts_of(language: str) -> tuple[str, ...] | None:
    """Scripts of a BCP-47 language; `None`: not known, or several at once (`multi`), so nothing can be said."""
    return _SCRIPTS.get(language.split("-")[0].lower())


def is_foreign(character: str, scripts: tuple[str, ...]) -> bool:
    """Whether a character is a letter or mark of another script."""
    script = script_of(character)
    return script is not None and script not in scripts


@cache
def _seen_at_home(scripts: tuple[str, ...]) -> set[str]:
    """Characters found not to be foreign so far: a memory, so that a million texts are judged by set difference."""
    return set()


def foreign_letters(characters: set[str], language: str) -> str:
    """Those of a text's distinct characters that are letters outside the language's scripts, by code point."""
    scripts = scripts_of(language)
    if scripts is None:
        return ""
    at_home = _seen_at_home(scripts)
    unknown = characters - at_home
    if not unknown:
        return ""
    foreign = {char for char in unknown if is_foreign(char, scripts)}
    at_home |= unknown - foreign
    return "".join(sorted(foreign))
