import sys

import pytest

from bench.errors import MissingExtraError
from bench.scoring.text.script import aksharas, check_script, dominant_script, script_counts, transliterate
from tests.report.run.made import SCRIPTS


@pytest.mark.parametrize(
    ("text", "script"),
    [
        ("नमस्ते दुनिया", "Deva"),
        ("namaste", "Latn"),
        ("میرا نام", "Arab"),
        ("मेरा phone खो गया", "Deva"),
        ("これは本です", "Jpan"),
        ("Привет", "Cyrl"),
        ("123, !", None),
    ],
)
def test_the_script_of_most_letters(text, script):
    assert dominant_script(text) == script


def test_marks_are_no_letters():
    assert script_counts("कि ab") == {"Deva": 1, "Latn": 2}


@pytest.mark.parametrize("hypothesis", ["mera naam ram hai", "میرا نام رام ہے"])
def test_hindi_in_latin_or_urdu_letters_is_in_the_wrong_script(hypothesis):
    check = check_script("मेरा नाम राम है", hypothesis, "hi")
    assert check.wrong
    assert check.wrong_letters == 1.0
    assert check.expected == ("Deva",)


def test_code_switching_in_the_reference_is_not_wrong():
    assert not check_script("मेरा phone", "mera phone", "hi").wrong
    assert not check_script("मेरा नाम", "मेरा नाम ok", "hi").wrong


@pytest.mark.parametrize(("language", "texts"), SCRIPTS.items())
def test_the_same_words_in_another_script_are_in_the_wrong_one_whichever_it_is(language, texts):
    for reference, hypothesis in (texts, texts[::-1]):
        assert check_script(reference, hypothesis, language).wrong
        assert not check_script(reference, reference, language).wrong
        assert not check_script(reference, f"{reference} ok", language).wrong


@pytest.mark.parametrize(
    ("language", "reference", "hypothesis", "wrong"),
    [
        ("hi", "मुझे कल एक meeting में जाना है", "mujhe kal ek meeting mein jana hai", True),
        ("am", "ሰላም ነው", "გამარჯობა", True),
        ("en", "good morning", "доброе утро", True),
        ("ja", "東京の大学", "东京的大学", False),  # Japanese has letters of both Chinese forms
        ("ja", "きょうはあめ", "今日は雨", False),
        ("ja", "東京大学", "学校", False),
        ("zh", "好", "好", False),
        ("yue", "我哋喺香港", "我哋喺香港", False),
        ("ru", "метр", "3 km", True),
    ],
)
def test_a_script_is_wrong_where_the_reference_has_less_of_it(language, reference, hypothesis, wrong):
    assert check_script(reference, hypothesis, language).wrong is wrong


def test_a_script_subtag_says_what_is_expected():
    assert not check_script("", "mera naam ram hai", "hi-Latn").wrong
    assert check_script("", "मेरा नाम", "hi_latn").wrong
    assert not check_script("你好", "你好", "zh-Hant-TW").wrong


def test_silence_and_unknown_languages_are_not_wrong():
    assert not check_script("मेरा नाम", "", "hi").wrong
    assert not check_script("", "anything", "und").wrong


def test_transliteration_between_indic_scripts():
    pytest.importorskip("indic_transliteration")
    assert transliterate("कमल", "Deva", "Guru") == "ਕਮਲ"
    assert transliterate("कमल", "Deva", "Deva") == "कमल"
    assert transliterate("کمل", "Arab", "Deva") is None


def test_without_the_package_the_extra_is_named(monkeypatch):
    monkeypatch.setitem(sys.modules, "indic_transliteration", None)
    with pytest.raises(MissingExtraError, match="transliteration"):
        transliterate("कमल", "Deva", "Guru")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("स्वतन्त्रता", ["स्व", "त", "न्त्र", "ता"]),
        ("क्षेत्र में", ["क्षे", "त्र", "में"]),
        ("தமிழ்", ["த", "மி", "ழ்"]),
        ("ಕನ್ನಡ", ["ಕ", "ನ್ನ", "ಡ"]),
        ("cat 42", ["c", "a", "t", "4", "2"]),
        ("", []),
    ],
)
def test_orthographic_syllables(text, expected):
    assert aksharas(text) == expected
