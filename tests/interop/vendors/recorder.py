"""What a client says to an emulator: paths, parameters, frames, made equal where they are of one call only."""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl

from bench.emulator.dialects.calls import form_of
from bench.emulator.server import create_app, listen, uvicorn_server
from bench.emulator.settings import EmulatorSettings
from tests.emulator.running import recite

_AUTH = ("authorization", "xi-api-key", "x-gladia-key", "x-api-key")


@dataclass
class Request:
    method: str
    path: str
    query: list[tuple[str, str]]
    headers: dict[str, str]
    content: bytes = b""

    @property
    def auth(self) -> dict[str, str]:
        return _auth(self.headers)

    @property
    def body(self) -> Any:
        """JSON, or a form's fields, or how the audio came."""
        return _body(self.headers, self.content)


@dataclass
class Stream:
    path: str
    query: list[tuple[str, str]]
    auth: dict[str, str]
    before: list[Any] = field(default_factory=list)
    """Frames before the first audio."""
    audio: set[str] = field(default_factory=set)
    """How audio came: binary, or the keys of the object that it came in."""
    after: list[Any] = field(default_factory=list)


class Recorder:
    """An ASGI application around another, that writes down what it is told."""

    def __init__(self, app: Any) -> None:
        self._app = app
        self.requests: list[Request] = []
        self.streams: list[Stream] = []

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "http":
            await self._http(scope, receive, send)
        elif scope["type"] == "websocket":
            await self._websocket(scope, receive, send)
        else:
            await self._app(scope, receive, send)

    async def _http(self, scope: Any, receive: Any, send: Any) -> None:
        request = Request(scope["method"], scope["path"], _query(scope), _headers(scope))
        self.requests.append(request)

        async def heard() -> Any:
            message = await receive()
            request.content += message.get("body", b"")
            return message

        await self._app(scope, heard, send)

    async def _websocket(self, scope: Any, receive: Any, send: Any) -> None:
        stream = Stream(scope["path"], _query(scope), _auth(_headers(scope)))
        self.streams.append(stream)

        async def heard() -> Any:
            message = await receive()
            if message["type"] == "websocket.receive":
                _take(stream, message)
            return message

        await self._app(scope, heard, send)


def _take(stream: Stream, message: Any) -> None:
    if message.get("bytes"):
        stream.audio.add("binary")
        return
    text = message.get("text") or ""
    try:
        frame = json.loads(text)
    except ValueError:
        frame = text
    audio = next((key for key in ("audio", "audio_base_64") if isinstance(frame, dict) and frame.get(key)), None)
    if audio is not None and isinstance(frame[audio], str):
        stream.audio.add(json.dumps({key: value for key, value in frame.items() if key != audio and value is not None}))
    else:
        told = {key: value for key, value in frame.items() if value is not None} if isinstance(frame, dict) else frame
        (stream.after if stream.audio else stream.before).append(told)


def _headers(scope: Any) -> dict[str, str]:
    return {name.decode().lower(): value.decode() for name, value in scope["headers"]}


def _auth(headers: dict[str, str]) -> dict[str, str]:
    return {name: headers[name] for name in _AUTH if name in headers}


def _query(scope: Any) -> list[tuple[str, str]]:
    return parse_qsl(scope["query_string"].decode(), keep_blank_values=True)


def _body(headers: dict[str, str], body: bytes) -> Any:
    kind = headers.get("content-type", "")
    if kind.startswith("application/json") and body:
        return json.loads(body)
    if kind.startswith("multipart/"):
        form = form_of(kind, body)
        fields = {name: [_json(value) for value in values] for name, values in form.fields.items()}
        return {**fields, "file": form.file is not None}
    return "audio" if body else None


def _json(value: str) -> Any:
    return json.loads(value) if value.startswith("{") else value


@contextmanager
def recorded(dialect: str, key: str, **speech: Any) -> Iterator[tuple[str, Recorder]]:
    """The base URL of an emulator, and what it is told."""
    settings = EmulatorSettings(dialect=dialect, api_key=key)
    recorder = Recorder(create_app(recite(**speech), settings))
    ready = threading.Event()
    server = uvicorn_server(recorder, settings, ready.set)
    listener = listen("127.0.0.1", 0)
    port = listener.getsockname()[1]
    thread = threading.Thread(target=lambda: asyncio.run(server.serve(sockets=[listener])))
    thread.start()
    try:
        assert ready.wait(10)
        yield f"http://127.0.0.1:{port}", recorder
    finally:
        server.should_exit = True
        thread.join(10)
        listener.close()
