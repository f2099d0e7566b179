"""The body of an HTTP response: decompressed as it comes, and never more of it in memory than a transcript can be."""

from __future__ import annotations

import zlib
from collections.abc import AsyncIterable, Callable

from bench.drivers.clock import clock

MOST_BODY_BYTES = 32 * 2**20
"""Of an answer, decompressed: ten hours of words with their times are a third of it."""
ACCEPTED = "gzip, deflate"
_ENOUGH = MOST_BODY_BYTES + 1
_GZIP = 16 + zlib.MAX_WBITS


class TooLargeError(Exception):
    """An answer is larger than any transcript."""


class DecodingError(Exception):
    """A body is not compressed as its header says."""


async def read(
    parts: AsyncIterable[bytes], coding: str | None, began: float | None
) -> tuple[bytes, tuple[tuple[float, int], ...]]:
    """The whole body; and, where `began` says since when, seconds to each part of it with the length by then.

    `coding`: the response's `Content-Encoding`; one that is not known is left as it is.

    Raises:
        TooLargeError: if it has more than `MOST_BODY_BYTES` after decompression.
        DecodingError: if it cannot be decompressed.
    """
    decoders = _decoders(coding) if coding else []
    pieces: list[bytes] = []
    arrivals: list[tuple[float, int]] = []
    size = 0
    async for part in parts:
        piece = part
        for decoder in decoders:
            piece = decoder(piece)
        size += len(piece)
        if size > MOST_BODY_BYTES:
            raise TooLargeError
        pieces.append(piece)
        if began is not None:
            arrivals.append((clock() - began, size))
    return b"".join(pieces) if len(pieces) != 1 else pieces[0], tuple(arrivals)


def _decoders(coding: str) -> list[Callable[[bytes], bytes]]:
    """What undoes the codings, the last one first."""
    known = {"gzip": _gunzip, "x-gzip": _gunzip, "deflate": _inflate}
    names = [name.strip().lower() for name in coding.split(",")]
    return [known[name]() for name in reversed(names) if name in known]


def _gunzip() -> Callable[[bytes], bytes]:
    return _bounded(zlib.decompressobj(_GZIP))


def _inflate() -> Callable[[bytes], bytes]:
    """With zlib's header, as the standard says, or without one, as some servers do."""
    wrapped, undecided = _bounded(zlib.decompressobj()), True
    raw: Callable[[bytes], bytes] | None = None

    def decode(data: bytes) -> bytes:
        nonlocal raw, undecided
        if raw is not None:
            return raw(data)
        try:
            decoded = wrapped(data)
        except DecodingError:
            if not undecided:
                raise
            raw = _bounded(zlib.decompressobj(-zlib.MAX_WBITS))
            decoded = raw(data)
        undecided = undecided and not data
        return decoded

    return decode


def _bounded(decoder: zlib._Decompress) -> Callable[[bytes], bytes]:
    def decode(data: bytes) -> bytes:
        try:
            return decoder.decompress(data, _ENOUGH)
        except zlib.error as error:
            raise DecodingError(str(error)) from error

    return decode
