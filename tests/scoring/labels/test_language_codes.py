"""What engines call a language, by the code it is compared by."""

import pytest

from bench.scoring.labels.claims import canonical, claim
from bench.scoring.labels.language_codes import language_code
from bench.scoring.language_names import NAMES


@pytest.mark.parametrize(
    ("said", "code"),
    [
        ("en", "en"),
        ("en-US", "en"),
        ("pt_BR", "pt"),
        ("eng", "en"),
        ("English", "en"),
        ("ENGLISH (US)", "en"),
        ("deu", "de"),
        ("ger", "de"),
        ("cmn-Hans-CN", "zh"),
        ("Mandarin Chinese", "zh"),
        ("yue", "yue"),
        ("cantonese", "yue"),
        ("nb-NO", "no"),
        ("norwegian bokmål", "no"),
        ("nn", "nn"),
        ("iw", "he"),
        ("hin", "hi"),
        ("haitian creole", "ht"),
        ("fil", "tl"),
        ("unknown", "unknown"),
        ("multi", "multi"),
        ("", ""),
    ],
)
def test_a_language_is_one_whatever_it_is_called(said, code):
    assert language_code(said) == code
    assert language_code(code) == code


@pytest.mark.parametrize("code", sorted(NAMES))
def test_a_name_is_the_language_of_its_code(code):
    assert language_code(NAMES[code]) == language_code(code)


def test_a_claim_by_name_or_three_letters_is_right():
    assert claim("language", {"language": "eng"}).label == canonical("language", "en-IN") == "en"
    assert claim("language", {"language": "hindi"}).label == "hi"


def test_no_label_can_be_taken_for_two():
    assert ">" not in canonical("emotion", "sad>happy")
