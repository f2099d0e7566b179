"""Raw vendor messages, kept on request: compressed, without keys, one call after the other, found by answer key.

Each call is a gzip member of its own, so that a kill tears only the last one; many members are one gzip file.
"""

from __future__ import annotations

import base64
import gzip
import json
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from bench.drivers.tape import Answered, Message, Tape
from bench.engines.base import Close, HttpResponse
from bench.engines.secrets import masked, masked_bytes
from bench.store.shards import Shard
from bench.store.strict import adapter
from bench.types import Timing

FOLDER = "recordings"
_SUFFIX = "jsonl.gz"


class RecordingWriter:
    """Appends calls to one new file. Not for sharing between threads."""

    def __init__(self, run: Path) -> None:
        self._shard = Shard(run / FOLDER, _SUFFIX)

    def append(self, key: str, tape: Tape) -> None:
        """Keep what came over the socket during a call.

        Raises:
            StorageError: if there is no room for it.
        """
        line = json.dumps({"key": key, **_row(tape)}, ensure_ascii=True, separators=(",", ":"))
        self._shard.append(gzip.compress(line.encode() + b"\n", 6))

    def close(self) -> None:
        """Sync and close."""
        self._shard.close()


def recorded(run: Path) -> Iterator[tuple[str, Tape]]:
    """Every whole call with its answer key, file by file; what a kill has torn is left out."""
    for path in sorted((run / FOLDER).glob(f"*.{_SUFFIX}")):
        try:
            with gzip.open(path) as lines:
                for line in lines:
                    row = json.loads(line)
                    yield row["key"], _tape(row)
        except (EOFError, zlib.error, gzip.BadGzipFile, ValueError, KeyError):
            continue


def _row(tape: Tape) -> dict[str, Any]:
    return {
        "answered": [
            {
                "t_s": answered.t_s,
                "status": answered.response.status,
                "headers": {masked(name): masked(text) for name, text in answered.response.headers.items()},
                "content": _kept(answered.response.content),
                "arrivals": answered.response.arrivals,
            }
            for answered in tape.answered
        ],
        "messages": [[message.t_s, message.audio_sent_s, _kept(message.frame)] for message in tape.messages],
        "close": None if tape.close is None else [tape.close.code, masked(tape.close.reason)],
        "timing": None if tape.timing is None else adapter(Timing).dump_python(tape.timing, exclude_defaults=True),
    }


def _kept(content: str | bytes) -> str | dict[str, str]:
    """Text as it is; bytes that are text too, marked as such, others in base64. Masked."""
    if isinstance(content, str):
        return masked(content)
    try:
        return {"utf-8": masked(content.decode())}
    except UnicodeDecodeError:
        return {"base64": base64.b64encode(masked_bytes(content)).decode()}


def _content(kept: str | dict[str, str]) -> str | bytes:
    if isinstance(kept, str):
        return kept
    return kept["utf-8"].encode() if "utf-8" in kept else base64.b64decode(kept["base64"])


def _tape(row: dict[str, Any]) -> Tape:
    answered = []
    for each in row["answered"]:
        content = _content(each["content"])
        response = HttpResponse(
            status=each["status"],
            headers=each["headers"],
            content=content.encode() if isinstance(content, str) else content,
            arrivals=tuple((at, size) for at, size in each["arrivals"]),
        )
        answered.append(Answered(response=response, t_s=each["t_s"]))
    return Tape(
        answered=answered,
        messages=[Message(t_s=at, audio_sent_s=sent, frame=_content(kept)) for at, sent, kept in row["messages"]],
        close=None if row["close"] is None else Close(code=row["close"][0], reason=row["close"][1]),
        timing=None if row["timing"] is None else adapter(Timing).validate_python(row["timing"]),
    )
