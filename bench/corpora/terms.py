"""Domain terms: find those of a list in each reference, or propose candidates for such a list. Pure."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from typing import TypeAlias

from bench.corpora.scripts import script_of
from bench.types import Utterance

_TOKEN = re.compile(r"[^\s]+")
_MARKS = "".join(chr(code) for code in range(0x300, 0xE00) if unicodedata.category(chr(code)) in ("Mn", "Mc"))
_UNSPACED = {"CJK", "HIRAGANA", "KATAKANA", "THAI", "LAO", "KHMER", "MYANMAR"}
_RARER_THAN = 3.0
_SHORTEST = 4

Frequency: TypeAlias = Callable[[str, str], float | None]
"""Zipf frequency of a word in a language (BCP-47): log10 of occurrences in a billion words, 0: unknown word; `None`:
nothing is known of the language."""

_SENTENCE_END = ".!?।…:;\"'"


def mark_terms(utterances: Iterable[Utterance], terms: Sequence[str]) -> list[Utterance]:
    """Utterances with `keywords` set to the terms their text contains, whole words, whatever the case."""
    patterns = [(term, _pattern(term)) for term in dict.fromkeys(terms) if term.strip()]
    return [
        replace(utterance, keywords=tuple(term for term, pattern in patterns if pattern.search(_fold(utterance.text))))
        for utterance in utterances
    ]


def _pattern(term: str) -> re.Pattern[str]:
    """Bounded by what is neither letter, mark nor digit: the word boundary of `re` splits before Indic vowel signs.

    Scripts written without spaces have no bounds to look for.
    """
    words = r"\s+".join(re.escape(word) for word in _fold(term).split())
    if any(script_of(char) in _UNSPACED for char in term):
        return re.compile(words)
    return re.compile(rf"(?<![\w{_MARKS}]){words}(?![\w{_MARKS}])")


def _fold(text: str) -> str:
    return unicodedata.normalize("NFC", text).casefold()


def suggest_terms(
    utterances: Sequence[Utterance], limit: int, frequency: Frequency | None = None
) -> list[tuple[str, int]]:
    """Likely terms with the number of utterances they occur in: words written with a capital inside a sentence, words
    that mix letters and digits, and, with `frequency`, words that general language seldom uses.

    Args:
        utterances: whose references are looked through.
        limit: of terms, those that occur most.
        frequency: of general language; `None`: rare words are not looked for.

    Source: van Heuven et al. (2014), SUBTLEX-UK, for the Zipf scale.
    """
    occurrences: Counter[str] = Counter()
    common = {word.casefold() for utterance in utterances for word in _words(utterance.text) if word.islower()}
    for utterance in utterances:
        named = set(_candidates(utterance.text, common))
        taken = {word.casefold() for word in named}
        rare = {word for word in _words(utterance.text) if frequency and _is_rare(word, utterance.language, frequency)}
        occurrences.update(named | {word.casefold() for word in rare if word.casefold() not in taken})
    return sorted(occurrences.items(), key=lambda pair: (-pair[1], pair[0]))[:limit]


def general_frequency() -> Frequency | None:
    """Frequencies of general language, by wordfreq (extra `terms`); `None`: it is not installed."""
    try:
        import wordfreq
    except ImportError:
        return None
    known = wordfreq.available_languages()

    def frequency(word: str, language: str) -> float | None:
        code = language.split("-")[0].lower()
        return float(wordfreq.zipf_frequency(word, code)) if code in known else None

    return frequency


def _is_rare(word: str, language: str, frequency: Frequency) -> bool:
    """Below one in a million words; short words and numbers are not looked at."""
    letters = len(word) >= _SHORTEST and not any(char.isdigit() for char in word)
    known = frequency(word, language) if letters else None
    return known is not None and known < _RARER_THAN


def _words(text: str) -> list[str]:
    return [token.strip("\"'.,;:!?()[]«»“”„।-") for token in _TOKEN.findall(text)]


def _candidates(text: str, common: set[str]) -> Iterable[str]:
    sentence_starts = True
    for token, word in zip(_TOKEN.findall(text), _words(text), strict=True):
        has_digit = any(char.isdigit() for char in word)
        is_code = has_digit and any(char.isalpha() for char in word)
        is_name = len(word) > 1 and word[:1].isupper() and not sentence_starts and word.casefold() not in common
        if is_code or is_name:
            yield word
        sentence_starts = token[-1] in _SENTENCE_END
