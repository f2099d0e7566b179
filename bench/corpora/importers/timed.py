"""Timed words of a long recording, grouped into entries cut in the middle of silences."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import NamedTuple

from bench.corpora.entry import Entry
from bench.types import Word

_MARGIN_S = 0.25
"""Silence kept around a group at most; half of a shorter gap."""


class TimedWord(NamedTuple):
    text: str
    start_s: float
    end_s: float
    where: str
    written: str | None = None
    """How the text has it; `None`: as it is. Of alternates, the first word has them all, and the others nothing."""


def group_words(words: Sequence[TimedWord], gap_s: float) -> Iterator[list[TimedWord]]:
    """Split where at least `gap_s` lies between words; words are ordered by start."""
    group: list[TimedWord] = []
    for word in words:
        if group and word.start_s - group[-1].end_s >= gap_s:
            yield group
            group = []
        group.append(word)
    if group:
        yield group


def word_entries(words: Sequence[TimedWord], gap_s: float, recording: Entry) -> Iterator[Entry]:
    """One entry per group, else like `recording`, at its first word, with its words timed from where it is cut."""
    groups = list(group_words(words, gap_s))
    for index, group in enumerate(groups):
        before = groups[index - 1][-1].end_s if index else 0.0
        after = groups[index + 1][0].start_s if index + 1 < len(groups) else group[-1].end_s + 2 * _MARGIN_S
        start = group[0].start_s - min(_MARGIN_S, (group[0].start_s - before) / 2)
        end = group[-1].end_s + min(_MARGIN_S, (after - group[-1].end_s) / 2)
        yield replace(
            recording,
            id=f"{recording.id}-{round(start * 1000):08d}",
            where=group[0].where,
            text=" ".join(filter(None, (word.text if word.written is None else word.written for word in group))),
            start_s=start,
            end_s=end,
            words=tuple(
                Word(text=word.text, start_s=round(word.start_s - start, 6), end_s=round(word.end_s - start, 6))
                for word in group
            ),
        )
