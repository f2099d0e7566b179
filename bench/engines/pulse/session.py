"""The protocol of one Pulse stream as a pure state machine: messages in, events and one outcome out.

Never raises for anything a server can send. Must not touch sockets or clocks; the driver does.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass

from bench.engines.base import Close, Frame, StreamSession
from bench.engines.pulse.messages import error_text, extras_of, segments_of, stream_error_kind, words_of
from bench.engines.pulse.settings import PulseSettings
from bench.engines.reading import (
    Object,
    clipped,
    close_kind,
    is_true,
    join_finals,
    number_of,
    parse_object,
    text_of,
)
from bench.types import Event, Failure, FailureKind, JsonValue, Recognised, Segment, Timing, Transcript, Word

_DUPLICATE_S = 0.2
"""Two finals of the same text within this time are one, unless their word times differ: an early
finalize can race the server's own end-of-utterance."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Final:
    text: str
    t_s: float
    words: tuple[Word, ...] | None
    segments: tuple[Segment, ...]


class PulseSession(StreamSession):
    """One stream. Finals are segments, not cumulative: the text is all of them, joined.

    Text in the message marked `is_last` counts; an empty or punctuation-only last final is no error.
    """

    def __init__(self, settings: PulseSettings, chunk_bytes: int | None) -> None:
        self._settings = settings
        self._chunk_bytes = chunk_bytes or settings.chunk_bytes
        self._finals: list[_Final] = []
        self._partial = ""
        self._extras: dict[str, JsonValue] = {}
        self._problem: str | None = None
        self._error: tuple[FailureKind, str] | None = None
        self._duplicates = 0
        self._finished = False

    @property
    def chunk_bytes(self) -> int:
        return self._chunk_bytes

    @property
    def end_deadline_s(self) -> float:
        return self._settings.end_deadline_s

    @property
    def quiet_s(self) -> float | None:
        return None if self._settings.finish == "close_stream" else self._settings.quiet_s

    @property
    def finished(self) -> bool:
        return self._finished

    def start(self) -> Sequence[Frame]:
        return ()

    def audio(self, chunk: bytes) -> Frame:
        return chunk

    def end(self) -> Sequence[Frame]:
        return () if self._settings.finish == "none" else (json.dumps({"type": self._settings.finish}),)

    def keepalive(self) -> Frame | None:
        return json.dumps({"type": "keepalive"}) if self._settings.keepalive else None

    def feed(self, frame: Frame, *, t_s: float, audio_sent_s: float) -> Sequence[Event]:
        """Parse one message. What cannot be understood makes the outcome a protocol failure."""
        message = parse_object(frame)
        if message is None:
            return (self._misunderstood(f"a message that is not a JSON object: {_shown(frame)}", t_s, audio_sent_s),)
        kind = message.get("type")
        if kind in ("speech_started", "speech_ended"):
            at = number_of(message.get("timestamp"))
            return (Event(t_s=t_s, kind="vad", text=str(kind), audio_sent_s=audio_sent_s, start_s=at, end_s=at),)
        if self._is_error(message):
            return (self._failed(message, t_s, audio_sent_s),)
        if is_true(message.get("is_final")) or is_true(message.get("is_last")):
            return (self._final(message, t_s, audio_sent_s),)
        return (self._partial_or_other(message, t_s, audio_sent_s),)

    @staticmethod
    def _is_error(message: Object) -> bool:
        if message.get("type") == "error" or message.get("status") == "error":
            return True
        has_text = "transcript" in message or "transcription" in message
        return not has_text and any(message.get(name) for name in ("error", "errors", "error_code"))

    def _failed(self, message: Object, t_s: float, audio_sent_s: float) -> Event:
        said = error_text(message) or "an error without a message"
        self._error = self._error or (stream_error_kind(message), said)
        return Event(t_s=t_s, kind="error", text=said, audio_sent_s=audio_sent_s)

    def _misunderstood(self, what: str, t_s: float, audio_sent_s: float) -> Event:
        self._problem = self._problem or what
        return Event(t_s=t_s, kind="error", text=what, audio_sent_s=audio_sent_s)

    def _final(self, message: Object, t_s: float, audio_sent_s: float) -> Event:
        text = _transcript(message)
        is_last = is_true(message.get("is_last"))
        self._finished = self._finished or is_last
        self._extras.update(extras_of(message))
        if text is None and is_true(message.get("is_final")):
            return self._misunderstood(
                f"a final with neither `transcript` nor `transcription`: {_shown(json.dumps(dict(message)))}",
                t_s,
                audio_sent_s,
            )
        final = _Final(text=text or "", t_s=t_s, words=words_of(message), segments=segments_of(message))
        duplicate = self._is_duplicate(final)
        if duplicate:
            self._duplicates += 1
        else:
            self._finals.append(final)
        self._partial = ""
        return Event(
            t_s=t_s,
            kind="meta" if duplicate else "final",
            text=f"duplicate final: {final.text}" if duplicate else final.text,
            audio_sent_s=audio_sent_s,
            start_s=_first_start(final.words),
            end_s=_last_end(final.words),
            words=final.words,
            is_last=is_last,
            extras=extras_of(message),
        )

    def _is_duplicate(self, final: _Final) -> bool:
        if not self._finals or not final.text.strip() or self._finals[-1].text.strip() != final.text.strip():
            return False
        previous = self._finals[-1]
        if previous.words and final.words:
            return previous.words == final.words
        return 0 <= final.t_s - previous.t_s <= _DUPLICATE_S

    def _partial_or_other(self, message: Object, t_s: float, audio_sent_s: float) -> Event:
        text = _transcript(message)
        if text is None:
            return Event(t_s=t_s, kind="meta", text=clipped(str(message.get("type", ""))), audio_sent_s=audio_sent_s)
        self._partial = text
        words = words_of(message)
        return Event(
            t_s=t_s,
            kind="partial",
            text=text,
            audio_sent_s=audio_sent_s,
            start_s=_first_start(words),
            end_s=_last_end(words),
            words=words,
            extras=extras_of(message),
        )

    def recognised(self) -> Recognised:
        """All finals so far, joined."""
        words = tuple(word for final in self._finals for word in final.words or ())
        segments = tuple(segment for final in self._finals for segment in _segments(final))
        extras = dict(self._extras)
        if self._duplicates:
            extras["duplicate_finals"] = self._duplicates
        if self._error:
            extras["error_message"] = self._error[1]
        text = join_finals((f.text for f in self._finals), verbatim=self._settings.joining == "verbatim")
        return Recognised(text=text, words=words or None, segments=segments, extras=extras)

    def outcome(self, close: Close | None) -> Recognised | Failure:
        """A complete answer, or why there is none, with what had arrived by then."""
        if self._problem:
            return self._failure(FailureKind.PROTOCOL, f"expected a Pulse message, got {self._problem}")
        if self._finished:
            return self.recognised()
        if self._error:
            return self._failure(*self._error)
        abnormal = close is not None and close_kind(close.code) is not FailureKind.TRUNCATED
        if close is not None and abnormal:
            reason = f" ({clipped(close.reason)})" if close.reason else ""
            code = "no close frame" if close.code is None else f"close code {close.code}"
            return self._failure(close_kind(close.code), f"the stream ended with {code}{reason}")
        if self._settings.finish == "close_stream":
            waited = "before the connection was closed" if close else f"within {self.end_deadline_s:g} s"
            return self._failure(FailureKind.TRUNCATED, f"expected a message with `is_last` {waited}, got none")
        return self.recognised()

    def _failure(self, kind: FailureKind, message: str) -> Failure:
        so_far = self.recognised()
        tail = (so_far.text, self._partial)
        shown = Recognised(text=join_finals(tail), words=so_far.words, segments=so_far.segments, extras=so_far.extras)
        return Failure(
            kind=kind,
            message=f"Pulse: {message}",
            partial=Transcript(recognised=shown, timing=Timing()),
        )


def _transcript(message: Object) -> str | None:
    """`transcript`, else `transcription` (the newer path sends both; some examples only the latter)."""
    texts = [text for name in ("transcript", "transcription") if (text := text_of(message.get(name))) is not None]
    return next(filter(None, texts), "") if texts else None


def _segments(final: _Final) -> tuple[Segment, ...]:
    if final.segments or not final.text.strip():
        return final.segments
    speakers = {word.speaker for word in final.words or ()}
    return (
        Segment(
            text=final.text.strip(),
            start_s=_first_start(final.words),
            end_s=_last_end(final.words),
            speaker=speakers.pop() if len(speakers) == 1 else None,
        ),
    )


def _first_start(words: tuple[Word, ...] | None) -> float | None:
    return words[0].start_s if words else None


def _last_end(words: tuple[Word, ...] | None) -> float | None:
    return words[-1].end_s if words else None


def _shown(frame: Frame) -> str:
    text = frame if isinstance(frame, str) else frame[:500].decode("utf-8", "replace")
    return repr(text[:120])
