"""What each described vendor says when it refuses, fails or ends oddly, read by its description.

Each message of tests/messages/VENDOR/messages.json has its source and grade: A read in the vendor's own client or
specification, B in its documents, C in an independent client or an issue, K known from elsewhere and not read again.
None was recorded from a real service.
"""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from bench.engines import ENGINES
from bench.engines.base import Close, HttpRequest, HttpResponse, Wait
from bench.engines.dialect.engine import Vendor
from bench.engines.dialect.session import DescribedStream, PreparedStream
from bench.engines.secrets import Secret
from bench.types import Failure, Recognised
from tests.engines.dialect.calling import call_of

_FOLDER = Path(__file__).parents[2] / "messages"
VENDORS = sorted(name for name in ENGINES.names() if isinstance(ENGINES.load(name), Vendor))


def _messages(name):
    return json.loads((_FOLDER / name / "messages.json").read_text(encoding="utf-8"))


def _cases():
    for name in VENDORS:
        for case in _messages(name):
            if "none" not in case:
                yield pytest.param(name, case, id=f"{name}, {case['mode']}: {case['what']}")


def _engine(name):
    factory = ENGINES.load(name)
    settings = factory.Settings()
    return factory.create(settings, {settings.api_key_env: Secret("a-key-of-nobody")})


def _response(case):
    body = case["body"]
    content = body.encode() if isinstance(body, str) else json.dumps(body).encode()
    return HttpResponse(status=case["status"], headers=case["headers"], content=content)


def _session(engine):
    stream = engine.stream
    if isinstance(stream, PreparedStream):
        stream = DescribedStream(stream.reader, stream.account, {})
    return stream.session(call_of("stream"))


def _told(engine, case):
    if case["mode"] == "upgrade":
        return engine.stream.refused(_response(case))
    if case["mode"] == "prepare":
        return engine.stream.prepared(_response(case))
    if case["mode"] == "batch":
        exchange = engine.batch.exchange(call_of("batch"))
        exchange.first()
        *before, last = case.get("responses", [case])
        for response in before:
            assert isinstance(exchange.next(_response(response), 0.1), HttpRequest | Wait)
        told = exchange.next(_response(last), 0.1)
        assert isinstance(told, Failure | Recognised), told
        return told
    session = _session(engine)
    if not case.get("before_the_end"):
        session.end()
    for frame in case["frames"]:
        session.feed(frame if isinstance(frame, str) else json.dumps(frame), t_s=1.0, audio_sent_s=1.0)
    close = case["close"]
    code, reason = close if isinstance(close, list) else (close, "")
    return session.outcome(None if code is None else Close(code=code, reason=reason))


@pytest.mark.parametrize(("name", "case"), list(_cases()))
def test_a_message_means_what_its_vendor_says(name, case):
    told = _told(_engine(name), case)
    expected = case["expected"]
    if "text" in expected:
        assert isinstance(told, Recognised), told
        assert told.text == expected["text"]
    else:
        assert isinstance(told, Failure), told
        assert told.kind == expected["failure"], told
        assert told.retry_after_s == expected.get("retry_after_s"), told
        assert told.message.startswith(_title(name))


def _title(name):
    return ENGINES.load(name).description.title


def test_every_message_has_its_source_and_grade():
    for name in VENDORS:
        for case in _messages(name):
            assert case["source"], (name, case["what"])
            assert case["grade"] in {"A", "B", "C", "K"}, (name, case["what"])  # `recorded` is said of no message


_TOPICS = {"bad_key", "rate_limit", "bad_parameter", "unsupported_language", "too_long"}


@pytest.mark.parametrize("name", VENDORS)
def test_every_vendor_has_its_table_of_errors_whole(name):
    """A message for each topic in each mode, or the reason why the vendor has none."""
    description, told = ENGINES.load(name).description, {}
    for case in _messages(name):
        told.setdefault("batch" if case["mode"] == "batch" else "stream", set()).add(case["topic"])
    if description.batch is not None:
        assert _TOPICS - told["batch"] == set()
    if description.stream is not None:
        assert (_TOPICS | {"in_band", "close"}) - told["stream"] == set()
    assert {case["topic"] for case in _messages(name)} <= {*_TOPICS, "in_band", "close", "answer"}


def test_a_rate_limit_that_says_when_is_there_for_every_vendor_that_says_it_by_http():
    for name in VENDORS:
        limits = [case for case in _messages(name) if case["topic"] == "rate_limit" and "none" not in case]
        by_http = [case for case in limits if case["mode"] in {"batch", "upgrade", "prepare"}]
        assert not by_http or any("retry_after_s" in case["expected"] for case in by_http), name


_ODD = [
    "{",
    "[]",
    "7",
    '"x"',
    "null",
    "{}",
    '{"type":7}',
    '{"type":"Turn"}',
    '{"tokens":[{"text":3}]}',
    "\ufffd",
    b"\x00\xff",
]


@pytest.mark.parametrize("name", [name for name in VENDORS if ENGINES.load(name).description.stream])
def test_no_message_makes_a_session_raise(name):
    messages = [*_ODD, *(json.dumps({**rule, "x": 1}) for rule in _matches(name))]
    for frame in messages:
        session = _session(_engine(name))
        session.start()
        session.audio(b"\0" * 8)
        session.feed(frame, t_s=0.1, audio_sent_s=0.1)
        session.end()
        assert isinstance(session.outcome(Close(code=1006)), Failure | Recognised)


def _matches(name):
    for rule in ENGINES.load(name).description.stream.rules:
        if isinstance(rule.match, dict):
            yield {path: (value[0] if isinstance(value, list) else value) for path, value in rule.match.items()}
