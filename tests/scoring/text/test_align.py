from __future__ import annotations

import re
import shutil
import subprocess
from functools import cache

import jiwer
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bench.scoring.text.align import align, count_edits, count_word_edits, error_marks
from bench.types import ErrorCounts

# Few letters, so that matches, ties and every kind of edit occur often.
words = st.lists(st.sampled_from("abcd"), max_size=9)


def as_tuple(counts: ErrorCounts) -> tuple[int, int, int, int]:
    return counts.substitutions, counts.deletions, counts.insertions, counts.hits


def most_hits_of_fewest_edits(reference: list[str], hypothesis: list[str]) -> tuple[int, int]:
    """(edits, -hits) by exhaustive recursion: an implementation that shares nothing with ours."""

    @cache
    def best(i: int, j: int) -> tuple[int, int]:
        if i == len(reference) or j == len(hypothesis):
            return len(reference) - i + len(hypothesis) - j, 0
        edits, minus_hits = best(i + 1, j + 1)
        same = reference[i] == hypothesis[j]
        options = [(edits + (not same), minus_hits - same)]
        options += [(e + 1, h) for e, h in (best(i + 1, j), best(i, j + 1))]
        return min(options)

    return best(0, 0)


@given(words.filter(bool), words)
def test_default_split_is_jiwers(reference, hypothesis):
    theirs = jiwer.process_words(" ".join(reference), " ".join(hypothesis))
    ours = count_edits(reference, hypothesis)
    assert as_tuple(ours) == (theirs.substitutions, theirs.deletions, theirs.insertions, theirs.hits)
    assert ours.rate == pytest.approx(theirs.wer)


@given(words, words)
def test_canonical_split_has_the_fewest_edits_and_then_the_most_hits(reference, hypothesis):
    counts = count_edits(reference, hypothesis, split="canonical")
    assert (counts.errors, -counts.hits) == most_hits_of_fewest_edits(reference, hypothesis)


@given(words, words)
def test_alignment_rebuilds_both_sides_and_has_the_counts(reference, hypothesis):
    edits = align(reference, hypothesis)
    counts = count_edits(reference, hypothesis)
    assert [word for e in edits for word in reference[e.ref_start : e.ref_end]] == reference
    assert [word for e in edits for word in hypothesis[e.hyp_start : e.hyp_end]] == hypothesis
    for e in edits:
        if e.op == "equal":
            assert reference[e.ref_start : e.ref_end] == hypothesis[e.hyp_start : e.hyp_end]
    total = {"equal": 0, "substitute": 0, "delete": 0, "insert": 0}
    for e in edits:
        total[e.op] += max(e.ref_end - e.ref_start, e.hyp_end - e.hyp_start)
    assert (total["substitute"], total["delete"], total["insert"], total["equal"]) == as_tuple(counts)


@given(words, words)
@pytest.mark.parametrize("split", ["jiwer", "canonical"])
def test_lengths_add_up_and_swapping_exchanges_insertions_and_deletions(split, reference, hypothesis):
    forth = count_edits(reference, hypothesis, split=split)
    back = count_edits(hypothesis, reference, split=split)
    assert (forth.reference_length, forth.hypothesis_length) == (len(reference), len(hypothesis))
    assert forth.errors == back.errors
    if split == "canonical":
        assert (forth.insertions, forth.substitutions) == (back.deletions, back.substitutions)


@given(st.lists(st.tuples(words, words), max_size=6))
@settings(max_examples=40)
@pytest.mark.parametrize("split", ["jiwer", "canonical"])
def test_many_pairs_at_once_equal_one_by_one(split, pairs):
    table = count_word_edits([" ".join(r) for r, _ in pairs], [" ".join(h) for _, h in pairs], split=split)
    assert table.shape == (len(pairs), 4)
    assert [tuple(row) for row in table] == [as_tuple(count_edits(r, h, split=split)) for r, h in pairs]


