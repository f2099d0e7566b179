"""How an answer is written: marks, capitals, numerals. Pure.

Three error rates stand in a row, of words cut at white space: without case and marks, with case, with both; what each
adds is what the writing gets wrong. Only a reference that is written itself, with a mark or a capital, is asked. The
marks at the edges of a word count, in every script; those inside are part of it.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

from rapidfuzz.distance import Levenshtein

from bench.scoring.tally import Heard, Reasons, Tallies, add, rate, share
from bench.scoring.text.normalize.alternatives import first_variants

_SENTENCE_ENDS = frozenset(".?!।॥。？！؟۔")
_SAME_MARK = {"؟": "?", "？": "?", "！": "!", "，": ",", "،": ",", "、": ",", "।": ".", "॥": ".", "。": ".", "۔": "."}
"""Marks of a script, by the mark they stand for; `؛` and the rest stand for themselves."""
_EDGES = '.,?!;:…"।॥。？！，、；：؟،؛۔¿¡—'
_MARKS = frozenset(_EDGES)
_NUMERAL = re.compile(r"\d(?:[\d.,:/'\u00a0\u202f-]*\d)?(?:st|nd|rd|th|%)?")

_MASK = "\x00"
"""The token of every mark."""

_FAMILY = "writing"


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """A word as written."""

    before: str
    word: str
    after: str
    verbatim: str
    """All of it."""
    folded: str
    """The word whatever its case."""
    has_case: bool
    """Unlike a numeral, and a word of a script without case."""
    capital: bool
    """Whether the word begins with one."""
    marks: tuple[str, ...]
    """Those around it, one by one."""
    masked: tuple[str, ...]
    """The word and the marks around it, those masked to one token."""
    unmasked: tuple[str, ...]
    """For each of these the mark it stands for; empty for the word."""


class Right(NamedTuple):
    """A word that is right but for its case and marks, as it is on both sides."""

    true: Written
    said: Written
    begins: bool
    """Whether it begins a sentence of the reference."""


@lru_cache(maxsize=1 << 14)
def _written(before: str, word: str, after: str) -> Written:
    first, last = (tuple(_SAME_MARK.get(mark, mark) for mark in marks) for marks in (before, after))
    folded = word.casefold()
    return Written(
        before=before,
        word=word,
        after=after,
        verbatim=before + word + after,
        folded=folded,
        has_case=word.lower() != word.upper(),
        capital=word[:1].isupper(),
        marks=(*first, *last),
        masked=(*[_MASK] * len(first), *([folded] if word else []), *[_MASK] * len(last)),
        unmasked=(*first, *([""] if word else []), *last),
    )


@lru_cache(maxsize=1 << 14)
def _split(piece: str) -> Written:
    """What stands between spaces, marks at its edges apart; of marks alone, all of them before an empty word."""
    rest = piece.lstrip(_EDGES)
    word = rest.rstrip(_EDGES)
    return _written(piece[: len(piece) - len(rest)], word, rest[len(word) :])


def written(text: str) -> list[Written]:
    """The words of a text; what is marks alone belongs to the word before."""
    words: list[Written] = []
    for word in map(_split, unicodedata.normalize("NFC", text).split()):
        if word.word or not words:
            words.append(word)
        else:
            last = words[-1]
            words[-1] = _written(last.before, last.word, last.after + word.before)
    return words


class _Reference(NamedTuple):
    text: str
    """With its first variants."""
    words: list[Written]
    """None: it is not written, and can say nothing of writing."""
    begins: list[bool]
    """Whether each word begins a sentence."""


@lru_cache(maxsize=1 << 12)
def _reference(text: str) -> _Reference:
    """A reference as it is written; many answers are given to one."""
    first = first_variants(text)
    words = written(first) if is_written(first) else []
    ends = [not _SENTENCE_ENDS.isdisjoint(word.after) for word in words]
    return _Reference(first, words, [True, *ends[:-1]] if ends else [])


def is_written(text: str) -> bool:
    """Whether a reference has a mark or a capital, and can say how a text should be written."""
    return not _MARKS.isdisjoint(text) or any(map(str.isupper, text))


def tally(heard: Heard, tallies: Tallies, reasons: Reasons) -> None:
    """Of a reference that is written."""
    text, true, begins = _reference(heard.utterance.text)
    if not true or heard.normalizer.unit(heard.utterance.language) == "char":
        return
    said = written(heard.transcript.text)
    lexical = [word.folded for word in true], [word.folded for word in said]
    rows = {
        "lexical": lexical,
        "cased": ([word.word for word in true], [word.word for word in said]),
        "verbatim": ([word.verbatim for word in true], [word.verbatim for word in said]),
    }
    for name, (reference, hypothesis) in rows.items():
        tallies[f"writing.{name}.errors"] = Levenshtein.distance(reference, hypothesis)
        tallies[f"writing.{name}.words"] = len(reference)
    right = [
        Right(true[step.src_start + k], said[step.dest_start + k], begins[step.src_start + k])
        for step in Levenshtein.opcodes(*lexical)
        if step.tag == "equal"
        for k in range(step.src_end - step.src_start)
    ]
    _tally_marks(true, said, tallies)
    _tally_safe_marks(right, tallies)
    _tally_case(right, tallies)
    _tally_numbers(heard, text, tallies)


# -- marks ------------------------------------------------------------------------------------


class MarkErrors(NamedTuple):
    """One mark's fate; `true` or `said` is empty where one side has none."""

    true: str
    said: str


