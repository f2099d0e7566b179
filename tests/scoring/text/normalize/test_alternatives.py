from bench.scoring.text.normalize import get_normalizer
from bench.scoring.text.normalize.alternatives import WILDCARD, first_variants, has_alternatives, slots


def words(text):
    return get_normalizer("earwitness").words(text, "en")


def test_variants_are_normalised_and_the_rest_is_a_chain():
    found = slots("The {Grey|dark-blue|} car {*}", words)
    assert found == [(("the",),), (("gray",), ("dark", "blue"), ()), (("car",),), (WILDCARD,)]


def test_variants_that_normalise_alike_count_once():
    assert slots("{colour|color}", words) == [(("color",),)]


def test_accepted_spellings_hold_wherever_the_term_occurs():
    found = slots("New Delhi and Delhi", words, {"new delhi": ["naidilli"], "delhi": ["dilli"]})
    assert found == [(("new", "delhi"), ("naidilli",)), (("and",),), (("delhi",), ("dilli",))]


def test_without_braces_nothing_is_an_alternative():
    assert not has_alternatives("plain text")
    assert slots("plain text", words) == [(("plain",),), (("text",),)]


def test_first_variants_is_the_reference_without_alternatives():
    assert has_alternatives("a {b|c} {*}")
    assert first_variants("a {b|c} {*} {|d} e") == "a b e"
