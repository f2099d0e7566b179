"""What was on display when: the transcript as a user of the stream saw it grow, word by word.

The display at a moment is all finals so far followed by the current partial; a final ends the partial it confirms.
Words are compared without case and outer punctuation, so that a capital is no revision. Languages written without
spaces are compared by what stands between spaces. Pure.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import TypeAlias

from rapidfuzz.distance import Levenshtein

from bench.types import Event

Words: TypeAlias = tuple[str, ...]
_UNSEEN = frozenset({"Cc", "Cf"})
"""Categories of what has no glyph: zero-width spaces, marks of direction, the byte-order mark."""


@dataclass(frozen=True, kw_only=True)
class Display:
    """What stood on display from `t_s` on."""

    t_s: float
    committed: Words
    """Words of finals."""
    pending: Words
    """Words of the current partial."""

    @cached_property
    def words(self) -> Words:
        return self.committed + self.pending


@lru_cache(maxsize=1 << 12)
def words_of(text: str) -> Words:
    """Words between spaces, case-folded and without outer punctuation; none is of punctuation or the unseen alone."""
    bare = (_stripped(word) for word in unicodedata.normalize("NFC", text).casefold().split())
    return tuple(word for word in bare if word)


@lru_cache(maxsize=1 << 14)
def _stripped(word: str) -> str:
    if word.isalnum():
        return word
    kept, sign = [], False
    for index, char in enumerate(word):
        category = unicodedata.category(char)
        # A mark after a sign belongs to it: the variation selector of a heart is no word.
        sign = category[0] in "PS" or category in _UNSEEN or (sign and category[0] == "M")
        if not sign:
            kept.append(index)
    return word[kept[0] : kept[-1] + 1] if kept else ""


def displays(events: Sequence[Event]) -> tuple[Display, ...]:
    """The display after each partial and final, in order."""
    committed: Words = ()
    shown: list[Display] = []
    for event in events:
        words = words_of(event.text)
        if event.kind == "final":
            committed += words
            shown.append(Display(t_s=event.t_s, committed=committed, pending=()))
        elif event.kind == "partial":
            shown.append(Display(t_s=event.t_s, committed=committed, pending=words))
    return tuple(shown)


def final_times(shown: Sequence[Display]) -> list[float]:
    """When each word of the final transcript was confirmed."""
    times: list[float] = []
    for display in shown:
        times.extend([display.t_s] * (len(display.committed) - len(times)))
    return times


def stable_times(shown: Sequence[Display]) -> list[float]:
    """When each word of the final transcript appeared at its place, to stay there until the end."""
    last = shown[-1].committed if shown else ()
    times = [display.t_s for display in shown[-1:]] * len(last)
    stable = list(range(len(last)))
    for display in reversed(shown):
        words, count = display.words, len(display.words)
        stable = [index for index in stable if index < count and words[index] == last[index]]
        for index in stable:
            times[index] = display.t_s
    return times


def first_times(shown: Sequence[Display]) -> list[float]:
    """When each place of the final transcript first held a word, whichever it was."""
    times: list[float] = []
    length = len(shown[-1].committed) if shown else 0
    for display in shown:
        times.extend([display.t_s] * (min(length, len(display.words)) - len(times)))
    return times


def matches(reference: Sequence[str], hypothesis: Sequence[str]) -> list[tuple[int, int]]:
    """Pairs of places of equal words in a minimal-edit alignment; of several, the one rapidfuzz traces back."""
    blocks = Levenshtein.opcodes(reference, hypothesis)
    return [
        (block.src_start + offset, block.dest_start + offset)
        for block in blocks
        if block.tag == "equal"
        for offset in range(block.src_end - block.src_start)
    ]
