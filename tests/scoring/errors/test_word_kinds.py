import pytest

from bench.scoring.errors.word_kinds import capitalised, number_words, word_kinds
from bench.scoring.text.normalize import get_normalizer
from tests.scoring.errors.test_analysis import utterance


@pytest.mark.parametrize(
    ("text", "language", "names"),
    [
        ("Yesterday Anna met Bob Smith.", "en", ["Anna", "Bob", "Smith."]),
        ("He left. Then I saw O'Neil", "en", ["O'Neil"]),
        ("ALL IN CAPITALS", "en", []),
        ("Das Haus steht in Berlin", "de", []),
        ("वह दिल्ली गया", "hi", []),
    ],
)
def test_names_are_capitals_inside_a_sentence(text, language, names):
    assert list(capitalised(text, language)) == names


def test_a_word_that_also_stands_without_a_capital_is_no_name():
    texts = ("we saw Will today", "it will rain", "then Anna came")
    classify = word_kinds([utterance(str(i), text) for i, text in enumerate(texts)], get_normalizer("earwitness"))
    assert [classify(word) for word in ("anna", "will", "rain")] == ["name", "other", "other"]


def test_of_accepted_variants_the_first_is_read():
    """Braces are no part of a word: `{Anna|Hannah}` names one name, and `{` begins no sentence."""
    texts = ("we met {Anna|Hannah} and {Bob|bob} {*} today", "the {grey|Gray} cat", "rob came")
    classify = word_kinds([utterance(str(i), text) for i, text in enumerate(texts)], get_normalizer("earwitness"))
    found = {word: classify(word) for word in ("anna", "hannah", "bob", "gray", "rob")}
    assert found == {"anna": "name", "hannah": "other", "bob": "name", "gray": "other", "rob": "other"}


def test_number_words_are_those_of_the_normaliser():
    assert {"seven", "thousand"} <= set(number_words("en"))
    assert "सात" in set(number_words("hi"))
