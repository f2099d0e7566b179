"""Pulse, real time: what you say, as you say it.

pip install sounddevice websockets; python microphone.py SECONDS [language]

Partials are rewritten in place, finals stay. After so many seconds (or Ctrl-C) `close_stream` flushes the last words.
"""

import asyncio
import contextlib
import json
import os
import sys
from urllib.parse import urlencode

import sounddevice
import websockets

BASE = os.environ.get("PULSE_BASE_URL", "https://api.smallest.ai").replace("http", "ws", 1)
RATE, CHUNK_S = 16_000, 0.1


async def listen(seconds: float, language: str = "en") -> str:
    query = urlencode({"model": "pulse", "language": language, "encoding": "linear16", "sample_rate": RATE})
    headers = {"Authorization": f"Bearer {os.environ['SMALLEST_API_KEY']}"}
    async with websockets.connect(f"{BASE}/waves/v1/stt/live?{query}", additional_headers=headers) as socket:
        sending = asyncio.create_task(send(socket, seconds))
        finals = []
        async for message in socket:
            event = json.loads(message)
            if event.get("type") == "error" or event.get("status") == "error":
                raise RuntimeError(event)
            text = event.get("transcript", "").strip()
            if event.get("is_final") and text:
                finals.append(text)
                print(f"\r\x1b[K{text}", file=sys.stderr)
            elif text:
                print(f"\r\x1b[K... {text}", end="", file=sys.stderr, flush=True)
            if event.get("is_last"):
                break
        await sending
    return " ".join(finals)


async def send(socket: websockets.ClientConnection, seconds: float) -> None:
    loop, chunks = asyncio.get_running_loop(), asyncio.Queue[bytes]()

    def heard(data, frames, time, status) -> None:  # on the sound system's own thread
        loop.call_soon_threadsafe(chunks.put_nowait, bytes(data))

    size = round(RATE * CHUNK_S)
    microphone = sounddevice.RawInputStream(RATE, channels=1, dtype="int16", blocksize=size, callback=heard)
    with contextlib.suppress(asyncio.CancelledError), microphone:  # cancelled by Ctrl-C
        for _ in range(round(seconds / CHUNK_S)):
            await socket.send(await chunks.get())
    await socket.send(json.dumps({"type": "close_stream"}))


if __name__ == "__main__":
    print(asyncio.run(listen(float(sys.argv[1]), *sys.argv[2:])))
