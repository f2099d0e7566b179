"""Term counts against a plain search, and on cases whose answer is known."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench.scoring.terms import TermCounts, count_terms, find_terms

TERMS = (("new", "york"), ("stent",), ("new", "york", "city"), ("metformin",))
words = st.lists(st.sampled_from(["new", "york", "city", "stent", "the"]), max_size=12)


def count(reference, hypothesis, language=None):
    return count_terms(reference.split(), hypothesis.split(), TERMS, language=language)


@pytest.mark.parametrize(
    ("reference", "hypothesis", "expected"),
    [
        ("the stent holds", "the stent holds", TermCounts(hits=1)),
        ("the stent holds", "the stand holds", TermCounts(misses=1)),
        ("the stent holds", "", TermCounts(misses=1)),
        ("in new york city", "in new york city", TermCounts(hits=1)),  # the longest term, once
        ("in new york", "in new big york", TermCounts(misses=1)),  # not in a row
        ("in new york city", "in new york", TermCounts(misses=1, false_alarms=1, decoy_alarms=1)),
        ("nothing here", "metformin here", TermCounts(false_alarms=1, decoy_alarms=1)),
        ("a stent", "a stent stent", TermCounts(hits=1, false_alarms=1)),
        # Said in one place, shown in another: a search anywhere in the text would call this a hit.
        ("stent a b c d e", "a b c d e stent", TermCounts(misses=1, false_alarms=1)),
    ],
)
def test_known_cases(reference, hypothesis, expected):
    assert count(reference, hypothesis) == expected


def test_inflected_forms_count_where_the_language_allows_it():
    assert count("two stents", "two stent", "en-IN") == TermCounts(hits=1)
    assert count("two stents", "two stent", "hi") == TermCounts(false_alarms=1, decoy_alarms=1)
    assert count_terms(["dem", "patienten"], ["dem", "patient"], [("patient",)], language="de") == TermCounts(hits=1)
    assert count_terms(["is"], ["i"], [("is",)], language="en") == TermCounts(misses=1)  # too short for an ending


@given(words)
def test_what_is_recognised_in_full_has_no_fault(reference):
    counts = count_terms(reference, reference, TERMS)
    assert counts == TermCounts(hits=len(find_terms(reference, sorted(TERMS, key=len, reverse=True))))


@given(words, words)
def test_every_term_said_is_hit_or_missed_and_every_term_shown_is_hit_or_false(reference, hypothesis):
    counts = count_terms(reference, hypothesis, [("stent",)])
    assert counts.hits + counts.misses == reference.count("stent")
    assert counts.hits + counts.false_alarms == hypothesis.count("stent")
    assert counts.decoy_alarms == (0 if "stent" in reference else hypothesis.count("stent"))


def test_rates_and_pooling():
    pooled = TermCounts(hits=3, misses=1) + TermCounts(false_alarms=2, decoy_alarms=1)
    assert pooled == TermCounts(hits=3, misses=1, false_alarms=2, decoy_alarms=1)
    assert (pooled.recall, pooled.precision, pooled.f1) == (0.75, 0.6, pytest.approx(2 / 3))
    assert (TermCounts().recall, TermCounts().precision, TermCounts().f1) == (None, None, None)
