"""What can still be read: digits in every disguise, in every place of an answer."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench.scoring.tally import Heard
from bench.scoring.text.leaks import digits_of
from bench.scoring.text.normalize import get_normalizer
from bench.scoring.text.redaction import tally
from bench.types import Event, Passage, Recognised, Segment, Timing, Transcript, Utterance, Word

RULES = get_normalizer("earwitness")
CARD = "4111 1111 1111 1234"
CALL = Utterance(
    id="u",
    corpus="c",
    audio="u.wav",
    sha256="0" * 64,
    sample_rate_hz=8000,
    num_samples=8000,
    text=f"my card is {CARD} and my name is Ada",
    language="en",
    private=(Passage(kind="card_number", text=CARD), Passage(kind="person", text="Ada")),
)
HIDDEN = "my card is [CREDIT_CARD_1] and my name is [FIRSTNAME_1]"


def tallied(said, events=()):
    answer = Transcript(recognised=said, timing=Timing(), events=tuple(events))
    heard = Heard(utterance=CALL, transcript=answer, normalizer=RULES, reference=RULES.words(CALL.text, "en"))
    tallies: dict[str, float] = {}
    tally(heard, tallies, {})
    return tallies


@pytest.mark.parametrize(
    ("text", "leaked"),
    [
        (HIDDEN, 0),
        (f"my card is {CARD}", 1),
        ("4111-1111-1111-1234", 1),
        ("4111111111111234", 1),
        ("four one one one, one one one one [CREDIT_CARD_1]", 1),
        ("four triple one one one one one", 1),
        ("ends in 1234", 0),
        ("4111 of them", 0),
        ("the year 1111 and then 1111", 0),
        ("४१११ ११११ १२३४", 1),
        ("I am ADA", 1),
        ("in Canada", 0),
    ],
)
def test_half_of_a_number_in_a_row_is_a_leak_however_it_is_written(text, leaked):
    assert tallied(Recognised(text=text))["private.leaked"] == leaked


@pytest.mark.parametrize(
    ("said", "events"),
    [
        (Recognised(text=HIDDEN, extras={"full_transcript": f"it is {CARD}"}), ()),
        (Recognised(text=HIDDEN, extras={"redacted_entities": [{"value": CARD}]}), ()),
        (Recognised(text=HIDDEN, words=tuple(Word(text=part) for part in CARD.split())), ()),
        (Recognised(text=HIDDEN, segments=(Segment(text=CARD),)), ()),
        (Recognised(text=HIDDEN), (Event(t_s=1.0, kind="partial", text=f"my card is {CARD}"),)),
        (Recognised(text=HIDDEN), (Event(t_s=1.0, kind="final", text="x", extras={"full_transcript": CARD}),)),
        (
            Recognised(text=HIDDEN),  # cut by a final, but side by side on display
            (Event(t_s=1.0, kind="final", text="4111"), Event(t_s=2.0, kind="partial", text="1111")),
        ),
    ],
)
def test_every_place_of_an_answer_is_searched(said, events):
    tallies = tallied(said, events)
    assert tallies["private.leaked"] == 1
    assert tallies["private.cards_leaked"] == 1
    assert tallies["private.leaked_final"] == 0


def test_a_security_code_is_three_digits_and_no_fewer():
    utterance = replace(CALL, private=(Passage(kind="cvv", text="123"),))
    for text, leaked in (("it is 1 2 3", 1), ("it is one two three", 1), ("it is 1234", 0)):
        answer = Transcript(recognised=Recognised(text=text), timing=Timing())
        tallies: dict[str, float] = {}
        tally(Heard(utterance=utterance, transcript=answer, normalizer=RULES), tallies, {})
        assert tallies["private.cards_leaked"] == leaked, text


def test_words_hidden_that_nobody_asked_for_are_counted():
    said = Recognised(text=f"{HIDDEN} [DATE_1] [DATE_2]")
    assert tallied(said)["private.placeholders_too_many"] == 2


@given(st.lists(st.tuples(st.sampled_from("0123456789"), st.sampled_from(["", " ", "-", ". "])), max_size=20))
def test_separators_make_no_difference(digits):
    text = "".join(digit + separator for digit, separator in digits)
    assert "".join(digits_of(text)) == "".join(digit for digit, _ in digits)


@pytest.mark.parametrize(
    ("identifier", "leaked"),
    [
        ("e4af4111b6e740b59661111f838f1234", False),  # four digits of a request's id are chance
        ("0f8fad5b-d9cb-4111-a165-70867728950e", False),
        ("e4af41111111b6e740b5966f838fabcd", False),
        ("session_41111234", True),
        ("4111-1234", True),
        ("id 4111", True),
    ],
)
def test_the_id_of_a_request_leaks_a_whole_number_only(identifier, leaked):
    call = replace(CALL, private=(Passage(kind="card_number", text="4111 1234"),))
    answer = Transcript(recognised=Recognised(text=HIDDEN, extras={"request_id": identifier}), timing=Timing())
    tallies: dict[str, float] = {}
    tally(Heard(utterance=call, transcript=answer, normalizer=RULES, reference=()), tallies, {})
    assert tallies["private.leaked"] == leaked
