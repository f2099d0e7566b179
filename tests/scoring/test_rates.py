"""MER and WIL against jiwer; SER by counting; and what is said where there is nothing to divide."""

import jiwer
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench.scoring.rates import RATES, accuracy_rates
from bench.scoring.text.align import count_edits
from bench.types import ErrorCounts

WORDS = st.lists(st.sampled_from("abc"), max_size=6)
PAIRS = st.lists(st.tuples(WORDS.filter(bool), WORDS), min_size=1, max_size=12)


@given(PAIRS)
def test_mer_equals_jiwers_and_ser_is_the_share_of_wrong_answers(pairs):
    counts = [count_edits(reference, hypothesis) for reference, hypothesis in pairs]
    found = accuracy_rates(counts, [str(number) for number in range(len(pairs))])
    total = sum(counts, ErrorCounts())
    assert found.keys() == RATES.keys()
    assert found["mer"].value == pytest.approx(total.errors / (total.errors + total.hits))
    assert found["ser"].value == pytest.approx(sum(a != b for a, b in pairs) / len(pairs))


def test_mer_and_wil_equal_jiwers_where_the_alignment_is_unique():
    references = ["the cat sat", "on a mat", "all day long"]
    hypotheses = ["the cat sat", "on mat", "all the day wrong"]
    counts = [count_edits(a.split(), b.split()) for a, b in zip(references, hypotheses, strict=True)]
    found = accuracy_rates(counts, ["x", "y", "z"])
    expected = jiwer.process_words(references, hypotheses)
    assert found["mer"].value == pytest.approx(expected.mer)
    assert found["wil"].value == pytest.approx(expected.wil)


def test_intervals_hold_the_value_where_there_are_speakers_enough():
    counts = [ErrorCounts(substitutions=i % 3, hits=10) for i in range(40)]
    for name, interval in accuracy_rates(counts, [f"s{i % 20}" for i in range(40)]).items():
        assert interval.low < interval.value < interval.high, name


def test_all_is_lost_where_nothing_was_answered_and_nothing_can_be_said_without_references():
    silent = [ErrorCounts(deletions=3)] * 10
    found = accuracy_rates(silent, [str(i) for i in range(10)])
    assert (found["ser"].value, found["mer"].value, found["wil"].value) == (1.0, 1.0, 1.0)
    assert accuracy_rates([ErrorCounts()], ["a"])["wil"].value is None
    assert accuracy_rates([], [])["ser"].value is None
