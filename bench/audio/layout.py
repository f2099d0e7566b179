"""What the bytes of a sound file say about its length, where a library believes them and should not.

Finds streams that were glued one behind the other, headers whose sizes were never filled in, and files that were cut.
Reads headers and markers only; decodes nothing. Sources: RIFF (Microsoft, 1991), RFC 9639 (FLAC), RFC 3533 (Ogg),
the Xing and Info tags of MP3 (LAME), AIFF (Apple, 1989), AU (Sun).
"""

from __future__ import annotations

import re
import struct
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import pairwise
from mmap import mmap
from typing import TypeAlias

Bytes: TypeAlias = bytes | mmap

_UNFILLED = 0x7FFF_0000
"""Sizes from here on are what writers into a pipe put where they cannot know (0x7FFFFFFF, 0xFFFFFFFF less a header)."""
_FLAC_BEGIN = re.compile(rb"fLaC[\x00\x80]\x00\x00\x22")
_OGG_PAGE = b"OggS\x00"
_OGG_BEGIN = re.compile(rb"OggS\x00[\x02\x03]")
_XING = re.compile(rb"\xff[\xe2-\xfe](?:.{11}|.{19}|.{34})(?:Xing|Info)\x00\x00\x00([\x00-\x0f])", re.DOTALL)
_MPEG = re.compile(rb"\x00{0,4096}(?:ID3|\xff[\xe2-\xff])")
_SLACK_BYTES = 1024
"""Tags may follow the last sample."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stream:
    """A part of a file that is a whole sound file by itself."""

    begin: int
    end: int
    sizes: tuple[tuple[int, bytes], ...] = ()
    """Bytes of its header to put in place of what is there, by where in the stream: sizes that were never filled in."""
    states_length: bool = True
    """Whether its header says how long it is."""
    is_estimated: bool = False
    """Whether a library that is asked for its length guesses one from the bytes, and reads no further than that."""
    is_cut: bool = False
    """Whether it ends before its header says it does."""
    behind: int = 0
    """Bytes behind its stated end that are no stream: they are not decoded."""


def streams(data: Bytes) -> tuple[Stream, ...]:
    """The streams of a file, in order; nearly always one."""
    if _is_wave(data, 0):
        return tuple(_wave_streams(data))
    if data[:4] == b"RF64":
        return (_rf64_stream(data),)
    if data[:4] == b"FORM":
        return (_aiff_stream(data),)
    if data[:4] == b".snd":
        size = _number(data, 8, ">")
        return (_stated(data, len(data) if size >= _UNFILLED else _number(data, 4, ">") + size),)
    if data[:4] == b"fLaC":
        parts = _parts(data, (match.start() for match in _FLAC_BEGIN.finditer(data)))
        return tuple(Stream(begin=at, end=end, states_length=_flac_samples(data, at) > 0) for at, end in parts)
    if data[:4] == b"OggS":
        parts = _parts(data, _ogg_begins(data))
        return tuple(Stream(begin=at, end=end, is_cut=_ogg_is_cut(data, at, end)) for at, end in parts)
    parts = _parts(data, _mp3_begins(data))
    return tuple(_mp3_stream(data, at, end) for at, end in parts)


def _stated(data: Bytes, end: int) -> Stream:
    """A stream that says where it ends."""
    return Stream(begin=0, end=len(data), is_cut=end > len(data), behind=_behind(len(data) - end))


def _behind(size: int) -> int:
    return size if size > _SLACK_BYTES else 0


def _is_wave(data: Bytes, at: int) -> bool:
    return data[at : at + 4] in (b"RIFF", b"RIFX") and data[at + 8 : at + 12] == b"WAVE"


def _wave_streams(data: Bytes) -> Iterator[Stream]:
    """RIFF files one behind the other."""
    begin = 0
    while _is_wave(data, begin):
        order = "<" if data[begin : begin + 4] == b"RIFF" else ">"
        at, size = _chunk(data, begin, order, b"data")
        rest = len(data) - at
        if at == 0:  # no samples: the library says so better
            yield Stream(begin=begin, end=len(data))
            return
        unfilled = size >= _UNFILLED or (size == 0 and rest > 0)
        end = len(data) if unfilled else min(at + size + size % 2, len(data))
        stated_end = begin + 8 + _number(data, begin + 4, order)
        if end < stated_end <= len(data):
            end = stated_end  # chunks after the samples
        sizes = [(4, struct.pack(f"{order}I", end - begin - 8))] if stated_end != end else []
        if unfilled:
            sizes.append((at - begin - 4, struct.pack(f"{order}I", rest)))
        behind = 0 if _is_wave(data, end) else _behind(len(data) - end)
        if not unfilled and not _are_chunks(data, at + size + size % 2, end, order):
            behind = _behind(end - at - size)
        yield Stream(begin=begin, end=end, sizes=tuple(sizes), is_cut=not unfilled and size > rest, behind=behind)
        begin = end


def _chunk(data: Bytes, begin: int, order: str, name: bytes) -> tuple[int, int]:
    """Where the body of that chunk of the RIFF or IFF file at `begin` starts (0: nowhere), and its stated size."""
    at = begin + 12
    while at + 8 <= len(data):
        size = _number(data, at + 4, order)
        if data[at : at + 4] == name:
            return at + 8, size
        at += 8 + size + size % 2
    return 0, 0


def _are_chunks(data: Bytes, at: int, end: int, order: str) -> bool:
    """Whether what lies between is chunks, and not samples that a header does not count."""
    while at + 8 <= end:
        if not all(0x20 <= byte < 0x7F for byte in data[at : at + 4]):
            return not any(data[at:end])  # padding
        size = _number(data, at + 4, order)
        at += 8 + size + size % 2
    return True


def _rf64_stream(data: Bytes) -> Stream:
    """A WAV of more than 4 GB, or one that might have become so: its sizes are 64-bit numbers in `ds64`."""
    at, _ = _chunk(data, 0, "<", b"data")
    sizes, _ = _chunk(data, 0, "<", b"ds64")
    if not at or not sizes:
        return Stream(begin=0, end=len(data))
    size, rest = int.from_bytes(data[sizes + 8 : sizes + 16], "little"), len(data) - at
    if 0 < size < 1 << 62:
        return Stream(begin=0, end=len(data), is_cut=size > rest)
    mended = (sizes, struct.pack("<Q", len(data) - 8)), (sizes + 8, struct.pack("<Q", rest))
    return Stream(begin=0, end=len(data), sizes=mended)


def _aiff_stream(data: Bytes) -> Stream:
    """A FORM; of one written into a pipe, the sizes and the number of samples are filled in."""
    stated = _number(data, 4, ">")
    common, _ = _chunk(data, 0, ">", b"COMM")
    at, size = _chunk(data, 0, ">", b"SSND")
    rest = len(data) - at
    if not common or not at or (0 < size < _UNFILLED and 0 < stated < _UNFILLED):
        return replace(_stated(data, 8 + stated), end=min(8 + stated, len(data)) if stated else len(data))
    channels, bits = struct.unpack_from(">H4xH", data, common)
    count = (rest - 8) // max(1, channels * ((bits + 7) // 8))
    number = struct.Struct(">I").pack
    mended = (4, number(len(data) - 8)), (common + 2, number(count)), (at - 4, number(rest))
    return Stream(begin=0, end=len(data), sizes=mended)


def _flac_samples(data: Bytes, begin: int) -> int:
    """Samples as STREAMINFO states them; 0: unknown."""
    return int.from_bytes(data[begin + 21 : begin + 26], "big") & 0xF_FFFF_FFFF


def _ogg_begins(data: Bytes) -> Iterator[int]:
    """Links of a chain. Streams that are multiplexed begin side by side, before any of them goes on."""
    begins = [match.start() for match in _OGG_BEGIN.finditer(data)]
    yield 0
    for before, begin in pairwise(begins):
        if data.find(_OGG_PAGE, before + 5, begin) >= 0:
            yield begin


def _ogg_is_cut(data: Bytes, begin: int, end: int) -> bool:
    """Whether the last page is not marked as the last, or is not whole."""
    last = data.rfind(_OGG_PAGE, begin, end)
    if last + 27 > end:
        return True
    segments = data[last + 26]
    size = 27 + segments + sum(data[last + 27 : last + 27 + segments])
    return not data[last + 5] & 4 or last + size > end


def _mp3_begins(data: Bytes) -> Iterator[int]:
    """Where a frame with a length begins, and where frames go on behind such a length."""
    yield 0
    for index, match in enumerate(_XING.finditer(data)):
        if index:
            yield match.start()
        flags = match[1][0]
        if flags & 2:
            stated = _number(data, match.end() + (4 if flags & 1 else 0), ">")
            end = match.start() + stated
            if stated and end + _SLACK_BYTES < len(data) and data[end] == 0xFF and data[end + 1] & 0xE2 == 0xE2:
                yield end


def _mp3_stream(data: Bytes, begin: int, end: int) -> Stream:
    """Frames of MPEG; without a count of them in front, mpg123 reckons with the rate of the first one."""
    tag = _XING.search(data, begin, end)
    is_counted = tag is not None and bool(tag[1][0] & 1)
    is_mpeg = _MPEG.match(data, begin, end) is not None
    return Stream(begin=begin, end=end, states_length=is_counted, is_estimated=is_mpeg and not is_counted)


def _parts(data: Bytes, begins: Iterable[int]) -> list[tuple[int, int]]:
    """From each beginning to the next; the first part has whatever comes before it, the last what comes after."""
    cuts = sorted(set(begins))[1:]
    return [*pairwise([0, *cuts, len(data)])]


def _number(data: Bytes, at: int, order: str) -> int:
    """The unsigned 32-bit number at a place; 0 past the end."""
    return int(struct.unpack_from(f"{order}I", data, at)[0]) if at + 4 <= len(data) else 0
