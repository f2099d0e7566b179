"""The four accumulators, each against an independent, slower way of saying what it should hold."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench.engines.accumulate import Delta, Keyed, Piece, Replace, Token, Tokens, joined, words_of_tokens

_WORDS = st.text(alphabet="aä 语\t", max_size=6)
_KEYS = st.sampled_from(["0", "1", "2", "10", "x"])


def _piece(text: str, *, final: bool = True, start_s: float | None = None, t_s: float = 0.0) -> Piece:
    return Piece(text=text, is_final=final, start_s=start_s, end_s=None if start_s is None else start_s + 1, t_s=t_s)


@given(st.lists(st.tuples(st.booleans(), _WORDS), max_size=12))
def test_replace_keeps_every_final_and_the_newest_partial_after_the_last_of_them(messages):
    held = Replace()
    for number, (is_final, text) in enumerate(messages):
        piece = _piece(text, start_s=float(number))
        held.final(piece) if is_final else held.partial(piece)
    finals = [text for is_final, text in messages if is_final]
    tail = [] if not messages or messages[-1][0] else [messages[-1][1]]
    pieces = held.pieces()
    assert [piece.text for piece in pieces if piece.is_final] == finals
    assert [piece.text for piece in pieces if not piece.is_final] == tail
    assert held.duplicates == 0


@given(st.lists(_WORDS.filter(str.strip), min_size=1, max_size=6))
def test_replace_takes_a_final_that_is_sent_twice_once(texts):
    held = Replace()
    for number, text in enumerate(texts):
        assert held.final(_piece(text, start_s=float(number)))
        assert not held.final(_piece(text, start_s=float(number)))
    assert [piece.text for piece in held.pieces()] == texts
    assert held.duplicates == len(texts)


def test_replace_keeps_a_word_that_was_said_twice():
    held = Replace()
    held.final(_piece("no", t_s=1.0))
    held.final(_piece("no", t_s=1.5))
    held.final(_piece("no", start_s=1.0, t_s=1.5))
    held.final(_piece("no", start_s=2.0, t_s=2.0))
    assert held.duplicates == 1  # the third: no place tells it from the second, and it came at the same time
    assert joined(held.pieces(), "space") == "no no no"


@given(st.lists(st.tuples(_KEYS, st.booleans(), _WORDS), max_size=20))
def test_keyed_holds_the_last_of_each_key_that_a_final_of_it_does_not_forbid(messages):
    held = Keyed()
    for key, is_final, text in messages:
        held.update(key, _piece(text, final=is_final))
    expected = {}
    for key in dict.fromkeys(key for key, _, _ in messages):
        of_key = [(is_final, text) for other, is_final, text in messages if other == key]
        finals = [text for is_final, text in of_key if is_final]
        expected[key] = (True, finals[-1]) if finals else of_key[-1]
    assert [(piece.is_final, piece.text) for piece in held.pieces()] == list(expected.values())


def test_keyed_puts_keys_in_order_of_their_numbers_where_asked_to():
    held = Keyed("key")
    for key in ("10", "9", "b", "1", "a"):
        held.update(key, _piece(key))
    assert [piece.text for piece in held.pieces()] == ["1", "9", "10", "a", "b"]


@given(st.lists(st.tuples(_KEYS, _WORDS), max_size=20), st.dictionaries(_KEYS, st.none() | _WORDS))
def test_delta_adds_up_and_the_closing_message_wins(deltas, closings):
    held = Delta()
    for key, text in deltas:
        held.delta(key, _piece(text))
    for key, text in closings.items():
        held.close(key, _piece(text or ""), has_text=text is not None)
    sums = {key: "".join(text for other, text in deltas if other == key) for key, _ in deltas}
    expected = {**sums, **{key: sums.get(key, "") if text is None else text for key, text in closings.items()}}
    assert [piece.text for piece in held.pieces()] == list(expected.values())
    assert held.is_settled == set(expected).issubset(closings)


@given(st.permutations(["a", "b", "c", "d", "e"]), st.permutations(["a", "b", "c", "d", "e"]))
def test_delta_orders_items_by_what_they_follow_in_whatever_order_they_are_closed(announced, closed):
    held = Delta("chain")
    follows = dict(zip("abcde", [None, *"abcd"], strict=True))
    for key in announced:
        held.announce(key, follows[key])
    for key in closed:
        assert not held.is_settled
        held.close(key, _piece(key))
    assert held.is_settled
    assert joined(held.pieces(), "space") == "a b c d e"


@given(st.dictionaries(_KEYS, st.none() | _KEYS))
def test_delta_loses_no_item_whatever_the_chain_says(follows):
    held = Delta("chain")
    for key, previous in follows.items():
        held.announce(key, previous)
        held.close(key, _piece(key))
    assert sorted(piece.text for piece in held.pieces()) == sorted(follows)


def test_delta_ignores_what_a_closed_item_still_dribbles():
    held = Delta()
    held.close("1", _piece("whole text"))
    assert held.delta("1", _piece(" late")) == "whole text"


_TOKEN = st.builds(
    Token,
    text=st.sampled_from(["a", " a", "b", " b", "語", " ", "<end>"]),
    is_final=st.booleans(),
    start_s=st.none(),
)


@given(st.lists(st.lists(_TOKEN, max_size=6), max_size=8))
def test_tokens_append_final_ones_and_replace_the_others(messages):
    held = Tokens(["<end>"])
    for tokens in messages:
        held.take(tokens)
    told = [[token for token in tokens if token.text != "<end>"] for tokens in messages]
    final = "".join(token.text for tokens in told for token in tokens if token.is_final)
    tail = "".join(token.text for token in told[-1] if not token.is_final) if told else ""
    has_signs = any(token.text == "<end>" for tokens in messages for token in tokens)
    for is_final, expected in ((True, final), (False, tail)):
        said = "".join(piece.text for piece in held.pieces() if piece.is_final == is_final)
        assert said == expected or (has_signs and said.replace(" ", "") == expected.replace(" ", ""))


@pytest.mark.parametrize(
    ("texts", "said"),
    [
        (["made", "<end>", "up"], "made up"),
        (["made", "<end>", " up"], "made up"),
        (["made ", "<end>", "up"], "made up"),
        (["<end>", "made", "up"], "madeup"),
        (["made", "<end>", "<fin>", "u", "p"], "made up"),
        (["語", "<end>", "語"], "語語"),
    ],
)
@pytest.mark.parametrize("apart", [True, False])
def test_what_follows_a_sign_begins_a_word(texts, said, apart):
    held = Tokens(["<end>", "<fin>"])
    tokens = [Token(text=text, is_final=True) for text in texts]
    for message in [[token] for token in tokens] if apart else [tokens]:
        held.take(message)
    assert [piece.text for piece in held.pieces()] == [said]


def test_tokens_are_taken_once_where_their_times_tell_them_apart():
    held = Tokens()
    token = Token(text=" so", is_final=True, start_s=0.5, end_s=0.7)
    assert held.take([token]) == (" so", "")
    assert held.take([token]) == ("", "")
    assert held.take([Token(text=" so", is_final=True, start_s=0.8, end_s=0.9)]) == (" so", "")


@given(st.lists(_TOKEN.filter(lambda token: token.text != "<end>"), max_size=12))
def test_words_of_tokens_are_those_that_splitting_the_text_gives(tokens):
    assert [word.text for word in words_of_tokens(tokens)] == "".join(token.text for token in tokens).split()


@given(st.lists(st.tuples(_WORDS, st.booleans()), max_size=8))
def test_joining_by_spaces_loses_no_letter_and_fuses_no_latin_words(texts):
    pieces = [_piece(text, final=is_final) for text, is_final in texts]
    said = joined(pieces, "space", with_tail=True)
    assert "".join(said.split()) == "".join("".join(text for text, _ in texts).split())
    assert said == said.strip()
    latin = [piece for piece in pieces if "语" not in piece.text]
    assert joined(latin, "space", with_tail=True).split() == [word for piece in latin for word in piece.text.split()]
