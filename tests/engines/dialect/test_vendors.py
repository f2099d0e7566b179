"""Every described vendor against our emulator of it: whole text, word times, and what each fault leads to."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bench.types import Failure, FailureKind, Transcript
from tests.emulator.running import recite, running
from tests.engines.dialect.calling import BATCH, KEY, STREAM, TEXT, call_of, stream, transcribe

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
    assert answer.events[-1].is_last


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


def _fault(kind: str, **more):
    return {"faults": [{"kind": kind, "mode": "stream", **more}]}


FAULTS = {
    "killed mid-stream": (_fault("reset", after_s=0.5), {FailureKind.CONNECTION}),
    "closed with 1011 mid-stream": (_fault("close", after_s=0.5), {FailureKind.SERVER}),
    "error told in the socket": (_fault("error_message", after_s=0.5), {FailureKind.SERVER}),
    "no end mark": (_fault("missing_last"), {FailureKind.TRUNCATED}),
    "doubled final": (_fault("duplicate_final"), TEXT),
    "late final": (_fault("delay", delay_s=0.6, phase="last"), TEXT),
}
NO_END_MARK = {"deepgram": TEXT, "gladia": TEXT, "elevenlabs": TEXT, "openai": TEXT}
"""Where the last result itself, or the server's close with 1000, ends a stream, nothing is missed."""


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("name", STREAM)
def test_what_a_fault_leads_to(name, fault):
    plan, expected = FAULTS[fault]
    if fault == "no end mark":
        expected = NO_END_MARK.get(name, expected)
    with running(recite(**_SPEECH), dialect=name, api_key=KEY, plan=plan) as url:
        outcome = stream(name, url)
    if isinstance(expected, str):
        assert isinstance(outcome, Transcript), outcome
        assert outcome.text == expected
    else:
        assert isinstance(outcome, Failure), outcome
        assert outcome.kind in expected, outcome


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
