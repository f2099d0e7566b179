"""The way out of a stream: messages leave in order, with the fault that was drawn for the stream."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Iterator
from typing import Any

from starlette.websockets import WebSocket, WebSocketDisconnect, WebSocketState

from bench.emulator.clock import now_s, sleep_until
from bench.emulator.faults import delay_of, without_tail
from bench.emulator.service import Visit

_TEXT_FIELDS = ("transcript", "transcription")


class Outbox:
    """Sends messages of one stream. Once the client is gone, sending does nothing."""

    def __init__(self, websocket: WebSocket, visit: Visit) -> None:
        self._websocket, self._visit = websocket, visit
        self._fault = visit.fault
        self._order = asyncio.Lock()
        self._held: dict[str, Any] | None = None
        self._struck = False
        self.stalled = False
        """Whether this stream has gone silent for good, with the connection left open."""

    async def say(self, message: dict[str, Any]) -> None:
        """Send a message, or what the fault makes of it."""
        async with self._order:
            if message.get("is_final"):
                self._visit.finals += 1
                self._visit.words += len(message["transcript"].split())
            await self._delay(message)
            for text in () if self.stalled else self._wire(message):
                await self._send(text)

    async def close(self, code: int, reason: str = "") -> None:
        async with self._order:
            if self.stalled:
                return
            if self._held is not None:
                held, self._held = self._held, None
                await self._send(_dumped(held))
            self._visit.status = code
            if self._open:
                try:
                    await self._websocket.close(code, reason)
                except (WebSocketDisconnect, RuntimeError):
                    return

    @property
    def _open(self) -> bool:
        return self._websocket.application_state is WebSocketState.CONNECTED

    async def _send(self, text: str) -> None:
        if not self._open:
            return
        try:
            await self._websocket.send_text(text)
        except (WebSocketDisconnect, RuntimeError, OSError):
            return

    async def _delay(self, message: dict[str, Any]) -> None:
        fault = self._fault
        if fault is None or fault.kind not in {"delay", "stall"} or fault.phase == "connect":
            return
        if fault.phase == "last" and not message.get("is_last"):
            return
        if fault.kind == "stall":
            self.stalled = True
            return
        await sleep_until(now_s() + delay_of(fault, self._visit.number))

    def _wire(self, message: dict[str, Any]) -> Iterator[str]:
        """JSON texts to send for one message."""
        if self._fault is None or message.get("type") != "transcription":
            yield _dumped(message)
            return
        strikes: dict[str, Callable[[dict[str, Any]], Iterator[str]]] = {
            "malformed_json": self._malformed_json,
            "wrong_field": self._wrong_field,
            "empty": self._empty,
            "truncated_tail": self._truncated_tail,
            "missing_last": self._missing_last,
            "missing_final": self._missing_final,
            "duplicate_final": self._duplicate_final,
            "reordered_finals": self._reordered_finals,
        }
        strike = strikes.get(self._fault.kind)
        yield from strike(message) if strike else (_dumped(message),)

    def _first_with_words(self, message: dict[str, Any]) -> bool:
        """Whether this is the first final with words in it, which is the one that is struck."""
        if self._struck or not message["is_final"] or not message["transcript"].strip():
            return False
        self._struck = True
        return True

    def _malformed_json(self, message: dict[str, Any]) -> Iterator[str]:
        text = _dumped(message)
        yield text[: len(text) // 2] if self._first_with_words(message) else text

    def _wrong_field(self, message: dict[str, Any]) -> Iterator[str]:
        renamed = {name: value for name, value in message.items() if name not in _TEXT_FIELDS}
        yield _dumped({**renamed, "text": message["transcript"]})

    def _empty(self, message: dict[str, Any]) -> Iterator[str]:
        yield _dumped(_with_text(message, ""))

    def _truncated_tail(self, message: dict[str, Any]) -> Iterator[str]:
        """The last words of the stream are lost, whichever final they are in: one final is kept back to know."""
        assert self._fault is not None
        if not message["is_final"]:
            yield _dumped(message)
            return
        held, self._held = self._held, None
        if not message["is_last"]:
            self._held = message
            if held is not None:
                yield _dumped(held)
            return
        if message["transcript"].strip():
            if held is not None:
                yield _dumped(held)
            yield _dumped(_cut(message, self._fault.words))
            return
        if held is not None:
            yield _dumped(_cut(held, self._fault.words))
        yield _dumped(message)

    def _missing_last(self, message: dict[str, Any]) -> Iterator[str]:
        if not message["is_last"]:
            yield _dumped(message)

    def _missing_final(self, message: dict[str, Any]) -> Iterator[str]:
        if not self._first_with_words(message):
            yield _dumped(message)
        elif message["is_last"]:
            yield _dumped(_with_text(message, ""))

    def _duplicate_final(self, message: dict[str, Any]) -> Iterator[str]:
        if self._first_with_words(message):
            yield _dumped({**message, "is_last": False})
        yield _dumped(message)

    def _reordered_finals(self, message: dict[str, Any]) -> Iterator[str]:
        """The first final comes after the second; if there is but one, it comes after the last."""
        if self._first_with_words(message) and not message["is_last"]:
            self._held = message
            return
        yield _dumped(message)
        if message["is_final"] and self._held is not None:
            held, self._held = self._held, None
            yield _dumped(held)


def _with_text(message: dict[str, Any], text: str) -> dict[str, Any]:
    texts = {name: text for name in _TEXT_FIELDS if name in message}
    lists: dict[str, Any] = {} if text else {name: [] for name in ("words", "utterances") if name in message}
    return {**message, **texts, **lists}


def _cut(message: dict[str, Any], words: int) -> dict[str, Any]:
    cut = _with_text(message, without_tail(message["transcript"].split(), words))
    return {**cut, "words": message["words"][:-words]} if "words" in message else cut


def _dumped(message: dict[str, Any]) -> str:
    return json.dumps(message, ensure_ascii=False)
