import re
import unicodedata

import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from bench.scoring.text.normalize import data, get_normalizer
from bench.scoring.text.normalize.characters import APOSTROPHES
from bench.scoring.text.normalize.runs import script_of
from tests.scoring.text.normalize.cases import LANGUAGES, load

PULSE = [
    "en",
    "hi",
    "de",
    "fr",
    "es",
    "it",
    "pt",
    "ru",
    "pl",
    "nl",
    "ta",
    "bn",
    "gu",
    "kn",
    "ml",
    "mr",
    "te",
    "pa",
    "uk",
    "sv",
    "fi",
    "da",
    "ro",
    "bg",
    "cs",
    "sk",
    "hu",
    "lv",
    "lt",
    "et",
    "mt",
    "or",
]
EARWITNESS = get_normalizer("earwitness")


def units(text, language):
    return EARWITNESS.words(text, language)


def pairs(kind):
    return [(language, *pair) for language in LANGUAGES for pair in getattr(load(language), kind)]


@pytest.mark.parametrize(("language", "left", "right"), pairs("equal"))
def test_two_ways_of_writing_the_same_are_equal(language, left, right):
    assert units(left, language) == units(right, language)


@pytest.mark.parametrize(("language", "left", "right"), pairs("differ"))
def test_different_words_stay_different(language, left, right):
    assert units(left, language) != units(right, language)


@pytest.mark.parametrize("language", [*PULSE, "zh", "yue", "ja", "ko", "multi"])
def test_every_language_has_rules_and_twenty_native_lines(language):
    cases = load(language)
    assert language in data.languages()
    assert len(cases.equal) + len(cases.differ) >= 20


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_disguised_perfect_transcript_is_perfect_and_an_error_counts(language):
    cases = load(language)
    reference = units(cases.reference, language)
    assert units(cases.disguised, language) == reference
    assert units(cases.wrong, language) != reference


DISGUISES = {
    "decomposed": lambda text: unicodedata.normalize("NFD", text),
    "spaced": lambda text: "\u00a0 " + text.replace(" ", " \u3000\t"),
    "punctuated": lambda text: "«" + text.replace(" ", " — ") + "?!»",
    "invisible": lambda text: "\ufeff\u200e" + text,
}


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("disguise", DISGUISES)
def test_unicode_form_spacing_and_punctuation_do_not_count(language, disguise):
    reference = load(language).reference
    assert units(DISGUISES[disguise](reference), language) == units(reference, language)


@pytest.mark.parametrize("language", LANGUAGES)
def test_casing_does_not_count(language):
    upper = load(language).reference
    upper = upper.replace("i", "İ").upper() if language == "tr" else upper.upper()
    assert units(upper, language) == units(load(language).reference, language)


SAMPLES = [text for language in LANGUAGES for pair in load(language).equal + load(language).differ for text in pair]
FRAGMENTS = sorted(
    {word for sample in SAMPLES for word in sample.split()}
    | {"-5", "3,5", "1.000", "½", "m²", "''", "º", "2-4", ".5", "5×3", "×", "~", "mm"}
)


OWN = ["earwitness", "earwitness-fillers", "earwitness-spoken", "lenient", "basic", "verbatim", "none"]
GLUED = [
    *"aÆœßéşïёәहьம졔日か5٣%&$€,.-:/'’ºªिംİI\u200d\u200c\u0307\u0301\x93\xad×<~–",
    " ",
    "2-4",
    "mm",
    "5 km",
    "uh",
    "двадцать",
]
TEXTS = st.one_of(
    st.lists(st.sampled_from(GLUED), max_size=10).map("".join),
    st.text(st.characters(exclude_categories=("Cs", "No", "Nl")), max_size=12),
)


PARTED = re.compile(r"[,;:.!?…।॥،؛؟۔][\"'”’»)\]]*\s+\S|[。、！？；：，]|\s[.,]\d")
"""Signs between words part numbers, and are gone from what is normalised: read again, those may join."""


def twice(text, language, profile):
    normalizer = get_normalizer(profile)
    once = normalizer(text, language)
    return once, normalizer(once, language)


def foreign_scripts(text, language):
    return {script_of(char) for char in text} - {None, *data.rules(language).get("scripts", ())}


@settings(max_examples=150, deadline=None)
@given(drawn=st.data(), language=st.sampled_from(LANGUAGES), profile=st.sampled_from(OWN))
def test_normalising_words_twice_changes_nothing(drawn, language, profile):
    known = [fragment for fragment in FRAGMENTS if not foreign_scripts(fragment, language)]
    text = " ".join(drawn.draw(st.lists(st.sampled_from(known), max_size=6)))
    assume(not PARTED.search(text))
    once, again = twice(text, language, profile)
    assert again == once


