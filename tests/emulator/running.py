"""An emulator in a thread, and a bare client: for tests that look at the wire."""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect

from bench.emulator.heard import Recognizer
from bench.emulator.script import Script, ScriptRecognizer
from bench.emulator.server import create_app, listen, uvicorn_server
from bench.emulator.settings import EmulatorSettings

HANGS_S = 120
"""A limit for what hangs."""
RATE = 16_000
WORDS = "one two three four five six seven eight nine ten eleven twelve"


def recite(text: str = WORDS, **entry: Any) -> ScriptRecognizer:
    """A recogniser that says a text with hardly any delay."""
    quick = {"finalize_delay_s": 0, "close_delay_s": 0, "batch_delay_s": 0, "first_partial_delay_s": None}
    return ScriptRecognizer(Script.model_validate({"default": {"text": text, **quick, **entry}}))


@contextmanager
def running(recognizer: Recognizer | None = None, **settings: Any) -> Iterator[str]:
    """The base URL of an emulator that lives as long as the block."""
    checked = EmulatorSettings.model_validate(settings)
    ready = threading.Event()
    server = uvicorn_server(create_app(recognizer or recite(), checked), checked, ready.set)
    listener = listen("127.0.0.1", 0)
    port = listener.getsockname()[1]
    thread = threading.Thread(target=lambda: asyncio.run(server.serve(sockets=[listener])))
    thread.start()
    try:
        assert ready.wait(HANGS_S)
        yield f"http://127.0.0.1:{port}"
    finally:
        server.should_exit = True
        thread.join(HANGS_S)
        listener.close()


def tone(seconds: float, rate: int = RATE, level: float = 0.3) -> np.ndarray:
    """A sine of 440 Hz, float32."""
    return (level * np.sin(2 * np.pi * 440 * np.arange(int(seconds * rate)) / rate)).astype(np.float32)


def pcm(samples: np.ndarray) -> bytes:
    return np.rint(samples * 32767).astype("<i2").tobytes()


def converse(
    base_url: str,
    query: str,
    frames: Iterable[bytes | dict[str, Any] | str],
    *,
    path: str = "/waves/v1/stt/live",
    headers: dict[str, str] | None = None,
) -> tuple[list[dict[str, Any]], int | None]:
    """Send frames as fast as they go, read to the end: all messages, and the close code (`None`: none came)."""
    url = f"{base_url.replace('http', 'ws')}{path}?{query}"
    messages = []
    with connect(url, additional_headers=headers or {}, proxy=None) as socket:
        try:
            for frame in frames:
                socket.send(json.dumps(frame) if isinstance(frame, dict) else frame)
            while True:
                messages.append(json.loads(socket.recv(HANGS_S)))
        except ConnectionClosed as closed:
            return messages, closed.rcvd.code if closed.rcvd else None
