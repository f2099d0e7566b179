"""Files of chunks, RIFF (WAV) and IFF (AIFF): where their samples are, whatever the sizes in their headers say.

Chunks of odd size are followed by a byte of padding, which some writers forget; a library then finds nothing behind
such a chunk, and is given a header made anew. Sources: RIFF (Microsoft, 1991), RF64 (EBU Tech 3306),
AIFF (Apple, 1989).
"""

from __future__ import annotations

import struct
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import pairwise
from typing import NamedTuple

from bench.audio.stream import UNFILLED, Bytes, Stream, more_than_tags, number, stated

_MOST_CHUNKS = 10_000
"""Looked at before the one that is looked for; a file of zeros behind a header seems to be nothing but empty chunks."""


class Chunk(NamedTuple):
    name: bytes
    at: int
    """Where its body begins."""
    size: int
    """As it states."""

    @property
    def end(self) -> int:
        """Where the next one begins, by the rules."""
        return self.at + self.size + self.size % 2


def is_wave(data: Bytes, at: int) -> bool:
    return data[at : at + 4] in (b"RIFF", b"RIFX") and data[at + 8 : at + 12] == b"WAVE"


def wave_streams(data: Bytes) -> Iterator[Stream]:
    """RIFF files one behind the other; of one with several chunks of samples, a stream each."""
    begin = 0
    while is_wave(data, begin):
        order = "<" if data[begin : begin + 4] == b"RIFF" else ">"
        chunks = chunks_to(data, begin + 12, order, b"data")
        if not chunks:  # no samples: the library says so better
            yield Stream(begin=begin, end=len(data))
            return
        samples = chunks[-1]
        stated_end = begin + 8 + number(data, begin + 4, order)
        end, is_unfilled = _wave_end(data, samples, stated_end)
        further = [] if is_unfilled else _further(data, samples, end, order)
        if further:
            form = bytes(data[begin : begin + 4])
            yield from (_stream_of(data, form, [*chunks[:-1], chunk], order) for chunk in (samples, *further))
        else:
            yield _wave_stream(data, begin, end, chunks, order)
        begin = end


def _wave_end(data: Bytes, samples: Chunk, stated_end: int) -> tuple[int, bool]:
    """Where a RIFF file ends, and whether the size of its samples was never filled in."""
    rest = len(data) - samples.at
    if samples.size >= UNFILLED or (samples.size == 0 and rest > 0):
        return len(data), True
    end = min(samples.end, len(data))
    return (stated_end if end < stated_end <= len(data) else end), False  # chunks after the samples


def _wave_stream(data: Bytes, begin: int, end: int, chunks: Sequence[Chunk], order: str) -> Stream:
    samples = chunks[-1]
    rest = len(data) - samples.at
    is_unfilled = samples.size >= UNFILLED or (samples.size == 0 and rest > 0)
    is_cut = not is_unfilled and samples.size > rest
    behind = 0 if is_wave(data, end) else more_than_tags(len(data) - end)
    if not is_unfilled and not _are_chunks(data, samples, end, order):
        behind = more_than_tags(end - samples.at - samples.size)
    if not _is_padded(chunks):
        return replace(_stream_of(data, bytes(data[begin : begin + 4]), chunks, order), is_cut=is_cut, behind=behind)
    stated_end = begin + 8 + number(data, begin + 4, order)
    sizes = [(4, struct.pack(f"{order}I", end - begin - 8))] if stated_end != end else []
    if is_unfilled:
        sizes.append((samples.at - begin - 4, struct.pack(f"{order}I", rest)))
    return Stream(begin=begin, end=end, sizes=tuple(sizes), is_cut=is_cut, behind=behind)


def chunks_to(data: Bytes, at: int, order: str, name: bytes) -> list[Chunk]:
    """Chunks from a place up to the first of that name; empty: none is there.

    Behind a chunk of odd size comes a byte of padding, or, where that leads nowhere, none.
    """
    ways: list[tuple[int, tuple[Chunk, ...]]] = [(at, ())]
    seen = {at}
    while ways and len(seen) < _MOST_CHUNKS:
        at, before = ways.pop()
        if at + 8 > len(data):
            continue
        chunk = Chunk(bytes(data[at : at + 4]), at + 8, number(data, at + 4, order))
        if chunk.name == name:
            return [*before, chunk]
        for following in dict.fromkeys((chunk.at + chunk.size, chunk.end)):  # the padded way is taken first
            if following not in seen:
                seen.add(following)
                ways.append((following, (*before, chunk)))
    return []


def _is_padded(chunks: Sequence[Chunk]) -> bool:
    return all(chunk.end == following.at - 8 for chunk, following in pairwise(chunks))


