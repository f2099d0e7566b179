"""How answers are written: every count on texts small enough to count by hand, and ugly ones that must not break."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bench.scoring.tally import Heard
from bench.scoring.text.normalize import get_normalizer
from bench.scoring.text.writing import MEASURES, mark_errors, tally, written
from bench.types import Recognised, Timing, Transcript, Utterance
from tests.scoring.tallied import value_of

RULES = get_normalizer("earwitness")


def tallied(reference, answer, language="en"):
    utterance = Utterance(
        id="u",
        corpus="c",
        audio="u.wav",
        sha256="0" * 64,
        sample_rate_hz=8000,
        num_samples=8000,
        text=reference,
        language=language,
    )
    heard = Heard(
        utterance=utterance,
        transcript=Transcript(recognised=Recognised(text=answer), timing=Timing()),
        normalizer=RULES,
        reference=RULES.words(reference, language),
        hypothesis=RULES.words(answer, language),
    )
    tallies: dict[str, float] = {}
    tally(heard, tallies, {})
    return tallies


@pytest.mark.parametrize(
    ("reference", "answer", "expected"),
    [
        ("Hello, Ben. Fine?", "Hello, Ben. Fine?", {"wer.verbatim": 0, "punctuation_error_rate": 0, "period_f1": 1}),
        (
            "Hello, Ben. Fine?",
            "hello ben fine",
            {
                "wer.lexical": 0,
                "wer.cased": 1,
                "wer.verbatim": 1,
                "punctuation_error_rate": 1,
                "case_accuracy": 0,
                "capitals_f1": 0,
            },
        ),
        # One comma became a period, one question mark is gone: 2 of 3.
        ("Hello, Ben. Fine?", "Hello. Ben. Fine", {"punctuation_error_rate": 2 / 3, "period_f1": 2 / 3, "comma_f1": 0}),
        # A wrong word costs no mark of words that are right.
        ("Yes, Ann.", "Yes, Anna.", {"wer.lexical": 1 / 2, "punctuation_error_rate.right_words": 0}),
        ("नमस्ते। कैसे हो?", "नमस्ते. कैसे हो?", {"punctuation_error_rate": 0, "wer.verbatim": 1 / 3}),
        ("It costs 1,200 on 5th.", "It costs 1200 on 5th.", {"number_values": 1, "number_formats": 1 / 2}),
        ("It costs 20 now.", "It costs twenty now.", {"number_values": 1, "number_formats": 0}),
        ("It costs 20 now.", "It costs 20 or 30 now.", {"number_values": 1, "number_precision": 1 / 2}),
        ("It costs twenty now.", "It costs 20 now.", {"number_precision": 1}),
    ],
)
def test_each_measure_counts_what_it_says(reference, answer, expected):
    language = "hi" if "न" in reference else "en"
    tallies = tallied(reference, answer, language)
    assert {name: value_of(MEASURES, name, tallies) for name in expected} == pytest.approx(expected)


def test_the_same_word_twice_begins_a_sentence_only_where_it_stands_there():
    tallies = tallied("Ben saw Ben", "Ben saw ben")
    assert tallies["case.words"] == 3
    assert tallies["case.capitals.both"] == 1, "the second Ben, not given one"


def test_a_reference_that_is_not_written_says_nothing_of_writing():
    assert tallied("hello ben fine", "Hello, Ben. Fine?") == {}


@given(st.text(alphabet="aB ,.?!।。'1\u0301 \n", max_size=30), st.text(alphabet="aB ,.?!।。'1\u0301 \n", max_size=30))
@settings(max_examples=200, deadline=None)
def test_marks_neither_vanish_nor_multiply(reference, answer):
    true, said = written(reference), written(answer)
    fates = list(mark_errors(true, said))
    assert sorted(fate.true for fate in fates if fate.true) == sorted(m for word in true for m in word.marks)
    assert sorted(fate.said for fate in fates if fate.said) == sorted(m for word in said for m in word.marks)


@given(st.text(max_size=40), st.text(max_size=40))
@settings(max_examples=150, deadline=None)
def test_no_text_breaks_it(reference, answer):
    tallies = tallied(reference, answer)
    assert all(number >= 0 for number in tallies.values())
