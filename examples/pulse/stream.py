"""Pulse, real time: chunks as a microphone gives them, and the end flushed.

pip install websockets; python stream.py call.wav [language]

Finals are put together; `close_stream` flushes the last words, and `is_last` says that they were all.
The file must be 16-bit mono WAV.
"""

import asyncio
import json
import os
import sys
import wave
from urllib.parse import urlencode

import websockets

BASE = os.environ.get("PULSE_BASE_URL", "https://api.smallest.ai").replace("http", "ws", 1)
CHUNK_S = 0.1


async def transcribe(path: str, language: str = "en") -> str:
    with wave.open(path) as file:
        rate, pcm = file.getframerate(), file.readframes(file.getnframes())
    query = urlencode({"model": "pulse", "language": language, "encoding": "linear16", "sample_rate": rate})
    headers = {"Authorization": f"Bearer {os.environ['SMALLEST_API_KEY']}"}
    async with websockets.connect(f"{BASE}/waves/v1/stt/live?{query}", additional_headers=headers) as socket:
        sending = asyncio.create_task(send(socket, pcm, 2 * round(rate * CHUNK_S)))
        finals = []
        async for message in socket:
            event = json.loads(message)
            if event.get("type") == "error" or event.get("status") == "error":
                raise RuntimeError(event)
            if event.get("is_final") and event.get("transcript", "").strip():
                finals.append(event["transcript"].strip())
            if event.get("is_last"):
                break
        await sending
    return " ".join(finals)


async def send(socket: websockets.ClientConnection, pcm: bytes, size: int) -> None:
    began = asyncio.get_running_loop().time()
    for number, at in enumerate(range(0, len(pcm), size), start=1):
        await asyncio.sleep(max(0.0, began + number * CHUNK_S - asyncio.get_running_loop().time()))
        await socket.send(pcm[at : at + size])
    await socket.send(json.dumps({"type": "close_stream"}))


if __name__ == "__main__":
    print(asyncio.run(transcribe(*sys.argv[1:])))