def _made_anew(data: Bytes, form: bytes, kind: bytes, chunks: Sequence[Chunk], order: str) -> bytes:
    """A header of the chunks that say what the samples are, up to the samples, which are the last."""
    *before, samples = chunks
    head = b"".join(
        chunk.name
        + struct.pack(f"{order}I", chunk.size)
        + data[chunk.at : chunk.at + chunk.size]
        + b"\0" * (chunk.size % 2)
        for chunk in before
        if chunk.name in (b"fmt ", b"COMM", b"FVER")
    )
    size = len(kind) + len(head) + 8 + samples.size
    return form + struct.pack(f"{order}I", size) + kind + head + samples.name + struct.pack(f"{order}I", samples.size)


def _stream_of(data: Bytes, form: bytes, chunks: Sequence[Chunk], order: str) -> Stream:
    """The samples, the last of the chunks, under a header of their own."""
    *before, samples = chunks
    rest = len(data) - samples.at
    size = min(samples.size, rest) if 0 < samples.size < UNFILLED else rest
    kind = b"WAVE" if form != b"FORM" else bytes(data[8:12])
    front = _made_anew(data, form, kind, [*before, samples._replace(size=size)], order)
    return Stream(begin=samples.at, end=samples.at + size, front=front)


def _further(data: Bytes, samples: Chunk, end: int, order: str) -> list[Chunk]:
    """Chunks of samples behind the first one."""
    further: list[Chunk] = []
    while _are_chunks(data, samples, end, order):
        following = _behind(data, samples, end, order, b"data")
        if following is None or following.size == 0:
            break
        further.append(following)
        samples = following
    return further


def _behind(data: Bytes, chunk: Chunk, end: int, order: str, name: bytes) -> Chunk | None:
    """The next chunk of that name before an end."""
    for at in dict.fromkeys((chunk.end, chunk.at + chunk.size)):
        chunks = chunks_to(data, at, order, name)
        if chunks and chunks[-1].at <= end and all(_is_name(each.name) for each in chunks):
            return chunks[-1]
    return None


def _is_name(name: bytes) -> bool:
    return all(0x20 <= byte < 0x7F for byte in name)


def _are_chunks(data: Bytes, samples: Chunk, end: int, order: str) -> bool:
    """Whether what lies behind the samples is chunks, and not samples that a header does not count."""
    return any(_are_chunks_from(data, at, end, order) for at in {samples.end, samples.at + samples.size})


def _are_chunks_from(data: Bytes, at: int, end: int, order: str) -> bool:
    while at + 8 <= end:
        if not _is_name(bytes(data[at : at + 4])):
            return not any(data[at:end])  # padding
        size = number(data, at + 4, order)
        at += 8 + size + size % 2
    return True


def rf64_stream(data: Bytes) -> Stream:
    """A WAV of more than 4 GB, or one that might have become so: its sizes are 64-bit numbers in `ds64`."""
    samples, sizes = (chunks_to(data, 12, "<", name) for name in (b"data", b"ds64"))
    if not samples or not sizes:
        return Stream(begin=0, end=len(data))
    at, rest = sizes[-1].at, len(data) - samples[-1].at
    size = int.from_bytes(data[at + 8 : at + 16], "little")
    if 0 < size < 1 << 62:
        return Stream(begin=0, end=len(data), is_cut=size > rest)
    mended = (at, struct.pack("<Q", len(data) - 8)), (at + 8, struct.pack("<Q", rest))
    return Stream(begin=0, end=len(data), sizes=mended)


def aiff_stream(data: Bytes) -> Stream:
    """A FORM; of one written into a pipe, the sizes and the number of samples are filled in."""
    size = number(data, 4, ">")
    to_common, to_samples = (chunks_to(data, 12, ">", name) for name in (b"COMM", b"SSND"))
    if not to_common or not to_samples:
        return _form(data, size)
    common, samples = to_common[-1], to_samples[-1]
    rest = len(data) - samples.at
    if not _is_padded(to_samples) and common in to_samples:
        is_cut = rest < samples.size < UNFILLED
        return replace(_stream_of(data, b"FORM", to_samples, ">"), is_cut=is_cut)
    if 0 < samples.size < UNFILLED and 0 < size < UNFILLED:
        return _form(data, size)
    channels, bits = struct.unpack_from(">H4xH", data, common.at)
    count = (rest - 8) // max(1, channels * ((bits + 7) // 8))
    pack = struct.Struct(">I").pack
    mended = (4, pack(len(data) - 8)), (common.at + 2, pack(count)), (samples.at - 4, pack(rest))
    return Stream(begin=0, end=len(data), sizes=mended)


def _form(data: Bytes, size: int) -> Stream:
    return replace(stated(data, 8 + size), end=min(8 + size, len(data)) if size else len(data))