def test_many_pairs_refuse_lists_of_different_lengths():
    with pytest.raises(ValueError, match="longer"):
        count_word_edits(["a"], ["a", "b"])


def test_ten_thousand_random_pairs_agree_with_jiwer():
    rng = np.random.default_rng(7)
    vocabulary = np.array([f"w{i}" for i in range(40)])
    references = [" ".join(rng.choice(vocabulary, rng.integers(1, 16))) for _ in range(10_000)]
    hypotheses = [
        " ".join(word for word in text.split() if rng.random() > 0.1 for _ in range(1 + (rng.random() < 0.1)))
        + (" w0" if rng.random() < 0.3 else "")
        for text in references
    ]
    theirs = jiwer.process_words(references, hypotheses)
    ours = count_word_edits(references, hypotheses).sum(axis=0)
    assert tuple(ours) == (theirs.substitutions, theirs.deletions, theirs.insertions, theirs.hits)
    assert ours[:3].sum() > 10_000


def test_characters_are_counted_on_a_plain_string():
    assert as_tuple(count_edits("kitten", "sitting")) == (2, 0, 1, 4)


@given(words, words)
def test_error_marks_hold_every_error_where_it_is(reference, hypothesis):
    marks = error_marks(reference, hypothesis)
    counts = count_edits(reference, hypothesis)
    assert len(marks) == 2 * len(reference) + 1
    assert sum(marks[1::2]) == counts.substitutions + counts.deletions
    assert sum(marks[::2]) == counts.insertions


def test_error_marks_of_one_sentence():
    assert error_marks(list("abcde"), list("xabdef")) == (1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1)


@pytest.mark.parametrize("pairs", [300, pytest.param(10_000, marks=pytest.mark.slow)])
def test_total_edits_agree_with_meeteval(pairs):
    wer = pytest.importorskip("meeteval.wer", reason="needs meeteval (pip install meeteval)")
    rng = np.random.default_rng(8)
    for _ in range(pairs):
        reference, hypothesis = (" ".join(rng.choice(list("abcdef"), rng.integers(1, 12))) for _ in range(2))
        theirs = wer.siso_word_error_rate(reference, hypothesis)
        assert count_edits(reference.split(), hypothesis.split()).errors == theirs.errors


@pytest.mark.skipif(shutil.which("sctk") is None, reason="needs NIST SCTK (Debian: sctk)")
def test_totals_agree_with_sclite(tmp_path):
    """sclite weighs substitutions 4 and the rest 3, so on close texts it finds the same, canonical, split."""
    rng = np.random.default_rng(9)
    vocabulary = [f"w{i}" for i in range(200)]
    references = [list(rng.choice(vocabulary, rng.integers(5, 20))) for _ in range(10_000)]
    hypotheses = [
        [vocabulary[rng.integers(200)] if rng.random() < 0.06 else word for word in words if rng.random() > 0.04]
        for words in references
    ]
    for name, lines in (("ref", references), ("hyp", hypotheses)):
        text = "".join(f"{' '.join(words)} (s_{i:05d})\n" for i, words in enumerate(lines))
        (tmp_path / name).write_text(text, encoding="utf-8")
    command = ["sctk", "sclite", "-r", "ref", "trn", "-h", "hyp", "trn", "-i", "spu_id", "-o", "rsum", "stdout"]
    report = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=True).stdout
    (totals,) = [line for line in report.splitlines() if "Sum" in line]
    _, length, hits, substitutions, deletions, insertions, errors, _ = map(int, re.findall(r"\d+", totals))
    table = count_word_edits(
        [" ".join(words) for words in references], [" ".join(words) for words in hypotheses], split="canonical"
    )
    ours = table.sum(axis=0)
    assert (length, errors) == (ours[[0, 1, 3]].sum(), ours[:3].sum())
    assert tuple(ours) == pytest.approx((substitutions, deletions, insertions, hits), abs=10)
