"""How one answer is counted: variants, compounds, syllables, scripts."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bench.scoring.text.align import count_edits
from bench.scoring.text.normalize import get_normalizer
from bench.scoring.text.score import AKSHARAS, TRANSLITERATED, WITHOUT_VARIANTS, SpokenText, read, score_text
from bench.scoring.trial import score_trial
from bench.types import Failure, FailureKind, Recognised, Result, Timing, Transcript, Trial, Utterance

EARWITNESS = get_normalizer("earwitness")


def spoken(text, language="en", **alternatives):
    return SpokenText(text=text, language=language, alternatives=alternatives)


def scored(reference, heard, language="en", normalizer=EARWITNESS, **alternatives):
    utterance = Utterance(
        id="u",
        corpus="c",
        audio="x.wav",
        sha256="0",
        sample_rate_hz=16000,
        num_samples=16000,
        text=reference,
        language=language,
        alternatives=alternatives,
    )
    trial = Trial(id="t", utterance_id="u", condition_id="clean", engine_id="e", mode="batch")
    outcome = (
        Failure(kind=FailureKind.TIMEOUT, message="late")
        if heard is None
        else Transcript(recognised=Recognised(text=heard), timing=Timing(done_s=0.1))
    )
    return score_trial(trial, utterance, Result(trial_id="t", outcome=outcome, attempts=1, started_at=""), normalizer)


@pytest.mark.parametrize(
    "heard",
    ["I am going to buy a hat, um", "I'm gonna buy a hat", "I am gonna buy hat whatever they mumbled"],
)
def test_any_accepted_way_of_saying_it_is_right(heard):
    reference = "I am {going to|gonna} buy {a|} hat {*}"
    found = score_text(spoken(reference), heard, EARWITNESS)
    assert found.best.counts.errors == found.chars.errors == 0
    assert found.best.counts.hypothesis_length == found.best.counts.reference_length


def test_without_variants_the_first_one_counts():
    found = score_text(spoken("the {grey|green} {big|} car {*}"), "the green car there", EARWITNESS)
    assert found.best.counts.errors == 0
    assert found.further[WITHOUT_VARIANTS] == count_edits(
        ["the", "gray", "big", "car"], ["the", "green", "car", "there"]
    )


def test_accepted_spellings_of_a_term_hold_wherever_it_is():
    found = score_text(spoken("मोबाइल में मोबाइल", "hi", मोबाइल=("mobile",)), "mobile में मोबाइल", EARWITNESS)
    assert found.best.counts.errors == 0
    assert found.further[WITHOUT_VARIANTS].errors == 1
    assert not found.wrong_script


def test_what_a_wildcard_took_is_no_empty_answer():
    found = score_text(spoken("{*}"), "something mumbled", EARWITNESS)
    assert (found.best.hypothesis, found.empty) == ((), False)
    assert score_text(spoken("{*}"), "uh um", EARWITNESS).empty


def test_a_real_error_beside_variants_still_counts():
    assert score_text(spoken("the {grey|green} car"), "the red car", EARWITNESS).best.counts.errors == 1


def test_braces_never_reach_the_words():
    item = scored("the {grey|green} car {*}", None)
    assert (item.reference, item.reference_words) == ("the gray car", 3)


def test_the_reference_is_shown_as_read_and_its_length_does_not_hang_on_the_answer():
    items = [scored("a {cat|small lazy cat} slept", heard) for heard in ("a cat slept", "a small lazy cat slept")]
    assert [item.reference for item in items] == ["a cat slept", "a small lazy cat slept"]
    assert [item.reference_words for item in items] == [3, 3]
    assert all(item.words.errors == 0 for item in items)


def test_words_where_the_reference_is_unintelligible_are_neither_shown_nor_counted():
    item = scored("hello {*}", "hello what did you say")
    assert (item.hypothesis, item.words.hypothesis_length, item.chars.errors) == ("hello", 1, 0)


def test_compounds_are_accepted_by_lenient_in_languages_that_build_them():
    lenient = get_normalizer("lenient")
    for language, one, two in (("de", "Haustür", "Haus Tür"), ("fi", "kesäloma", "kesä loma")):
        for reference, heard in ((one, two), (two, one)):
            found = score_text(spoken(reference, language), heard, lenient)
            assert found.best.counts.errors == 0
            assert found.further[WITHOUT_VARIANTS].errors == 2
            assert read(spoken(reference, language), heard, EARWITNESS).counts.errors == 2
    assert read(spoken("weekend"), "week end", lenient).counts.errors == 2


def test_aksharas_are_counted_for_indic_languages_alone():
    found = score_text(spoken("नमस्ते दुनिया", "hi"), "नमस्ते दुनियो", EARWITNESS)
    assert (found.further[AKSHARAS].errors, found.further[AKSHARAS].reference_length) == (1, 6)
    assert AKSHARAS not in score_text(spoken("hello"), "hello", EARWITNESS).further


@pytest.mark.parametrize(
    ("language", "reference", "heard", "wrong"),
    [
        ("hi", "नमस्ते दुनिया", "namaste duniya", True),
        ("hi", "नमस्ते दुनिया", "نمستے دنیا", True),
        ("hi", "नमस्ते दुनिया", "नमस्ते दुनिया", False),
        ("hi", "WhatsApp करो", "whatsapp", False),
        ("hi", "नमस्ते", "", False),
        ("hi", "{नमस्ते|hello} दुनिया", "hello", False),
        ("hi", "{नमस्ते|नमस्कार} दुनिया", "hello", True),
    ],
)
def test_the_wrong_script_is_a_class_of_its_own(language, reference, heard, wrong):
    assert scored(reference, heard, language).wrong_script is wrong


def test_transliteration_is_a_second_score_on_request():
    pytest.importorskip("indic_transliteration")
    said = spoken("नमस्ते दुनिया", "hi")
    assert TRANSLITERATED not in score_text(said, "ನಮಸ್ತೇ ದುನಿಯಾ", EARWITNESS).further
    found = score_text(said, "ನಮಸ್ತೇ ದುನಿಯಾ", EARWITNESS, transliterating=True)
    assert found.best.counts.errors == 2
    assert found.further[TRANSLITERATED].errors == 0
    assert TRANSLITERATED not in score_text(said, "नमस्ते", EARWITNESS, transliterating=True).further


WORDS = st.lists(st.sampled_from(["the", "cat", "sat", "on", "mat"]), max_size=7).map(" ".join)


@settings(max_examples=150, deadline=None)
@given(WORDS, WORDS)
def test_without_variants_it_is_the_plain_count_and_a_variant_never_costs(reference, heard):
    plain = count_edits(reference.split(), heard.split())
    found = score_text(spoken(reference), heard, EARWITNESS)
    assert found.best.counts == plain
    assert found.chars == count_edits(reference.replace(" ", ""), heard.replace(" ", ""))
    accepting = read(spoken(reference + " {cat|mat|}"), heard + " cat", EARWITNESS).counts
    assert accepting.errors <= read(spoken(reference + " cat"), heard + " cat", EARWITNESS).counts.errors


@pytest.mark.parametrize(
    ("reference", "answer", "errors", "words"),
    [
        ("in twenty twenty four", "in twenty twenty four", 0, 2),
        ("in twenty twenty four", "in 2024", 0, 2),
        ("in twenty twenty four", "in twenty plenty four", 1, 4),
        ("in twenty twenty four", "in twenty twenty five", 1, 2),
        ("in 2024", "in twenty plenty four", 3, 2),
        ("two hundred, five", "two hundred five", 2, 2),
        ("no number here at all", "no lumber hear at all", 2, 5),
    ],
)
def test_a_misheard_word_in_a_number_is_one_error_and_a_wrong_value_never_none(reference, answer, errors, words):
    counts = score_text(SpokenText(text=reference, language="en", alternatives={}), answer, EARWITNESS).best.counts
    assert (counts.errors, counts.reference_length) == (errors, words)


@given(
    st.lists(
        st.sampled_from(["twenty", "two", "hundred", "and", "five", "20", "5", "dog", "the", "million"]), max_size=7
    ),
    st.data(),
)
def test_reading_numbers_as_they_were_said_never_adds_errors_nor_forgives_all(words, drawn):
    other = drawn.draw(st.permutations(words))
    spoken = SpokenText(text=" ".join(words), language="en", alternatives={})
    counts = score_text(spoken, " ".join(other), EARWITNESS).best.counts
    left, right = EARWITNESS.words(spoken.text, "en"), EARWITNESS.words(" ".join(other), "en")
    plain = count_edits(left, right).errors
    assert counts.errors <= plain
    assert (counts.errors == 0) == (left == right)
