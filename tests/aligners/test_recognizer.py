from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench.aligners import make_aligner
from bench.aligners.base import engine_of
from bench.aligners.recognizer import RecognizerAligner, matched_spans
from bench.errors import BenchError
from bench.types import Recognised, Word
from tests.aligners.joined import joined

SAID = ("morning", "seven", "people")
TOKENS = st.lists(st.lists(st.sampled_from("abc"), min_size=0, max_size=2), max_size=6)


class Terse:
    """Text, and no word times."""

    version = "1"

    def transcribe(self, samples, sample_rate_hz, language):
        return Recognised(text="morning")

    def open_stream(self, sample_rate_hz, language):
        raise NotImplementedError


class Broken(Terse):
    def transcribe(self, samples, sample_rate_hz, language):
        raise ValueError("no model")


def heard(words):
    return [(parts, Word(text=" ".join(parts), start_s=float(n), end_s=n + 0.5)) for n, parts in enumerate(words)]


def test_times_go_to_words_that_match_and_to_no_other():
    spans = matched_spans([["it"], ["was"], ["the"], ["best"]], heard([["it"], ["is"], ["the"], ["very"], ["best"]]))
    assert spans == [(0.0, 0.5), None, (2.0, 2.5), (4.0, 4.5)]


def test_a_word_of_several_tokens_needs_all_of_them():
    assert matched_spans([["twenty", "one"], ["cats"]], heard([["twenty"], ["one"], ["cats"]])) == [(0, 1.5), (2, 2.5)]
    assert matched_spans([["twenty", "one"], ["cats"]], heard([["twenty"], ["cats"]])) == [None, (1, 1.5)]


@given(TOKENS, TOKENS)
def test_spans_are_of_words_heard_in_order(reference, words):
    spans = matched_spans(reference, heard(words))
    assert len(spans) == len(reference)
    found = [(parts, span) for parts, span in zip(reference, spans, strict=True) if span is not None]
    for parts, (start_s, end_s) in found:
        between = [token for own in words[int(start_s) : int(end_s) + 1] for token in own]
        rest = iter(between)
        assert all(token in rest for token in parts)
    assert all(one[1] <= other[1] for (_, one), (_, other) in pairwise(found))


@given(TOKENS)
def test_what_was_heard_as_written_has_all_times(words):
    expected = [(float(n), n + 0.5) if parts else None for n, parts in enumerate(words)]
    assert matched_spans(words, heard(words)) == expected


def test_a_recognizer_with_word_times_says_when_words_were_spoken():
    aligner = make_aligner("recognizer", {"engine": "pocketsphinx"})
    assert engine_of(aligner.id) == "pocketsphinx"
    audio, truth = joined(SAID)
    spans = aligner.spans(audio.samples, audio.sample_rate_hz, [f"{SAID[0].title()},", *SAID[1:]], "en")
    errors = [abs(span[1] - word.end_s) for span, word in zip(spans, truth, strict=True) if span is not None]
    assert errors
    assert max(errors) < 0.15


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"engine": "pulse"}, "expected a local engine, got pulse"),
        ({"engine": "wisper"}, "did you mean 'whisper'"),
        ({"engine": "pocketsphinx", "settings": {"update_interval": 1}}, "did you mean 'update_interval_s'"),
        ({}, "engine: expected a value, got nothing"),
    ],
)
def test_what_cannot_align_is_refused_at_once(settings, message):
    with pytest.raises(BenchError, match=message):
        make_aligner("recognizer", settings)


def test_an_engine_without_word_times_is_refused_at_the_first_recording():
    aligner = RecognizerAligner("terse", Terse())
    with pytest.raises(BenchError, match="expected an engine that gives word times, got terse"):
        aligner.spans(np.zeros(16_000, dtype=np.float32), 16_000, SAID, "en")


def test_an_engine_that_fails_leaves_words_without_times():
    aligner = RecognizerAligner("broken", Broken())
    assert list(aligner.spans(np.zeros(16_000, dtype=np.float32), 16_000, SAID, "en")) == [None] * len(SAID)