def mark_errors(true: Sequence[Written], said: Sequence[Written]) -> Iterator[MarkErrors]:
    """Marks masked to one token and aligned with the words: right, another, missing, or too many.

    Source: Meister et al., LibriSpeech-PC, arXiv:2310.02943; NeMo `punct_er.py`.
    """
    tokens = ([token for word in words for token in word.masked] for words in (true, said))
    expected, shown = ([mark for word in words for mark in word.unmasked] for words in (true, said))
    for step in Levenshtein.opcodes(*tokens):
        before, after = expected[step.src_start : step.src_end], shown[step.dest_start : step.dest_end]
        if step.tag == "equal":
            yield from [MarkErrors(a, b) for a, b in zip(before, after, strict=True) if a]
        else:
            yield from [MarkErrors(mark, "") for mark in before if mark]
            yield from [MarkErrors("", mark) for mark in after if mark]


def _tally_marks(true: Sequence[Written], said: Sequence[Written], tallies: Tallies) -> None:
    tallies.setdefault("marks.all", 0.0)
    for fate, number in Counter(mark_errors(true, said)).items():
        add(tallies, "marks.all", number)
        if fate.true != fate.said:
            add(tallies, "marks.errors", number)
        for mark in dict.fromkeys(fate):
            name = _JUDGED.get(mark)
            if name is None:
                continue
            add(tallies, f"marks.{name}.right", 2.0 * number * (fate.true == fate.said))
            add(tallies, f"marks.{name}.both", number * ((fate.true == mark) + (fate.said == mark)))


def _tally_safe_marks(right: Sequence[Right], tallies: Tallies) -> None:
    """Marks around words that are right on both sides, where no wrong word can cost a mark."""
    if not right:
        return
    marks = errors = 0
    for true, said, _ in right:
        expected, shown = true.marks, said.marks
        if not expected and not shown:
            continue
        most = max(len(expected), len(shown))
        marks += most
        if expected != shown:
            errors += most - (Counter(expected) & Counter(shown)).total()
    add(tallies, "marks.safe.all", marks)
    add(tallies, "marks.safe.errors", errors)


_JUDGED = {".": "period", ",": "comma", "?": "question", "!": "exclamation"}


# -- capitals ---------------------------------------------------------------------------------


def _tally_case(right: Sequence[Right], tallies: Tallies) -> None:
    """Of words that are right but for their case; those that begin a sentence have a capital anyhow."""
    cased = [word for word in right if word.true.has_case]
    inside = [word for word in cased if not word.begins]
    if cased:
        tallies["case.words"] = float(len(cased))
        tallies["case.right"] = float(sum(word.true.word == word.said.word for word in cased))
    if inside:
        capitals = [(word.true.capital, word.said.capital) for word in inside]
        tallies["case.capitals.right"] = 2.0 * sum(capital and given for capital, given in capitals)
        tallies["case.capitals.both"] = float(sum(capital + given for capital, given in capitals))


# -- numerals ---------------------------------------------------------------------------------


def numerals(text: str) -> list[str]:
    """Numbers written in digits, with what groups them."""
    return _NUMERAL.findall(text)


def _tally_numbers(heard: Heard, text: str, tallies: Tallies) -> None:
    expected, shown = numerals(text), numerals(heard.transcript.text)
    if shown:
        tallies["numbers.shown"] = len(shown)
        tallies["numbers.true"] = float(_recognised(heard, shown, heard.reference))
    if expected:
        tallies["numbers.all"] = len(expected)
        tallies["numbers.value"] = float(_recognised(heard, expected, heard.hypothesis))
        tallies["numbers.format"] = float((Counter(expected) & Counter(shown)).total())


def _recognised(heard: Heard, values: Sequence[str], words: Sequence[str]) -> int:
    """How many numerals have their value among normalised words, in order."""
    number = start = 0
    for numeral in values:
        value = heard.words(numeral)
        at_word = next((at for at in range(start, len(words)) if list(words[at : at + len(value)]) == value), None)
        if at_word is not None:
            number, start = number + 1, at_word + len(value)
    return number


# -- measures ---------------------------------------------------------------------------------


MEASURES = (
    *(
        rate(f"wer.{reading}", _FAMILY, definition, f"writing.{reading}.errors", f"writing.{reading}.words")
        for reading, definition in (
            ("lexical", "word errors of words as written, without case and marks at their edges"),
            ("cased", "the same, where case must be right too"),
            ("verbatim", "the same, where case and marks must be right"),
        )
    ),
    share(
        "punctuation_error_rate",
        _FAMILY,
        "marks wrong, missing or too many, of all marks on either side (PER)",
        "marks.errors",
        "marks.all",
        source="Meister et al., LibriSpeech-PC, arXiv:2310.02943",
        lower_is_better=True,
    ),
    share(
        "punctuation_error_rate.right_words",
        _FAMILY,
        "the same, of marks around words that were recognised",
        "marks.safe.errors",
        "marks.safe.all",
        lower_is_better=True,
    ),
    *(
        share(
            f"{mark}_f1", _FAMILY, f"F1 of the {mark} mark of every script", f"marks.{mark}.right", f"marks.{mark}.both"
        )
        for mark in _JUDGED.values()
    ),
    share("case_accuracy", _FAMILY, "recognised words with the right case", "case.right", "case.words"),
    share(
        "capitals_f1",
        _FAMILY,
        "F1 of capitals that begin no sentence",
        "case.capitals.right",
        "case.capitals.both",
    ),
    share(
        "number_values",
        _FAMILY,
        "numerals of the reference whose value was recognised",
        "numbers.value",
        "numbers.all",
    ),
    share(
        "number_precision",
        _FAMILY,
        "numerals of the answer whose value is in the reference",
        "numbers.true",
        "numbers.shown",
    ),
    share(
        "number_formats",
        _FAMILY,
        "numerals of the reference that were written the same",
        "numbers.format",
        "numbers.all",
    ),
)
