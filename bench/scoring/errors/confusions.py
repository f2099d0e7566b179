"""Which words go wrong, where in the utterance, and for which kind of word. Pure.

Works on normalised words and their alignment (`bench.scoring.text.align`), so a substitution is always one word for one
word; a stretch of neighbouring errors is a region, whose outer bounds do not depend on how ties inside it fell.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass
from functools import lru_cache
from itertools import zip_longest
from sys import intern
from typing import TypeAlias
from unicodedata import category

from bench.scoring.cells import ScoredTrial
from bench.scoring.text.align import Edit, EditOp, edits_of
from bench.types import ErrorCounts

Classify: TypeAlias = Callable[[str], str]
"""From a word to the name of its class."""
_COUNTED: Mapping[EditOp, int] = {"substitute": 0, "delete": 1, "insert": 2, "equal": 3}
"""Where each is counted in a list of numbers."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WordPair:
    """One utterance's normalised words with their alignment."""

    utterance_id: str
    reference: tuple[str, ...]
    hypothesis: tuple[str, ...]
    edits: tuple[Edit, ...]

    @classmethod
    def of(cls, trial: ScoredTrial) -> WordPair:
        """Of an answered trial, along the edit path that was stored."""
        # Interned: many utterances share few words, and a cell holds all of its words at once.
        reference = tuple(map(intern, trial.reference.split()))
        is_right = trial.hypothesis == trial.reference
        hypothesis = reference if is_right else tuple(map(intern, (trial.hypothesis or "").split()))
        return cls(
            utterance_id=trial.utterance_id, reference=reference, hypothesis=hypothesis, edits=edits_of(trial.path)
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Region:
    """A maximal stretch without a hit: `reference[ref_start:ref_end]` became `hypothesis[hyp_start:hyp_end]`."""

    ref_start: int
    ref_end: int
    hyp_start: int
    hyp_end: int

    @property
    def growth(self) -> int:
        """Words more than the reference has; negative: fewer."""
        return (self.hyp_end - self.hyp_start) - (self.ref_end - self.ref_start)


@dataclass(frozen=True, slots=True, kw_only=True)
class WordConfusion:
    """`said` was heard as `heard`, `count` times; empty `heard`: deleted, empty `said`: inserted."""

    said: str
    heard: str
    count: int
    utterance_ids: tuple[str, ...]
    """Where, in order, each once."""


def regions(edits: Iterable[Edit]) -> Iterator[Region]:
    """Stretches of neighbouring errors, in order."""
    errors: list[Edit] = []
    for edit in edits:
        if edit.op != "equal":
            errors.append(edit)
        elif errors:
            yield _spanning(errors)
            errors = []
    if errors:
        yield _spanning(errors)


def _spanning(edits: Sequence[Edit]) -> Region:
    first, last = edits[0], edits[-1]
    return Region(ref_start=first.ref_start, ref_end=last.ref_end, hyp_start=first.hyp_start, hyp_end=last.hyp_end)


def top_errors(pairs: Iterable[WordPair], op: EditOp, *, limit: int = 20) -> tuple[WordConfusion, ...]:
    """The most frequent single-word substitutions, deletions or insertions."""
    return _most_frequent(
        ((said, heard, pair.utterance_id) for pair in pairs for said, heard in _word_edits(pair, op)), limit
    )


def top_confusions(pairs: Iterable[WordPair], *, limit: int = 20) -> tuple[WordConfusion, ...]:
    """The most frequent regions where something was said and something else was heard (`ice cream`, `i scream`)."""
    return _most_frequent(
        (
            (
                " ".join(pair.reference[r.ref_start : r.ref_end]),
                " ".join(pair.hypothesis[r.hyp_start : r.hyp_end]),
                pair.utterance_id,
            )
            for pair in pairs
            for r in regions(pair.edits)
            if r.ref_start < r.ref_end and r.hyp_start < r.hyp_end
        ),
        limit,
    )


def _most_frequent(occurrences: Iterable[tuple[str, str, str]], limit: int) -> tuple[WordConfusion, ...]:
    """Most frequent first; among equals, alphabetical, so that the order never depends on the input's."""
    where: dict[tuple[str, str], list[str]] = defaultdict(list)
    for said, heard, utterance_id in occurrences:
        where[said, heard].append(utterance_id)
    ranked = sorted(where.items(), key=lambda counted: (-len(counted[1]), counted[0]))[:limit]
    return tuple(
        WordConfusion(said=said, heard=heard, count=len(ids), utterance_ids=tuple(dict.fromkeys(ids)))
        for (said, heard), ids in ranked
    )


def _word_edits(pair: WordPair, op: EditOp) -> Iterator[tuple[str, str]]:
    """(reference word, hypothesis word) of each such edit, one word at a time; the absent one is empty."""
    for edit in pair.edits:
        if edit.op == op:
            said = pair.reference[edit.ref_start : edit.ref_end]
            yield from zip_longest(said, pair.hypothesis[edit.hyp_start : edit.hyp_end], fillvalue="")


# -- where ------------------------------------------------------------------------------------


def errors_by_position(edits: Sequence[Edit], *, bins: int = 10) -> tuple[ErrorCounts, ...]:
    """Counts of one utterance by `bins` equal parts of it; insertions go with the word before them.

    Without reference words there are none.
    """
    totals = [[0] * len(_COUNTED) for _ in range(bins)]
    length = edits[-1].ref_end if edits else 0
    for edit in edits if length else ():
        place = _COUNTED[edit.op]
        if edit.op == "insert":
            totals[max(0, edit.ref_start - 1) * bins // length][place] += edit.hyp_end - edit.hyp_start
        for position in range(edit.ref_start, edit.ref_end):
            totals[position * bins // length][place] += 1
    return tuple(_counts(*total) for total in totals)


def lost_words(pair: WordPair) -> tuple[int, int]:
    """(reference words missing at the start, at the end) with nothing heard in their place."""
    if not pair.edits or not pair.hypothesis:
        return len(pair.reference), 0
    first, last = pair.edits[0], pair.edits[-1]
    head = first.ref_end - first.ref_start if first.op == "delete" else 0
    tail = last.ref_end - last.ref_start if last.op == "delete" else 0
    return head, tail


# -- for which words, and which speech --------------------------------------------------------


def errors_by_class(pair: WordPair, classify: Classify) -> dict[str, ErrorCounts]:
    """Counts of one utterance by class of the reference word; an inserted word counts in its own class."""
    totals: dict[str, list[int]] = {}
    for edit in pair.edits:
        place, is_heard = _COUNTED[edit.op], edit.op == "insert"
        for word in (
            pair.hypothesis[edit.hyp_start : edit.hyp_end]
            if is_heard
            else pair.reference[edit.ref_start : edit.ref_end]
        ):
            name = classify(word)
            if name not in totals:
                totals[name] = [0] * len(_COUNTED)
            totals[name][place] += 1
    return {name: _counts(*totals[name]) for name in sorted(totals)}


def frequency_classes(references: Iterable[Sequence[str]]) -> Classify:
    """Classes by how often a word occurs in these references: `once`, `2-9`, `10-99`, `100+`, or `unseen`."""
    occurrences = Counter(word for words in references for word in words)

    def classify(word: str) -> str:
        count = occurrences[word]
        for bound, name in ((1, "unseen"), (2, "once"), (10, "2-9"), (100, "10-99")):
            if count < bound:
                return name
        return "100+"

    return classify


@dataclass(frozen=True, slots=True, kw_only=True)
class KindClasses:
    """Classes `number` (a digit of any script, or a listed number word), `term`, `name`, `other`; in that order."""

    numbers: Set[str] = frozenset()
    names: Set[str] = frozenset()
    terms: Set[str] = frozenset()

    def __call__(self, word: str) -> str:
        if word in self.numbers or any(category(character) == "Nd" for character in word):
            return "number"
        if word in self.terms:
            return "term"
        return "name" if word in self.names else "other"


@lru_cache(1 << 14)
def _counts(substitutions: int, deletions: int, insertions: int, hits: int) -> ErrorCounts:
    """Numbers in the order of `_COUNTED`; few are told apart, and each is made once."""
    return ErrorCounts(substitutions=substitutions, deletions=deletions, insertions=insertions, hits=hits)
