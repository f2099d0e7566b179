"""Sound files decoded from their begin to their end, in blocks; a length is what was decoded, never what was stated.

libsndfile first; what it does not know (AAC in MP4, AMR, WMA, the sound of a video) by PyAV, where the extra `codecs`
is installed. Files are opened as file objects, because libsndfile guesses formats from names.
"""

from __future__ import annotations

import io
import mmap
import stat
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO, TypeAlias, cast

import numpy as np
from numpy.typing import NDArray

from bench.audio.layout import begins_as_a_format, streams
from bench.audio.names import HEADERLESS, Headerless
from bench.audio.stream import Bytes, Stream
from bench.errors import AudioError, Problem

Block: TypeAlias = NDArray[np.float32]
"""Shape (n, channels)."""

_BLOCK = 4096
_SLACK_S = 0.1
"""A header may state so much more than can be decoded: encoders pad."""
_EMPTY = Problem("", "audio samples", "none", "the file is empty")
_KNOWN = "WAV, FLAC, MP3, Ogg, AIFF, AU ..."


@dataclass(slots=True, kw_only=True)
class Sound:
    """A recording that is being decoded."""

    sample_rate_hz: int
    channels: int
    blocks: Iterator[Block]
    """May be taken once; ends early, with a doubt, where the file is damaged."""
    doubts: list[str] = field(default_factory=list)
    """What is odd about the file; complete when all blocks were taken."""


@contextmanager
def decode(source: Path | bytes) -> Iterator[Sound]:
    """A file, or the bytes of one, open for as long as the block.

    Raises:
        AudioError: if it is missing, empty or not audio; the message does not name the file.
    """
    import soundfile

    with ExitStack() as stack, content_of(source) as content:
        kind = HEADERLESS.get(source.suffix.lower()) if isinstance(source, Path) else None
        if kind and not begins_as_a_format(content):
            yield stack.enter_context(_headerless(source, content, kind))
            return
        parts = streams(content)
        try:
            files = [
                stack.enter_context(soundfile.SoundFile(stack.enter_context(_file(source, content, part, len(parts)))))
                for part in parts
            ]
        except (soundfile.LibsndfileError, RuntimeError, TypeError, ValueError) as error:
            said = getattr(error, "error_string", str(error))  # without the name of an object in memory
            got = f"{len(content)} bytes of something else ({said.rstrip('.')})"
            sound = stack.enter_context(_by_pyav(source, got))
            if any(part.is_cut for part in parts):
                sound.doubts.append("cut short: its header states more than there is")
        else:
            sound = _by_libsndfile(files, parts)
        if not is_rate(sound.sample_rate_hz):
            raise AudioError(Problem("", "a sample rate of 1 to 768 kHz", f"{sound.sample_rate_hz} Hz in its header"))
        yield sound


@contextmanager
def _headerless(source: Path | bytes, content: Bytes, kind: Headerless) -> Iterator[Sound]:
    """Samples with nothing in front that says what they are."""
    import soundfile

    if _is_text(bytes(content[:_BLOCK])):  # a Perl script is called .al, a project of Visual Studio .sln
        raise AudioError(Problem("", f"{kind.subtype} samples without a header, by its name", "text"))
    whole = Stream(begin=0, end=len(content), states_length=False)
    with (
        _file(source, content, whole, 1) as raw,
        soundfile.SoundFile(raw, "r", kind.sample_rate_hz, 1, kind.subtype, format="RAW") as file,
    ):
        yield _by_libsndfile([file], [whole])


def _is_text(begin: bytes) -> bool:
    """Whether these bytes are written language, and not samples: of silence, all are the same."""
    kinds = set(begin)
    is_printable = not kinds & (set(range(0x20)) - set(b"\t\n\r\f")) and b"\x7f" not in begin
    return is_printable and len(kinds) > 8 and begin.decode("utf-8", "ignore").encode() == begin


def is_rate(sample_rate_hz: int) -> bool:
    """Whether sound is ever sampled so; resampled from another, a few bytes would be hours."""
    return 1_000 <= sample_rate_hz <= 768_000


