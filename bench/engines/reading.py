"""What every vendor's answers need: JSON fields read defensively, failure kinds, `Retry-After`, finals put together.

Pure. Nothing here raises for anything a server can send: what has the wrong type counts as absent. Keys are not
masked here: what an adapter says is masked where it is stored or shown (`secrets.masked`).
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable, Iterable, Mapping
from email.utils import parsedate_to_datetime
from typing import Any, TypeAlias

from bench.engines.base import HttpResponse
from bench.types import Failure, FailureKind, JsonValue

Object: TypeAlias = Mapping[str, JsonValue]

_MESSAGE_LIMIT = 500
UNSPACED = re.compile(
    "[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3000-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\uff00-\uffef]"
)
"""Scripts written without spaces between words (Thai, Lao, Burmese, Khmer, kana, Han) and their punctuation."""


def parse_object(data: str | bytes) -> Object | None:
    """A JSON object, or `None` for anything else."""
    try:
        value = json.loads(data)
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) else None


def text_of(value: JsonValue) -> str | None:
    """A text; everything else is `None`."""
    return value if isinstance(value, str) else None


def number_of(value: JsonValue) -> float | None:
    """A finite number; booleans, text and everything else are `None`."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    try:
        number = float(value)
    except OverflowError:
        return None
    return number if math.isfinite(number) else None


def is_true(value: JsonValue) -> bool:
    """Flags come as booleans; integrations have seen them as text."""
    return value is True or (isinstance(value, str) and value.lower() == "true")


def objects_of(value: JsonValue) -> list[dict[str, Any]]:
    """The objects of a list; an empty list for everything else."""
    return [entry for entry in value if isinstance(entry, dict)] if isinstance(value, list) else []


def clipped(text: str) -> str:
    """One line of bounded length."""
    line = " ".join(text.split())
    return line if len(line) <= _MESSAGE_LIMIT else f"{line[:_MESSAGE_LIMIT]}..."


def http_kind(status: int) -> FailureKind:
    """The failure kind of an HTTP status that is not a success."""
    if status == 429:
        return FailureKind.RATE_LIMIT
    if status in {401, 403}:
        return FailureKind.AUTH
    if 400 <= status < 500:
        return FailureKind.REFUSED
    return FailureKind.SERVER if status >= 500 else FailureKind.PROTOCOL


def close_kind(code: int | None) -> FailureKind:
    """The failure kind of a WebSocket close that came too early. Source: RFC 6455, section 7.4."""
    if code is None or code == 1006:
        return FailureKind.CONNECTION
    if code == 1008:
        return FailureKind.RATE_LIMIT
    if code in {1002, 1003, 1007, 1010}:
        return FailureKind.PROTOCOL
    if code == 1009:
        return FailureKind.REFUSED
    return FailureKind.TRUNCATED if code in {1000, 1005} else FailureKind.SERVER


def retry_after_s(headers: Mapping[str, str]) -> float | None:
    """`Retry-After` in seconds; a date is taken relative to the response's own `Date`.

    Source: RFC 9110, section 10.2.3.
    """
    value = headers.get("retry-after", "").strip()
    if value.isascii() and value.isdigit():
        return number_of(int(value[:12]))
    try:
        wait = (parsedate_to_datetime(value) - parsedate_to_datetime(headers["date"])).total_seconds()
    except (KeyError, ValueError, TypeError, IndexError, OverflowError):
        return None
    return max(0.0, wait)


def http_failure(vendor: str, response: HttpResponse, error_text: Callable[[Object], str]) -> Failure:
    """The failure an HTTP answer stands for. `error_text` finds the message in a body that is a JSON object."""
    body = parse_object(response.content)
    said = error_text(body) if body is not None else clipped(response.content[:2000].decode("utf-8", "replace"))
    return Failure(
        kind=http_kind(response.status),
        message=f"{vendor}: HTTP {response.status}: {said or 'no message'}",
        http_status=response.status,
        retry_after_s=retry_after_s(response.headers) if response.status in {429, 503} else None,
    )


def join_finals(finals: Iterable[str], *, verbatim: bool = False) -> str:
    """Text of a session from its finals, in the order they came: no fused words, no doubled spaces.

    A space goes between two finals unless there is white space at the seam already, or both sides are of a script
    written without spaces; so neither plain concatenation nor a blind space is right. Verbatim: as sent.
    """
    if verbatim:
        return "".join(finals)
    parts: list[str] = []
    for final in finals:
        stripped = final.strip()
        if stripped:
            if parts:
                parts.append(_seam(parts[-1], final))
            parts.append(stripped + (" " if final[-1].isspace() else ""))
        elif final and parts and not parts[-1][-1].isspace():
            parts[-1] += " "
    return "".join(parts).strip()


def _seam(left: str, right: str) -> str:
    if left[-1].isspace() or right[0].isspace():
        return "" if left[-1].isspace() else " "
    return "" if UNSPACED.match(left[-1]) and UNSPACED.match(right[0]) else " "
