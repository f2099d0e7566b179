"""The checklist of described engines: healthy emulators pass, broken ones are told."""

from __future__ import annotations

import numpy as np
import pytest

from bench.audio import Audio
from bench.doctor.clip import Clip
from bench.doctor.described import Examined, checks, examine
from bench.engines import ENGINES
from bench.engines.dialect.loading import packaged
from bench.engines.secrets import Secret
from tests.emulator.running import HANGS_S, recite, running
from tests.engines.dialect.calling import KEY

TEXT = "the quick brown fox jumps over the lazy dog"
SPEECH = {
    "text": TEXT,
    "speech_start_s": 0.1,
    "speech_end_s": 0.6,
    "first_partial_delay_s": 0.0,
    "partial_interval_s": 0.05,
    "final_delay_s": 0.02,
}


def _findings(name, only=(), **behaviour):
    tone = (0.3 * np.sin(np.arange(16_000) * 0.2)).astype(np.float32)
    clip = Clip(audio=Audio(tone, 16_000), text=TEXT, language="en", name="tone")
    description, hooks = packaged(name)
    with running(recite(**SPEECH), dialect=name, api_key=KEY, **behaviour) as url:
        settings = ENGINES.load(name).Settings(base_url=url, poll_every_s=0.02, end_deadline_s=HANGS_S)
        examined = Examined(description=description, hooks=hooks, settings=settings, key=Secret(KEY), clip=clip)
        return {finding.check: finding for finding in examine(examined, only, lambda finding: None)}


@pytest.mark.parametrize("name", ["deepgram", "assemblyai"])
def test_a_healthy_service_passes_but_for_a_script_that_speaks_in_silence(name):
    for _ in range(5):  # where this machine stood still for the length of the audio, no partial came meanwhile
        found = _findings(name)
        if found["partials"].verdict == "pass":
            break
    assert tuple(found) == checks(packaged(name)[0])
    told = {check: finding.verdict for check, finding in found.items()}
    assert told.pop("batch_silence") == told.pop("stream_silence") == "fail"  # a script recites whatever it is sent
    assert set(told.values()) == {"pass"}, found


def test_what_does_not_answer_is_told_and_what_hangs_on_it_is_unknown():
    plan = {"faults": [{"kind": "status", "status": 500}]}
    found = _findings("deepgram", ["stream_answers", "modes_agree", "ending"], plan=plan)
    assert [finding.verdict for finding in found.values()] == ["fail", "unknown", "unknown"]


def test_an_engine_without_a_mode_has_no_checks_of_it():
    assert "stream_answers" not in checks(packaged("google")[0])
    assert "batch_answers" not in checks(packaged("vosk_server")[0])
