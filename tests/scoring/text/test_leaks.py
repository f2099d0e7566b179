"""Numbers and names planted in every disguise and every place of an answer: each is found, and nothing else is."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bench.scoring.tally import Heard
from bench.scoring.text.normalize import get_normalizer
from bench.scoring.text.redaction import tally
from bench.types import Event, Passage, Recognised, Segment, Timing, Transcript, Utterance, Word

RULES = get_normalizer("earwitness")
NOTHING = Utterance(
    id="u", corpus="c", audio="u.wav", sha256="0" * 64, sample_rate_hz=8000, num_samples=8000, text="x", language="en"
)
SPELLED = {
    "en": ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"],
    "oh": ["oh", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"],
    "hi": ["शून्य", "एक", "दो", "तीन", "चार", "पांच", "छह", "सात", "आठ", "नौ"],
    "es": ["cero", "uno", "dos", "tres", "cuatro", "cinco", "seis", "siete", "ocho", "nueve"],
    "de": ["null", "eins", "zwei", "drei", "vier", "fünf", "sechs", "sieben", "acht", "neun"],
    "fr": ["zéro", "un", "deux", "trois", "quatre", "cinq", "six", "sept", "huit", "neuf"],
    "ru": ["ноль", "один", "два", "три", "четыре", "пять", "шесть", "семь", "восемь", "девять"],
}
SCRIPTS = {"ascii": "0123456789", "deva": "०१२३४५६७८९", "arab": "٠١٢٣٤٥٦٧٨٩", "farsi": "۰۱۲۳۴۵۶۷۸۹"}
SCRIPTS |= {"full": "\uff10\uff11\uff12\uff13\uff14\uff15\uff16\uff17\uff18\uff19", "beng": "০১২৩৪৫৬৭৮৯"}  # fullwidth
SEPARATORS = ["", " ", "-", " - ", ".", ", ", "/", "\u200b", "\u00a0", " dash ", " hyphen "]


@st.composite
def disguised(draw, digits):
    """(text, language): a number as some recogniser may write it."""
    if draw(st.booleans()):
        name = draw(st.sampled_from(sorted(SPELLED)))
        said = [SPELLED[name][int(digit)] for digit in digits]
        return draw(st.sampled_from([" ", ", ", "-"])).join(said), name if name != "oh" else "en"
    text, at, script = "", 0, SCRIPTS[draw(st.sampled_from(sorted(SCRIPTS)))]
    while at < len(digits):
        size = draw(st.integers(1, 5))
        group = "".join(script[int(digit)] for digit in digits[at : at + size])
        text += (draw(st.sampled_from(SEPARATORS)) if text else "") + group
        at += size
    return text, "en"


def halves(text, at):
    """A text in two parts, cut between words where there are any."""
    words = text.split(" ")
    cut = 1 + at % max(1, len(words) - 1)
    return " ".join(words[:cut]), " ".join(words[cut:])


def event(kind, text="", **more):
    return Event(t_s=1.0, kind=kind, text=text, **more)


def extras(**more):
    return Recognised(text="it is hidden", extras=more), ()


HIDDEN = Recognised(text="it is [HIDDEN_1]")
PLACES = {
    "text": lambda text, at: (Recognised(text=f"it is {text} then"), ()),
    "words": lambda text, at: (replace(HIDDEN, words=tuple(Word(text=part) for part in text.split())), ()),
    "segments": lambda text, at: (replace(HIDDEN, segments=tuple(Segment(text=p) for p in halves(text, at))), ()),
    "partial": lambda text, at: (HIDDEN, (event("partial", f"well {text}"),)),
    "partial's words": lambda text, at: (
        HIDDEN,
        (event("partial", "x", words=tuple(Word(text=part) for part in text.split())),),
    ),
    "two finals": lambda text, at: (HIDDEN, tuple(event("final", part) for part in halves(text, at))),
    "words of two finals": lambda text, at: (
        HIDDEN,
        tuple(event("final", "x", words=(Word(text=part),)) for part in halves(text, at)),
    ),
    "a final and a partial": lambda text, at: (
        HIDDEN,
        tuple(event(kind, part) for kind, part in zip(("final", "partial"), halves(text, at), strict=True)),
    ),
    "a final, a sound, a partial": lambda text, at: (
        HIDDEN,
        (event("final", halves(text, at)[0]), event("vad", "speech_started"), event("partial", halves(text, at)[1])),
    ),
    "an extra": lambda text, at: extras(full_transcript=f"so {text}"),
    "a list of texts": lambda text, at: extras(parts=text.split()),
    "a list of words": lambda text, at: extras(words=[{"word": part, "start": 0.1} for part in text.split()]),
    "a key": lambda text, at: extras(entities={text: "hidden"}),
    "an extra of an event": lambda text, at: (HIDDEN, (event("meta", extras={"turn": {"transcript": text}}),)),
    "extras of two finals": lambda text, at: (
        HIDDEN,
        tuple(event("final", "x", extras={"display": part}) for part in halves(text, at)),
    ),
    "a speaker's name": lambda text, at: (replace(HIDDEN, words=(Word(text="hi", speaker=text),)), ()),
}


def leaks(passage, language, said, events=()):
    answer = Transcript(recognised=said, timing=Timing(), events=tuple(events))
    call = replace(NOTHING, language=language, private=(passage,))
    tallies: dict[str, float] = {}
    tally(Heard(utterance=call, transcript=answer, normalizer=RULES, reference=("x",)), tallies, {})
    return tallies["private.leaked"]


NUMBERS = st.one_of(
    st.text("0123456789", min_size=16, max_size=16).map(lambda digits: ("card_number", digits)),
    st.text("0123456789", min_size=7, max_size=11).map(lambda digits: ("phone", digits)),
)


@settings(max_examples=250, deadline=None)
@given(NUMBERS, st.sampled_from(sorted(PLACES)), st.integers(0, 20), st.data())
def test_a_planted_number_is_found_in_every_disguise_and_place(number, place, at, data):
    kind, digits = number
    text, language = data.draw(disguised(digits))
    assert leaks(Passage(kind=kind, text=digits), language, *PLACES[place](text, at)) == 1


@settings(max_examples=150, deadline=None)
@given(st.sampled_from(sorted(PLACES)), st.integers(0, 20), st.data())
def test_another_number_is_no_leak(place, at, data):
    shown = data.draw(st.text("56789", min_size=7, max_size=16))
    text, language = data.draw(disguised(shown))
    assert leaks(Passage(kind="card_number", text="4111 2222 1234 0312"), language, *PLACES[place](text, at)) == 0


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("Ada Lovelace", "ADA LOVELACE"),
        ("José", "jose's"),
        ("Jose", "José,"),
        ("Ada Lovelace", "a d a l o v e l a c e"),
        ("Łukasz", "łukasz"),
        ("O'Neill", "O’Neill"),
        ("नेहा शर्मा", "नेहा शर्मा"),
        ("ada@example.com", "ada@example.com"),
        ("GB29NWBK60161331926819", "GB29NWBK60161331926819"),
        ("12 Main Street", "twelve Main Street"),
    ],
)
def test_a_name_is_found_in_every_case_and_place(place, name, text):
    assert leaks(Passage(kind="person", text=name), "hi" if "ने" in name else "en", *PLACES[place](text, 1)) == 1


@pytest.mark.parametrize("text", ["in Canada", "Adam", "a dark room", "[ADA_1]", "c a n d a"])
def test_a_name_within_another_word_is_no_leak(text):
    assert leaks(Passage(kind="person", text="Ada"), "en", Recognised(text=text)) == 0


@pytest.mark.parametrize(
    ("extra", "leaked"),
    [
        ([4, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 2, 3, 4], 1),
        (4111111111111234, 1),
        ([1] * 12, 0),  # speakers of words, channels, flags
        (41111111.5, 0),
        ("2026-11-29T11:11:11.111111Z", 0),
        ([{"speaker": 1}] * 12, 0),
    ],
)
def test_of_bare_numbers_only_the_whole_is_a_leak(extra, leaked):
    said = Recognised(text="hidden", extras={"numbers": extra})
    assert leaks(Passage(kind="card_number", text="4111 1111 1111 1234"), "en", said) == leaked


def test_a_count_in_an_answer_is_no_security_code():
    said = Recognised(text="hidden", extras={"usage": {"tokens": 123}, "duration": 1.23})
    assert leaks(Passage(kind="cvv", text="123"), "en", said) == 0
    assert leaks(Passage(kind="cvv", text="123"), "en", Recognised(text="it is one two three")) == 1


@pytest.mark.parametrize("shown", ["[CARD_1] 111", "**** **** **** 1234", "XXXX XXXX XXXX 1234", "411111******1234"])
def test_the_number_of_a_placeholder_and_the_last_four_are_no_leak(shown):
    assert leaks(Passage(kind="card_number", text="4111 1111 1111 1234"), "en", Recognised(text=shown)) == 0


@pytest.mark.parametrize(
    ("shown", "too_many"),
    [
        ("[CARD_1]", 0),
        ("**** **** **** ****", 0),
        ("#### #### [DATE_1]", 1),
        ("[CARD_1] and [NAME_1]", 1),
        ("4111 1111 1111 1234 [DATE_1]", 1),
    ],
)
def test_only_placeholders_that_hide_nothing_private_are_too_many(shown, too_many):
    answer = Transcript(recognised=Recognised(text=shown), timing=Timing())
    call = replace(NOTHING, private=(Passage(kind="card_number", text="4111 1111 1111 1234"),))
    tallies: dict[str, float] = {}
    tally(Heard(utterance=call, transcript=answer, normalizer=RULES), tallies, {})
    assert tallies["private.placeholders_too_many"] == too_many
