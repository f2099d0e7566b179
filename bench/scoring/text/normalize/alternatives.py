"""References with accepted variants: `the {colour|color} was {grey|} {*}`, as slots for `bench.scoring.text.lattice`.

Grammar: `{a|b c|}` one of several, each of any number of words, empty if it may be left out; `{*}` anything (the
speaker could not be understood). Braces do not nest. Variants and the text between them are normalised separately, so
a number does not run across a brace.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence

Words = tuple[str, ...]
Slots = list[tuple[Words, ...]]
WILDCARD: Words = ("{*}",)
_BRACES = re.compile(r"\{([^{}]*)\}")


def has_alternatives(reference: str) -> bool:
    """Whether the text has anything in braces."""
    return _BRACES.search(reference) is not None


def first_variants(reference: str) -> str:
    """The text with the first variant everywhere: what is scored where variants are left out of account."""
    return " ".join(_BRACES.sub(lambda match: f" {_first(match[1])} ", reference).split())


def _first(inside: str) -> str:
    return "" if inside.strip() == "*" else inside.split("|")[0].strip()


def slots(
    reference: str, words: Callable[[str], Sequence[str]], accepted: Mapping[str, Sequence[str]] | None = None
) -> Slots:
    """Slots of a reference.

    Args:
        reference: As published, with or without braces.
        words: The normaliser, from text to words.
        accepted: Spellings that hold wherever the term occurs in the reference (`Utterance.alternatives`); the
            term itself stays accepted.
    """
    table = _accepted(accepted or {}, words)
    parsed: Slots = []
    position = 0
    for match in _BRACES.finditer(reference):
        parsed += _plain(words(reference[position : match.start()]), table)
        parsed.append(_variants(match[1], words))
        position = match.end()
    return parsed + _plain(words(reference[position:]), table)


def _variants(inside: str, words: Callable[[str], Sequence[str]]) -> tuple[Words, ...]:
    if inside.strip() == "*":
        return (WILDCARD,)
    return tuple(dict.fromkeys(tuple(words(variant)) for variant in inside.split("|")))


def _accepted(
    accepted: Mapping[str, Sequence[str]], words: Callable[[str], Sequence[str]]
) -> dict[Words, tuple[Words, ...]]:
    pairs = ((tuple(words(term)), spellings) for term, spellings in accepted.items())
    return {
        term: tuple(dict.fromkeys((term, *(tuple(words(each)) for each in spellings))))
        for term, spellings in pairs
        if term
    }


def _plain(text: Sequence[str], table: Mapping[Words, tuple[Words, ...]]) -> Slots:
    """Words as slots of one variant; terms with accepted spellings, the longest first, as slots of several."""
    plain: Slots = []
    sizes = sorted({len(term) for term in table}, reverse=True)
    position = 0
    while position < len(text):
        terms = (tuple(text[position : position + size]) for size in sizes)
        term = next((term for term in terms if term in table), None)
        plain.append(table[term] if term is not None else ((text[position],),))
        position += len(term) if term is not None else 1
    return plain
