"""Every described vendor against our emulator of it: whole text, word times, and what each fault leads to."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import httpx
import numpy as np
import pytest

from bench.audio import Audio
from bench.conditions.wire import encode
from bench.engines import ENGINES
from bench.engines.base import Close, HttpResponse
from bench.engines.secrets import Hosts, KeyHostError, Secret, masked
from bench.types import Failure, FailureKind, RequestSpec, Transcript
from tests.emulator.running import recite, running
from tests.engines.dialect.calling import BATCH, KEY, STREAM, TEXT, call_of, engine_of, stream, transcribe

_SPEECH = {
    "text": TEXT,
    "speech_start_s": 0.2,
    "speech_end_s": 1.2,
    "first_partial_delay_s": 0.0,
    "partial_interval_s": 0.05,
    "final_delay_s": 0.02,
}


@pytest.mark.parametrize("name", BATCH)
def test_batch_gives_the_whole_text(name):
    with running(recite(**_SPEECH), dialect=name, api_key=KEY) as url:
        answer = transcribe(name, url)
    assert isinstance(answer, Transcript), answer
    assert answer.text == TEXT
    words = answer.recognised.words
    if name != "openai":
        assert [word.text.strip(",.").lower() for word in words] == [w.strip(",.").lower() for w in TEXT.split()]
        assert words[0].start_s == pytest.approx(0.2, abs=0.01)
        assert words[-1].end_s == pytest.approx(1.2, abs=0.01)


@pytest.mark.parametrize("name", STREAM)
def test_a_stream_gives_the_whole_text(name):
    with running(recite(**_SPEECH), dialect=name, api_key=KEY) as url:
        answer = stream(name, url)
    assert isinstance(answer, Transcript), answer
    assert answer.text == TEXT
    assert answer.events[-1].is_last == (name != "deepgram_flux")  # which ends by the close alone


IN_SOCKET = ("assemblyai", "elevenlabs", "soniox")
"""A bad key is told after the upgrade."""


@pytest.mark.parametrize("name", BATCH)
def test_a_bad_key_is_auth_in_batch(name):
    with running(recite(**_SPEECH), dialect=name, api_key=KEY) as url:
        failure = transcribe(name, url, key="key-that-is-wrong-999")
    assert isinstance(failure, Failure), failure
    assert failure.kind is FailureKind.AUTH, failure
    assert failure.http_status == 401


@pytest.mark.parametrize("name", STREAM)
def test_a_bad_key_is_auth_before_or_after_the_upgrade(name):
    with running(recite(**_SPEECH), dialect=name, api_key=KEY) as url:
        failure = stream(name, url, key="key-that-is-wrong-999")
    assert isinstance(failure, Failure), failure
    assert failure.kind is FailureKind.AUTH, failure
    assert failure.http_status == (None if name in IN_SOCKET else 401)
    assert TABLE[name]["bad key"] == ("auth, in the socket" if name in IN_SOCKET else "auth, HTTP 401")


def _fault(kind: str, **more):
    return {"faults": [{"kind": kind, "mode": "stream", **more}]}


FAULTS = {
    "killed mid-stream": _fault("reset", after_s=0.5),
    "closed with 1011 mid-stream": _fault("close", after_s=0.5),
    "error told in the socket": _fault("error_message", after_s=0.5),
    "no end mark": _fault("missing_last"),
    "doubled final": _fault("duplicate_final"),
    "late final": _fault("delay", delay_s=0.6, phase="last"),
}


def _table():
    """Engine -> fault -> what it leads to, as docs/vendors.md says."""
    lines = Path("docs/vendors.md").read_text(encoding="utf-8").splitlines()
    head = next(number for number, line in enumerate(lines) if line.startswith("| engine | killed"))
    names, _, *rows = [
        [cell.strip() for cell in line.split("|")[1:-1]] for line in lines[head : head + 2 + len(STREAM)]
    ]
    return {row[0]: dict(zip(names[1:], row[1:], strict=True)) for row in rows}


TABLE = _table()


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("name", STREAM)
def test_what_a_fault_leads_to(name, fault):
    with running(recite(**_SPEECH), dialect=name, api_key=KEY, plan=FAULTS[fault]) as url:
        outcome = stream(name, url)
    expected = TABLE[name][fault]
    if expected == "the text":
        assert isinstance(outcome, Transcript), outcome
        assert outcome.text == TEXT
    else:
        assert isinstance(outcome, Failure), outcome
        assert outcome.kind == expected, outcome


@pytest.mark.parametrize("name", BATCH)
def test_a_rate_limit_says_when_to_come_back(name):
    plan = {"faults": [{"kind": "status", "status": 429, "retry_after_s": 7, "mode": "batch"}]}
    with running(recite(**_SPEECH), dialect=name, plan=plan) as url:
        failure = transcribe(name, url)
    assert isinstance(failure, Failure)
    assert (failure.kind, failure.retry_after_s, failure.http_status) == (FailureKind.RATE_LIMIT, 7.0, 429)


@pytest.mark.parametrize("name", BATCH)
def test_what_is_no_audio_is_refused(name):
    with running(recite(**_SPEECH), dialect=name) as url:
        failure = transcribe(name, url, call=replace(call_of("batch"), audio=b"this is text, not audio"))
    assert isinstance(failure, Failure)
    assert failure.kind is FailureKind.REFUSED, failure


FIRST_FRAME = {
    "dialect": 1,
    "name": "odd",
    "version": "1",
    "sources": ["made up"],
    "key": {"env": "ODD_KEY", "place": "first_frame"},
    "base_url": "http://127.0.0.1:1",
    "stream": {
        "open": [{"api_key": "{key}"}],
        "end": [{"send": ["bye"]}],
        "finish": {"close_codes": [1000]},
        "rules": [{"match": {"text": "*"}, "role": "final", "text": "text"}],
    },
}


def test_a_key_in_the_first_frame_goes_where_it_belongs_and_nowhere_else():
    factory = ENGINES.load("websocket")
    key = Secret("a-key-that-is-long-enough", hosts=Hosts(allowed=("asr.example.com",)))
    for url, may in (("https://asr.example.com", True), ("https://evil.example.com", False)):
        settings = factory.Settings.model_validate({"description": FIRST_FRAME, "base_url": url})
        adapter = factory.create(settings, {"ODD_KEY": key}).stream
        if may:
            assert adapter.connect(call_of("stream")).url == "wss://asr.example.com"
            assert "a-key-that" in adapter.session(call_of("stream")).start()[0]
        else:
            with pytest.raises(KeyHostError):
                adapter.connect(call_of("stream"))


def test_the_token_in_gladias_address_is_masked_from_then_on():
    with running(recite(**_SPEECH), dialect="gladia", api_key=KEY) as url:
        adapter = engine_of("gladia", url).stream
        call = call_of("stream")
        request = adapter.prepare(call)
        answer = httpx.post(request.url, content=request.content, headers={"x-gladia-key": KEY})
        opened = adapter.prepared(HttpResponse(status=201, headers={}, content=answer.content))
    address = opened.connect(call).url
    assert "token=" in address
    assert address not in masked(f"could not reach {address}")


def test_what_was_uploaded_is_taken_away_again():
    with running(recite(**_SPEECH), dialect="soniox", api_key=KEY) as url:
        outcome = transcribe("soniox", url)
        left = httpx.get(f"{url}/emulator/left").json()
    assert [event.text for event in outcome.events if event.kind == "meta"][-2:] == [
        "delete transcription 204",
        "delete file 204",
    ]
    assert left == {"files": 0, "transcriptions": 0}
    assert outcome.timing.resolution_s == 0.02


def test_server_sent_events_are_told_when_they_came():
    with running(recite(**_SPEECH), dialect="openai", api_key=KEY) as url:
        outcome = transcribe("openai", url, stream=True)
    assert outcome.text == TEXT
    partials = [event for event in outcome.events if event.kind == "partial"]
    assert len(partials) == len(TEXT.split())
    times = [event.t_s for event in partials]
    assert times == sorted(times)
    # The emulator waits 20 ms between words: half of that in sum is more than what all at once would give.
    assert times[-1] - times[0] > 0.01 * (len(times) - 1)


def test_an_end_in_stages_waits_for_an_open_turn_and_counts_it():
    session = engine_of("deepgram_flux", "http://x").stream.session(call_of("stream"))
    session.feed('{"type":"Connected"}', t_s=0.0, audio_sent_s=0.0)
    assert session.ready
    update = '{"type":"TurnInfo","event":"Update","turn_index":0,"transcript":"made up"}'
    session.feed(update, t_s=1.0, audio_sent_s=1.0)
    assert [json.loads(frame)["type"] for frame in session.end()] == ["ForceEndTurn"]
    assert session.next_end_s == 1.0
    assert [json.loads(frame)["type"] for frame in session.end()] == ["CloseStream"]  # no answer came
    assert session.next_end_s is None
    outcome = session.outcome(Close(code=1000))
    assert (outcome.text, outcome.extras["unconfirmed"]) == ("made up", "made up")


def test_turns_of_flux_are_joined_and_one_that_seemed_over_and_went_on_stays_one():
    speech = {**_SPEECH, "text": "First, good morning. Now, then.", "early_end_s": 0.85}
    with running(recite(**speech), dialect="deepgram_flux", api_key=KEY) as url:
        outcome = stream("deepgram_flux", url, eager_eot_threshold=0.4)
    assert outcome.text == speech["text"]
    assert [event.text for event in outcome.events].count("eager") >= 3  # each turn at its end, the first once before
    finals = [event.text for event in outcome.events if event.kind == "final"]
    assert finals == [segment.text for segment in outcome.recognised.segments]
    assert len(finals) == 2


def test_a_turn_that_is_still_open_at_the_end_is_forced_to_end():
    speech = {**_SPEECH, "speech_end_s": 1.55, "final_delay_s": None}
    with running(recite(**speech), dialect="deepgram_flux", api_key=KEY) as url:
        outcome = stream("deepgram_flux", url)
    assert outcome.text == TEXT
    assert "unconfirmed" not in outcome.recognised.extras


def _committed(text):
    return json.dumps({"message_type": "committed_transcript_with_timestamps", "text": text, "words": []})


def test_a_commit_of_elevenlabs_that_was_on_its_way_is_not_taken_for_the_last():
    """Whether one after the end answers it cannot be told: a partial behind it says that more is to come."""
    session = engine_of("elevenlabs", "http://x").stream.session(call_of("stream"))
    session.feed('{"message_type":"session_started"}', t_s=0.0, audio_sent_s=0.0)
    session.end()
    session.feed(_committed("made up"), t_s=1.0, audio_sent_s=1.0)
    assert not session.finished
    assert session.quiet_s == 1.5
    session.feed('{"message_type":"partial_transcript","text":"words"}', t_s=1.1, audio_sent_s=1.0)
    assert session.quiet_s == 4.5
    session.feed(_committed("words"), t_s=3.0, audio_sent_s=1.0)
    assert session.quiet_s == 1.5
    assert session.outcome(None).text == "made up words"


def _item(kind, name, **more):
    return json.dumps({"type": kind, "item_id": name, **more})


@pytest.mark.parametrize("order", [(0, 1, 2, 3, 4), (0, 2, 1, 4, 3), (0, 2, 4, 3, 1)])
def test_openai_is_over_when_nothing_is_left_and_every_item_is_done(order):
    """An item that the service committed by itself may be announced after the end: it is not the answer to it."""
    said = "conversation.item.input_audio_transcription.completed"
    empty = json.dumps({"type": "error", "error": {"code": "input_audio_buffer_commit_empty", "message": "empty"}})
    messages = [
        _item("input_audio_buffer.committed", "a"),
        _item(said, "a", transcript="made up"),
        _item("input_audio_buffer.committed", "b", previous_item_id="a"),
        _item(said, "b", transcript="words"),
        empty,
    ]
    session = engine_of("openai", "http://x").stream.session(call_of("stream", 24_000))
    session.feed('{"type":"session.updated"}', t_s=0.0, audio_sent_s=0.0)
    assert len(session.end()) == 2
    for number, index in enumerate(order, 1):
        assert not session.finished
        session.feed(messages[index], t_s=float(number), audio_sent_s=1.0)
    assert session.finished
    assert session.outcome(None).text == "made up words"


@pytest.mark.parametrize("encoding", ["linear16", "mulaw"])
def test_a_last_message_shorter_than_the_vendor_takes_is_filled_up_with_silence(encoding):
    """AssemblyAI closes with 3007 for messages under 50 ms, and recordings end where they end."""
    samples = np.random.default_rng(1).normal(0, 0.1, int(1.213 * 16_000)).astype(np.float32)
    wire = encode(Audio(samples, 16_000), RequestSpec(encoding=encoding), "stream")
    call = replace(call_of("stream"), audio=wire.audio, encoding=encoding, duration_s=1.213)
    with running(recite(**_SPEECH), dialect="assemblyai", api_key=KEY) as url:
        outcome = stream("assemblyai", url, call=call)
    assert isinstance(outcome, Transcript), outcome
    assert outcome.text == TEXT


@pytest.mark.parametrize("encoding", ["linear16", "mulaw"])
def test_only_the_last_message_is_filled_up(encoding):
    session = engine_of("revai", "http://x").stream.session(replace(call_of("stream"), encoding=encoding))
    whole = b"\x11" * session.chunk_bytes
    assert session.audio(whole) == whole
    last = session.audio(whole[:100])
    assert (len(last), last[:100]) == (len(whole), whole[:100])
    assert set(last[100:]) == {0 if encoding == "linear16" else 0xFF}
