"""Each vendor's own SDK, driven as its documents show: the whole text of a recording, in batch and in real time."""

from __future__ import annotations

import asyncio
import base64
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

CHUNK_S = 0.1


def _chunks(pcm: bytes, rate: int) -> Iterator[bytes]:
    step = int(rate * CHUNK_S) * 2
    for start in range(0, len(pcm), step):
        time.sleep(CHUNK_S / 4)
        yield pcm[start : start + step]


def _joined(texts: list[str]) -> str:
    return " ".join(text.strip() for text in texts if text.strip())


def _deepgram(url: str, key: str) -> Any:
    from deepgram import DeepgramClient
    from deepgram.environment import DeepgramClientEnvironment

    ws = url.replace("http", "ws")
    places = DeepgramClientEnvironment(base=url, production=ws, agent=ws, agent_rest=url)
    return DeepgramClient(api_key=key, environment=places)


def deepgram_batch(url: str, key: str, wav: Path) -> str:
    answer = _deepgram(url, key).listen.v1.media.transcribe_file(
        request=wav.read_bytes(), model="nova-3", language="en", punctuate=True, smart_format=False
    )
    return answer.results.channels[0].alternatives[0].transcript


def deepgram_stream(url: str, key: str, pcm: bytes, rate: int) -> str:
    finals: list[str] = []
    options = {"model": "nova-3", "language": "en", "encoding": "linear16", "sample_rate": rate}
    with _deepgram(url, key).listen.v1.connect(**options, interim_results=True, punctuate=True) as live:
        for chunk in _chunks(pcm, rate):
            live.send_media(chunk)
        live.send_close_stream()
        for message in live:
            if getattr(message, "is_final", False):
                finals.append(message.channel.alternatives[0].transcript)
            if message.type == "Metadata":
                break
    return _joined(finals)


def deepgram_flux_stream(url: str, key: str, pcm: bytes, rate: int) -> str:
    turns: dict[int, str] = {}
    options = {"model": "flux-general-en", "encoding": "linear16", "sample_rate": rate}
    with _deepgram(url, key).listen.v2.connect(**options, eot_threshold=0.7, eot_timeout_ms=500) as live:
        for chunk in _chunks(pcm, rate):
            live.send_media(chunk)
        live.send_force_end_turn()
        for message in live:
            if message.type == "TurnInfo" and message.event == "EndOfTurn":
                turns[message.turn_index] = message.transcript
                if message.trigger == "manual" or not message.words[-1].end < message.audio_window_end - 1:
                    break
        live.send_close_stream()
        for message in live:
            assert message.type == "TurnInfo", message
    return _joined([turns[index] for index in sorted(turns)])


def assemblyai_batch(url: str, key: str, wav: Path) -> str:
    import assemblyai as aai

    settings = aai.Settings(api_key=key, base_url=url, polling_interval=0.05)
    config = aai.TranscriptionConfig(punctuate=True, format_text=False, language_code="en")
    done = aai.Transcriber(client=aai.Client(settings=settings), config=config).transcribe(str(wav))
    assert done.error is None, done.error
    return done.text


def assemblyai_stream(url: str, key: str, pcm: bytes, rate: int) -> str:
    from assemblyai.streaming.v3 import (
        RealTimeEvents,
        RealTimeParameters,
        RealTimeTranscriber,
        RealTimeTranscriberOptions,
    )

    turns: dict[int, str] = {}

    def on_turn(client: Any, event: Any) -> None:
        if event.end_of_turn:
            turns[event.turn_order] = event.transcript

    client = RealTimeTranscriber(RealTimeTranscriberOptions(api_key=key, api_host=url.replace("http", "ws")))
    client.on(RealTimeEvents.Turn, on_turn)
    client.connect(RealTimeParameters(sample_rate=rate, encoding="pcm_s16le", format_turns=True))
    client.stream(_chunks(pcm, rate))
    client.disconnect(terminate=True)
    return _joined([turns[order] for order in sorted(turns)])


def openai_batch(url: str, key: str, wav: Path) -> str:
    from openai import OpenAI

    client = OpenAI(api_key=key, base_url=f"{url}/v1", max_retries=0)
    with wav.open("rb") as file:
        return client.audio.transcriptions.create(file=file, model="gpt-transcribe", language="en").text


