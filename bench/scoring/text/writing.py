"""How an answer is written: marks, capitals, numerals. Pure.

Three error rates stand in a row, of words cut at white space: without case and marks, with case, with both; what each
adds is what the writing gets wrong. Only a reference that is written itself, with a mark or a capital, is asked. The
marks at the edges of a word count, in every script; those inside are part of it.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from bench.scoring.tally import Heard, Reasons, Tallies, add, rate, share
from bench.scoring.text.align import align, count_edits
from bench.scoring.text.normalize.alternatives import first_variants

_SENTENCE_ENDS = frozenset(".?!।॥。？！؟۔")
_SAME_MARK = {"؟": "?", "？": "?", "！": "!", "，": ",", "،": ",", "、": ",", "।": ".", "॥": ".", "。": ".", "۔": "."}
"""Marks of a script, by the mark they stand for; `؛` and the rest stand for themselves."""
_EDGES = '.,?!;:…"।॥。？！，、；：؟،؛۔¿¡—'
_MARKS = frozenset(_EDGES)
_NUMERAL = re.compile(r"\d(?:[\d.,:/'\u00a0\u202f-]*\d)?(?:st|nd|rd|th|%)?")

_FAMILY = "writing"


class Written(NamedTuple):
    """A word as written."""

    before: str
    word: str
    after: str

    @property
    def marks(self) -> list[str]:
        """Those around it, one by one."""
        return [_SAME_MARK.get(mark, mark) for mark in (*self.before, *self.after)]


def written(text: str) -> list[Written]:
    """The words of a text, marks at their edges apart; what is marks alone belongs to the word before."""
    words: list[Written] = []
    for piece in unicodedata.normalize("NFC", text).split():
        rest = piece.lstrip(_EDGES)
        if word := rest.rstrip(_EDGES):
            words.append(Written(piece[: len(piece) - len(rest)], word, rest[len(word) :]))
        elif words:
            words[-1] = words[-1]._replace(after=words[-1].after + piece)
        else:
            words.append(Written(piece, "", ""))
    return words


def is_written(text: str) -> bool:
    """Whether a reference has a mark or a capital, and can say how a text should be written."""
    return any(char in _MARKS or char.isupper() for char in text)


def tally(heard: Heard, tallies: Tallies, reasons: Reasons) -> None:
    """Of a reference that is written."""
    text = first_variants(heard.utterance.text)
    if not is_written(text) or heard.normalizer.unit(heard.utterance.language) == "char":
        return
    true, said = written(text), written(heard.transcript.text)
    rows = {
        "lexical": ([word.word.casefold() for word in true], [word.word.casefold() for word in said]),
        "cased": ([word.word for word in true], [word.word for word in said]),
        "verbatim": (["".join(word) for word in true], ["".join(word) for word in said]),
    }
    for name, (reference, hypothesis) in rows.items():
        counts = count_edits(reference, hypothesis)
        tallies[f"writing.{name}.errors"], tallies[f"writing.{name}.words"] = counts.errors, counts.reference_length
    right = list(_matched(true, said))
    _tally_marks(true, said, tallies)
    _tally_safe_marks(right, tallies)
    _tally_case(_first_words(true), right, tallies)
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
    reference, hypothesis = _masked(true), _masked(said)
    edits = align([token for token, _ in reference], [token for token, _ in hypothesis])
    for edit in edits:
        before, after = reference[edit.ref_start : edit.ref_end], hypothesis[edit.hyp_start : edit.hyp_end]
        if edit.op == "equal":
            both = zip(before, after, strict=True)
            yield from (MarkErrors(a, b) for (_, a), (_, b) in both if a)
        else:
            yield from (MarkErrors(mark, "") for _, mark in before if mark)
            yield from (MarkErrors("", mark) for _, mark in after if mark)


_MASK = "\x00"


def _masked(words: Sequence[Written]) -> list[tuple[str, str]]:
    """(token, the mark it stands for); words have no mark."""
    tokens = []
    for word in words:
        tokens += [(_MASK, _SAME_MARK.get(mark, mark)) for mark in word.before]
        tokens += [(word.word.casefold(), "")] if word.word else []
        tokens += [(_MASK, _SAME_MARK.get(mark, mark)) for mark in word.after]
    return tokens


def _tally_marks(true: Sequence[Written], said: Sequence[Written], tallies: Tallies) -> None:
    tallies.setdefault("marks.all", 0.0)
    for fate in mark_errors(true, said):
        add(tallies, "marks.all")
        if fate.true != fate.said:
            add(tallies, "marks.errors")
        for mark in {fate.true, fate.said} & _JUDGED.keys():
            name = _JUDGED[mark]
            tallies.setdefault(f"marks.{name}.right", 0.0)
            add(tallies, f"marks.{name}.right", 2.0 * (fate.true == fate.said))
            add(tallies, f"marks.{name}.both", (fate.true == mark) + (fate.said == mark))


def _tally_safe_marks(right: Sequence[tuple[Written, Written]], tallies: Tallies) -> None:
    """Marks around words that are right on both sides, where no wrong word can cost a mark."""
    if not right:
        return
    marks = errors = 0
    for before, after in right:
        expected, found = before.marks, after.marks
        most = max(len(expected), len(found))
        marks += most
        if expected != found:
            errors += most - (Counter(expected) & Counter(found)).total()
    add(tallies, "marks.safe.all", marks)
    add(tallies, "marks.safe.errors", errors)


_JUDGED = {".": "period", ",": "comma", "?": "question", "!": "exclamation"}


def _matched(true: Sequence[Written], said: Sequence[Written]) -> Iterator[tuple[Written, Written]]:
    edits = align([word.word.casefold() for word in true], [word.word.casefold() for word in said])
    for edit in edits:
        if edit.op == "equal":
            yield from zip(true[edit.ref_start : edit.ref_end], said[edit.hyp_start : edit.hyp_end], strict=True)


# -- capitals ---------------------------------------------------------------------------------


def _tally_case(begin: Iterable[Written], right: Sequence[tuple[Written, Written]], tallies: Tallies) -> None:
    """Of words that are right but for their case; those that `begin` a sentence have a capital anyhow."""
    starts = {id(word) for word in begin}
    for before, after in right:
        if before.word.lower() == before.word.upper():
            continue  # a script without case, or a numeral
        add(tallies, "case.words")
        add(tallies, "case.right", float(before.word == after.word))
        if id(before) not in starts:
            capital, given = before.word[0].isupper(), after.word[0].isupper()
            add(tallies, "case.capitals.right", 2.0 * (capital and given))
            add(tallies, "case.capitals.both", float(capital) + float(given))


def _first_words(words: Sequence[Written]) -> Iterator[Written]:
    first = True
    for word in words:
        if first:
            yield word
        first = bool(_SENTENCE_ENDS & set(word.after))


# -- numerals ---------------------------------------------------------------------------------


def numerals(text: str) -> list[str]:
    """Numbers written in digits, with what groups them."""
    return _NUMERAL.findall(text)


def _tally_numbers(heard: Heard, text: str, tallies: Tallies) -> None:
    expected, shown = numerals(text), Counter(numerals(heard.transcript.text))
    if not expected:
        return
    words, start = list(heard.hypothesis), 0
    tallies["numbers.all"] = len(expected)
    tallies["numbers.value"] = tallies["numbers.format"] = 0.0
    for numeral in expected:
        value = heard.words(numeral)
        place = next((at for at in range(start, len(words)) if words[at : at + len(value)] == value), None)
        if place is not None:
            start = place + len(value)
            add(tallies, "numbers.value")
        if shown[numeral] > 0:
            shown[numeral] -= 1
            add(tallies, "numbers.format")


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
        "number_formats",
        _FAMILY,
        "numerals of the reference that were written the same",
        "numbers.format",
        "numbers.all",
    ),
)
