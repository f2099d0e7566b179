"""Is text in the language it is declared in? Judged over a whole corpus by the package py3langid, if it is installed.

For languages that share a script, where letters betray nothing: Spanish declared as Portuguese, Marathi as Hindi. One
short text says little, so many are judged and their majority counts; a language that the package does not know is left
alone. Without the package (extra `langid`) nothing is judged and nothing is found.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator
from functools import cache
from importlib.util import find_spec
from typing import TypeAlias

from bench.corpora.scripts import script_of, scripts_of

Judge: TypeAlias = Callable[[str], tuple[str, float]]
"""Text -> the language it is likeliest in, and how likely."""

_MAX_KEPT = 2000
_MIN_BYTES = 24
"""Of letters in UTF-8, which the model reads: 24 Latin letters, 12 Cyrillic ones, 8 of Devanagari or Chinese."""
_MIN_TEXTS = 5
_MIN_PROBABILITY = 0.5
_MAX_EXAMPLES = 3
_ALIASES = {"cmn": "zh", "fil": "tl", "iw": "he", "nb": "no"}
_ALIKE = ({"bs", "hr", "sr"}, {"id", "ms"}, {"no", "nn"}, {"zh", "yue", "wuu"}, {"ar", "ary", "arz"})
"""Written too much alike for a model of letters, or one language under several codes."""


class Texts:
    """Lines and texts of one language: all of them, or an even sample where there are many."""

    def __init__(self) -> None:
        self._kept: list[tuple[int, str]] = []
        self._stride, self._seen = 1, 0

    def add(self, line: int, text: str) -> None:
        if self._seen % self._stride == 0:
            self._kept.append((line, text))
            if len(self._kept) > _MAX_KEPT:
                del self._kept[1::2]
                self._stride *= 2
        self._seen += 1

    def __iter__(self) -> Iterator[tuple[int, str]]:
        return iter(self._kept)


class LanguageCheck:
    """Collects texts by declared language, and says which languages are another one."""

    def __init__(self) -> None:
        self._texts: dict[str, Texts] | None = defaultdict(Texts) if find_spec("py3langid") else None

    def add(self, line: int, language: str, text: str) -> None:
        """Take the text of one line into account."""
        if self._texts is not None:
            self._texts[language].add(line, text)

    def mismatches(self) -> Iterator[tuple[int, str]]:
        """(first line of the wrong language, message), at most one for a declared language."""
        for language, texts in (self._texts or {}).items():
            yield from _mismatch(language, texts)


def _mismatch(declared: str, texts: Texts) -> Iterator[tuple[int, str]]:
    judge, known = _identifier()
    own = _code(declared)
    if own not in known:
        return
    read_as: dict[str, list[tuple[int, str]]] = defaultdict(list)
    for line, text in texts:
        if _is_telling(text, declared):
            language, probability = judge(text)
            if probability >= _MIN_PROBABILITY:
                read_as[language].append((line, text))
    judged = sum(map(len, read_as.values()))
    usual = max(read_as, key=lambda language: len(read_as[language]), default=own)
    if judged < _MIN_TEXTS or len(read_as[usual]) * 2 <= judged or usual in _same(own):
        return
    examples = "; ".join(f"line {line}: {text[:60]!r}" for line, text in read_as[usual][:_MAX_EXAMPLES])
    counts = (
        f"{len(read_as[usual])} of {judged} texts declared {declared} read like {usual}, {len(read_as[own])} like {own}"
    )
    yield read_as[usual][0][0], f"{counts}: is the language right? {examples}"


def _code(language: str) -> str:
    base = language.split("-")[0].lower()
    return _ALIASES.get(base, base)


def _same(language: str) -> set[str]:
    return next((group for group in _ALIKE if language in group), {language})


def _is_telling(text: str, language: str) -> bool:
    """Whether a text has letters enough, most of them in the language's script (else the script is what is wrong)."""
    letters = [letter for letter in text if letter.isalpha()]
    if len("".join(letters).encode()) < _MIN_BYTES:
        return False
    scripts = scripts_of(language)
    return scripts is None or sum(script_of(letter) in scripts for letter in letters) * 2 > len(letters)


@cache
def _identifier() -> tuple[Judge, frozenset[str]]:
    """The model, and the languages it knows."""
    from py3langid.langid import MODEL_FILE, LanguageIdentifier

    model = LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
    return model.classify, frozenset(map(str, model.labels))
