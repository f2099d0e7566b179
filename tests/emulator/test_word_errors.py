"""Errors on demand are the errors that an alignment finds."""

from __future__ import annotations

import jiwer
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from bench.emulator.heard import spread
from bench.emulator.word_errors import WordErrors, corrupt

_TEXTS = st.lists(st.sampled_from(["a", "b", "c", "the", "of"]), min_size=1, max_size=40)
_DISTINCT = st.integers(1, 60).map(lambda count: [f"w{k}" for k in range(count)])


@given(_TEXTS | _DISTINCT, st.integers(0, 1000))
def test_the_errors_made_are_what_jiwer_counts(texts, seed):
    rates = {"substitution_rate": 0.15, "deletion_rate": 0.15, "insertion_rate": 0.15}
    made = corrupt(spread(texts, 0, 1), WordErrors(**rates, seed=seed))
    counted = jiwer.process_words(" ".join(texts), " ".join(word.text for word in made.words))
    found = counted.substitutions + counted.deletions + counted.insertions
    assert found == made.counts.errors or (found < made.counts.errors and len(set(texts)) < len(texts))
    assert made.counts.reference_length == len(texts)
    assert made.counts.hypothesis_length == len(made.words)


def test_the_rate_is_the_one_asked_for():
    errors = WordErrors(substitution_rate=0.1, deletion_rate=0.05, insertion_rate=0.05, seed=7)
    counts = corrupt(spread([f"w{k}" for k in range(20_000)], 0, 1), errors).counts
    assert counts.rate == pytest.approx(0.2, abs=0.012)  # four standard errors
    assert counts.substitutions / 20_000 == pytest.approx(0.1, abs=0.01)


@given(_TEXTS, st.integers(0, 40))
def test_a_partial_has_the_errors_its_final_will_have(texts, known):
    errors = WordErrors(substitution_rate=0.2, deletion_rate=0.2, insertion_rate=0.2)
    partial = corrupt(spread(texts[:known], 0, 1), errors).words
    final = corrupt(spread(texts, 0, 1), errors).words
    assert [word.text for word in final[: len(partial)]] == [word.text for word in partial]


def test_no_rate_changes_nothing():
    words = spread(["as", "it", "was"], 0, 1)
    assert corrupt(words, WordErrors()).words == words


def test_more_than_one_error_a_word_is_refused():
    with pytest.raises(ValidationError, match="1 at most"):
        WordErrors(substitution_rate=0.6, deletion_rate=0.6)
