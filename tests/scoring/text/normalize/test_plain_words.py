"""Plain words are read as the text steps read them, whatever stands around them."""

from __future__ import annotations

import re
from functools import cache

import numpy as np
import pytest

from bench.scoring.text.normalize import data
from bench.scoring.text.normalize.pipeline import own_chain
from bench.scoring.text.normalize.plain_words import plain_reader
from tests.scoring.text.normalize.cases import load
from tests.scoring.text.normalize.pairs import load_pairs

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


@pytest.mark.parametrize("text", ["Main St.", "B B C", "I saw A B", "A  5", "IT IS 5 KM", "5\u00a0000 m", ""])
def test_what_hangs_together_is_left_to_the_steps(text: str):
    plain = plain_reader(data.rules("en"), own_chain(EARWITNESS, "en").read)
    assert plain is not None
    assert plain(text) is None


@pytest.mark.parametrize(
    ("code", "text"),
    [
        ("fr", "le Ve siècle"),
        ("fr", "le I siècle"),
        ("en", "e. g. this"),
        ("en", "about 5 apples"),
        ("en", "it costs $5 million dollars here"),
        ("en", "call 555 1234 now, or call 5 times"),
        ("en", "at 9:00 am, not 9:00 sharp"),
        ("de", "am 3. Mai zahlte sie 25 € für die Tasche"),
        ("de", "am 3. kam um 8:00 Uhr keiner"),
        ("sv", "det kostar 1 000 kr i dag"),
        ("it", "nel XX secolo, il 3° Piano e il 3° piano"),
        ("ru", "в 8:00 часов было 5 млн руб. за всё"),
        ("hi", "सुबह 8:00 बजे ₹25 लाख"),
    ],
)
def test_a_group_is_read_with_what_belongs_to_it(code: str, text: str):
    steps = own_chain(EARWITNESS, code)
    plain = plain_reader(data.rules(code), steps.read)
    assert plain is not None
    assert plain(text) == steps.read(text)


LISTED = ("currency", "units", "numbered", "abbreviations", "closing", "words", "symbols", "fillers")
NUMBERS = [
    "5",
    "25,",
    "1.500",
    "1,500",
    "3.",
    "8:00",
    "17:30",
    "2-4",
    "$5",
    "5 €",
    "(-5)",
    "3.5",
    "½",
    "21st",
    "XX",
    "II",
]
NUMBERS += ["5%", "°", "km/h", "2024", "000", "000.", "1 000", "555-1234", "3º", "×", "٣٫٥", "२५", "Henry", "U.S."]


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


@cache
def _words_of_pairs() -> dict[str, list[str]]:
    words: dict[str, list[str]] = {}
    for pair in load_pairs():
        words.setdefault(pair.language, []).extend(f"{pair.left} {pair.right}".split())
    return words


@pytest.mark.parametrize("code", data.languages())
def test_groups_are_read_as_the_steps_read_the_text(code: str):
    """Numbers, signs, units, abbreviations and words of the rules in any order, where they are read so."""
    steps, draw, rules = own_chain(EARWITNESS, code), np.random.default_rng(11), data.rules(code)
    plain = None if "numerals" in rules else plain_reader(rules, steps.read)
    listed = [str(word) for name in LISTED for word in rules.get(name, ())] or NUMBERS
    listed += re.findall(r"[^\W\d_]+", str(rules.get("written", "")))
    words = _words_of_pairs().get(code, ["wub"])
    for _ in range(40 if plain else 0):
        drawn = [str(draw.choice(pool)) for pool in (listed, NUMBERS, words, words) for _ in range(draw.integers(1, 4))]
        text = " ".join(draw.permutation(drawn)) + str(draw.choice([".", "", "?"]))
        assert plain(text) in (None, steps.read(text)), text
