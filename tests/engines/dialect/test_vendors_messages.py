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
from bench.engines.dialect.loading import packaged
from bench.engines.dialect.reading import Reader
from bench.engines.dialect.session import DescribedStream, PreparedStream
from bench.engines.secrets import Secret
from bench.scoring.timing.turns import firings
from bench.types import Event, Failure, Recognised
from tests.engines.dialect.calling import call_of
from tests.engines.oddities import TOLD_WHOLE

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


def _events(name, *frames):
    session = _session(_engine(name))
    events = [event for frame in frames for event in session.feed(json.dumps(frame), t_s=1.0, audio_sent_s=1.0)]
    return events, session


def _results(text, *words, **flags):
    timed = [{"word": word, "start": n, "end": n + 0.5, "speaker": speaker} for n, (word, speaker) in enumerate(words)]
    alternative = {"transcript": text, "words": timed, "languages": ["en", "hi"]}
    return {"type": "Results", "start": 0, "duration": 4, "channel": {"alternatives": [alternative]}, **flags}


@pytest.mark.parametrize(
    ("name", "frame", "ends"),
    [
        ("deepgram", _results("made up", is_final=True, speech_final=True), True),
        ("deepgram", _results("made up", is_final=True, speech_final=False), False),
        ("deepgram", {"type": "UtteranceEnd", "last_word_end": 1.0}, True),
        ("assemblyai", {"type": "Turn", "turn_order": 0, "end_of_turn": True, "transcript": "made up"}, True),
        ("assemblyai", {"type": "Turn", "turn_order": 0, "end_of_turn": False, "words": [{"text": "made"}]}, False),
        ("speechmatics", {"message": "EndOfUtterance", "metadata": {"start_time": 1, "end_time": 1}}, True),
        ("soniox", {"tokens": [{"text": "up", "is_final": True}, {"text": "<end>", "is_final": True}]}, True),
        ("soniox", {"tokens": [{"text": "up", "is_final": True}, {"text": "<fin>", "is_final": True}]}, False),
        ("soniox", {"tokens": [{"text": "up", "is_final": True}]}, False),
    ],
)
def test_what_says_that_the_speaker_has_finished_is_marked(name, frame, ends):
    (event,), _ = _events(name, frame)
    # Beside an event that declares an end, only those that do count; alone, any final would.
    assert (event in firings((Event(t_s=0.0, kind="vad", text="speech_ended"), event))) == ends


def test_languages_are_kept_with_the_final_that_names_them():
    (event,), _ = _events("deepgram", _results("made up", is_final=True))
    assert event.extras == {"languages": ["en", "hi"]}


def test_a_final_of_several_speakers_is_told_by_speaker():
    frame = _results("made up words", ("made", 0), ("up", 0), ("words", 1), is_final=True)
    _, session = _events("deepgram", frame, {"type": "CloseStream"})
    session.end()
    said = session.outcome(Close(code=1000))
    assert [(part.speaker, part.text, part.start_s, part.end_s) for part in said.segments] == [
        ("0", "made up", 0.0, 1.5),
        ("1", "words", 2.0, 2.5),
    ]
    assert [word.speaker for word in said.words] == ["0", "0", "1"]


def _spoken(speaker, *words):
    return [{"text": word, "is_final": True, "start_ms": 10, "end_ms": 20, "speaker": speaker} for word in words]


def test_tokens_are_told_by_speaker():
    tokens = [*_spoken("1", "Ma", "de", " up"), *_spoken("2", " words")]
    said = _ended("soniox", {"tokens": tokens}, {"finished": True, "tokens": []})
    assert said.text == "Made up words"
    assert [(part.speaker, part.text) for part in said.segments] == [("1", "Made up"), ("2", "words")]


