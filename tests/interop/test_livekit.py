"""livekit-plugins-smallestai against the emulator, as LiveKit's own agents drive it."""

from __future__ import annotations

import asyncio

import pytest

aiohttp = pytest.importorskip("aiohttp")
smallestai = pytest.importorskip("livekit.plugins.smallestai")

from livekit import rtc  # noqa: E402
from livekit.agents import APIConnectOptions, APIError, APIStatusError, stt  # noqa: E402

from tests.interop.known_clip import KEY, RATE, TEXT, Clip  # noqa: E402

pytestmark = pytest.mark.interop

_NO_RETRY = APIConnectOptions(max_retry=0, timeout=120)


def _frames(pcm: bytes):
    step = RATE // 50 * 2
    for start in range(0, len(pcm), step):
        part = pcm[start : start + step]
        yield rtc.AudioFrame(part, RATE, 1, len(part) // 2)


async def _events(base_url: str, pcm: bytes, *, flush: bool, key: str = KEY):
    async with aiohttp.ClientSession() as session:
        engine = smallestai.STT(api_key=key, http_session=session, base_url=f"{base_url}/waves/v1")
        stream = engine.stream(conn_options=_NO_RETRY)

        async def push():
            for frame in _frames(pcm):
                stream.push_frame(frame)
                await asyncio.sleep(frame.duration)
            if flush:
                stream.flush()
                await asyncio.sleep(0.3)
            stream.end_input()

        pushing = asyncio.create_task(push())
        events = [event async for event in stream]
        await pushing
        await stream.aclose()
        return events


def _text(events, kind):
    return " ".join(event.alternatives[0].text for event in events if event.type == kind)


@pytest.mark.parametrize("flush", [False, True])
def test_a_stream_gives_partials_and_the_whole_text_and_ends_by_itself(emulator, clip: Clip, flush):
    events = asyncio.run(_events(emulator.base_url, clip.pcm, flush=flush))
    kinds = [event.type for event in events]
    assert _text(events, stt.SpeechEventType.FINAL_TRANSCRIPT) == TEXT
    assert stt.SpeechEventType.INTERIM_TRANSCRIPT in kinds
    assert kinds.count(stt.SpeechEventType.START_OF_SPEECH) == kinds.count(stt.SpeechEventType.END_OF_SPEECH) == 1
    assert kinds.index(stt.SpeechEventType.START_OF_SPEECH) < kinds.index(stt.SpeechEventType.INTERIM_TRANSCRIPT)


def test_a_stream_carries_word_times(emulator, clip: Clip):
    events = asyncio.run(_events(emulator.base_url, clip.pcm, flush=False))
    finals = [event.alternatives[0] for event in events if event.type == stt.SpeechEventType.FINAL_TRANSCRIPT]
    words = [word for final in finals for word in final.words or ()]
    assert [str(word) for word in words] == TEXT.split()
    assert [word.start_time for word in words] == sorted(word.start_time for word in words)


def test_a_wrong_key_is_refused_before_the_stream_opens(emulator, clip: Clip):
    with pytest.raises(APIError) as caught:
        asyncio.run(_events(emulator.base_url, clip.pcm[:6400], flush=False, key="sk_wrong"))
    chain = [caught.value, caught.value.__cause__, caught.value.__context__]
    assert 401 in [error.status_code for error in chain if isinstance(error, APIStatusError)]


def test_batch_gives_the_whole_text(emulator, clip: Clip):
    async def recognise():
        async with aiohttp.ClientSession() as session:
            engine = smallestai.STT(api_key=KEY, http_session=session, base_url=f"{emulator.base_url}/waves/v1")
            return await engine.recognize(list(_frames(clip.pcm)), conn_options=_NO_RETRY)

    event = asyncio.run(recognise())
    assert event.alternatives[0].text == TEXT
    assert len(event.alternatives[0].words) == len(TEXT.split())
