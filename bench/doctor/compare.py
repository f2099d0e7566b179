"""Comparing what was heard with what was said. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Literal, TypeAlias

from bench.engines.reading import join_finals
from bench.scoring.text.align import count_edits
from bench.scoring.text.normalize import get_normalizer
from bench.types import ErrorCounts

Nearness: TypeAlias = Literal["same", "near", "far"]

_SAME, _NEAR = 0.1, 0.3
"""Services vary from call to call: one word, or a tenth of them, is no difference."""


def words_of(text: str, language: str) -> list[str]:
    """The words of a text, as scoring has them by default."""
    return get_normalizer("earwitness").words(text, language)


def errors(expected: str, heard: str, language: str) -> ErrorCounts:
    return count_edits(words_of(expected, language), words_of(heard, language))


def nearness(counts: ErrorCounts) -> Nearness:
    """Whether two texts are the same but for what varies from call to call."""
    if counts.errors <= max(1, _SAME * counts.reference_length):
        return "same"
    return "near" if counts.errors <= _NEAR * counts.reference_length else "far"


def shown(counts: ErrorCounts) -> str:
    """For instance `2 of 10 words differ (2 lost)`."""
    parts = (("lost", counts.deletions), ("added", counts.insertions), ("changed", counts.substitutions))
    detail = ", ".join(f"{number} {name}" for name, number in parts if number)
    if not counts.errors:
        return f"all {counts.reference_length} words agree"
    return f"{counts.errors} of {counts.reference_length} words differ ({detail})"


def quoted(text: str) -> str:
    """The beginning of a text."""
    text = " ".join(text.split())
    return f'"{text[:40]}..."' if len(text) > 43 else f'"{text}"'


def fused_by_concatenation(finals: Sequence[str], language: str) -> int:
    """How many words are lost to fusion if finals are put together without any rule."""
    joined = len(words_of(join_finals(finals), language))
    return max(0, joined - len(words_of(join_finals(finals, verbatim=True), language)))


def cuts_inside_words(finals: Sequence[str], expected: str, language: str) -> list[str]:
    """Words of the expected text that a seam between two finals goes through."""
    known = set(words_of(expected, language))
    cut_words = []
    for left, right in pairwise(finals):
        before, after = words_of(left, language), words_of(right, language)
        if not before or not after:
            continue
        halves = (before[-1], after[0])
        if "".join(halves) in known and not known.issuperset(halves):
            cut_words.append("".join(halves))
    return cut_words
