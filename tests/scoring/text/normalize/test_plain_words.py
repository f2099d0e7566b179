"""Plain words are read as the text steps read them, whatever stands around them."""

from __future__ import annotations

import numpy as np
import pytest

from bench.scoring.text.normalize import data
from bench.scoring.text.normalize.pipeline import own_chain
from bench.scoring.text.normalize.plain_words import plain_reader
from tests.scoring.text.normalize.cases import load

EARWITNESS = data.profiles()["earwitness"]
PUNCTUATION = ("", "", "", ",", ";", "!", "?", ".", "...", '"', ":", "!“", '."', '",', "»", "”", ")")
OPENING = ("", "", "", "", '"', "„", "«", "¿", "(", "”")


@pytest.mark.parametrize("code", ["en", "de", "fr", "hi", "ta", "ru", "tr", "fi"])
def test_plain_words_are_read_as_the_steps_read_the_text(code: str):
    steps, draw = own_chain(EARWITNESS, code), np.random.default_rng(7)
    plain = plain_reader(data.rules(code), steps.read)
    assert plain is not None
    cases = load(code)
    words = [word for pair in cases.equal + cases.differ for line in pair for word in line.split()]
    words += [form for word in words[::9] for form in (word.upper(), word.capitalize())] + [
        "A",
        "B",
        "C",
        "I",
        "XX",
        "Ve",
        "UM",
        "USA",
    ]
    taken = 0
    for _ in range(400):
        signs = [(str(draw.choice(OPENING)), str(draw.choice(PUNCTUATION))) for _ in range(draw.integers(1, 6))]
        text = " ".join(f"{opening}{draw.choice(words)}{closing}" for opening, closing in signs)
        read = plain(text)
        taken += read is not None
        assert read in (None, steps.read(text)), text
    assert taken > 20


def test_a_language_has_no_plain_words_where_rules_take_two():
    assert plain_reader(data.rules("fa"), str.split) is None


@pytest.mark.parametrize(
    "text", ["Main St.", "B B C", "le Ve siècle", "le I siècle", "e. g. this", "I saw A B", "5 apples", ""]
)
def test_what_hangs_together_is_left_to_the_steps(text: str):
    code = "fr" if "siècle" in text else "en"
    plain = plain_reader(data.rules(code), own_chain(EARWITNESS, code).read)
    assert plain is not None
    assert plain(text) is None


@pytest.mark.parametrize("text", ["I think so.", 'He said "stop." Then', "«Hola», ¿no?", "The USA won"])
def test_quotes_and_names_in_capitals_are_plain(text: str):
    steps = own_chain(EARWITNESS, "en")
    plain = plain_reader(data.rules("en"), steps.read)
    assert plain is not None
    assert plain(text) == steps.read(text)


def test_clauses_are_kept_apart():
    steps = own_chain(EARWITNESS, "en")
    plain = plain_reader(data.rules("en"), steps.read)
    assert plain is not None
    assert plain("Well, Greg came late.") == steps.read("Well, Greg came late.") != ["well", "greg", "came", "late"]
