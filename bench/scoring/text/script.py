"""Was the answer given in the language's script? And the rate over aksharas (orthographic syllables).

A hypothesis in the wrong script (Hindi in Latin letters, or in Urdu's) has a WER near 100 % although every word may be
right; it is counted as a class of its own. Above `normalize`, whose script names (ISO 15924) it uses.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from itertools import groupby
from typing import Any

import regex

from bench.errors import MissingExtraError
from bench.scoring.text.normalize import data
from bench.scoring.text.normalize.characters import by_word
from bench.scoring.text.normalize.runs import SCRIPTS, script_of

_JOINING_VIRAMA = "\u094d\u09cd\u0a4d\u0acd\u0b4d\u0c4d\u0ccd\u0d4d"
"""Tamil's pulli is not among them: it ends a syllable."""
_AKSHARA = regex.compile(
    rf"(?V1)(?:\p{{L}}[\p{{M}}--[{_JOINING_VIRAMA}]]*[{_JOINING_VIRAMA}][\u200c\u200d]?(?=\p{{L}}))*\S[\p{{M}}\u200c\u200d]*"
)
_SCHEMES = {
    **{"Deva": "devanagari", "Beng": "bengali", "Guru": "gurmukhi", "Gujr": "gujarati", "Orya": "oriya"},
    **{"Taml": "tamil", "Telu": "telugu", "Knda": "kannada", "Mlym": "malayalam", "Latn": "iast"},
}
_ADDRESS = regex.compile(r"\p{L}[.@/]+\p{L}")
_SHORTEST_WORD, _LONGEST_INITIALISM = 3, 5
_aksharas = by_word(_AKSHARA.findall)
INDIC_SCRIPTS = frozenset(_SCHEMES) - {"Latn"}
"""Scripts of which orthographic syllables are counted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ScriptCheck:
    """Scripts by ISO 15924 code; `None` where there is no letter."""

    expected: tuple[str, ...]
    reference: str | None
    hypothesis: str | None
    wrong_letters: float
    """Share of the hypothesis's letters in another script than the reference's: what exceeds the reference's own share
    of a script, unless the language is written in it and the reference as well. Of Chinese, the share of those letters
    that tell the traditional from the simplified form, and are of the other one."""

    @property
    def wrong(self) -> bool:
        """Most of the hypothesis is in a script that the reference is not written in."""
        return self.hypothesis is not None and self.wrong_letters > 0.5


def script_counts(text: str) -> Counter[str]:
    """Letters by script, those of the script met first coming first."""
    counts: Counter[str] = Counter()
    for script, number in _letters(text):
        counts[script] += number
    return counts


def _letters_of(word: str) -> Sequence[tuple[str, int]]:
    """(script, how many) for each letter of a word."""
    scripts = Counter(map(_script_of_letter, word))
    return [(script, number) for script, number in scripts.items() if script is not None]


_letters = by_word(_letters_of)


@cache
def _script_of_letter(char: str) -> str | None:
    """`None`: no letter."""
    return script_of(char) if char.isalpha() else None


def dominant_script(text: str) -> str | None:
    """The script of most letters; `None` if there is none. A tie goes to the one met first."""
    return _most(script_counts(text))


def _most(counts: Counter[str]) -> str | None:
    return max(counts, key=counts.__getitem__) if counts else None


def scripts_of_words(text: str) -> frozenset[str]:
    """Scripts of which a text holds words; initialisms, lone letters, units and addresses are words of none.

    They stand in the letters of another script in a text that switches no language: `NHK`, `60km`, `XXI век`.
    """
    words = (word for word in text.split() if not _ADDRESS.search(word))
    runs = ((script, "".join(run)) for word in words for script, run in groupby(word, _script_of_letter))
    return frozenset(script for script, run in runs if script is not None and not _is_sign(run))


def _is_sign(letters: str) -> bool:
    return letters.lower() != letters.upper() and (
        len(letters) < _SHORTEST_WORD or (letters.isupper() and len(letters) <= _LONGEST_INITIALISM)
    )


def expected_scripts(language: str) -> tuple[str, ...]:
    """Scripts a language is written in: its tag's own subtag (`hi-Latn`), else what its rules say; empty: unknown."""
    subtags = language.replace("_", "-").split("-")[1:]
    declared = next((subtag.title() for subtag in subtags if len(subtag) == 4 and subtag.isalpha()), None)
    if declared in SCRIPTS:
        return (declared,)
    return tuple(data.rules(data.resolve(language)).get("scripts", ()))


def check_script(reference: str, hypothesis: str, language: str) -> ScriptCheck:
    """Compares the script of an answer with the reference's and the language's.

    A reference that switches to another script allows it for as large a part of the answer. A language that is written
    in either of two scripts (Uzbek, Serbian) is expected in the reference's; Japanese in all of its own at once.
    """
    expected = expected_scripts(language)
    said, heard = script_counts(reference), script_counts(hypothesis)
    if set(said) == set(heard) == {"Hani"} and "Jpan" not in expected:
        wrong = _of_other_form(reference, hypothesis)
    else:
        own = set(expected) if not said or "Jpan" in expected else set(expected) & set(said)
        wrong = sum(_excess(script, heard, said) for script in heard if script not in own)
    return ScriptCheck(
        expected=expected,
        reference=_most(said),
        hypothesis=_most(heard),
        wrong_letters=wrong if expected or said else 0.0,
    )


def _excess(script: str, heard: Counter[str], said: Counter[str]) -> float:
    """By how much the share of a script is larger in the answer than in the reference."""
    return max(0.0, heard[script] / heard.total() - (said[script] / said.total() if said else 0.0))


def _of_other_form(reference: str, hypothesis: str) -> float:
    """Of the Chinese letters of an answer that only one of the forms has, the share of the reference's other one."""
    said, heard = (Counter(filter(None, map(_chinese_form, text))) for text in (reference, hypothesis))
    form = _most(said)
    return 0.0 if form is None or not heard else 1 - heard[form] / heard.total()


@cache
def _chinese_form(char: str) -> str | None:
    """`Hans` or `Hant` for a letter that is in the national standard of one form alone.

    Source: GB 2312-80 (simplified) and Big5 (traditional), by the codecs of Python.
    """
    simplified, traditional = _is_encoded(char, "gb2312"), _is_encoded(char, "big5")
    return None if simplified == traditional else "Hans" if simplified else "Hant"


def _is_encoded(char: str, charset: str) -> bool:
    try:
        return bool(char.encode(charset))
    except UnicodeEncodeError:
        return False


def transliterate(text: str, source: str, target: str) -> str | None:
    """The text in another script; `None` where no rule leads from one to the other (Urdu's Arabic letters, kana).

    Between Indic scripts letter by letter; Latin is IAST, not the free spelling of chat messages.

    Raises:
        MissingExtraError: the package `indic-transliteration` is not installed.
    """
    if source not in _SCHEMES or target not in _SCHEMES:
        return None
    if source == target:
        return text
    converted: str = require_transliteration().transliterate(text, _SCHEMES[source], _SCHEMES[target])
    return converted


def require_transliteration() -> Any:
    """The package's module `sanscript`.

    Raises:
        MissingExtraError: the package `indic-transliteration` is not installed.
    """
    try:
        from indic_transliteration import sanscript
    except ImportError as error:
        raise MissingExtraError("indic-transliteration", "transliteration") from error
    return sanscript


def aksharas(text: str) -> list[str]:
    """Orthographic syllables of a normalised text, without spaces; of other scripts, letters with their marks."""
    return _aksharas(text)
