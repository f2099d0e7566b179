"""Domain terms: recall, precision, F1 and false alarms, counted on aligned spans. Pure.

A term is found where all its words, in a row, are aligned with the same words (or with inflected forms of them,
where the language's policy allows it). A term in the hypothesis that no such span explains is a false alarm: the
list may be full of decoys, terms of other utterances, so that boosting which hallucinates does not look good.
Text must be normalised and split into words first, terms too.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from bench.scoring.align import align

Term: TypeAlias = tuple[str, ...]

SUFFIXES: Mapping[str, tuple[str, ...]] = {
    "de": ("", "e", "en", "er", "es", "n", "s"),
    "en": ("", "s", "es", "'s", "'"),
    "es": ("", "s", "es"),
    "fr": ("", "s", "x"),
    "it": ("a", "e", "i", "o"),
    "nl": ("", "s", "en", "'s"),
    "pt": ("", "s", "es"),
}
"""language -> endings by which a noun's forms may differ and still be the same term; other languages: none."""
_SHORTEST_STEM = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class TermCounts:
    """Counts of term occurrences. `+` pools; rates exist only where their denominator does."""

    hits: int = 0
    misses: int = 0
    false_alarms: int = 0
    decoy_alarms: int = 0
    """Those false alarms whose term the reference does not hold at all."""

    def __add__(self, other: TermCounts) -> TermCounts:
        return TermCounts(
            hits=self.hits + other.hits,
            misses=self.misses + other.misses,
            false_alarms=self.false_alarms + other.false_alarms,
            decoy_alarms=self.decoy_alarms + other.decoy_alarms,
        )

    @property
    def recall(self) -> float | None:
        """Share of the terms said that were recognised; `None`: none was said."""
        said = self.hits + self.misses
        return self.hits / said if said else None

    @property
    def precision(self) -> float | None:
        """Share of the terms in the hypothesis that were said there; `None`: there are none."""
        shown = self.hits + self.false_alarms
        return self.hits / shown if shown else None

    @property
    def f1(self) -> float | None:
        """2 hits / (2 hits + misses + false alarms); `None`: nothing to count."""
        total = 2 * self.hits + self.misses + self.false_alarms
        return 2 * self.hits / total if total else None


@dataclass(frozen=True, slots=True)
class Occurrence:
    term: Term
    start: int
    end: int
    """Word positions, end exclusive."""


def count_terms(
    reference: Sequence[str],
    hypothesis: Sequence[str],
    terms: Iterable[Term],
    *,
    language: str | None = None,
) -> TermCounts:
    """Counts of one utterance.

    Args:
        reference: normalised words.
        hypothesis: normalised words.
        terms: the list that was, or might have been, boosted; decoys included.
        language: BCP-47, chooses the inflection policy; `None`: only equal words count.
    """
    suffixes = SUFFIXES.get((language or "").split("-")[0].lower(), ("",))
    listed = sorted(set(terms), key=lambda term: (-len(term), term))
    said = find_terms(reference, listed, suffixes)
    shown = find_terms(hypothesis, listed, suffixes)
    partner = _partners(reference, hypothesis)
    hits = [_span(one, partner) for one in said]
    found = {(one.term, span) for one, span in zip(said, hits, strict=True) if span is not None}
    matched = [one for one in shown if (one.term, (one.start, one.end)) in found]
    false = [one for one in shown if one not in matched]
    said_terms = {one.term for one in said}
    return TermCounts(
        hits=len(matched),
        misses=len(said) - len(matched),
        false_alarms=len(false),
        decoy_alarms=sum(one.term not in said_terms for one in false),
    )


def find_terms(words: Sequence[str], terms: Sequence[Term], suffixes: Sequence[str] = ("",)) -> tuple[Occurrence, ...]:
    """Occurrences from left to right, none overlapping; of several at one place, the first in `terms` wins."""
    found = []
    place = 0
    while place < len(words):
        for term in terms:
            end = place + len(term)
            if term and end <= len(words) and all(map(_Same(suffixes), term, words[place:end])):
                found.append(Occurrence(term, place, end))
                place = end
                break
        else:
            place += 1
    return tuple(found)


class _Same:
    """Whether two words are forms of one, by a language's suffixes."""

    def __init__(self, suffixes: Sequence[str]) -> None:
        self._suffixes = suffixes

    def __call__(self, first: str, second: str) -> bool:
        return first == second or bool(self._stems(first) & self._stems(second))

    def _stems(self, word: str) -> set[str]:
        stems = {word.removesuffix(suffix) for suffix in self._suffixes if word.endswith(suffix)}
        return {stem for stem in stems if len(stem) >= _SHORTEST_STEM}


def _partners(reference: Sequence[str], hypothesis: Sequence[str]) -> dict[int, int]:
    """Reference position -> hypothesis position, for words that are equal or substituted."""
    pairs: dict[int, int] = {}
    for edit in align(reference, hypothesis):
        if edit.op in {"equal", "substitute"}:
            pairs |= zip(range(edit.ref_start, edit.ref_end), range(edit.hyp_start, edit.hyp_end), strict=True)
    return pairs


def _span(one: Occurrence, partner: Mapping[int, int]) -> tuple[int, int] | None:
    """Where an occurrence's words went, if they are still in a row; else `None`."""
    places = [partner.get(place) for place in range(one.start, one.end)]
    first = places[0]
    if first is None or places != list(range(first, first + len(places))):
        return None
    return first, first + len(places)
