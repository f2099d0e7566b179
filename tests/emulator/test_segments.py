"""Cutting finals: nothing is lost, nothing said twice, whatever a recogniser revises in between."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from bench.emulator.heard import HeardSpeech, spread
from bench.emulator.segments import Segmenter

_LENGTHS = st.lists(st.integers(0, 30), min_size=1, max_size=6)


def _words(start: int, count: int):
    return spread([str(start + k) for k in range(count)], 0.0, float(count))


@given(_LENGTHS, st.none() | st.integers(1, 12), st.sampled_from(["finished", "finalized"]), st.data())
def test_finals_hold_every_word_once_and_in_order(lengths, limit, ending, data):
    segmenter = Segmenter(limit)
    pieces, start = [], 0
    for count in lengths[:-1]:
        for known in sorted(data.draw(st.lists(st.integers(0, count), max_size=3))):
            pieces += segmenter.heard(HeardSpeech(words=_words(start, known)))
        pieces += segmenter.heard(HeardSpeech(words=_words(start, count), final=True))
        start += count
    last = HeardSpeech(words=_words(start, lengths[-1]), final=True)
    pieces += [segmenter.finalized(last)] if ending == "finalized" else segmenter.finished(last)
    said = [word.text for piece in pieces if piece.is_final for word in piece.words]
    assert said == [str(k) for k in range(sum(lengths))]
    assert [piece.is_last for piece in pieces].count(True) == (ending == "finished")
    assert [piece.from_finalize for piece in pieces].count(True) == (ending == "finalized")
    if limit and ending == "finished":
        assert all(len(piece.words) <= limit for piece in pieces)


def test_a_partial_covers_the_open_segment_only():
    segmenter = Segmenter(2)
    pieces = list(segmenter.heard(HeardSpeech(words=_words(0, 3))))
    assert [([word.text for word in piece.words], piece.is_final) for piece in pieces] == [
        (["0", "1"], True),
        (["2"], False),
    ]