@pytest.mark.parametrize(
    ("language", "text", "expected"),
    [
        ("sk", "๕ osemdesiat", "5 80"),  # a digit of another script is no letter of that script
        ("sk", "٣osemdesiat", "3 80"),
        ("bg", "ପଞ୍ଚାନବେ една", "95 една"),  # 95 in another script is no reason to join the article
        ("lt", "参 šimtai", "参 100"),  # numerals that their own language does not count with
    ],
)
def test_numbers_beside_another_script_are_read_to_the_end(language, text, expected):
    assert EARWITNESS(text, language) == expected
    assert EARWITNESS(expected, language) == expected


@settings(max_examples=150, deadline=None)
@given(language=st.sampled_from(LANGUAGES), text=TEXTS, profile=st.sampled_from(OWN))
@example(language="bg", text="A\U0002f9cd", profile="earwitness")
@example(language="bg", text="İ\u0301", profile="earwitness")
def test_normalising_any_text_twice_changes_nothing(language, text, profile):
    """But in foreign scripts around digits and apostrophes: `двадцать m` is read run by run, `20 m` then as one."""
    assume(not PARTED.search(text))
    once, again = twice(text, language, profile)
    assume(not foreign_scripts(text, language) or not (any(map(str.isdigit, once)) or set(text) & {"'", *APOSTROPHES}))
    assert again == once


SCRIPTS = {
    "hi": (0x0900, 0x097F),
    "mr": (0x0900, 0x097F),
    "bn": (0x0980, 0x09FF),
    "pa": (0x0A00, 0x0A7F),
    "gu": (0x0A80, 0x0AFF),
    "or": (0x0B00, 0x0B7F),
    "ta": (0x0B80, 0x0BFF),
    "te": (0x0C00, 0x0C7F),
    "kn": (0x0C80, 0x0CFF),
    "ml": (0x0D00, 0x0D7F),
}


def of_script(language, categories):
    low, high = SCRIPTS[language]
    return [chr(code) for code in range(low, high + 1) if unicodedata.category(chr(code))[:1] in categories]


EQUIVALENTS = str.maketrans({"ൌ": "ൗ", "ଵ": "ୱ", "ൎ": "ർ"})
"""Spellings that Unicode keeps apart and the language does not (rules `letters`); none is a mark lost."""


@pytest.mark.parametrize("language", SCRIPTS)
def test_every_mark_of_the_script_survives_on_every_letter(language):
    """One letter and one mark: only spellings of one letter may change, and what is a number or a hesitation."""
    rules = data.rules(language)
    basic, known = get_normalizer("basic"), {*rules.get("fillers", ()), *rules.get("words", ())}
    for letter in of_script(language, "L"):
        for mark in of_script(language, "M"):
            word = unicodedata.normalize("NFC", letter + mark)
            assert basic(word, language) == word, (letter, mark)
            kept = EARWITNESS(word, language)
            assert kept == word.translate(EQUIVALENTS) or kept.isdecimal() or word in known, (letter, mark)


def marks(text):
    return sum(unicodedata.category(char)[0] == "M" for char in unicodedata.normalize("NFD", text))


@settings(max_examples=150, deadline=None)
@given(drawn=st.data(), language=st.sampled_from(sorted(SCRIPTS)))
def test_words_of_the_script_keep_every_mark(drawn, language):
    letter = st.sampled_from(of_script(language, "L"))
    mark = st.lists(st.sampled_from(of_script(language, "M")), max_size=2).map("".join)
    syllables = drawn.draw(st.lists(st.tuples(letter, mark).map("".join), min_size=1, max_size=5))
    word = unicodedata.normalize("NFC", "".join(syllables))
    for profile in ("basic", "verbatim", "earwitness-spoken"):
        kept = get_normalizer(profile)(word, language)
        listed = {*data.rules(language).get("words", {}), *data.rules(language).get("fillers", ())}
        assert marks(kept) in {marks(word), marks(word.translate(EQUIVALENTS))} or word in listed, profile


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_latin_word_behind_it_changes_nothing_of_how_a_sentence_is_read(language):
    case = load(language)
    for text in (case.reference, case.disguised, case.wrong):
        assert EARWITNESS(f"{text} qwx", language).startswith(EARWITNESS(text, language))


def test_armenian_beside_a_latin_word_keeps_its_rules():
    assert EARWITNESS("քսանհինգ տարեկան եմ ok", "hy") == EARWITNESS("25 տարեկան եմ ok", "hy")
