"""A stretch of a file that is a sound file by itself, and numbers in bytes; what `layout` and `riff` share."""

from __future__ import annotations

import struct
from dataclasses import dataclass
from mmap import mmap
from typing import TypeAlias

Bytes: TypeAlias = bytes | mmap

UNFILLED = 0x7FFF_0000
"""Sizes from here on are what writers into a pipe put where they cannot know (0x7FFFFFFF, 0xFFFFFFFF less a header)."""
SLACK_BYTES = 1024
"""Tags may follow the last sample."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stream:
    """A part of a file that is a whole sound file by itself."""

    begin: int
    end: int
    front: bytes = b""
    """A header to put in front, where a library would get lost in the file's own, or there is none."""
    sizes: tuple[tuple[int, bytes], ...] = ()
    """Bytes of its header to put in place of what is there, by where in the stream: sizes not to be believed."""
    states_length: bool = True
    """Whether its header says how long it is."""
    stated_samples: int | None = None
    """How long it says, where that is hidden from the library; `None`: the library knows."""
    is_estimated: bool = False
    """Whether a library that is asked for its length guesses one from the bytes, and reads no further than that."""
    is_cut: bool = False
    """Whether it ends before its header says it does."""
    behind: int = 0
    """Bytes behind its stated end that are no stream: they are not decoded."""

    @property
    def is_as_it_is(self) -> bool:
        """Whether a library may read it without help, and believe its header."""
        return not (self.front or self.sizes or self.is_cut or self.behind)


def stated(data: Bytes, end: int) -> Stream:
    """A file that says where it ends."""
    return Stream(begin=0, end=len(data), is_cut=end > len(data), behind=more_than_tags(len(data) - end))


def more_than_tags(size: int) -> int:
    """So many bytes behind an end, or none where they may be tags."""
    return size if size > SLACK_BYTES else 0


def number(data: Bytes, at: int, order: str) -> int:
    """The unsigned 32-bit number at a place; 0 beyond either end."""
    return int(struct.unpack_from(f"{order}I", data, at)[0]) if 0 <= at <= len(data) - 4 else 0
