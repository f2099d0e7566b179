"""Pulse, real time: several turns over one stream, each flushed when it is over.

pip install websockets; python finalize.py turn1.wav turn2.wav

`finalize` gives what was heard so far at once, as one final, and the stream stays open (push to talk, a turn that the
caller's own end-of-speech detection found). It is no end: `is_last` comes after `close_stream` alone.
The files must be 16-bit mono WAV of one rate.
"""

import asyncio
import contextlib
import json
import os
import sys
import wave
from urllib.parse import urlencode

import websockets

BASE = os.environ.get("PULSE_BASE_URL", "https://api.smallest.ai").replace("http", "ws", 1)
CHUNK_S = 0.1
FLUSH_S = 5.0


async def transcribe(paths: list[str], language: str = "en") -> list[str]:
    with wave.open(paths[0]) as file:
        rate = file.getframerate()
    query = urlencode({"model": "pulse", "language": language, "encoding": "linear16", "sample_rate": rate})
    headers = {"Authorization": f"Bearer {os.environ['SMALLEST_API_KEY']}"}
    async with websockets.connect(f"{BASE}/waves/v1/stt/live?{query}", additional_headers=headers) as socket:
        finals: asyncio.Queue[str] = asyncio.Queue()
        reading = asyncio.create_task(read(socket, finals))
        turns = []
        for path in paths:
            await send(socket, path, 2 * round(rate * CHUNK_S))
            said = drained(finals)  # what the service ended by itself
            await socket.send(json.dumps({"type": "finalize"}))
            with contextlib.suppress(TimeoutError):  # nothing may be left to flush
                said.append(await asyncio.wait_for(finals.get(), FLUSH_S))
            turns.append(" ".join(filter(None, said)))
        await socket.send(json.dumps({"type": "close_stream"}))
        await reading  # up to `is_last`
        turns[-1] = " ".join(filter(None, [turns[-1], *drained(finals)]))
    return turns


async def read(socket: websockets.ClientConnection, finals: asyncio.Queue[str]) -> None:
    async for message in socket:
        event = json.loads(message)
        if event.get("type") == "error" or event.get("status") == "error":
            raise RuntimeError(event)
        if event.get("is_final"):
            finals.put_nowait(event.get("transcript", "").strip())
        if event.get("is_last"):
            return


def drained(finals: asyncio.Queue[str]) -> list[str]:
    return [finals.get_nowait() for _ in range(finals.qsize())]


async def send(socket: websockets.ClientConnection, path: str, size: int) -> None:
    with wave.open(path) as file:
        pcm = file.readframes(file.getnframes())
    began = asyncio.get_running_loop().time()
    for number, at in enumerate(range(0, len(pcm), size), start=1):
        await asyncio.sleep(max(0.0, began + number * CHUNK_S - asyncio.get_running_loop().time()))
        await socket.send(pcm[at : at + size])


if __name__ == "__main__":
    for turn in asyncio.run(transcribe(sys.argv[1:])):
        print(turn)