def _by_libsndfile(files: Sequence[Any], parts: Sequence[Stream]) -> Sound:
    first, doubts = files[0], list[str]()
    if len(files) > 1:
        doubts.append(f"{len(files)} sound files glued into one; all of them were read")
    shape = (first.samplerate, first.channels)
    alike = [(file, part) for file, part in zip(files, parts, strict=True) if (file.samplerate, file.channels) == shape]
    if len(alike) < len(files):
        doubts.append(f"{len(files) - len(alike)} of them, with another rate or number of channels, were not read")
    blocks = _libsndfile_blocks(alike, doubts)
    return Sound(sample_rate_hz=first.samplerate, channels=first.channels, blocks=blocks, doubts=doubts)


@contextmanager
def content_of(source: Path | bytes) -> Iterator[Bytes]:
    """The bytes of a file, without reading them.

    Raises:
        AudioError: if there is none, or nothing in it.
    """
    if isinstance(source, bytes):
        if not source:
            raise AudioError(_EMPTY)
        yield source
        return
    try:
        if not stat.S_ISREG(source.stat().st_mode):  # opening a fifo would wait for ever
            raise AudioError(Problem("", "an audio file", "a folder, a fifo or a device"))
        with source.open("rb") as file:
            if not source.stat().st_size:
                raise AudioError(_EMPTY)
            content = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
    except (OSError, ValueError) as error:
        raise AudioError(Problem("", "an audio file", str(error) if source.exists() else "none")) from error
    with content:
        yield content


def _file(source: Path | bytes, content: Bytes, part: Stream, of: int) -> BinaryIO:
    """Something to read a stream from: the file itself where nothing must be mended. No more of it is held than is
    read, for it may be larger than memory.
    """
    raw: io.RawIOBase | io.BytesIO = io.FileIO(source) if isinstance(source, Path) else io.BytesIO(source)
    if of > 1 or part.front or part.sizes or part.begin or part.end < len(content) or part.is_estimated:
        raw = _Part(raw, part)
    return cast("BinaryIO", _File(cast("io.RawIOBase", raw)))


def open_file(path: Path) -> BinaryIO:
    """A file for libsndfile to read from."""
    return cast("BinaryIO", _File(io.FileIO(path)))


class _File(io.BufferedReader):
    """A file in which a seek to nowhere is no exception: soundfile could only print it, from within a callback."""

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        try:
            return super().seek(offset, whence)
        except (OSError, ValueError, OverflowError):
            return -1


class _Part(io.RawIOBase):
    """A stream within a file, its header mended, as a file that a library can believe."""

    _MORE = 1 << 32
    """An estimated length pretends to be so much more, so that it ends no reading. Who jumps there, as mpg123 does to
    look for tags, reads zeros; who comes to the true end, reads that it is one.
    """

    def __init__(self, raw: io.RawIOBase | io.BytesIO, part: Stream) -> None:
        self._raw, self._part, self._at = raw, part, 0
        self._length = len(part.front) + part.end - part.begin
        self._pretended = self._length + (self._MORE if part.is_estimated else 0)

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._at

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        at = {io.SEEK_SET: 0, io.SEEK_CUR: self._at, io.SEEK_END: self._pretended}[whence] + offset
        if at < 0:
            raise ValueError("a seek to before the begin")
        self._at = at
        return at

    def readinto(self, buffer: Any, /) -> int:
        data = self._read(len(buffer))
        for at, value in self._part.sizes:
            for index, byte in enumerate(value, start=at - self._at):
                if 0 <= index < len(data):
                    data[index] = byte
        buffer[: len(data)] = data
        self._at += len(data)
        return len(data)

    def _read(self, size: int) -> bytearray:
        if self._length < self._at < self._pretended:
            return bytearray(min(size, self._pretended - self._at))
        data = bytearray(self._part.front[self._at : self._at + size])
        at = self._at + len(data)
        self._raw.seek(self._part.begin + at - len(self._part.front))
        data += self._raw.read(max(0, min(size - len(data), self._length - at))) or b""
        return data

    def close(self) -> None:
        self._raw.close()
        super().close()


