"""Which words go wrong, where in the utterance, and for which kind of word. Pure.

Works on normalised words and their alignment (`bench.scoring.text.align`), so a substitution is always one word for one
word; a stretch of neighbouring errors is a region, whose outer bounds do not depend on how ties inside it fell.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass
from sys import intern
from typing import TypeAlias
from unicodedata import category

from bench.scoring.cells import ScoredTrial
from bench.scoring.text.align import Edit, EditOp, edits_of
from bench.types import ErrorCounts

Classify: TypeAlias = Callable[[str], str]
"""From a word to the name of its class."""


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
        reference, hypothesis = (
            tuple(map(intern, (text or "").split())) for text in (trial.reference, trial.hypothesis)
        )
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
        ((said, heard, pair.utterance_id) for pair in pairs for kind, said, heard in _word_edits(pair) if kind == op),
        limit,
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


def _word_edits(pair: WordPair) -> Iterator[tuple[EditOp, str, str]]:
    """(operation, reference word, hypothesis word) one word at a time; the absent one is empty."""
    for edit in pair.edits:
        said = pair.reference[edit.ref_start : edit.ref_end]
        heard = pair.hypothesis[edit.hyp_start : edit.hyp_end]
        width = max(len(said), len(heard))
        for i in range(width):
            yield edit.op, said[i] if said else "", heard[i] if heard else ""


# -- where ------------------------------------------------------------------------------------


def errors_by_position(pairs: Iterable[WordPair], *, bins: int = 10) -> tuple[ErrorCounts, ...]:
    """Counts by `bins` equal parts of the utterance; insertions go with the word before them.

    Utterances without reference words are left out.
    """
    totals: list[Counter[EditOp]] = [Counter() for _ in range(bins)]
    for pair in pairs:
        length = len(pair.reference)
        if length == 0:
            continue
        for edit in pair.edits:
            if edit.op == "insert":
                totals[max(0, edit.ref_start - 1) * bins // length]["insert"] += edit.hyp_end - edit.hyp_start
            for position in range(edit.ref_start, edit.ref_end):
                totals[position * bins // length][edit.op] += 1
    return tuple(_counts(total) for total in totals)


def lost_words(pair: WordPair) -> tuple[int, int]:
    """(reference words missing at the start, at the end) with nothing heard in their place."""
    if not pair.edits or not pair.hypothesis:
        return len(pair.reference), 0
    first, last = pair.edits[0], pair.edits[-1]
    head = first.ref_end - first.ref_start if first.op == "delete" else 0
    tail = last.ref_end - last.ref_start if last.op == "delete" else 0
    return head, tail


# -- for which words, and which speech --------------------------------------------------------


def errors_by_class(pairs: Iterable[WordPair], classify: Classify) -> dict[str, ErrorCounts]:
    """Counts by class of the reference word; an inserted word counts in its own class."""
    totals: dict[str, Counter[EditOp]] = defaultdict(Counter)
    for pair in pairs:
        for op, said, heard in _word_edits(pair):
            totals[classify(said or heard)][op] += 1
    return {name: _counts(totals[name]) for name in sorted(totals)}


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


def _counts(operations: Mapping[EditOp, int]) -> ErrorCounts:
    return ErrorCounts(
        substitutions=operations.get("substitute", 0),
        deletions=operations.get("delete", 0),
        insertions=operations.get("insert", 0),
        hits=operations.get("equal", 0),
    )
