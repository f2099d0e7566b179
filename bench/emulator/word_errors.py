"""Word errors on demand at a known rate, so that the true WER of a run is known. Pure.

Each reference word is kept, substituted, deleted, or followed by an insertion. Wrong words are pseudo-words
that no corpus holds, and after an insertion nothing is deleted until a word has been kept (the pair would
align as one substitution), so the errors made are the errors an alignment finds. The one exception: where a
text repeats its own words ("no no no"), an alignment may find a shorter way.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from pydantic import Field, model_validator

from bench.config import SpecModel
from bench.types import ErrorCounts, Word


class WordErrors(SpecModel):
    """Errors per reference word."""

    substitution_rate: float = Field(default=0.0, ge=0, le=1)
    deletion_rate: float = Field(default=0.0, ge=0, le=1)
    insertion_rate: float = Field(default=0.0, ge=0, le=1)
    seed: int = 0

    @model_validator(mode="after")
    def _at_most_one_per_word(self) -> WordErrors:
        if self.substitution_rate + self.deletion_rate + self.insertion_rate > 1:
            raise ValueError("expected rates that add up to 1 at most")
        return self

    @property
    def rate(self) -> float:
        return self.substitution_rate + self.deletion_rate + self.insertion_rate


@dataclass(frozen=True, slots=True, kw_only=True)
class Corrupted:
    words: tuple[Word, ...]
    places: tuple[int, ...]
    """For each word, the place of the reference word it comes from."""
    counts: ErrorCounts


def corrupt(words: Sequence[Word], errors: WordErrors, spared: Collection[int] = ()) -> Corrupted:
    """The words with errors in them. The same words at the same places get the same errors, batch or stream.

    No error strikes the places `spared`.
    """
    out: list[Word] = []
    places: list[int] = []
    made = {"substitute": 0, "delete": 0, "insert": 0, "keep": 0}
    inserted = False  # since the last word that was kept
    for index, word in enumerate(words):
        operation = "keep" if index in spared else _operation(errors, index, word.text)
        if operation == "delete" and inserted:
            operation = "substitute"
        made[operation] += 1
        inserted = operation == "insert" or (inserted and operation != "keep")
        wrong = replace(word, text=_pseudo_word(errors.seed, index, word.text))
        now = {"keep": [word], "substitute": [wrong], "delete": [], "insert": [word, wrong]}[operation]
        out += now
        places += [index] * len(now)
    counts = ErrorCounts(
        substitutions=made["substitute"],
        deletions=made["delete"],
        insertions=made["insert"],
        hits=made["keep"] + made["insert"],
    )
    return Corrupted(words=tuple(out), places=tuple(places), counts=counts)


def _operation(errors: WordErrors, index: int, word: str) -> Literal["substitute", "delete", "insert", "keep"]:
    u = int.from_bytes(_digest(errors.seed, index, word)[:8], "big") / 2**64
    if u < errors.substitution_rate:
        return "substitute"
    if u < errors.substitution_rate + errors.deletion_rate:
        return "delete"
    return "insert" if u < errors.rate else "keep"


def _pseudo_word(seed: int, index: int, word: str) -> str:
    return "zq" + "".join(chr(ord("a") + byte % 26) for byte in _digest(seed, index, word)[8:14])


def _digest(seed: int, index: int, word: str) -> bytes:
    return hashlib.sha256(f"{seed}:{index}:{word}".encode()).digest()
