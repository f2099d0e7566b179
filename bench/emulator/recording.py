"""What clients sent, kept for `bench doctor --traffic`: one JSON object a call. No key and no audio is kept."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any, TypeAlias
from urllib.parse import parse_qsl

App: TypeAlias = Any
_HEAD_BYTES = 16
"""Of each binary message: a file header shows in them, and nobody's voice."""


class Recorder:
    """An ASGI middleware that appends to a file what each call was."""

    def __init__(self, app: App, path: Path) -> None:
        self._app, self._path = app, path

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] not in ("http", "websocket") or scope["path"].startswith("/emulator/"):
            await self._app(scope, receive, send)
            return
        call = _Call(scope)

        async def received() -> Any:
            message = await receive()
            call.received(message)
            return message

        async def sent(message: Any) -> None:
            call.sent(message)
            await send(message)

        try:
            await self._app(scope, received, sent)
        finally:
            with self._path.open("a", encoding="utf-8") as file:
                file.write(json.dumps(call.content, ensure_ascii=False) + "\n")


class _Call:
    def __init__(self, scope: Any) -> None:
        headers = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in scope["headers"]}
        query = dict(parse_qsl(scope["query_string"].decode("latin-1"), keep_blank_values=True))
        self._began = time.perf_counter()
        self.content: dict[str, Any] = {
            "schema": 1,
            "kind": "batch" if scope["type"] == "http" else "stream",
            "path": scope["path"],
            "at_s": round(self._began, 4),
            "query": {name: "***" if name in ("token", "api_key") else value for name, value in query.items()},
            "scheme": headers.get("authorization", "").partition(" ")[0],
            "content_type": headers.get("content-type", ""),
            "body_bytes": 0,
            "status": None,
            "retry_after": None,
            "frames": [],
        }

    def received(self, message: Any) -> None:
        if message["type"] == "http.request":
            self.content["body_bytes"] += len(message.get("body", b""))
        elif message["type"] == "websocket.receive":
            self._frame("client", message.get("text"), message.get("bytes"))
        elif message["type"] == "websocket.disconnect":
            self._frame("client", "(closed)", None)

    def sent(self, message: Any) -> None:
        if message["type"] == "http.response.start":
            self.content["status"] = message["status"]
            headers = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in message["headers"]}
            self.content["retry_after"] = headers.get("retry-after")
        elif message["type"] == "websocket.send":
            self._frame("service", message.get("text"), message.get("bytes"))
        elif message["type"] == "websocket.close":
            self._frame("service", "(closed)", None)

    def _frame(self, sender: str, text: str | None, data: bytes | None) -> None:
        self.content["frames"].append(
            {
                "t_s": round(time.perf_counter() - self._began, 4),
                "from": sender,
                "text": text,
                "bytes": len(data or b""),
                "head": (data or b"")[:_HEAD_BYTES].hex(),
            }
        )