def openai_events(url: str, key: str, wav: Path) -> str:
    from openai import OpenAI

    client = OpenAI(api_key=key, base_url=f"{url}/v1", max_retries=0)
    with wav.open("rb") as file:
        events = list(client.audio.transcriptions.create(file=file, model="gpt-transcribe", language="en", stream=True))
    assert "".join(event.delta for event in events if event.type == "transcript.text.delta") == events[-1].text
    return events[-1].text


def openai_stream(url: str, key: str, pcm: bytes, rate: int) -> str:
    from openai import OpenAI

    client = OpenAI(api_key=key, base_url=f"{url}/v1", websocket_base_url=f"{url.replace('http', 'ws')}/v1")
    session = {
        "type": "transcription",
        "audio": {
            "input": {
                "format": {"type": "audio/pcm", "rate": rate},
                "transcription": {"model": "gpt-transcribe", "language": "en"},
                "turn_detection": {"type": "server_vad", "silence_duration_ms": 500},
            }
        },
    }
    items: dict[str, str] = {}
    with client.realtime.connect(extra_query={"intent": "transcription"}) as live:
        live.session.update(session=session)
        for chunk in _chunks(pcm, rate):
            live.input_audio_buffer.append(audio=base64.b64encode(chunk).decode())
        live.input_audio_buffer.commit()
        for event in live:
            if event.type == "conversation.item.input_audio_transcription.completed":
                items[event.item_id] = event.transcript
            is_empty = event.type == "error" and event.error.code == "input_audio_buffer_commit_empty"
            if is_empty or len(items) == 2:
                break
    return _joined(list(items.values()))


def elevenlabs_batch(url: str, key: str, wav: Path) -> str:
    from elevenlabs import ElevenLabs

    with wav.open("rb") as file:
        answer = ElevenLabs(api_key=key, base_url=url).speech_to_text.convert(
            file=file, model_id="scribe_v2", language_code="en", tag_audio_events=False, no_verbatim=True
        )
    return answer.text


def elevenlabs_stream(url: str, key: str, pcm: bytes, rate: int) -> str:
    from elevenlabs.realtime.connection import RealtimeEvents
    from elevenlabs.realtime.scribe import AudioFormat, CommitStrategy, ScribeRealtime

    async def run() -> str:
        commits: list[str] = []
        done = asyncio.Event()
        connection = await ScribeRealtime(api_key=key, base_url=url.replace("http", "ws")).connect(
            {
                "model_id": "scribe_v2_realtime",
                "audio_format": AudioFormat(f"pcm_{rate}"),
                "sample_rate": rate,
                "commit_strategy": CommitStrategy.VAD,
                "vad_silence_threshold_secs": 0.5,
                "language_code": "en",
                "include_timestamps": True,
                "no_verbatim": True,
            }
        )

        def on_commit(data: Any) -> None:
            commits.append(data["text"])
            done.set()

        connection.on(RealtimeEvents.COMMITTED_TRANSCRIPT_WITH_TIMESTAMPS, on_commit)
        for chunk in await asyncio.to_thread(lambda: list(_chunks(pcm, rate))):
            await connection.send({"audio_base_64": base64.b64encode(chunk).decode()})
        await connection.commit()
        await asyncio.wait_for(done.wait(), 5)
        await asyncio.sleep(0.3)
        await connection.close()
        return _joined(commits)

    return asyncio.run(run())


def speechmatics_batch(url: str, key: str, wav: Path) -> str:
    from speechmatics.batch import AsyncClient, TranscriptionConfig

    async def run() -> str:
        async with AsyncClient(api_key=key, url=f"{url}/v2") as client:
            config = TranscriptionConfig(language="en")
            done = await client.transcribe(str(wav), transcription_config=config, polling_interval=0.1)
            return done.transcript_text

    said = asyncio.run(run())
    return said.removeprefix("SPEAKER UU: ")


def speechmatics_stream(url: str, key: str, pcm: bytes, rate: int) -> str:
    import io

    from speechmatics.rt import AsyncClient, AudioEncoding, AudioFormat, ServerMessageType, TranscriptionConfig

    async def run() -> str:
        finals: list[str] = []
        async with AsyncClient(api_key=key, url=f"{url.replace('http', 'ws')}/v2") as client:
            client.on(
                ServerMessageType.ADD_TRANSCRIPT, lambda message: finals.append(message["metadata"]["transcript"])
            )
            await client.transcribe(
                io.BytesIO(pcm),
                transcription_config=TranscriptionConfig(language="en", enable_partials=True, max_delay=1.0),
                audio_format=AudioFormat(encoding=AudioEncoding.PCM_S16LE, sample_rate=rate, chunk_size=3200),
                timeout=20,
            )
        return "".join(finals).strip()

    return asyncio.run(run())


