"""What a client of Pulse sent, as `bench emulate --record` keeps it, held to what real integrations tripped over.

The service is examined by calls that we make; an integration by the calls that it makes.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from bench.doctor.finding import Finding, failed, passed, warned, worst
from bench.errors import Problem, UsageError

_MAGIC = {b"RIFF": "WAV", b"fLaC": "FLAC", b"OggS": "Ogg", b"ID3": "MP3", b"\x1aE\xdf\xa3": "WebM"}
_BYTES = {"linear16": 2, "linear32": 4, "alaw": 1, "mulaw": 1}
"""Of a sample, by `encoding`; of others nothing is reckoned."""
_RETRIED = {429, 500, 502, 503, 504}
_FASTEST = 1.5
"""Times real time: a service hears audio that comes faster worse, or cuts it."""
_LONGEST_CHUNK_S, _SHORTEST_CHUNK_S = 0.5, 0.01


@dataclass(frozen=True, slots=True, kw_only=True)
class ClientCall:
    """One call of a client: a request, or a stream with its messages."""

    kind: str
    """`batch` or `stream`."""
    at_s: float
    query: Mapping[str, str]
    scheme: str
    """Of the header Authorization; empty: there was none."""
    content_type: str
    body_bytes: int
    status: int | None
    """Of a batch answer."""
    retry_after: str | None
    frames: Sequence[Mapping[str, Any]]
    """Messages of a stream in order: `t_s`, `from` (client, service), `text`, `bytes`, `head` (hex)."""

    @property
    def audio(self) -> list[Mapping[str, Any]]:
        return [frame for frame in self.frames if frame["from"] == "client" and frame["text"] is None]

    @property
    def bytes_per_s(self) -> float | None:
        """Of its audio; `None`: encoded so that nobody can reckon."""
        size, rate = _BYTES.get(self.query.get("encoding", "linear16")), self.query.get("sample_rate", "16000")
        return size * float(rate) if size and rate.isdigit() else None

    def said(self, sender: str) -> Iterator[tuple[int, Mapping[str, Any]]]:
        """JSON messages of one side, with their places."""
        for index, frame in enumerate(self.frames):
            if frame["from"] == sender and frame["text"] not in (None, "(closed)"):
                try:
                    message = json.loads(frame["text"])
                except ValueError:
                    message = None
                yield index, message if isinstance(message, dict) else {}


def read_traffic(path: Path) -> tuple[ClientCall, ...]:
    """Calls that `bench emulate --record` kept.

    Raises:
        UsageError: if it is no such file, or there is no call in it.
    """
    fields = ClientCall.__dataclass_fields__
    try:
        rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
        calls = tuple(ClientCall(**{name: row[name] for name in fields}) for row in rows)
    except (OSError, ValueError, KeyError, TypeError, RecursionError) as error:
        got = (error.strerror if isinstance(error, OSError) else None) or str(error)
        raise UsageError(Problem(str(path), "traffic that bench emulate --record kept", got)) from error
    if not calls:
        raise UsageError(Problem(str(path), "at least one call", "none", "let your client call the emulator"))
    return calls


def examine(calls: Sequence[ClientCall]) -> tuple[Finding, ...]:
    """A finding for each question that these calls can answer."""
    batch = [call for call in calls if call.kind == "batch"]
    streams = [call for call in calls if call.kind == "stream"]
    findings = [replace(worst(_key(call) for call in calls), check="client-key")]
    findings += [replace(worst(check(call) for call in batch), check=name) for name, check in _BATCH.items() if batch]
    if any(call.status in _RETRIED for call in batch):
        findings.append(replace(_retries(batch), check="client-retries"))
    for name, check in _STREAM.items():
        checked = [check(call) for call in streams if call.audio]
        findings += [replace(worst(checked), check=name)] if checked else []
    return tuple(findings)


def _key(call: ClientCall) -> Finding:
    if call.scheme.lower() == "bearer":
        return passed("the key is in the header Authorization")
    if {"token", "api_key"} & set(call.query):
        return failed("the key is in the address", "send it as `Authorization: Bearer`: addresses are logged")
    return warned("no key is sent", "send it as `Authorization: Bearer`")


def _language(call: ClientCall) -> Finding:
    language = call.query.get("language")
    advice = "name the language: to have it guessed costs words, and some regions refuse it"
    return passed(f"language={language}") if language else warned("no language is named", advice)


def _body(call: ClientCall) -> Finding:
    if call.content_type.startswith("multipart/"):
        return failed("the file is sent as a form", "send its bytes as the body, and options in the query")
    if not call.body_bytes:
        return failed("the body is empty", "send the bytes of the file, or JSON with its `url`")
    return passed(f"{call.content_type or 'no content type'}, {call.body_bytes} bytes")


def _retries(calls: Sequence[ClientCall]) -> Finding:
    """Whether a refusal for now was followed by the same request, and not too soon."""
    for index, call in enumerate(calls):
        if call.status not in _RETRIED:
            continue
        again = [later for later in calls[index + 1 :] if later.body_bytes == call.body_bytes]
        if not again:
            return failed(f"{call.status} is not asked again", "ask again: nothing was transcribed")
        wanted = float(call.retry_after) if call.retry_after and call.retry_after.isdigit() else 0.0
        waited = again[0].at_s - call.at_s
        if waited < wanted:
            advice = "wait as long as Retry-After says"
            return failed(f"asked again after {waited:.1f} s, where Retry-After says {wanted:g} s", advice)
    return passed("what was refused for now was asked again in time")


def _header(call: ClientCall) -> Finding:
    head = bytes.fromhex(call.audio[0]["head"])
    form = next((name for magic, name in _MAGIC.items() if head.startswith(magic)), None)
    if form and call.query.get("encoding", "linear16") in _BYTES:
        return failed(f"the header of a {form} file is sent as sound", "send the samples alone")
    return passed("samples without a file header")


def _chunks(call: ClientCall) -> Finding:
    per_s = call.bytes_per_s
    size = _BYTES.get(call.query.get("encoding", "linear16"), 1)
    odd = sum(frame["bytes"] % size != 0 for frame in call.audio)
    if odd:
        return failed(f"{odd} messages end inside a sample", "send whole samples: what follows is noise")
    if per_s is None:
        return passed(f"{len(call.audio)} messages")
    longest = max(frame["bytes"] for frame in call.audio) / per_s
    usual = sorted(frame["bytes"] for frame in call.audio)[len(call.audio) // 2] / per_s
    if longest > _LONGEST_CHUNK_S or usual < _SHORTEST_CHUNK_S:
        advice = "send 20 to 200 ms a message: longer ones come late by their own length"
        return warned(f"messages of {usual * 1000:.0f} ms, the longest {longest * 1000:.0f} ms", advice)
    return passed(f"messages of {usual * 1000:.0f} ms")


def _pace(call: ClientCall) -> Finding:
    per_s, audio = call.bytes_per_s, call.audio
    took = audio[-1]["t_s"] - audio[0]["t_s"]
    if per_s is None or len(audio) < 3:
        return passed("too short to tell")
    sent = sum(frame["bytes"] for frame in audio[1:]) / per_s
    if sent > _FASTEST * max(took, 1e-9):
        return warned(f"{sent:.1f} s of audio in {took:.1f} s", "send a file no faster than it was spoken")
    return passed(f"{sent / max(took, 1e-9):.2f} times real time")


def _end(call: ClientCall) -> Finding:
    last = call.frames.index(call.audio[-1])
    ends = [message.get("type") for index, message in call.said("client") if index > last]
    if "close_stream" in ends:
        return passed("`close_stream` after the last audio")
    if "finalize" in ends:
        return failed("`finalize` alone ends the stream", "send `close_stream`: no `is_last` comes without it")
    return failed("nothing is sent at the end", "send `close_stream`: the last words are lost without it")


def _is_last(call: ClientCall) -> Finding:
    closed = next((i for i, frame in enumerate(call.frames) if frame["text"] == "(closed)"), len(call.frames))
    lasts = [index for index, message in call.said("service") if message.get("is_last")]
    if lasts and lasts[0] < closed:
        return passed("read on until `is_last`")
    return failed("closed before `is_last` came", "read on until it comes: the last words are in it")


_BATCH: Mapping[str, Callable[[ClientCall], Finding]] = {"client-language": _language, "client-body": _body}
_STREAM: Mapping[str, Callable[[ClientCall], Finding]] = {
    "client-stream-language": _language,
    "client-header": _header,
    "client-chunks": _chunks,
    "client-pace": _pace,
    "client-end": _end,
    "client-is-last": _is_last,
}
