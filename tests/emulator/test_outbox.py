"""Every fault, through the harness's own driver and adapter: each is the failure (or the loss) it should be."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from bench.drivers.websocket import stream
from bench.engines.pulse.adapter import PulseEngine
from bench.engines.pulse.settings import PulseSettings
from bench.types import Call, Failure, FailureKind, Transcript
from tests.emulator.running import HANGS_S, RATE, WORDS, pcm, running, tone

CALL = Call(
    audio=pcm(tone(0.5)),
    content_type="application/octet-stream",
    encoding="linear16",
    sample_rate_hz=RATE,
    duration_s=0.5,
    language="en",
)


def outcome(fault: dict[str, Any], end_deadline_s: float = HANGS_S) -> Transcript | Failure:
    with running(plan={"faults": [fault]}) as url:
        settings = PulseSettings(base_url=url, api_key_env="", end_deadline_s=end_deadline_s, max_words=5)
        pulse = PulseEngine.create(settings, {})
        assert pulse.stream is not None
        return asyncio.run(stream(pulse.stream, CALL, speed=20, connect_timeout_s=HANGS_S))


@pytest.mark.parametrize(
    ("fault", "kind"),
    [
        ({"kind": "status", "status": 503}, FailureKind.SERVER),
        ({"kind": "status", "status": 403}, FailureKind.AUTH),
        ({"kind": "status", "status": 429, "retry_after_s": 3}, FailureKind.RATE_LIMIT),
        ({"kind": "reset"}, FailureKind.CONNECTION),
        ({"kind": "reset", "after_s": 0.4}, FailureKind.CONNECTION),
        ({"kind": "close", "close_code": 1011}, FailureKind.SERVER),
        ({"kind": "close", "close_code": 1008, "after_s": 0.2}, FailureKind.RATE_LIMIT),
        ({"kind": "error_message"}, FailureKind.SERVER),
        ({"kind": "malformed_json"}, FailureKind.PROTOCOL),
        ({"kind": "wrong_field"}, FailureKind.PROTOCOL),
        ({"kind": "missing_last"}, FailureKind.TRUNCATED),
    ],
)
def test_a_fault_is_a_failure_of_its_kind(fault: dict[str, Any], kind: FailureKind):
    failed = outcome(fault)
    assert isinstance(failed, Failure)
    assert failed.kind == kind
    assert failed.retry_after_s == fault.get("retry_after_s")


@pytest.mark.parametrize("phase", ["each", "last"])
def test_a_stalled_stream_fails_when_its_deadline_has_passed(phase: str):
    failed = outcome({"kind": "stall", "phase": phase}, end_deadline_s=1.0)
    assert isinstance(failed, Failure)
    assert failed.kind in {FailureKind.TIMEOUT, FailureKind.TRUNCATED}


@pytest.mark.parametrize(
    ("fault", "text"),
    [
        ({"kind": "delay", "delay_s": 0.05}, WORDS),
        ({"kind": "delay", "delay_s": 0.02, "jitter_s": 0.02, "phase": "each"}, WORDS),
        ({"kind": "delay", "delay_s": 0.05, "phase": "connect"}, WORDS),
        ({"kind": "duplicate_final"}, WORDS),
        ({"kind": "empty"}, ""),
        ({"kind": "truncated_tail", "words": 2}, "one two three four five six seven eight nine ten"),
        ({"kind": "missing_final"}, "six seven eight nine ten eleven twelve"),
        ({"kind": "reordered_finals"}, "six seven eight nine ten one two three four five eleven twelve"),
    ],
)
def test_a_fault_that_no_client_can_see_changes_the_text_alone(fault: dict[str, Any], text: str):
    answer = outcome(fault)
    assert isinstance(answer, Transcript), answer
    assert answer.text == text
