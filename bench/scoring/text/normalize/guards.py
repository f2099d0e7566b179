"""What stands around the numbers of a text, and which rewrites have something to do there: cheaper than to try them."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple

Rewrite = Callable[[str], str]
Applies = Callable[[Sequence[str]], bool]
"""From what stands around the numbers of a text, see `around`, to whether there may be something to do."""


class Guarded(NamedTuple):
    """A rewrite, and where it may have something to do. Guards say yes too often, never no where there is."""

    rewrite: Rewrite
    marks: frozenset[str] | None = None
    """One of these at either side of a number, see `marks_beside`. `None`: whatever stands there."""
    applies: Applies | None = None


around = re.compile("[0-9]+").split
"""What stands before, between and behind the numbers of a text."""
DASHES, TOUCHING, SIDE_BY_SIDE = "-−–~〜", "", " 0"
"""Dashes count wherever they stand; the others say that anything touches a number, or a blank parts two."""


def marks_beside(text: str, pieces: Sequence[str]) -> set[str]:
    """What touches a number in digits, dashes anywhere, and `SIDE_BY_SIDE`; empty: all numbers stand by themselves.

    `pieces` is what stands `around` the numbers of the text.
    """
    marks = {dash for dash in DASHES if dash in text}
    marks.update([piece[0] for piece in pieces[1:] if piece])
    marks.update([piece[-1] for piece in pieces[:-1] if piece])
    if 1 in map(len, pieces[1:-1]):
        marks.add(SIDE_BY_SIDE)
    marks.discard(" ")
    return marks | {TOUCHING} if marks else marks


def alone_between(marks: Iterable[str]) -> Applies:
    """One of the marks, and nothing else, parts two numbers."""
    known = frozenset(marks)
    return lambda pieces: not known.isdisjoint(pieces[1:-1])


def begin_behind(starts: Iterable[str], loose: str) -> Applies:
    """One of the beginnings stands behind a number; blanks and `loose` may be between them."""
    known = tuple(starts)
    return lambda pieces: any([piece.lstrip().lstrip(loose).lstrip().startswith(known) for piece in pieces[1:]])


def end_before(ends: Iterable[str], loose: str) -> Applies:
    """One of the endings stands before a number; `loose` and blanks may be between them."""
    known = tuple(ends)
    return lambda pieces: any([piece.rstrip().rstrip(loose).endswith(known) for piece in pieces[:-1]])


def ends_in_mark(marks: Iterable[str]) -> Applies:
    """One of the marks stands before a number, not right behind another one."""
    known = tuple(marks)
    return lambda pieces: (
        pieces[0].endswith(known) or any([len(piece) > 1 and piece.endswith(known) for piece in pieces[1:-1]])
    )
