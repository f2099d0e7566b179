import re

import pytest

from bench.errors import UnknownNameError
from bench.scoring.text.normalize import PROFILES, get_normalizer


def test_profiles_are_listed_with_one_line_each():
    assert {"earwitness", "none", "basic", "whisper-english", "whisper-basic", "open-asr-leaderboard"} <= set(PROFILES)
    assert all(text and "\n" not in text for text in PROFILES.values())


def test_an_unknown_profile_is_answered_with_the_nearest_name():
    with pytest.raises(UnknownNameError, match="did you mean 'earwitness'"):
        get_normalizer("earwitnes")


def test_identity_and_content_hash_travel_with_the_normaliser():
    normalizer = get_normalizer("earwitness")
    assert re.fullmatch(r"earwitness@\d+", normalizer.id)
    assert re.fullmatch("[0-9a-f]{64}", normalizer.content_hash)
    assert normalizer == get_normalizer("earwitness")
    assert normalizer.content_hash != get_normalizer("lenient").content_hash


@pytest.mark.parametrize(("language", "unit"), [("zh-CN", "char"), ("yue", "char"), ("ja", "char"), ("ko", "char")])
def test_languages_without_word_spaces_are_counted_by_character(language, unit):
    assert get_normalizer("earwitness").unit(language) == unit


def test_the_others_are_counted_by_word():
    normalizer = get_normalizer("none")
    assert {normalizer.unit(language) for language in ("en-GB", "hi", "multi", "xx", "pt_BR")} == {"word"}


def test_mixed_text_counts_characters_of_unspaced_scripts_and_words_of_others():
    assert get_normalizer("earwitness").words("我爱 Python 语言。", "zh") == ["我", "爱", "python", "语", "言"]


@pytest.mark.parametrize(
    ("text", "language", "number"),
    [
        ("ആണ് കൊച്ചി", "ml", 4),
        ("లో కాదు", "te", 3),
        ("उन् कल", "hi", 4),
        ("ಅವನ್ ಕರೆ", "kn", 5),
        ("আম্ কি", "bn", 3),
        ("ਹਸ੍ ਕਰ", "pa", 4),
        ("કમ્ કર", "gu", 4),
        ("ଜନ୍ କର", "or", 4),
        ("නම් කර", "si", 4),
        ("\u0600 ـا", "ar", 3),  # a sign that begins a letter, behind which stands a space
        ("a b", "en", 2),
    ],
)
def test_no_letter_reaches_over_a_space(text, language, number):
    """A virama at the end of a word joined the next word's consonant, where the space was taken out first."""
    normalizer = get_normalizer("verbatim")
    of_words = [char for word in text.split() for char in normalizer.chars(word, language)]
    assert normalizer.chars(text, language) == of_words
    assert len(of_words) == number


def test_chars_are_grapheme_clusters_without_spaces():
    normalizer = get_normalizer("earwitness")
    assert normalizer.chars("की है", "hi") == ["की", "है"]
    assert normalizer.chars("ab c", "en") == ["a", "b", "c"]


def test_region_and_script_subtags_do_not_matter():
    normalizer = get_normalizer("earwitness")
    assert normalizer("Die Straße", "de-CH") == normalizer("Die Straße", "de_DE") == "die strasse"


def test_a_language_without_rules_gets_the_base_layer():
    assert get_normalizer("earwitness")("Ђак, иде!", "sr") == "ђак иде"


@pytest.mark.parametrize("profile", ["earwitness", "none", "basic", "verbatim", "lenient"])
def test_nothing_gives_nothing(profile):
    normalizer = get_normalizer(profile)
    for text in ("", "  ", "\n\t"):
        assert normalizer(text, "en") == ""
        assert normalizer.words(text, "zh") == normalizer.chars(text, "hi") == []


def test_profiles_differ_where_they_say():
    text, table = "Uh, THREE colours!", {}
    for profile in ("earwitness", "earwitness-fillers", "earwitness-spoken", "basic", "verbatim"):
        table[profile] = get_normalizer(profile)(text, "en")
    assert table == {
        "earwitness": "3 colors",
        "earwitness-fillers": "uh 3 colors",
        "earwitness-spoken": "three colors",
        "basic": "uh three colours",
        "verbatim": "Uh, THREE colours!",
    }
