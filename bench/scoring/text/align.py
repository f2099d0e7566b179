"""Edit counts and word alignment of a hypothesis against a reference. Pure; knows nothing of files or trials.

The total S + D + I is the same in every correct tool; how it splits into S, D and I is not, because several
alignments reach the fewest edits. Two splits are offered, and every function names the one it uses:

* `jiwer` (default): the alignment that rapidfuzz, hence jiwer, traces back. It is one concrete alignment, so the
  counts are exactly those of the word diff that a report shows.
* `canonical`: fewest edits, then most hits. It is unique, needs no library to define it, and is what NIST `sclite`
  gives in practice; no alignment is returned for it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import groupby
from typing import Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray
from rapidfuzz.distance import Levenshtein

from bench.types import ErrorCounts

Split: TypeAlias = Literal["jiwer", "canonical"]
EditOp: TypeAlias = Literal["equal", "substitute", "delete", "insert"]

_LETTERS = {"equal": "=", "replace": "X", "delete": "D", "insert": "I"}
_OP_OF: dict[str, EditOp] = {"=": "equal", "X": "substitute", "D": "delete", "I": "insert"}
_STEP = re.compile(r"(\d+)([=XDI])")
_OPS: dict[str, EditOp] = {"equal": "equal", "replace": "substitute", "delete": "delete", "insert": "insert"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Edit:
    """One run of equal operations: `reference[ref_start:ref_end]` became `hypothesis[hyp_start:hyp_end]`."""

    op: EditOp
    ref_start: int
    ref_end: int
    hyp_start: int
    hyp_end: int


def count_edits(reference: Sequence[str], hypothesis: Sequence[str], *, split: Split = "jiwer") -> ErrorCounts:
    """Counts of one pair of token sequences (words, graphemes; a `str` counts by code point)."""
    substitutions, deletions, insertions = _edits(reference, hypothesis, split)
    return ErrorCounts(
        substitutions=substitutions,
        deletions=deletions,
        insertions=insertions,
        hits=len(reference) - substitutions - deletions,
    )


def count_word_edits(
    references: Sequence[str], hypotheses: Sequence[str], *, split: Split = "jiwer"
) -> NDArray[np.int64]:
    """Counts of many pairs of normalised texts (words between whitespace), paired by position.

    Returns:
        Shape (n, 4): substitutions, deletions, insertions, hits.

    Raises:
        ValueError: if the two differ in length.
    """
    # Equal texts, about half of all short ones, are never split or aligned: see benchmarks/scoring.py.
    counts: list[int] = []
    for reference, hypothesis in zip(references, hypotheses, strict=True):
        words = reference.split()
        if reference == hypothesis:
            counts += (0, 0, 0, len(words))
            continue
        edits = _edits(words, hypothesis.split(), split)
        counts += (*edits, len(words) - edits[0] - edits[1])
    return np.array(counts, dtype=np.int64).reshape(-1, 4)


def align(reference: Sequence[str], hypothesis: Sequence[str]) -> tuple[Edit, ...]:
    """The alignment whose counts are those of `count_edits(split="jiwer")`, in runs, in order."""
    return tuple(
        Edit(op=_OPS[o.tag], ref_start=o.src_start, ref_end=o.src_end, hyp_start=o.dest_start, hyp_end=o.dest_end)
        for o in Levenshtein.opcodes(reference, hypothesis)
    )


def align_counted(reference: Sequence[str], hypothesis: Sequence[str]) -> tuple[str, ErrorCounts]:
    """The path of `align` in short, and its counts, which are those of `count_edits(split="jiwer")`.

    The path reads like a CIGAR string: `12=1X2D3=1I` is 12 hits, 1 substitution, 2 deletions, 3 hits, 1 insertion.
    Source: SAM format specification, section 1.4.6.
    """
    if reference == hypothesis:
        return (f"{len(reference)}=" if reference else ""), ErrorCounts(hits=len(reference))
    path, counts = [], dict.fromkeys(_LETTERS.values(), 0)
    for step in Levenshtein.opcodes(reference, hypothesis):
        letter = _LETTERS[step.tag]
        length = step.dest_end - step.dest_start if letter == "I" else step.src_end - step.src_start
        counts[letter] += length
        path.append(f"{length}{letter}")
    return "".join(path), ErrorCounts(
        substitutions=counts["X"], deletions=counts["D"], insertions=counts["I"], hits=counts["="]
    )


def nearest_readings(
    reference: Sequence[str],
    hypothesis: Sequence[str],
    said: Sequence[Sequence[str]],
    heard: Sequence[Sequence[str]],
) -> tuple[list[str], list[str]]:
    """Both sides, with numbers as they were said wherever that leaves fewer errors, but never none.

    `2024` against `20 plenty 4` is three errors; `twenty twenty four` against `twenty plenty four` is one. Values that
    differ stay an error: where the words said are the same (`two hundred, five` and 205) they are left as they are.

    Args:
        reference: Words of the reference, numbers in digits.
        hypothesis: Words of the answer, likewise.
        said: For each word of the reference the words it was read from: itself, if it is no number.
        heard: The same for the answer.
    """
    if said == list(zip(reference)) and heard == list(zip(hypothesis)):  # no number was said in words
        return list(reference), list(hypothesis)
    edits = align(reference, hypothesis)
    narrow = _read_by(_regions(edits, lambda edit: edit.op == "equal"), reference, hypothesis, said, heard)

    def as_said(edit: Edit) -> bool:
        return edit.op == "equal" and said[edit.ref_start] == heard[edit.hyp_start]

    hits = (edit for edit in edits if edit.op == "equal")
    if all(said[hit.ref_start : hit.ref_end] == heard[hit.hyp_start : hit.hyp_end] for hit in hits):
        return narrow
    single = [each for edit in edits for each in _word_by_word(edit)]
    wide = _read_by(_regions(single, as_said), reference, hypothesis, said, heard)  # half past 7, half passed 7
    return min(narrow, wide, key=lambda sides: Levenshtein.distance(*sides))


def _word_by_word(edit: Edit) -> Iterator[Edit]:
    """A run of hits as one edit for each word; any other edit as it is."""
    if edit.op != "equal":
        yield edit
        return
    for offset in range(edit.ref_end - edit.ref_start):
        ref, hyp = edit.ref_start + offset, edit.hyp_start + offset
        yield Edit(op="equal", ref_start=ref, ref_end=ref + 1, hyp_start=hyp, hyp_end=hyp + 1)


def _read_by(
    regions: Iterable[Edit],
    reference: Sequence[str],
    hypothesis: Sequence[str],
    said: Sequence[Sequence[str]],
    heard: Sequence[Sequence[str]],
) -> tuple[list[str], list[str]]:
    """Both sides, each region in the reading that leaves fewer errors; as they stand if none would be left."""
    left, right = [], []
    for edit in regions:
        block = list(reference[edit.ref_start : edit.ref_end]), list(hypothesis[edit.hyp_start : edit.hyp_end])
        if block[0] != block[1]:
            words = (
                [word for each in said[edit.ref_start : edit.ref_end] for word in each],
                [word for each in heard[edit.hyp_start : edit.hyp_end] for word in each],
            )
            block = words if 0 < Levenshtein.distance(*words) < Levenshtein.distance(*block) else block
        left += block[0]
        right += block[1]
    return (list(reference), list(hypothesis)) if left == right else (left, right)


def _regions(edits: Sequence[Edit], is_hit: Callable[[Edit], bool]) -> Iterator[Edit]:
    """The edits, those that are no hits and touch as one substitution."""
    for hit, run in groupby(edits, key=is_hit):
        touching = list(run)
        first, last = touching[0], touching[-1]
        yield Edit(
            op="equal" if hit else "substitute",
            ref_start=first.ref_start,
            ref_end=last.ref_end,
            hyp_start=first.hyp_start,
            hyp_end=last.hyp_end,
        )


@lru_cache(50_000)
def edits_of(path: str) -> tuple[Edit, ...]:
    """A path in short, in runs of equal operations, in order."""
    edits, ref, hyp = [], 0, 0
    for number, letter in _STEP.findall(path):
        length = int(number)
        ref_end, hyp_end = ref + length * (letter != "I"), hyp + length * (letter != "D")
        edits.append(Edit(op=_OP_OF[letter], ref_start=ref, ref_end=ref_end, hyp_start=hyp, hyp_end=hyp_end))
        ref, hyp = ref_end, hyp_end
    return tuple(edits)


def error_marks(reference: Sequence[str], hypothesis: Sequence[str]) -> tuple[int, ...]:
    """Where the errors fall along the reference, for matched-pairs tests and positional analysis.

    Returns:
        Length 2n + 1 for n reference tokens: at 2i the insertions before token i (at 2n, after the last),
        at 2i + 1 whether token i is wrong (0 or 1).
    """
    marks = [0] * (2 * len(reference) + 1)
    for edit in align(reference, hypothesis):
        if edit.op == "insert":
            marks[2 * edit.ref_start] += edit.hyp_end - edit.hyp_start
        elif edit.op != "equal":
            marks[2 * edit.ref_start + 1 : 2 * edit.ref_end : 2] = [1] * (edit.ref_end - edit.ref_start)
    return tuple(marks)


def _edits(reference: Sequence[str], hypothesis: Sequence[str], split: Split) -> tuple[int, int, int]:
    """(S, D, I). With total t and growth g = I - D, t - |g| = S + 2 min(D, I), so below 2 the split is forced."""
    operations = Levenshtein.editops(reference, hypothesis)
    total, growth = len(operations), len(hypothesis) - len(reference)
    substitutions = total - abs(growth)
    if substitutions >= 2:
        if split == "jiwer":
            deletions = sum(1 for tag, _, _ in operations.as_list() if tag == "delete")
            substitutions = total - 2 * deletions - growth
        else:
            substitutions = _fewest_substitutions(reference, hypothesis, total)
    deletions = (total - substitutions - growth) // 2
    return substitutions, deletions, deletions + growth


def _fewest_substitutions(reference: Sequence[str], hypothesis: Sequence[str], total: int) -> int:
    """Substitutions of the alignment with the fewest edits and, among those, the most hits.

    One weighted distance: k * edits + substitutions, with k above any number of substitutions.
    At equal edits, hits fall by one for every two substitutions gained over an insertion-deletion pair.
    """
    k = len(reference) + len(hypothesis) + 1
    return Levenshtein.distance(reference, hypothesis, weights=(k, k, k + 1)) - k * total
