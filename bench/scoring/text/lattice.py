"""Scores a hypothesis against a reference with accepted variants, by its best path.

A lattice is a small acyclic graph whose arcs carry reference words. The path and the alignment are chosen together:
fewest edits, then most hits, then the variant written first. A wildcard arc takes any number of hypothesis words (the
reference was unintelligible there): they are neither hits nor errors. Work grows with arcs x hypothesis words, in plain
Python: meant for utterances, not for hour-long texts. Imports only `bench.types`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby, pairwise

from bench.types import ErrorCounts

Variant = Sequence[str]
"""Words of one accepted spelling; empty: may be left out."""
Slot = Sequence[Variant]
"""Accepted variants at one place, the preferred one first."""
WILDCARD = "{*}"
"""As a word of a variant: anything may have been said here."""


@dataclass(frozen=True, slots=True)
class Arc:
    """One reference word between two nodes; `word` is `None` where nothing is said."""

    start: int
    end: int
    word: str | None


@dataclass(frozen=True, slots=True)
class Lattice:
    """Arcs sorted by start; nodes are numbered so that every arc ends at a higher node than it starts at."""

    arcs: tuple[Arc, ...]
    nodes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class BestPath:
    """The reference as read in favour of the hypothesis, and its counts."""

    reference: tuple[str, ...]
    """Without wildcards."""
    hypothesis: tuple[str, ...]
    """Without the words that wildcards took."""
    path: str
    """The edit path between them, in short (bench.scoring.text.align)."""
    counts: ErrorCounts


def build_lattice(slots: Sequence[Slot]) -> Lattice:
    """A chain of slots as a graph.

    Raises:
        ValueError: a slot without variants.
    """
    arcs: list[Arc] = []
    node = 0
    for slot in slots:
        if not slot:
            raise ValueError("lattice: expected at least one variant in every slot, got none")
        inner = sum(max(len(variant) - 1, 0) for variant in slot)
        end, free = node + inner + 1, node + 1
        for variant in slot:
            path = [node, *range(free, free + max(len(variant) - 1, 0)), end]
            free += max(len(variant) - 1, 0)
            arcs += [Arc(path[i], path[i + 1], word) for i, word in enumerate(variant or (None,))]
        node = end
    return Lattice(tuple(sorted(arcs, key=lambda arc: arc.start)), node + 1)


def with_compounds(lattice: Lattice, hypothesis: Sequence[str]) -> Lattice:
    """The lattice, accepting neighbouring words written as one, and one as two, as the hypothesis has it."""
    words = set(hypothesis)
    halves = {first + second: (first, second) for first, second in pairwise(hypothesis)}
    joined = [
        Arc(left.start, right.end, left.word + right.word)
        for left in lattice.arcs
        for right in lattice.arcs
        if left.end == right.start and left.word and right.word and left.word + right.word in words
    ]
    split = [(arc, halves[arc.word]) for arc in lattice.arcs if arc.word in halves]
    return _renumbered([*lattice.arcs, *joined], split, lattice.nodes)


def _renumbered(arcs: Sequence[Arc], split: Sequence[tuple[Arc, tuple[str, str]]], nodes: int) -> Lattice:
    """Makes room for one new node inside each split arc, right after the node at which it starts."""
    inserted: dict[int, int] = {}
    for arc, _ in split:
        inserted[arc.start] = inserted.get(arc.start, 0) + 1
    position, shift = [], 0
    for node in range(nodes):
        position.append(node + shift)
        shift += inserted.get(node, 0)
    used: dict[int, int] = {}
    out = [Arc(position[arc.start], position[arc.end], arc.word) for arc in arcs]
    for arc, (first, second) in split:
        used[arc.start] = used.get(arc.start, 0) + 1
        middle = position[arc.start] + used[arc.start]
        out += [Arc(position[arc.start], middle, first), Arc(middle, position[arc.end], second)]
    return Lattice(tuple(sorted(out, key=lambda arc: arc.start)), nodes + shift)


@dataclass(frozen=True, slots=True)
class _Cell:
    """Best way to a node with some hypothesis words used up."""

    edits: int
    hits: int
    previous: _Cell | None = None
    word: str | None = None
    """Reference word of the last step, if it took one."""
    heard: str | None = None
    """Hypothesis word of the last step, if it took one that counts (a wildcard's does not)."""

    def better_than(self, other: _Cell | None) -> bool:
        return other is None or (self.edits, -self.hits) < (other.edits, -other.hits)

    def step(self, *, edits: int = 0, hits: int = 0, word: str | None = None, heard: str | None = None) -> _Cell:
        return _Cell(self.edits + edits, self.hits + hits, self, word, heard)


def best_path(lattice: Lattice, hypothesis: Sequence[str]) -> BestPath:
    """The path with the fewest edits, then the most hits, and its counts."""
    width = len(hypothesis) + 1
    rows: list[list[_Cell | None]] = [[None] * width for _ in range(lattice.nodes)]
    rows[0][0] = _Cell(0, 0)
    arcs = iter([*lattice.arcs, Arc(lattice.nodes, lattice.nodes, None)])
    arc = next(arcs)
    for node in range(lattice.nodes):
        _insertions(rows[node], hypothesis)
        while arc.start == node:
            _follow(arc, rows[node], rows[arc.end], hypothesis)
            arc = next(arcs)
    final = rows[-1][-1]
    assert final is not None, "every node of a lattice can be reached"
    return _traced(final)


def _insertions(row: list[_Cell | None], hypothesis: Sequence[str]) -> None:
    for position in range(1, len(row)):
        before = row[position - 1]
        if before is not None and (step := before.step(edits=1, heard=hypothesis[position - 1])).better_than(
            row[position]
        ):
            row[position] = step


def _follow(arc: Arc, row: Sequence[_Cell | None], target: list[_Cell | None], hypothesis: Sequence[str]) -> None:
    if arc.word == WILDCARD:
        _follow_wildcard(row, target)
        return
    for position, cell in enumerate(row):
        if cell is None:
            continue
        for used, step in _steps(arc, cell, hypothesis[position : position + 1]):
            if step.better_than(target[position + used]):
                target[position + used] = step


def _steps(arc: Arc, cell: _Cell, following: Sequence[str]) -> Iterator[tuple[int, _Cell]]:
    if arc.word is None:
        yield 0, cell
        return
    yield 0, cell.step(edits=1, word=arc.word)
    if following:
        hit = arc.word == following[0]
        yield 1, cell.step(edits=not hit, hits=hit, word=arc.word, heard=following[0])


def _follow_wildcard(row: Sequence[_Cell | None], target: list[_Cell | None]) -> None:
    carried: _Cell | None = None
    for position, cell in enumerate(row):
        carried = carried.step() if carried is not None else None
        if cell is not None and cell.better_than(carried):
            carried = cell
        if carried is not None and carried.better_than(target[position]):
            target[position] = carried


def _traced(final: _Cell) -> BestPath:
    steps: list[tuple[str | None, str | None]] = []
    cell: _Cell | None = final
    while cell is not None:
        if cell.word is not None or cell.heard is not None:
            steps.append((cell.word, cell.heard))
        cell = cell.previous
    steps.reverse()
    words, heard = [word for word, _ in steps if word is not None], [said for _, said in steps if said is not None]
    letters = ("D" if said is None else "I" if word is None else "=" if word == said else "X" for word, said in steps)
    substitutions = len(words) + len(heard) - 2 * final.hits - final.edits
    counts = ErrorCounts(
        substitutions=substitutions,
        deletions=len(words) - final.hits - substitutions,
        insertions=len(heard) - final.hits - substitutions,
        hits=final.hits,
    )
    path = "".join(f"{len(list(run))}{letter}" for letter, run in groupby(letters))
    return BestPath(reference=tuple(words), hypothesis=tuple(heard), path=path, counts=counts)
