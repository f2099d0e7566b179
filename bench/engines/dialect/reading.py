"""What a description's paths find in parsed messages: texts, words, times, kinds of failure. Pure.

Nothing here raises for any JSON value: what has the wrong type counts as absent.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Mapping, Sequence
from fnmatch import fnmatchcase
from typing import Any, TypeAlias

from bench.engines.base import Frame, HttpResponse
from bench.engines.dialect import paths
from bench.engines.dialect.model import PER_SECOND, Description, Match, Unit, Words
from bench.engines.reading import clipped, close_kind, http_kind, retry_after_s
from bench.types import Failure, FailureKind, JsonValue, Segment, Word

Hooks: TypeAlias = Mapping[str, Callable[[Any], Any]]
"""What `py:name` in a path stands for."""

_HOOK = "py:"


def parsed_json(data: Frame) -> JsonValue:
    """The JSON value of a frame or body; `None` for anything else."""
    try:
        return json.loads(data)
    except (ValueError, RecursionError):
        return None


class Reader:
    """Reads messages of one vendor."""

    def __init__(self, description: Description, hooks: Hooks) -> None:
        self.description, self._hooks = description, hooks

    def find(self, message: JsonValue, path: str) -> JsonValue:
        if path.startswith(_HOOK):
            return self._hooks[path.removeprefix(_HOOK)](message)
        return paths.at(message, path)

    def first(self, message: JsonValue, places: Sequence[str]) -> JsonValue:
        """The first place that holds something; an empty text counts if nothing better is there."""
        fallback: JsonValue = None
        for path in places:
            value = self.find(message, path)
            if value not in (None, "", [], {}):
                return value
            fallback = value if fallback is None else fallback
        return fallback

    def text(self, message: JsonValue, places: Sequence[str]) -> str | None:
        """Text; several pieces of it are joined by spaces; `None`: there is none to be had."""
        value = self.first(message, places)
        if isinstance(value, list):
            pieces = [piece for piece in value if isinstance(piece, str)]
            return " ".join(piece.strip() for piece in pieces if piece.strip()) if pieces or not value else None
        return value if isinstance(value, str) else None

    def matches(self, frame: Frame, message: JsonValue, match: Match) -> bool:
        if isinstance(match, str):
            return frame == match
        return all(self._fits(self.find(message, path), wanted) for path, wanted in match.items())

    @staticmethod
    def _fits(value: JsonValue, wanted: Any) -> bool:
        if wanted == "*":
            return value is not None
        if wanted is None or value is None:
            return wanted is value
        if isinstance(wanted, list):
            return value in wanted
        if isinstance(wanted, bool):
            return paths.is_true(value) is wanted
        return bool(value == wanted)

    def seconds(self, message: JsonValue, path: str | None, unit: Unit) -> float | None:
        number = None if path is None else paths.as_number(self.find(message, path))
        return None if number is None else number / PER_SECOND[unit]

    def words(self, message: JsonValue, words: Words | None) -> tuple[Word, ...] | None:
        """Timed words; `None` where there are none to be had."""
        entries = [] if words is None else self.find(message, words.at)
        if words is None or not isinstance(entries, list):
            return None
        read_words = [self._word(entry, words) for entry in entries if self._counts(entry, words)]
        return tuple(word for word in read_words if word is not None) or None

    def _counts(self, entry: JsonValue, words: Words) -> bool:
        if isinstance(entry, Word):
            return True
        return isinstance(entry, Mapping) and all(self._fits(paths.at(entry, p), v) for p, v in words.only.items())

    def _word(self, entry: JsonValue, words: Words) -> Word | None:
        if isinstance(entry, Word):  # as a hook made it
            return entry
        text = self.text(entry, words.text)
        if not text or not text.strip():
            return None
        start_s = self.seconds(entry, words.start, words.unit)
        confidence = None if words.confidence is None else paths.as_number(paths.at(entry, words.confidence))
        if confidence is not None and words.log_confidence:
            confidence = math.exp(min(0.0, confidence))
        return Word(
            text=text.strip(),
            start_s=start_s,
            end_s=self._end_s(entry, words.end, words.duration, words.unit, start_s),
            confidence=confidence,
            speaker=None if words.speaker is None else paths.as_text(paths.at(entry, words.speaker)) or None,
        )

    def _end_s(
        self, entry: JsonValue, end: str | None, duration: str | None, unit: Unit, start_s: float | None
    ) -> float | None:
        if duration is None:
            return self.seconds(entry, end, unit)
        length_s = self.seconds(entry, duration, unit)
        return None if start_s is None or length_s is None else start_s + length_s

    def bounds(
        self, message: JsonValue, start: str | None, end: str | None, duration: str | None, unit: Unit
    ) -> tuple[float | None, float | None]:
        """Where in the audio something lies."""
        start_s = self.seconds(message, start, unit)
        return start_s, self._end_s(message, end, duration, unit, start_s)

    def segments(self, message: JsonValue, words: Words | None) -> tuple[Segment, ...]:
        return tuple(
            Segment(text=word.text, start_s=word.start_s, end_s=word.end_s, speaker=word.speaker)
            for word in self.words(message, words) or ()
        )

    def extras(self, message: JsonValue, extras: Mapping[str, str]) -> dict[str, JsonValue]:
        values = {name: self.find(message, path) for name, path in extras.items()}
        return {name: value for name, value in values.items() if value not in (None, "", [], {})}

    # Trouble.

    def error_code(self, message: JsonValue) -> str | None:
        for path in self.description.errors.code:
            code = paths.as_text(self.find(message, path))
            if code:
                return code
        return None

    def said(self, message: JsonValue) -> str:
        """What an error says: its code and its message, on one line."""
        parts: list[str] = []
        for path in self.description.errors.message:
            value = self.find(message, path)
            if isinstance(value, str) and value.strip():
                parts = [value]
                break
        code = self.error_code(message)
        shown = [code] if code and code not in " ".join(parts) else []
        return clipped(": ".join([*shown, *parts]))

    def code_kind(self, code: str | None) -> FailureKind | None:
        """The kind a code stands for; `None`: it is not told."""
        if code is None:
            return None
        for pattern, kind in self.description.errors.kinds.items():
            if fnmatchcase(code, pattern):
                return kind
        return None

    def error_kind(self, message: JsonValue) -> FailureKind:
        """The kind of an error message on an open stream."""
        code = self.error_code(message)
        kind = self.code_kind(code)
        if kind is None and code is not None and code.isdigit() and 400 <= int(code[:6]) < 600:
            return self.status_kind(int(code))
        return kind or FailureKind.SERVER

    def status_kind(self, status: int) -> FailureKind:
        return self.description.errors.status.get(status) or http_kind(status)

    def close_kind(self, code: int | None) -> FailureKind:
        """Close 1008 means what a vendor makes of it; where its description does not say, something was refused."""
        told = None if code is None else self.description.errors.close.get(code)
        return told or (FailureKind.REFUSED if code == 1008 else close_kind(code))

    def http_failure(self, response: HttpResponse) -> Failure:
        """The failure an HTTP answer stands for; a code in its body says more than its status."""
        body = parsed_json(response.content)
        said = self.said(body) if isinstance(body, dict | list) else ""
        said = said or clipped(response.content[:2000].decode("utf-8", "replace"))
        status = response.status
        return self.failure(
            self.code_kind(self.error_code(body)) or self.status_kind(status),
            f"HTTP {status}: {said or 'no message'}",
            http_status=status,
            retry_after=retry_after_s(response.headers) if status in {429, 503} else None,
        )

    def failure(
        self,
        kind: FailureKind,
        message: str,
        *,
        http_status: int | None = None,
        retry_after: float | None = None,
    ) -> Failure:
        return Failure(
            kind=kind,
            message=f"{self.description.title or self.description.name}: {message}",
            http_status=http_status,
            retry_after_s=retry_after,
        )


def shown(frame: Frame) -> str:
    """The beginning of a message, for people."""
    text = frame if isinstance(frame, str) else frame[:500].decode("utf-8", "replace")
    return repr(text[:120])
