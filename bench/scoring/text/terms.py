"""Domain terms: recall, precision, F1 and false alarms, counted on aligned spans. Pure.

A term is found where all its words, in a row, are aligned with the same words (or with inflected forms of them,
where the language's policy allows it). A term in the hypothesis that no such span explains is a false alarm: the
list may be full of decoys, terms of other utterances, so that boosting which hallucinates does not look good. Each term
is counted on its own: in "the new york times", "new york" and "york times" were both said.
Text must be normalised and split into words first, terms too.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from bench.scoring.text.align import edits_of

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
    exact_hits: int = 0
    """Those hits that are the very words said, not inflected forms of them."""
    misses: int = 0
    false_alarms: int = 0
    decoy_alarms: int = 0
    """Those false alarms whose term the reference does not hold anywhere."""

    def __add__(self, other: TermCounts) -> TermCounts:
        return TermCounts(
            hits=self.hits + other.hits,
            exact_hits=self.exact_hits + other.exact_hits,
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
    def exact_recall(self) -> float | None:
        """Share of the terms said that were recognised word for word; `None`: none was said."""
        said = self.hits + self.misses
        return self.exact_hits / said if said else None

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


class TermList:
    """Terms to look for: the list that was, or might have been, boosted; decoys included."""

    def __init__(self, terms: Iterable[Term], language: str | None = None) -> None:
        """Terms as normalised words; `language` (BCP-47) chooses the inflection policy, `None`: equal words only."""
        self._suffixes = SUFFIXES.get((language or "").split("-")[0].lower(), ("",))
        # Of several terms at one place, the longest wins.
        ranked = sorted({term for term in terms if term}, key=lambda term: (-len(term), term))
        self._by_form: dict[str, list[tuple[int, Term]]] = {}
        for rank, term in enumerate(ranked):
            for form in self._forms(term[0]):
                self._by_form.setdefault(form, []).append((rank, term))

    def count(self, reference: Sequence[str], hypothesis: Sequence[str], path: str) -> TermCounts:
        """Counts of one utterance, of normalised words, along the edit path between them."""
        said, shown = self.find(reference), self.find(hypothesis)
        if not said and not shown:
            return TermCounts()
        partner = _partners(path)
        hits = [_span(occurrence, partner) for occurrence in said]
        said_at = {
            (occurrence.term, span): occurrence for occurrence, span in zip(said, hits, strict=True) if span is not None
        }
        matched = [
            occurrence for occurrence in shown if (occurrence.term, (occurrence.start, occurrence.end)) in said_at
        ]
        false = [
            occurrence for occurrence in shown if (occurrence.term, (occurrence.start, occurrence.end)) not in said_at
        ]
        said_terms = {occurrence.term for occurrence in said}
        origins = [(said_at[occurrence.term, (occurrence.start, occurrence.end)], occurrence) for occurrence in matched]
        return TermCounts(
            hits=len(matched),
            exact_hits=sum(
                list(reference[of.start : of.end]) == list(hypothesis[occurrence.start : occurrence.end])
                for of, occurrence in origins
            ),
            misses=len(said) - len(matched),
            false_alarms=len(false),
            decoy_alarms=sum(occurrence.term not in said_terms for occurrence in false),
        )

    def find(self, words: Sequence[str]) -> tuple[Occurrence, ...]:
        """Every occurrence of every term, from left to right; those of different terms may overlap."""
        forms = [self._forms(word) for word in words]
        return tuple(
            Occurrence(term, index, index + len(term))
            for index, here in enumerate(forms)
            for _, term in sorted({candidate for form in here for candidate in self._by_form.get(form, ())})
            if self._at(term, forms, index)
        )

    def _at(self, term: Term, forms: Sequence[frozenset[str]], index: int) -> bool:
        here = forms[index : index + len(term)]
        return len(here) == len(term) and all(self._forms(word) & form for word, form in zip(term, here, strict=True))

    def _forms(self, word: str) -> frozenset[str]:
        """The word, and its stems; two words are forms of one if they share a form.

        The word itself is marked, so that it is never taken for the stem of another.
        """
        stems = {word.removesuffix(suffix) for suffix in self._suffixes if word.endswith(suffix)}
        return frozenset({f"={word}", *(stem for stem in stems if len(stem) >= _SHORTEST_STEM)})


def _partners(path: str) -> dict[int, int]:
    """Reference position -> hypothesis position, for words that are equal or substituted."""
    pairs: dict[int, int] = {}
    for edit in edits_of(path):
        if edit.op in {"equal", "substitute"}:
            pairs |= zip(range(edit.ref_start, edit.ref_end), range(edit.hyp_start, edit.hyp_end), strict=True)
    return pairs


def _span(occurrence: Occurrence, partner: Mapping[int, int]) -> tuple[int, int] | None:
    """Where an occurrence's words went, if they are still in a row; else `None`."""
    places = [partner.get(index) for index in range(occurrence.start, occurrence.end)]
    first = places[0]
    if first is None or places != list(range(first, first + len(places))):
        return None
    return first, first + len(places)
