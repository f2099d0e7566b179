"""Every shape of message that is documented or was seen, from tests/messages/pulse, through the adapter."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path
from typing import Any

import pytest

from bench.engines.base import Close, HttpResponse
from bench.engines.pulse.adapter import PulseEngine
from bench.engines.pulse.settings import PulseSettings
from bench.engines.secrets import Secret, masked
from bench.types import Call, Event, Failure, FailureKind, Recognised

KEY = "sk_planted_0123456789"
_MESSAGES = sorted((Path(__file__).parents[2] / "messages" / "pulse").glob("*.json"))

CALL = Call(
    audio=b"RIFF", content_type="audio/wav", encoding="linear16", sample_rate_hz=16000, duration_s=1.0, language="en-IN"
)


def engine(**settings: Any) -> PulseEngine:
    return PulseEngine.create(PulseSettings(**settings), {"SMALLEST_API_KEY": Secret(KEY)})


def outcome_of(recorded: dict[str, Any]) -> tuple[Recognised | Failure, list[Event]]:
    pulse = engine(**recorded.get("settings", {}))
    assert pulse.batch is not None
    assert pulse.stream is not None
    if recorded["mode"] != "stream":
        content = recorded["raw"] if "raw" in recorded else json.dumps(recorded["body"])
        response = HttpResponse(status=recorded["status"], headers=recorded["headers"], content=content.encode())
        return pulse.batch.parse(response) if recorded["mode"] == "batch" else pulse.stream.refused(response), []
    session = pulse.stream.session(CALL)
    events: list[Event] = []
    for number, message in enumerate(recorded["messages"]):
        frame = message if isinstance(message, str) else json.dumps(message)
        events += session.feed(frame, t_s=0.1 * number, audio_sent_s=0.1 * number)
    code = recorded["close"]
    close = None if code is None else Close(code=None if code == "broken" else code)
    return session.outcome(close), events


@pytest.mark.parametrize("path", _MESSAGES, ids=lambda path: path.stem)
def test_a_recorded_exchange_has_its_outcome(path: Path):
    recorded = json.loads(path.read_text(encoding="utf-8"))
    expected = recorded["expected"]
    outcome, events = outcome_of(recorded)
    if "kinds" in expected:
        assert [event.kind for event in events] == expected["kinds"]
    if "failure" in expected:
        assert isinstance(outcome, Failure)
        check_failure(outcome, expected)
    else:
        assert isinstance(outcome, Recognised)
        check_answer(outcome, expected)


def check_failure(outcome: Failure, expected: dict[str, Any]) -> None:
    assert outcome.kind == FailureKind(expected["failure"])
    assert expected.get("message", "") in outcome.message
    assert outcome.retry_after_s == expected.get("retry_after_s")
    if "partial" in expected:
        assert outcome.partial is not None
        assert outcome.partial.text == expected["partial"]


def check_answer(outcome: Recognised, expected: dict[str, Any]) -> None:
    assert outcome.text == expected["text"]
    if "words" in expected:
        assert (None if outcome.words is None else len(outcome.words)) == expected["words"]
    if "segments" in expected:
        assert len(outcome.segments) == expected["segments"]
    if "speakers" in expected:
        assert [word.speaker for word in outcome.words or ()] == expected["speakers"]
    assert set(expected.get("extras", [])) <= set(outcome.extras)


def test_every_failure_kind_a_service_can_cause_is_recorded():
    recorded = {json.loads(path.read_text(encoding="utf-8"))["expected"].get("failure") for path in _MESSAGES}
    assert recorded >= {"connection", "rate_limit", "auth", "refused", "server", "protocol", "truncated"}


def test_times_and_confidence_of_words_are_kept():
    path = next(path for path in _MESSAGES if path.stem == "stream_words")
    outcome, events = outcome_of(json.loads(path.read_text(encoding="utf-8")))
    assert isinstance(outcome, Recognised)
    assert outcome.words is not None
    assert [(w.text, w.start_s, w.end_s, w.confidence) for w in outcome.words] == [
        ("yes", 0.1, 0.3, 0.97),
        ("no", 0.5, 0.6, 0.97),
    ]
    assert (events[0].start_s, events[0].end_s) == (0.1, 0.6)
    assert (outcome.segments[0].start_s, outcome.segments[0].speaker) == (0.1, None)


def test_the_batch_request_puts_options_in_the_query_and_the_key_in_the_header():
    batch = engine(diarize=True, redact_pii=False, keywords=(("Smallest", 2.0),), extra={"new": "1"}).batch
    assert batch is not None
    request = batch.request(CALL)
    assert request.url == "https://api.smallest.ai/waves/v1/stt/"
    assert dict(request.params) == {
        "model": "pulse",
        "language": "en",
        "word_timestamps": "true",
        "diarize": "true",
        "redact_pii": "false",
        "keywords": "Smallest:2",
        "new": "1",
    }
    assert dict(request.headers) == {"Content-Type": "audio/wav"}
    assert dict(request.secrets) == {"Authorization": Secret(KEY, "Bearer ")}
    assert request.content == b"RIFF"


def test_the_older_path_takes_no_model():
    pulse = engine(path_family="pulse", base_url="https://api.us.smallest.ai", language="multi-eu")
    assert pulse.batch is not None
    assert pulse.stream is not None
    request = pulse.batch.request(CALL)
    assert request.url == "https://api.us.smallest.ai/waves/v1/pulse/get_text"
    assert dict(request.params) == {"language": "multi-eu", "word_timestamps": "true"}
    assert pulse.stream.connect(CALL).url == "wss://api.us.smallest.ai/waves/v1/pulse/get_text"


def test_hosted_audio_is_sent_by_address():
    batch = engine(send_url=True).batch
    assert batch is not None
    hosted = batch.request(dataclasses.replace(CALL, audio_url="https://example.org/a.wav"))
    assert json.loads(hosted.content or b"") == {"url": "https://example.org/a.wav"}
    assert hosted.headers["Content-Type"] == "application/json"
    assert batch.request(CALL).content == b"RIFF"


def test_headerless_audio_says_what_it_is():
    batch = engine().batch
    assert batch is not None
    raw = dataclasses.replace(CALL, content_type="application/octet-stream", encoding="mulaw", sample_rate_hz=8000)
    params = batch.request(raw).params
    assert (params["encoding"], params["sample_rate"]) == ("mulaw", "8000")


def test_the_handshake_carries_every_option_and_omits_what_is_unset():
    stream = engine(
        sentence_timestamps=True,
        format=False,
        eou_timeout_ms=900,
        endpointing=True,
        endpointing_timeout=300,
        max_words=20,
        vad_events=True,
        vad_threshold=0.5,
        numerals="auto",
    ).stream
    assert stream is not None
    connect = stream.connect(CALL)
    assert connect.url == "wss://api.smallest.ai/waves/v1/stt/live"
    assert dict(connect.params) == {
        "model": "pulse",
        "language": "en",
        "encoding": "linear16",
        "sample_rate": "16000",
        "word_timestamps": "true",
        "sentence_timestamps": "true",
        "format": "false",
        "eou_timeout_ms": "900",
        "endpointing": "true",
        "endpointing_timeout": "300",
        "max_words": "20",
        "vad_events": "true",
        "vad_threshold": "0.5",
        "numerals": "auto",
    }
    assert KEY not in str(connect.params)
    assert dict(connect.secrets) == {"Authorization": Secret(KEY, "Bearer ")}


def test_no_list_of_languages_is_closed():
    stream = engine(language="tlh-piqad").stream
    assert stream is not None
    assert stream.connect(CALL).params["language"] == "tlh-piqad"


@pytest.mark.parametrize(
    ("finish", "messages", "quiet"),
    [
        ("close_stream", ['{"type": "close_stream"}'], None),
        ("finalize", ['{"type": "finalize"}'], 1.0),
        ("none", [], 1.0),
    ],
)
def test_the_end_of_a_stream_is_a_setting(finish: str, messages: list[str], quiet: float | None):
    stream = engine(finish=finish).stream
    assert stream is not None
    session = stream.session(CALL)
    assert list(session.end()) == messages
    assert session.quiet_s == quiet
    assert session.chunk_bytes == 4096


def test_a_key_that_a_server_repeats_is_not_passed_on():
    pulse = engine()
    assert pulse.batch is not None
    assert pulse.stream is not None
    response = HttpResponse(status=401, headers={}, content=json.dumps({"error": f"key {KEY} is not valid"}).encode())
    session = pulse.stream.session(CALL)
    events = session.feed(json.dumps({"type": "error", "message": f"no {KEY}"}), t_s=0, audio_sent_s=0)
    said = [pulse.batch.parse(response), pulse.stream.refused(response), *events, session.outcome(None)]
    said += [session.feed(f"junk {KEY}", t_s=0, audio_sent_s=0), session.outcome(None)]
    assert KEY not in masked(repr(said))


def test_the_key_is_in_no_repr():
    pulse = engine()
    assert pulse.batch is not None
    assert pulse.stream is not None
    shown = [pulse, vars(pulse), pulse.batch, pulse.stream, pulse.batch.request(CALL), pulse.stream.connect(CALL)]
    assert KEY not in repr(shown)
    assert PulseEngine.secret_names(PulseSettings()) == ("SMALLEST_API_KEY",)
    assert PulseEngine.secret_names(PulseSettings(api_key_env="")) == ()


def test_pulse_pro_has_no_stream():
    assert engine(model="pulse-pro").stream is None


@pytest.mark.parametrize(
    "wrong",
    [
        {"eou_timeout_ms": 0},
        {"base_url": "ftp://x"},
        {"base_url": "https://key@x"},
        {"base_url": "http://host:99999"},
        {"base_url": "http://[::1"},
        {"external_session_id": "a b"},
        {"languag": "en"},
        {"finish": "end"},
        {"chunk_bytes": 0},
    ],
)
def test_settings_that_would_break_a_session_are_refused(wrong: dict[str, Any]):
    with pytest.raises(ValueError, match=next(iter(wrong))):
        PulseSettings(**wrong)


def test_keyword_terms_cannot_break_the_list():
    stream = engine(keywords=(("a,b:c", 1.5), (" ", 1.0))).stream
    assert stream is not None
    assert stream.connect(CALL).params["keywords"] == "a b c:1.5"
