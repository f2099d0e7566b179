"""Pipecat's SmallestSTTService against the emulator, in a pipeline, at real time."""

from __future__ import annotations

import asyncio

import pytest

pytest.importorskip("pipecat")

from pipecat.frames.frames import (
    ErrorFrame,
    InputAudioRawFrame,
    InterimTranscriptionFrame,
    TranscriptionFrame,
    VADUserStoppedSpeakingFrame,
)
from pipecat.pipeline.worker import PipelineParams
from pipecat.services.smallest.stt import SmallestSTTService
from pipecat.tests.utils import SleepFrame, run_test

from tests.interop.known_clip import KEY, RATE, TEXT, Clip

pytestmark = pytest.mark.interop

_CHUNK_S = 0.02
_LISTENING_S = 3.0
"""After the last word, whose final takes 0.05 s: what has not come by then a pipeline does not wait for."""


def _said(emulator, clip: Clip, *, key: str = KEY, **settings):
    step = int(_CHUNK_S * RATE) * 2
    frames = []
    for start in range(0, len(clip.pcm), step):
        frames.append(InputAudioRawFrame(audio=clip.pcm[start : start + step], sample_rate=RATE, num_channels=1))
        frames.append(SleepFrame(sleep=_CHUNK_S))
    frames += [VADUserStoppedSpeakingFrame(), SleepFrame(sleep=_LISTENING_S)]

    async def run():
        service = SmallestSTTService(
            api_key=key,
            base_url=emulator.base_url.replace("http", "ws"),
            sample_rate=RATE,
            settings=SmallestSTTService.Settings(**settings),
        )
        params = PipelineParams(audio_in_sample_rate=RATE)
        return await run_test(service, frames_to_send=frames, pipeline_params=params, start_timeout=120.0)

    return asyncio.run(run())


def test_a_pipeline_gets_partials_and_the_whole_text(emulator, clip: Clip):
    down, up = _said(emulator, clip, word_timestamps=True)
    finals = [frame for frame in down if isinstance(frame, TranscriptionFrame)]
    assert " ".join(frame.text for frame in finals) == TEXT
    assert any(isinstance(frame, InterimTranscriptionFrame) for frame in down)
    assert not [frame for frame in (*down, *up) if isinstance(frame, ErrorFrame)]
    assert sum(len(frame.result["words"]) for frame in finals) == len(TEXT.split())
    assert {frame.language for frame in finals} == {"en"}


def test_pulse_2_is_served_too(emulator, clip: Clip):
    down, _ = _said(emulator, clip, model="pulse-2")
    assert " ".join(frame.text for frame in down if isinstance(frame, TranscriptionFrame)) == TEXT


def test_a_wrong_key_is_an_error_frame(emulator, clip: Clip):
    down, up = _said(emulator, clip, key="sk_wrong")
    assert not [frame for frame in down if isinstance(frame, TranscriptionFrame)]
    assert any(isinstance(frame, ErrorFrame) and "401" in frame.error for frame in (*down, *up))