def _soniox(url: str, key: str) -> Any:
    from soniox import SonioxClient

    ws = url.replace("http", "ws")
    return SonioxClient(api_key=key, api_base_url=f"{url}/v1", websocket_base_url=f"{ws}/transcribe-websocket")


def soniox_batch(url: str, key: str, wav: Path) -> str:
    client = _soniox(url, key)
    job = client.stt.transcribe_from_file(file=str(wav), model="stt-async-v5")
    client.stt.wait(job.id, interval_sec=0.05)
    text = client.stt.get_transcript(job.id).text
    client.stt.destroy(job.id)
    return text


def soniox_stream(url: str, key: str, pcm: bytes, rate: int) -> str:
    from soniox.types.realtime import RealtimeSTTConfig

    config = RealtimeSTTConfig(
        model="stt-rt-v5",
        audio_format="pcm_s16le",
        sample_rate=rate,
        num_channels=1,
        language_hints=["en"],
        enable_endpoint_detection=True,
    )
    said = ""
    with _soniox(url, key).realtime.stt.connect(config=config) as live:
        for chunk in _chunks(pcm, rate):
            live.send_byte_chunk(chunk)
        live.finish()
        for event in live.receive_events():
            said += "".join(token.text for token in event.tokens if token.is_final and token.text[:1] != "<")
    return said.strip()


def _gladia(url: str, key: str) -> Any:
    from gladiaio_sdk import GladiaClient

    return GladiaClient(api_key=key, api_url=url)


def gladia_batch(url: str, key: str, wav: Path) -> str:
    done = (
        _gladia(url, key)
        .pre_recorded_v2()
        .transcribe(str(wav), {"language_config": {"languages": ["en"]}}, interval=0.05)
    )
    return done.result.transcription.full_transcript


def gladia_stream(url: str, key: str, pcm: bytes, rate: int) -> str:
    async def run() -> str:
        finals: dict[str, str] = {}
        session = (
            _gladia(url, key)
            .live_v2_async()
            .start_session(
                {
                    "encoding": "wav/pcm",
                    "bit_depth": 16,
                    "sample_rate": rate,
                    "channels": 1,
                    "model": "solaria-1",
                    "endpointing": 0.5,
                    "language_config": {"languages": ["en"]},
                    "messages_config": {
                        "receive_partial_transcripts": True,
                        "receive_final_transcripts": True,
                        "receive_speech_events": True,
                        "receive_acknowledgments": False,
                        "receive_lifecycle_events": True,
                    },
                }
            )
        )
        ended = asyncio.Event()

        def on_message(message: Any) -> None:
            if message.type == "transcript" and message.data.is_final:
                finals[message.data.id] = message.data.utterance.text

        session.on("message", on_message)
        session.once("ended", lambda *_: ended.set())
        connected = asyncio.Event()
        session.once("connected", lambda *_: connected.set())
        await asyncio.wait_for(connected.wait(), 5)
        for chunk in await asyncio.to_thread(lambda: list(_chunks(pcm, rate))):
            session.send_audio(chunk)
            await asyncio.sleep(CHUNK_S / 4)
        session.stop_recording()
        await asyncio.wait_for(ended.wait(), 10)
        return _joined(list(finals.values()))

    return asyncio.run(run())


def _cartesia(url: str, key: str) -> Any:
    from cartesia import Cartesia

    return Cartesia(api_key=key, base_url=url, websocket_base_url=url.replace("http", "ws"))


def cartesia_batch(url: str, key: str, wav: Path) -> str:
    with wav.open("rb") as file:
        answer = _cartesia(url, key).stt.transcribe(
            file=file, model="ink-whisper", language="en", timestamp_granularities=["word"]
        )
    return answer.text


def cartesia_stream(url: str, key: str, pcm: bytes, rate: int) -> str:
    said = ""
    manager = _cartesia(url, key).stt.manual_finalize.websocket(
        encoding="pcm_s16le", model="ink-whisper", sample_rate=rate, language="en"
    )
    with manager as live:
        for chunk in _chunks(pcm, rate):
            live.send_raw(chunk)
        live.send_raw("close")
        for event in live:
            if event.type == "transcript" and event.is_final:
                said += event.text
            if event.type == "done":
                break
    return said.strip()
