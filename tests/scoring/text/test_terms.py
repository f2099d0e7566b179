"""Term counts against a plain search, and on cases whose answer is known."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench.scoring.text.align import align_counted
from bench.scoring.text.terms import TermCounts, TermList

TERMS = (("new", "york"), ("stent",), ("new", "york", "city"), ("metformin",))
words = st.lists(st.sampled_from(["new", "york", "city", "stent", "the"]), max_size=12)


def counted(terms, reference, hypothesis):
    return terms.count(reference, hypothesis, align_counted(reference, hypothesis)[0])


def count(reference, hypothesis, language=None):
    return counted(TermList(TERMS, language), reference.split(), hypothesis.split())


@pytest.mark.parametrize(
    ("reference", "hypothesis", "expected"),
    [
        ("the stent holds", "the stent holds", TermCounts(hits=1, exact_hits=1)),
        ("the stent holds", "the stand holds", TermCounts(misses=1)),
        ("the stent holds", "", TermCounts(misses=1)),
        ("in new york city", "in new york city", TermCounts(hits=2, exact_hits=2)),  # new york was said too
        ("in new york", "in new big york", TermCounts(misses=1)),  # not in a row
        ("in new york city", "in new york", TermCounts(hits=1, exact_hits=1, misses=1)),
        ("nothing here", "metformin here", TermCounts(false_alarms=1, decoy_alarms=1)),
        ("a stent", "a stent stent", TermCounts(hits=1, exact_hits=1, false_alarms=1)),
        # Said in one place, shown in another: a search anywhere in the text would call this a hit.
        ("stent a b c d e", "a b c d e stent", TermCounts(misses=1, false_alarms=1)),
    ],
)
def test_known_cases(reference, hypothesis, expected):
    assert count(reference, hypothesis) == expected


def test_terms_that_share_a_word_are_each_said_and_heard():
    terms = TermList([("new", "york"), ("york", "times")])
    counts = counted(terms, ["the", "new", "york", "times"], ["the", "york", "times"])
    assert counts == TermCounts(hits=1, exact_hits=1, misses=1)


@pytest.mark.parametrize(
    ("term", "said", "heard", "language"),
    [("porta", "porta", "porto", "it"), ("news", "news", "new", "en"), ("leiter", "leiter", "leiten", "de")],
)
def test_another_word_that_looks_like_an_inflected_form_is_no_exact_hit(term, said, heard, language):
    counts = counted(TermList([(term,)], language), [said], [heard])
    assert (counts.recall, counts.exact_recall) == (1.0, 0.0)


def test_inflected_forms_count_where_the_language_allows_it():
    assert count("two stents", "two stent", "en-IN") == TermCounts(hits=1)
    assert count("two stents", "two stent", "hi") == TermCounts(false_alarms=1, decoy_alarms=1)
    assert counted(TermList([("patient",)], "de"), ["dem", "patienten"], ["dem", "patient"]) == TermCounts(hits=1)
    assert counted(TermList([("is",)], "en"), ["is"], ["i"]) == TermCounts(misses=1)  # too short for an ending


@given(words)
def test_what_is_recognised_in_full_has_no_fault(reference):
    terms = TermList(TERMS)
    number = len(terms.find(reference))
    assert counted(terms, reference, reference) == TermCounts(hits=number, exact_hits=number)


@given(words)
def test_the_terms_found_are_those_of_a_plain_search(reference):
    starts = (" ".join(reference[place:]) + " " for place in range(len(reference)))
    sought = [f"{' '.join(term)} " for term in TERMS]
    expected = sum(rest.startswith(term) for rest in starts for term in sought)
    assert len(TermList(TERMS).find(reference)) == expected


@given(words, words)
def test_every_term_said_is_hit_or_missed_and_every_term_shown_is_hit_or_false(reference, hypothesis):
    counts = counted(TermList([("stent",)]), reference, hypothesis)
    assert counts.hits + counts.misses == reference.count("stent")
    assert counts.hits + counts.false_alarms == hypothesis.count("stent")
    assert counts.decoy_alarms == (0 if "stent" in reference else hypothesis.count("stent"))


def test_rates_and_pooling():
    pooled = TermCounts(hits=3, exact_hits=2, misses=1) + TermCounts(false_alarms=2, decoy_alarms=1)
    assert pooled == TermCounts(hits=3, exact_hits=2, misses=1, false_alarms=2, decoy_alarms=1)
    assert (pooled.recall, pooled.exact_recall, pooled.precision, pooled.f1) == (0.75, 0.5, 0.6, pytest.approx(2 / 3))
    assert (TermCounts().recall, TermCounts().precision, TermCounts().f1) == (None, None, None)
