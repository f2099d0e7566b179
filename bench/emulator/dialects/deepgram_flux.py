"""Deepgram v2 listen (Flux): turns in real time; there is no batch.

Source: deepgram-sdk 7.17.0 (listen/v2, listen/v2/types); VENDORS notes 1.2. What an open turn does on `CloseStream` and
what `ForceEndTurn` does without an open turn are not known: here neither gets an `EndOfTurn`, which is the harder case.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar

from starlette.routing import BaseRoute, WebSocketRoute
from starlette.websockets import WebSocket

from bench.emulator.dialects import deepgram
from bench.emulator.dialects.talk import (
    Audio,
    Command,
    Dialect,
    Finish,
    Flush,
    Message,
    Open,
    Say,
    object_of,
    seconds_of,
    serve,
    text,
)
from bench.emulator.replies import Refusal
from bench.emulator.service import Service
from bench.types import Word

_MODELS = {"flux-general-en", "flux-general-multi"}
_ENCODINGS = {"linear16", "linear32", "mulaw", "alaw", "opus"}
_RANGES = {"eot_threshold": (0.5, 1.0), "eager_eot_threshold": (0.3, 0.9), "eot_timeout_ms": (500, 60_000)}
_PAUSES = (",", ".", ";", "!", "?")
"""With `eager_eot_threshold`, a turn seems over after a word with one of these."""


def _bad_query(query: Mapping[str, str]) -> str | None:
    if query.get("model") not in _MODELS:
        return "Invalid query parameter model"
    if query.get("encoding", "linear16") not in _ENCODINGS or not query.get("sample_rate", "").isdigit():
        return "Invalid query parameter encoding or sample_rate"
    for name, (lowest, highest) in _RANGES.items():
        if name in query and not _is_within(query[name], lowest, highest):
            return f"Invalid query parameter {name}"
    return None


def _is_within(given: str, lowest: float, highest: float) -> bool:
    try:
        return lowest <= float(given) <= highest
    except ValueError:
        return False


def _words(words: Sequence[Word]) -> list[dict[str, Any]]:
    return [
        {
            "word": word.text,
            "confidence": 0.99 if word.confidence is None else word.confidence,
            "start": round(word.start_s or 0.0, 3),
            "end": round(word.end_s or 0.0, 3),
        }
        for word in words
    ]


@dataclass(slots=True)
class Stream(Dialect):
    max_words: ClassVar[int | None] = None  # a turn is as long as it is

    request_id: str = field(default_factory=lambda: str(uuid.uuid4()))
    sequence: int = -1
    turn: int = 0
    is_open: bool = False
    eager: str = ""
    """What was said when the turn seemed to be over; empty: it does not seem so."""
    forced: bool = False
    is_closing: bool = False

    def refusal(self) -> Refusal | None:
        if not deepgram.is_allowed(self.headers, self.key):
            refused = deepgram.error("INVALID_AUTH", "Invalid credentials.")
            return Refusal(401, refused, {"dg-error": "Invalid credentials."})
        problem = _bad_query(self.query)
        return Refusal(400, deepgram.error("Bad Request", problem), {"dg-error": problem}) if problem else None

    def opening(self) -> Sequence[Command]:
        rate, encoding = int(self.query["sample_rate"]), self.query.get("encoding", "linear16")
        hints = self.lists.get("language_hint", ())
        return [
            Open(
                encoding=encoding,
                sample_rate_hz=rate,
                language=hints[0] if hints else "en",
                endpoint_s=seconds_of(self.query.get("eot_timeout_ms"), 1000),
            ),
            Say([self._numbered({"type": "Connected", "request_id": self.request_id})]),
        ]

    def read(self, frame: str | bytes) -> Sequence[Command]:
        if isinstance(frame, bytes):
            return [Audio(frame)]
        match object_of(frame).get("type"):
            case "ForceEndTurn":
                self.forced = True
                return [Flush()]
            case "CloseStream":
                self.is_closing = True
                return [Finish()]
            case "Configure":
                told = {key: value for key, value in object_of(frame).items() if key != "type"}
                done = {"type": "ConfigureSuccess", "request_id": self.request_id, **told}
                return [Say([self._numbered(done)])]
        return []

    def _numbered(self, message: dict[str, Any]) -> Message:
        self.sequence += 1
        return {**message, "sequence_id": self.sequence}

    def _info(self, event: str, words: Sequence[Word], trigger: str | None = None) -> Message:
        return self._numbered(
            {
                "type": "TurnInfo",
                "request_id": self.request_id,
                "event": event,
                "turn_index": self.turn,
                "audio_window_start": 0.0 if not words else round(words[0].start_s or 0.0, 3),
                "audio_window_end": round(self.audio_s, 3),
                "transcript": text(words),
                "words": _words(words),
                "end_of_turn_confidence": 0.9 if trigger else 0.1,
                "languages": ["en"],
                **({"trigger": trigger} if trigger else {}),
            }
        )

    def partial(self, words: Sequence[Word]) -> Sequence[Message]:
        return list(self._partial(words))

    def _partial(self, words: Sequence[Word]) -> Iterator[Message]:
        yield from self._resumed(words)
        yield self._info("Update" if self.is_open else "StartOfTurn", words)
        self.is_open = True
        if words and words[-1].text.endswith(_PAUSES) and not self.eager:
            yield from self._seemingly_over(words)

    def _resumed(self, words: Sequence[Word]) -> Iterator[Message]:
        if self.eager and self.eager != text(words):
            self.eager = ""
            yield self._info("TurnResumed", words)

    def _seemingly_over(self, words: Sequence[Word]) -> Iterator[Message]:
        if "eager_eot_threshold" in self.query:
            self.eager = text(words)
            yield self._info("EagerEndOfTurn", words)

    def final(self, words: Sequence[Word], *, flushed: bool) -> Sequence[Message]:
        return list(self._final(words, flushed=flushed))

    def _final(self, words: Sequence[Word], *, flushed: bool) -> Iterator[Message]:
        if not words:
            return
        if not self.is_open:
            yield self._info("StartOfTurn", words[:1])
            self.is_open = True
        if self.is_closing and flushed:
            yield self._info("Update", words)
            return
        yield from self._resumed(words)
        if not self.eager:
            yield from self._seemingly_over(words)
        yield self._info("EndOfTurn", words, "manual" if flushed and self.forced else "model")
        self.turn, self.is_open, self.eager = self.turn + 1, False, ""

    def trouble(self, text: str) -> Sequence[Message]:
        return [self._numbered({"type": "Error", "code": "INTERNAL_SERVER_ERROR", "description": text})]


def routes(service: Service) -> list[BaseRoute]:
    """What it serves."""

    async def live(websocket: WebSocket) -> None:
        await serve(service, websocket, Stream)

    return [WebSocketRoute("/v2/listen", live)]
