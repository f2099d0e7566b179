"""Whatever a server sends, in whatever order: nothing escapes the session but an answer or a Failure."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from bench.engines.base import Close, HttpResponse
from bench.engines.pulse.adapter import PulseEngine
from bench.engines.pulse.session import PulseSession
from bench.engines.pulse.settings import PulseSettings
from bench.types import Call, Event, Failure, Recognised

_SCALARS = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8)
_JSON = st.recursive(
    _SCALARS, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=6), inner, max_size=4)
)
_FIELDS = """type status transcript transcription is_final is_last words utterances error errors error_code code message
timestamp language languages session_id start end word text confidence speaker"""
_ANY_OF_OURS = st.sampled_from(_FIELDS.split())
_LIKELY = st.recursive(
    _SCALARS | st.sampled_from(["error", "transcription", "speech_started", "true", "pong"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_ANY_OF_OURS, inner, max_size=6),
)
_FRAMES = st.lists(
    st.binary(max_size=40) | st.text(max_size=40) | _JSON.map(json.dumps) | _LIKELY.map(json.dumps), max_size=8
)
_CLOSES = st.none() | st.builds(Close, code=st.none() | st.integers(1000, 4999), reason=st.text(max_size=20))
_FINISHES = st.sampled_from(["close_stream", "finalize", "none"])


@settings(max_examples=50)
@given(_FRAMES, _CLOSES, _FINISHES)
def test_no_message_makes_a_session_raise(frames: list[str | bytes], close: Close | None, finish: Any):
    session = PulseSession(PulseSettings(finish=finish), None)
    for frame in frames:
        assert all(isinstance(event, Event) for event in session.feed(frame, t_s=1.0, audio_sent_s=1.0))
    outcome = session.outcome(close)
    assert isinstance(outcome, Recognised | Failure)
    if isinstance(outcome, Failure):
        assert outcome.message
        assert outcome.partial is not None


@given(
    st.integers(100, 599),
    st.dictionaries(st.sampled_from(["retry-after", "date"]), st.text(max_size=30)),
    st.binary(max_size=60) | _LIKELY.map(json.dumps).map(str.encode),
)
def test_no_response_makes_the_parser_raise(status: int, headers: dict[str, str], content: bytes):
    batch = PulseEngine.create(PulseSettings(), {}).batch
    assert batch is not None
    outcome = batch.parse(HttpResponse(status=status, headers=headers, content=content))
    assert isinstance(outcome, Recognised | Failure)
    if isinstance(outcome, Failure) and outcome.retry_after_s is not None:
        assert outcome.retry_after_s >= 0


def _message(text: str, *, final: bool, last: bool = False) -> str:
    return json.dumps({"transcript": text, "is_final": final, "is_last": last})


@given(st.lists(st.tuples(st.text(alphabet="ab .", max_size=5), st.booleans()), max_size=8))
def test_the_text_has_the_words_of_every_final_and_of_no_partial(said: list[tuple[str, bool]]):
    session = PulseSession(PulseSettings(), None)
    t_s = 0.0
    for text, final in said:
        t_s += 1.0
        session.feed(_message(text, final=final), t_s=t_s, audio_sent_s=t_s)
    session.feed(_message("", final=True, last=True), t_s=t_s + 1, audio_sent_s=t_s)
    outcome = session.outcome(None)
    assert isinstance(outcome, Recognised)
    assert outcome.text.split() == [word for text, final in said if final for word in text.split()]
    assert "  " not in outcome.text or any("  " in text.strip() for text, _ in said)


def test_the_order_of_finals_is_the_order_of_their_arrival():
    session = PulseSession(PulseSettings(), None)
    session.feed(_message("b", final=True), t_s=0.0, audio_sent_s=0.0)
    session.feed(_message("", final=True, last=True), t_s=0.1, audio_sent_s=0.0)
    session.feed(_message("a", final=True), t_s=0.2, audio_sent_s=0.0)
    outcome = session.outcome(None)
    assert isinstance(outcome, Recognised)
    assert outcome.text == "b a"
    assert session.finished


def test_verbatim_joining_fuses_as_sent():
    session = PulseSession(PulseSettings(joining="verbatim"), None)
    session.feed(_message("order", final=True), t_s=0.0, audio_sent_s=0.0)
    session.feed(_message("My", final=True, last=True), t_s=0.1, audio_sent_s=0.0)
    outcome = session.outcome(None)
    assert isinstance(outcome, Recognised)
    assert outcome.text == "orderMy"


def test_a_conditions_chunk_size_wins():
    call = Call(
        audio=b"",
        content_type="",
        encoding="linear16",
        sample_rate_hz=8000,
        duration_s=0,
        language=None,
        chunk_bytes=320,
    )
    stream = PulseEngine.create(PulseSettings(), {}).stream
    assert stream is not None
    assert stream.session(call).chunk_bytes == 320
