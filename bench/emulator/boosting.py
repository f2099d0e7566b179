"""Keyword boosting that works, and makes things up, at stated rates: the truth that term metrics are held to. Pure.

A term of the request's `keywords` that is said escapes the word errors ordered of the emulator, and terms that are not
said are inserted. What happens at a word depends on the words up to it and the seed alone, in batch and stream.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TypeAlias

from pydantic import Field

from bench.config import SpecModel
from bench.types import Word

Term: TypeAlias = tuple[str, ...]
"""Words in lower case."""

_APART = 3
"""A term is not made up so near to where it is said: an aligner could take the one for the other."""
_PUNCTUATION = ".,!?;:\"'()।"


class Boosting(SpecModel):
    """How well boosting works."""

    recovery_rate: float = Field(default=1.0, ge=0, le=1)
    """Share of the boosted terms said that no word error strikes; the others are struck like any word."""
    hallucination_rate: float = Field(default=0.0, ge=0, le=1)
    """Boosted terms inserted per word heard."""
    seed: int = 0


def boosted_terms(query: Mapping[str, str]) -> tuple[Term, ...]:
    """The terms of `keywords=word:boost,two words:boost`, boosts left out."""
    parts = (part.partition(":")[0].lower().split() for part in query.get("keywords", "").split(","))
    return tuple(dict.fromkeys(tuple(part) for part in parts if part))


def spared(words: Sequence[Word], terms: Sequence[Term], boosting: Boosting) -> frozenset[int]:
    """Places of the words that no error may strike."""
    texts = _texts(words)
    indices: set[int] = set()
    for term in terms:
        for start in range(len(texts) - len(term) + 1):
            here = range(start, start + len(term))
            said = tuple(texts[index] for index in here) == term
            if said and _u(boosting.seed, "keep", texts[: here.stop]) < boosting.recovery_rate:
                indices |= set(here)
    return frozenset(indices)


def made_up(words: Sequence[Word], terms: Sequence[Term], boosting: Boosting) -> dict[int, Term]:
    """Terms that nobody said, by the place of the word after which they are heard."""
    texts = _texts(words)
    inserted = {}
    for index in range(len(words) if terms else 0):
        before = texts[: index + 1]
        if _u(boosting.seed, "insert", before) >= boosting.hallucination_rate:
            continue
        term = terms[int(_u(boosting.seed, "which", before) * len(terms))]
        if not set(term) & set(texts[max(0, index - _APART) : index + 1 + _APART]):
            inserted[index] = term
    return inserted


def inserted(words: Sequence[Word], places: Sequence[int], terms: Mapping[int, Term]) -> tuple[Word, ...]:
    """The words, each from its place, with the terms after theirs; a term whose word is lost comes before the next."""
    out: list[Word] = []
    waiting = dict(sorted(terms.items()))
    last = Word(text="", end_s=words[0].start_s if words else None)

    def insert(up_to: int) -> None:
        for index in [index for index in waiting if index < up_to]:
            out.extend(replace(last, text=text, start_s=last.end_s) for text in waiting.pop(index))

    for word, index in zip(words, places, strict=True):
        insert(index)
        out.append(word)
        last = word
    insert(max(waiting, default=0) + 1)
    return tuple(out)


def _texts(words: Sequence[Word]) -> list[str]:
    return [word.text.strip(_PUNCTUATION).lower() for word in words]


def _u(seed: int, what: str, words: Sequence[str]) -> float:
    """Even in 0..1."""
    key = f"{seed}:{what}:{' '.join(words)}"
    return int.from_bytes(hashlib.sha256(key.encode()).digest()[:8], "big") / 2**64