def _libsndfile_blocks(files: Sequence[tuple[Any, Stream]], doubts: list[str]) -> Iterator[Block]:
    import soundfile

    for file, part in files:
        # soundfile seeks after every read, which fails where the length is unknown, and believes the stated length.
        file.seekable = lambda: False
        decoded = 0
        room = np.full((_BLOCK, file.channels), np.nan, np.float32)
        try:
            while len(block := file.read(out=room)):
                decoded += len(block)
                yield block.copy()
                room[:] = np.nan
        except (soundfile.LibsndfileError, RuntimeError) as error:
            unset = np.flatnonzero(np.isnan(room).any(axis=1))  # before it failed, so much was decoded into it
            whole = int(unset[0]) if len(unset) else len(room)
            decoded += whole
            if whole:
                yield room[:whole]
            doubts.append(f"damaged after {decoded / file.samplerate:.2f} s ({str(error).rstrip('.')})")
        stated = file.frames if part.stated_samples is None else part.stated_samples
        doubts.extend(_doubts_of_length(part, stated, decoded, file.samplerate))


def _doubts_of_length(part: Stream, stated: int, decoded: int, rate_hz: int) -> Iterator[str]:
    if part.is_cut:
        yield f"cut short: its header states more than the {decoded / rate_hz:.2f} s there are"
    elif part.states_length and abs(stated - decoded) > _SLACK_S * rate_hz:
        yield f"its header states {stated / rate_hz:.2f} s, and {decoded / rate_hz:.2f} s could be decoded"
    if part.behind:
        yield f"{part.behind} bytes behind the end that its header states were not read"


@contextmanager
def _by_pyav(source: Path | bytes, unknown: str) -> Iterator[Sound]:
    """What libsndfile does not know, by FFmpeg.

    Raises:
        AudioError: if PyAV does not know it either, or is not installed.
    """
    try:
        import av
    except ImportError as error:
        advice = (
            "to read m4a, amr, wma and video: pip install 'earwitness[codecs]', or convert it: ffmpeg -i IN OUT.wav"
        )
        raise AudioError(Problem("", f"audio ({_KNOWN})", unknown, advice)) from error
    try:
        container = av.open(str(source) if isinstance(source, Path) else io.BytesIO(source))
    except (av.error.FFmpegError, OSError, ValueError) as error:
        raise AudioError(Problem("", f"audio ({_KNOWN})", unknown)) from error
    with container:
        if not container.streams.audio:
            raise AudioError(Problem("", "sound", "a file without any"))
        stream, doubts = container.streams.audio[0], list[str]()
        codec = stream.codec_context  # none where FFmpeg knows no decoder
        channels = codec.layout.nb_channels if codec is not None else 0
        if not channels or not stream.rate:
            raise AudioError(Problem("", f"audio ({_KNOWN})", unknown))
        blocks = _pyav_blocks(av, container, stream, doubts)
        yield Sound(sample_rate_hz=stream.rate, channels=channels, blocks=blocks, doubts=doubts)


def _pyav_blocks(av: Any, container: Any, stream: Any, doubts: list[str]) -> Iterator[Block]:
    layout = stream.codec_context.layout
    to_float = av.AudioResampler(format="fltp", layout=layout, rate=stream.rate)
    decoded, damaged = 0, 0
    for packet in container.demux(stream):
        try:
            frames = packet.decode()
        except av.error.FFmpegError:
            damaged += 1
            continue
        for frame in frames:
            frame.pts = None
            for converted in to_float.resample(frame):
                decoded += converted.samples
                yield np.ascontiguousarray(converted.to_ndarray().T)
    duration_s = (container.duration or 0) / av.time_base
    if damaged:
        doubts.append(f"{damaged} packets of it are damaged and were left out")
    if duration_s - decoded / stream.rate > 0.5:
        doubts.append(f"its header states {duration_s:.2f} s, and {decoded / stream.rate:.2f} s could be decoded")
