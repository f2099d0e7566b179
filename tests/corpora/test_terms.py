from dataclasses import replace

import pytest

from bench.corpora.terms import mark_terms, suggest_terms
from tests.corpora.tiny import utterance


@pytest.mark.parametrize(
    ("text", "term", "found"),
    [
        ("The MRI scan was clean", "mri", True),
        ("Theatre, not tea.", "tea", True),
        ("A theatre ticket", "tea", False),
        ("on the New   York line", "New York", True),
        ("Straße", "STRASSE", True),
        ("cafe\u0301 noir", "caf\u00e9", True),
        ("राम आया", "राम", True),
        ("रामा आया", "राम", False),
        ("मेरा काम", "का", False),
        ("AT&T called", "AT&T", True),
        ("C++ is hard", "C++", True),
        ("版本升级了", "升级", True),
    ],
)
def test_terms_are_whole_words_where_the_script_has_words(text: str, term: str, found: bool) -> None:
    (item,) = mark_terms([utterance(text=text)], [term])
    assert item.keywords == ((term,) if found else ())


def test_terms_keep_the_order_of_the_list_and_are_not_repeated() -> None:
    (item,) = mark_terms([utterance(text="beta alpha")], ["alpha", "", "beta", "alpha", "gamma"])
    assert item.keywords == ("alpha", "beta")


def test_names_and_codes_are_proposed() -> None:
    items = [
        utterance("a", text="Please ask Priya about order B12X. Apples are fine."),
        utterance("b", text="then Priya said the Apple was red, and apple pie."),
        utterance("c", text="The room is 42."),
    ]
    assert suggest_terms(items, 10) == [("Priya", 2), ("B12X", 1)]
    assert suggest_terms(items, 1) == [("Priya", 2)]


def test_rare_words_are_proposed_where_frequencies_are_known() -> None:
    zipf = {"the": 7.7, "dose": 4.3, "was": 7.0}

    def frequency(word: str, language: str) -> float | None:
        return zipf.get(word.casefold(), 0.0) if language == "en" else None

    items = [utterance("a", text="The Metformin dose"), utterance("b", text="metformin, xyz 4711 was")]
    assert suggest_terms(items, 10, frequency) == [("metformin", 2)]
    assert suggest_terms(items, 10) == []
    unknown = [replace(item, language="mt") for item in items]
    assert suggest_terms(unknown, 10, frequency) == []