_DIARIZED = {
    "gladia": {
        "result": {
            "transcription": {
                "full_transcript": "made up",
                "languages": ["en"],
                "utterances": [
                    {"text": "made", "speaker": 0, "words": [{"word": "made", "start": 0, "end": 1}]},
                    {"text": "up", "speaker": 1, "words": [{"word": "up", "start": 1, "end": 2}]},
                ],
            }
        }
    },
    "mistral": {
        "text": "made up",
        "segments": [
            {"text": "made", "start": 0, "end": 1, "speaker_id": "0"},
            {"text": "up", "start": 1, "end": 2, "speaker_id": "1"},
        ],
    },
    "openai": {
        "text": "made up",
        "segments": [
            {"text": "made", "start": 0, "end": 1, "speaker": "0"},
            {"text": "up", "start": 1, "end": 2, "speaker": "1"},
        ],
    },
    "deepgram": {
        "results": {
            "channels": [
                {
                    "alternatives": [
                        {
                            "transcript": "made up",
                            "words": [
                                {"word": "made", "start": 0, "end": 1, "speaker": 0},
                                {"word": "up", "start": 1, "end": 2, "speaker": 1},
                            ],
                        }
                    ]
                }
            ]
        }
    },
    "elevenlabs": {
        "text": "made up",
        "words": [
            {"text": "made", "start": 0, "end": 1, "type": "word", "speaker_id": "0"},
            {"text": " ", "start": 1, "end": 1, "type": "spacing", "speaker_id": "0"},
            {"text": "up", "start": 1, "end": 2, "type": "word", "speaker_id": "1"},
        ],
    },
}


@pytest.mark.parametrize("name", _DIARIZED)
def test_speakers_of_a_recording_are_kept(name):
    description, hooks = ENGINES.load(name).description, packaged(name)[1]
    reader, result = Reader(description, hooks), description.batch.result
    words, segments = reader.words(_DIARIZED[name], result.words), reader.segments(_DIARIZED[name], result.segments)
    assert [part.speaker for part in words or segments] == ["0", "1"]


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


def _ended(name, *frames, close=None):
    """What frames amount to that came after the end was sent."""
    session = _session(_engine(name))
    session.end()
    for frame in frames:
        session.feed(frame if isinstance(frame, str) else json.dumps(frame), t_s=1.0, audio_sent_s=1.0)
    return session.outcome(None if close is None else Close(code=close))


def _token(text, start_ms, **more):
    return {"text": text, "start_ms": start_ms, "end_ms": start_ms + 9, "is_final": True, **more}


def _transcript(*results):
    entries = [{"type": kind, "attaches_to": to, "alternatives": [{"content": text}]} for kind, text, to in results]
    return {"message": "AddTranscript", "metadata": {}, "results": entries}


@pytest.mark.parametrize(
    ("name", "frames", "close", "text"),
    [
        # A turn that Termination left open is what was heard.
        (
            "assemblyai",
            [{"type": "Turn", "turn_order": 0, "words": [{"text": "made"}, {"text": "up"}]}, {"type": "Termination"}],
            None,
            "made up",
        ),
        *TOLD_WHOLE,
        # The last tokens come with the end mark.
        ("soniox", [{"tokens": [_token("made up", 0)], "finished": True}], None, "made up"),
        (
            "soniox",
            [{"tokens": [_token("made", 0), _token("<end>", 9), _token("up", 10)], "finished": True}],
            None,
            "made up",
        ),
        (
            "soniox",
            [{"tokens": [_token("made", 0), _token("<end>", 9), _token(" up", 10)], "finished": True}],
            None,
            "made up",
        ),
        (
            "soniox",
            [{"tokens": [_token("今", 0), _token("<end>", 9), _token("日", 10)], "finished": True}],
            None,
            "今日",
        ),
        (
            "soniox",
            [
                {"tokens": [_token("made", 0), _token("<fin>", 9)]},
                {"tokens": [_token("u", 10), _token("p", 20)], "finished": True},
            ],
            None,
            "made up",
        ),
        # The text of an eager end is the turn's newest, and closes nothing.
        (
            "cartesia_turns",
            [
                {"type": "connected"},
                {"type": "turn.update", "transcript": "made"},
                {"type": "turn.eager_end", "transcript": "made up"},
            ],
            1000,
            "made up",
        ),
        # A mark may come with the next final.
        (
            "speechmatics",
            [
                {"message": "RecognitionStarted"},
                _transcript(("word", "made", None), ("word", "up", None)),
                _transcript(("punctuation", "!", "previous"), ("word", "words", None)),
                {"message": "EndOfTranscript"},
            ],
            None,
            "made up! words",
        ),
        ("vosk_server", [{"alternatives": [{"text": "made up", "confidence": 1.0}]}, {"text": ""}], 1000, "made up"),
    ],
)
def test_an_oddity_loses_nothing_and_says_nothing_twice(name, frames, close, text):
    said = _ended(name, *frames, close=close)
    assert isinstance(said, Recognised), said
    assert said.text == text


def test_soniox_ends_early_is_no_end():
    session = _session(_engine("soniox"))
    session.feed(json.dumps({"tokens": [_token("made", 0)], "finished": True}), t_s=1.0, audio_sent_s=0.5)
    assert session.outcome(Close(code=1000)).kind == "truncated"
