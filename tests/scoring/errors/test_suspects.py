from __future__ import annotations

from bench.scoring.errors.suspects import suspects
from tests.scoring.paired import aligned

REFERENCES = {"u1": "we sold the boat today", "u2": "turn left here", "u3": "good morning"}


def answers(**texts):
    return [aligned(id, REFERENCES[id].split(), text.split()) for id, text in texts.items()]


ANSWERS = {
    "a": answers(u1="we sold the goat today", u2="turn left there", u3="good morning all"),
    "b": answers(u1="we sold the goat today", u2="turn left here", u3="good morning all"),
    "c": answers(u1="we sold the goat today", u2="turn left hair"),
}


def test_engines_that_agree_against_the_reference_accuse_it_with_the_span():
    first, second = suspects(ANSWERS)
    assert (first.utterance_id, first.ref_start, first.ref_end) == ("u1", 3, 4)
    assert (first.written, first.heard, first.engines, first.agreement) == ("boat", "goat", ("a", "b", "c"), 1.0)
    assert (second.utterance_id, second.written, second.heard, second.n_engines) == ("u3", "", "all", 2)


def test_engines_that_err_apart_accuse_nobody():
    assert all(suspect.utterance_id != "u2" for suspect in suspects(ANSWERS))


def test_more_engines_can_be_asked_for():
    assert [suspect.utterance_id for suspect in suspects(ANSWERS, min_engines=3)] == ["u1"]


def test_the_order_of_engines_and_utterances_does_not_matter():
    turned = {engine: list(reversed(ANSWERS[engine])) for engine in reversed(ANSWERS)}
    assert suspects(turned) == suspects(ANSWERS)
