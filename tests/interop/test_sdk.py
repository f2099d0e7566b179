"""The vendor's Python SDK (`smallestai`) against the emulator: batch, and both live clients."""

from __future__ import annotations

import asyncio
import threading
import time

import pytest

pytest.importorskip("smallestai")

from smallestai import AsyncSmallestAI, SmallestAI
from smallestai.environment import SmallestAIEnvironment
from smallestai.waves.helpers import stream_speech_to_text
from smallestai.waves.speech_to_text import CloseStream, FinalizeSignal

from tests.interop.known_clip import KEY, RATE, TEXT, Clip

pytestmark = pytest.mark.interop

_STEP = 4096


def _client(emulator, kind=SmallestAI, key=KEY):
    http, ws = emulator.base_url, emulator.base_url.replace("http", "ws")
    return kind(api_key=key, environment=SmallestAIEnvironment(atoms=http, waves=http, waves_ws=ws, payment=http))


def test_batch_gives_text_words_and_utterances(emulator, clip: Clip):
    answer = _client(emulator).waves.speech_to_text.transcribe(
        model="pulse", language="en", request=clip.wav, word_timestamps=True, gender_detection="true"
    )
    assert answer.status == "success"
    assert answer.transcription == TEXT
    assert [word.word for word in answer.words] == TEXT.split()
    assert answer.utterances[0].text == TEXT
    assert answer.gender


def test_pulse_pro_has_no_utterances(emulator, clip: Clip):
    answer = _client(emulator).waves.speech_to_text.transcribe(model="pulse-pro", language="en", request=clip.wav)
    assert answer.transcription == TEXT
    assert answer.utterances is None
    assert answer.request_id


def test_a_wrong_key_raises_the_sdks_own_error(emulator, clip: Clip):
    from smallestai.waves.errors import UnauthorizedError

    with pytest.raises(UnauthorizedError):
        _client(emulator, key="sk_wrong").waves.speech_to_text.transcribe(
            model="pulse", language="en", request=clip.wav
        )


def test_an_unknown_language_raises_the_sdks_own_error(emulator, clip: Clip):
    from smallestai.waves.errors import BadRequestError

    with pytest.raises(BadRequestError):
        _client(emulator).waves.speech_to_text.transcribe(model="pulse", language="tlh", request=clip.wav)


def test_the_live_client_gets_partials_and_the_whole_text_and_ends(emulator, clip: Clip):
    events = []
    with stream_speech_to_text(_client(emulator), language="en", sample_rate=RATE, word_timestamps=True) as live:
        reading = threading.Thread(target=lambda: events.extend(live))
        reading.start()
        for start in range(0, len(clip.pcm), _STEP):
            live.send_audio_chunk_out(clip.pcm[start : start + _STEP])
            time.sleep(_STEP / 2 / RATE)
        live.send_close_stream(CloseStream(type="close_stream"))
        reading.join(120)
        assert not reading.is_alive()
    finals = [event for event in events if event.is_final]
    assert "".join(event.transcript for event in finals).strip() == TEXT
    assert all(event.transcription == event.transcript for event in events)
    assert any(not event.is_final for event in events)
    assert [event.is_last for event in events] == [False] * (len(events) - 1) + [True]
    assert [word.word for final in finals for word in final.words] == TEXT.split()


def test_the_async_live_client_finalizes_and_goes_on(emulator, clip: Clip):
    async def run():
        events = []
        client = _client(emulator, AsyncSmallestAI)
        async with stream_speech_to_text(client, language="en", sample_rate=RATE) as live:

            async def read():
                async for event in live:
                    events.append(event)

            reading = asyncio.create_task(read())
            for start in range(0, len(clip.pcm), _STEP):
                await live.send_audio_chunk_out(clip.pcm[start : start + _STEP])
            await live.send_finalize_signal(FinalizeSignal(type="finalize"))
            while not any(event.from_finalize for event in events):
                await asyncio.sleep(0.01)
            assert not any(event.is_last for event in events)
            await live.send_close_stream(CloseStream(type="close_stream"))
            await asyncio.wait_for(reading, 120)
        return events

    events = asyncio.run(asyncio.wait_for(run(), 180))
    assert "".join(event.transcript for event in events if event.is_final).strip() == TEXT
    assert [event.from_finalize for event in events if event.is_final].count(True) == 1
    assert events[-1].is_last
