"""What two clients said differently: one alone said it (`+` ours, `-` the SDK), or each another value (`!`)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from tests.interop.vendors.recorder import Request, Stream


def of_streams(sdk: Stream, ours: Stream) -> list[str]:
    lines = [*_of("path", sdk.path, ours.path), *_of("auth", sdk.auth, ours.auth)]
    lines += _of("query", _values(sdk.query), _values(ours.query))
    lines += _of("before audio", sdk.before, ours.before)
    lines += _of("audio", sorted(sdk.audio), sorted(ours.audio))
    lines += _of("after audio", _without_count(sdk.after), _without_count(ours.after))
    return lines


def _without_count(frames: list[Any]) -> list[Any]:
    """Speechmatics' client says how many chunks were acknowledged by then; we, how many were sent."""
    name = "last_seq_no"
    return [{**frame, name: 0} if isinstance(frame, dict) and name in frame else frame for frame in frames]


def of_requests(sdk: list[Request], ours: list[Request]) -> list[str]:
    """Of the same steps; how often a job was asked after is nobody's doing."""
    lines: list[str] = []
    steps = [_steps(sdk), _steps(ours)]
    lines += _of("steps", list(steps[0]), list(steps[1]))
    for name in steps[0]:
        if name in steps[1]:
            one, other = steps[0][name], steps[1][name]
            lines += _of(f"{name} auth", one.auth, other.auth)
            lines += _of(f"{name} query", _values(one.query), _values(other.query))
            lines += _of(f"{name} body", one.body, other.body)
    return lines


def _steps(requests: list[Request]) -> dict[str, Request]:
    return {f"{request.method} {_without_id(request.path)}": request for request in requests}


def _without_id(path: str) -> str:
    return "/".join("ID" if len(part) >= 32 else part for part in path.split("/"))


def _values(query: list[tuple[str, str]]) -> dict[str, list[str]]:
    return {name: [value for other, value in query if other == name] for name, _ in query}


def _of(where: str, sdk: Any, ours: Any) -> Iterator[str]:
    if isinstance(sdk, dict) and isinstance(ours, dict):
        for name in sorted({*sdk, *ours}):
            if name not in ours:
                yield f"- {where}.{name} = {sdk[name]}"
            elif name not in sdk:
                yield f"+ {where}.{name} = {ours[name]}"
            else:
                yield from _of(f"{where}.{name}", sdk[name], ours[name])
    elif isinstance(sdk, list) and isinstance(ours, list) and len(sdk) == len(ours):
        for index, (one, other) in enumerate(zip(sdk, ours, strict=True)):
            yield from _of(f"{where}[{index}]", one, other)
    elif str(sdk).lower() != str(ours).lower() and not (_is_id(sdk) and _is_id(ours)):
        yield f"! {where}: {sdk} / {ours}"


def _is_id(value: Any) -> bool:
    """An address or name that is made anew for every call."""
    return isinstance(value, str) and any(len(part) >= 32 for part in value.replace("=", "/").split("/"))
