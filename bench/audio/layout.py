"""What the bytes of a sound file say about its length, where a library believes them and should not.

Finds streams that were glued one behind the other, headers whose sizes were never filled in, and files that were cut.
Reads headers and markers only; decodes nothing. Sources: RFC 9639 (FLAC), RFC 3533 (Ogg), the Xing and Info tags of MP3
(LAME), ID3v2, APEv2, AU (Sun), CAF (Apple), Wave64 (Sony), SPHERE (NIST); of WAV and AIFF, see `riff`.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Iterable, Iterator
from dataclasses import replace
from itertools import pairwise

from bench.audio.riff import aiff_stream, is_wave, rf64_stream, wave_streams
from bench.audio.stream import SLACK_BYTES, UNFILLED, Bytes, Stream, number, stated

_FLAC_BEGIN = re.compile(rb"fLaC[\x00\x80]\x00\x00\x22")
_OGG_PAGE = b"OggS\x00"
_OGG_BEGIN = re.compile(rb"OggS\x00[\x02\x03]")
_XING = re.compile(rb"\xff[\xe2-\xfe](?:.{11}|.{19}|.{34})(?:Xing|Info)\x00\x00\x00([\x00-\x0f])", re.DOTALL)
_MPEG = re.compile(rb"\x00{0,4096}(?:ID3|\xff[\xe2-\xff])")
_ID3 = re.compile(rb"ID3[\x02-\x04][\x00-\x0a][\x00-\xf0]([\x00-\x7f]{4})")
_W64_SAMPLES = b"data\xf3\xac\xd3\x11\x8c\xd1\x00\xc0\x4f\x8e\xdb\x8a"
_SPHERE_FIELD = re.compile(rb"^(sample_count|channel_count|sample_n_bytes) -i (\d{1,15})\s*$", re.MULTILINE)


def streams(data: Bytes) -> tuple[Stream, ...]:
    """The streams of a file, in order; nearly always one."""
    tag_end = _id3_end(data, 0)
    if tag_end and begins_as_a_format(data[tag_end : tag_end + 12]):  # no library looks for those behind a tag
        behind = streams(bytes(data[tag_end:]))
        return tuple(replace(part, begin=part.begin + tag_end, end=part.end + tag_end) for part in behind)
    if is_wave(data, 0):
        return tuple(wave_streams(data))
    if data[:4] == b"fLaC":
        parts = _parts(data, (match.start() for match in _FLAC_BEGIN.finditer(data)))
        return tuple(_flac_stream(data, at, end) for at, end in parts)
    if data[:4] == b"OggS":
        parts = _parts(data, _ogg_begins(data))
        return tuple(Stream(begin=at, end=end, is_cut=_ogg_is_cut(data, at, end)) for at, end in parts)
    if alone := _ALONE.get(bytes(data[:4])):
        return (alone(data),)
    parts = _parts(data, _mp3_begins(data))
    return tuple(_mp3_stream(data, at, end) for at, end in parts)


def begins_as_a_format(data: Bytes) -> bool:
    """Whether a file begins as sound files with a header do, whatever its name says."""
    return is_wave(data, 0) or data[:4] in _MAGIC or data[:8] == b"Creative"


def _id3_end(data: Bytes, at: int) -> int:
    """Where tags end that begin here; 0: there is none."""
    end = 0
    while match := _ID3.match(data, at):
        end = at = match.end() + _id3_size(match)
    return end


def _id3_size(match: re.Match[bytes]) -> int:
    return sum((byte & 0x7F) << shift for byte, shift in zip(match[1], (21, 14, 7, 0), strict=True))


def _au_stream(data: Bytes) -> Stream:
    at, size = number(data, 4, ">"), number(data, 8, ">")
    if size == 0 and len(data) > at:  # nobody writes an empty file on purpose: it was never filled in
        return Stream(begin=0, end=len(data), sizes=((8, b"\xff" * 4),))
    return stated(data, len(data) if size >= UNFILLED else at + size)


def _w64_stream(data: Bytes) -> Stream:
    """Chunks have 16 bytes for a name, 8 for their size with both, and begin at multiples of 8."""
    at = 40
    while at + 24 <= len(data):
        size = int.from_bytes(data[at + 16 : at + 24], "little")
        if data[at : at + 16] == _W64_SAMPLES:
            return Stream(begin=0, end=len(data), is_cut=len(data) < at + size < 1 << 62)
        at += max(24, size + -size % 8)
    return Stream(begin=0, end=len(data))


def _caf_stream(data: Bytes) -> Stream:
    """Chunks have 4 bytes for a name and 8 for their size; that of samples that go on to the end is -1."""
    at = 8
    while at + 12 <= len(data):
        size = int.from_bytes(data[at + 4 : at + 12], "big", signed=True)
        if data[at : at + 4] == b"data":
            return Stream(begin=0, end=len(data), is_cut=at + 12 + size > len(data))
        at += 12 + max(0, size)
    return Stream(begin=0, end=len(data))


def _sphere_stream(data: Bytes) -> Stream:
    head = bytes(data[:4096])
    size = int(head[8:16]) if head[8:16].strip().isdigit() else 1024
    fields = {name: int(value) for name, value in _SPHERE_FIELD.findall(head[:size])}
    is_packed = b"shorten" in head[:size]
    if len(fields) < 3 or is_packed:
        return Stream(begin=0, end=len(data))
    samples = fields[b"sample_count"] * fields[b"channel_count"] * fields[b"sample_n_bytes"]
    return stated(data, size + samples)


_ALONE = {
    b"RF64": rf64_stream, b"FORM": aiff_stream, b".snd": _au_stream, b"riff": _w64_stream, b"caff": _caf_stream,
    b"NIST": _sphere_stream,
}  # fmt: skip
"""Formats that nobody glues, by how they begin."""
_MAGIC = frozenset({*_ALONE, b"fLaC", b"OggS"})


def _flac_stream(data: Bytes, begin: int, end: int) -> Stream:
    """Its number of samples is hidden from the library, which would read no further; tags behind the last frame are no
    frames.
    """
    samples = _flac_samples(data, begin)
    unknown = bytes([data[begin + 21] & 0xF0, 0, 0, 0, 0]) if begin + 26 <= end else b""
    return Stream(
        begin=begin,
        end=_without_tags(data, begin, end),
        sizes=((21, unknown),) if samples else (),
        states_length=samples > 0,
        stated_samples=samples,
    )


def _flac_samples(data: Bytes, begin: int) -> int:
    """Samples as STREAMINFO states them; 0: unknown."""
    return int.from_bytes(data[begin + 21 : begin + 26], "big") & 0xF_FFFF_FFFF


def _without_tags(data: Bytes, begin: int, end: int) -> int:
    """The end of what lies before ID3v1 and APE tags."""
    if data[max(begin, end - 128) : end][:3] == b"TAG":
        end -= 128
    if data[max(begin, end - 32) : end][:8] == b"APETAGEX":
        size, flags = number(data, end - 20, "<"), number(data, end - 12, "<")
        end -= size + (32 if flags & 1 << 31 else 0)
    return max(end, begin)


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
    """Where frames with a length begin, where others go on behind such a length, and where tags stand between them."""
    yield 0
    tags = dict(_tags_before_frames(data))
    for index, match in enumerate(_XING.finditer(data)):
        if index and match.start() not in tags.values():
            yield match.start()
        stated_bytes = _xing_bytes(data, match)
        end = match.start() + stated_bytes
        if stated_bytes and end + SLACK_BYTES < len(data) and _is_frame(data, end):
            yield end
    yield from tags


def _tags_before_frames(data: Bytes) -> Iterator[tuple[int, int]]:
    """Begins and ends of tags between frames of MPEG."""
    if _MPEG.match(data):
        for match in _ID3.finditer(data, 1):
            end = match.end() + _id3_size(match)
            if _is_frame(data, end):
                yield match.start(), end


def _is_frame(data: Bytes, at: int) -> bool:
    return at + 1 < len(data) and data[at] == 0xFF and data[at + 1] & 0xE2 == 0xE2


def _xing_bytes(data: Bytes, tag: re.Match[bytes]) -> int:
    """Bytes from the tag's frame to the last one, as it states; 0: it does not."""
    flags = tag[1][0]
    return number(data, tag.end() + (4 if flags & 1 else 0), ">") if flags & 2 else 0


def _mp3_stream(data: Bytes, begin: int, end: int) -> Stream:
    """Frames of MPEG; without a count of them in front, mpg123 reckons with the rate of the first one."""
    tag = _XING.search(data, begin, end)
    is_counted = tag is not None and bool(tag[1][0] & 1)
    is_mpeg = _MPEG.match(data, begin, end) is not None
    sizes: tuple[tuple[int, bytes], ...] = ()
    end = _without_tags(data, begin, end)
    stated_bytes = _xing_bytes(data, tag) if tag else 0
    if tag and stated_bytes and stated_bytes != end - tag.start():  # mpg123 prints warnings about it
        at = tag.end() + (4 if is_counted else 0)
        sizes = ((at - begin, struct.pack(">I", end - tag.start())),)
    is_estimated = is_mpeg and not is_counted
    return Stream(begin=begin, end=end, sizes=sizes, states_length=is_counted, is_estimated=is_estimated)


def _parts(data: Bytes, begins: Iterable[int]) -> list[tuple[int, int]]:
    """From each beginning to the next; the first part has whatever comes before it, the last what comes after."""
    cuts = sorted(set(begins))[1:]
    return [*pairwise([0, *cuts, len(data)])]
