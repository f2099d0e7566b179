"""Sound files: what they hold, whole or a part of them as samples, and writing them."""

from __future__ import annotations

import hashlib
import io
import stat
import tempfile
from collections.abc import Iterator
from functools import lru_cache
from itertools import islice
from pathlib import Path
from types import TracebackType

import numpy as np
from numpy.typing import NDArray

from bench.audio.decoding import Sound, content_of, decode, is_rate, open_file
from bench.audio.layout import streams
from bench.audio.samples import Audio, AudioInfo, Samples, to_pcm16
from bench.errors import AudioError, Problem
from bench.fetching import fetched

_CONTENT_TYPES = {"wav": "audio/wav", "flac": "audio/flac", "raw": "application/octet-stream", "opus": "audio/ogg"}
MOST_SAMPLES = 150_000_000
"""Of one recording in memory; a compressed file of a few megabytes can hold days of silence."""
_SIZED_BY_BYTES = ("WAV", "WAVEX", "AIFF", "AU", "W64", "RF64", "NIST", "CAF")
"""Formats whose length libsndfile takes from the bytes that are there."""
_SIZED_MAGIC = (b"RIFF", b"RIFX", b"FORM", b".snd", b"riff", b"RF64", b"NIST", b"caff")
"""How their files begin."""
_WRITTEN_BLOCKS = 32
"""So many at a time: many small ones take as long to write as to decode."""
_SEEKABLE = ("PCM_", "FLOAT", "DOUBLE", "ULAW", "ALAW")
"""Subtypes in which it seeks to the sample; GSM and ADPCM come in blocks, in some of which it cannot seek at all."""


def probe(path: Path) -> AudioInfo:
    """Rate, channels, and the length as it is decoded; the same file is decoded once.

    Raises:
        AudioError: if the file is missing, empty or not audio.
    """
    try:
        path = fetched(path)
        stat = path.stat()
    except (OSError, ValueError) as error:  # no name at all too: too long, or with a null in it
        raise AudioError(Problem(str(path), "an audio file", "none")) from error
    return _probed(path, stat.st_size, stat.st_mtime_ns)


@lru_cache(maxsize=4096)
def _probed(path: Path, size: int, changed_ns: int) -> AudioInfo:
    del size, changed_ns  # of the key: another file under the same name
    try:
        counted = _counted_by_bytes(path)
        if counted:
            return counted
        with decode(path) as sound:
            samples = sum(len(block) for block in sound.blocks)
    except AudioError as error:
        raise AudioError(*error.at(str(path))) from error
    if not samples:
        raise AudioError(_no_samples(sound).at(str(path)))
    return AudioInfo(sound.sample_rate_hz, samples, sound.channels, "; ".join(sound.doubts))


def _counted_by_bytes(path: Path) -> AudioInfo | None:
    """From the header alone, where it can be believed."""
    import soundfile

    with content_of(path) as content:
        if content[:4] not in _SIZED_MAGIC:
            return None
        parts = streams(content)
    if len(parts) > 1 or not parts[0].is_as_it_is:
        return None
    try:
        with open_file(path) as file:
            info = soundfile.info(file)
    except (soundfile.LibsndfileError, RuntimeError, TypeError, ValueError):
        return None
    is_seekable = info.format in _SIZED_BY_BYTES and info.subtype.startswith(_SEEKABLE)
    if not is_seekable or not info.frames or not is_rate(info.samplerate):
        return None
    return AudioInfo(info.samplerate, info.frames, info.channels)


def read(path: Path, *, start_s: float = 0.0, end_s: float | None = None, channel: int | None = None) -> Audio:
    """Decode a file, or the part start_s..end_s of it; mix all channels down unless one is chosen.

    Raises:
        AudioError: if the file is missing, empty, not audio, or holds values that are not finite.
    """
    path = fetched(path)
    try:
        if start_s > 0.0 and _counted_by_bytes(path):
            blocks, rate = _sought(path, start_s, end_s)
            return Audio(_mono(blocks, channel), rate)
        with decode(path) as sound:
            first = round(start_s * sound.sample_rate_hz)
            last = None if end_s is None else max(first, round(end_s * sound.sample_rate_hz))
            return _audio(sound, _part(sound.blocks, first, last), channel)
    except AudioError as error:
        raise AudioError(*error.at(str(path))) from error


def read_blocks(path: Path, *, channel: int | None = None) -> Iterator[Audio]:
    """A recording of any length in order, a block at a time; else as `read`.

    Raises:
        AudioError: as `read` does.
    """
    path = fetched(path)
    try:
        with decode(path) as sound:
            for block in sound.blocks:
                yield Audio(_mono(iter((block,)), channel), sound.sample_rate_hz)
    except AudioError as error:
        raise AudioError(*error.at(str(path))) from error


def _audio(sound: Sound, blocks: Iterator[NDArray[np.float32]], channel: int | None) -> Audio:
    samples = _mono(blocks, channel)
    if not len(samples):
        raise AudioError(_no_samples(sound))
    return Audio(samples, sound.sample_rate_hz)


def _no_samples(sound: Sound | None = None) -> Problem:
    doubts = sound.doubts if sound else []
    return Problem("", "audio samples", "none", "; ".join(["the file is empty or cut short", *doubts]))


def _sought(path: Path, start_s: float, end_s: float | None) -> tuple[Iterator[NDArray[np.float32]], int]:
    import soundfile

    with open_file(path) as binary, soundfile.SoundFile(binary) as file:
        file.seek(min(round(start_s * file.samplerate), file.frames))
        count = -1 if end_s is None else max(0, round(end_s * file.samplerate) - file.tell())
        wanted = file.frames - file.tell() if count < 0 else count
        if wanted > MOST_SAMPLES:
            raise AudioError(too_long(wanted, file.samplerate))
        samples = file.read(count, dtype="float32", always_2d=True)
        if not len(samples):
            raise AudioError(_no_samples())
        return iter((samples,)), int(file.samplerate)


def _part(blocks: Iterator[NDArray[np.float32]], first: int, last: int | None) -> Iterator[NDArray[np.float32]]:
    """Samples first..last of blocks in order; `None`: to the end."""
    at = 0
    for block in blocks:
        if last is not None and at >= last:
            return
        kept = block[max(0, first - at) : None if last is None else last - at]
        if len(kept):
            yield kept
        at += len(block)


def _mono(blocks: Iterator[NDArray[np.float32]], channel: int | None) -> Samples:
    """One channel, or all mixed down; each block as it comes, so that no more is held than what is returned."""
    kept = bytearray()
    for samples in blocks:
        if channel is not None and channel >= samples.shape[1]:
            known = "0" if samples.shape[1] == 1 else f"0 to {samples.shape[1] - 1}"
            raise AudioError(Problem("", f"a channel that it has, {known}", str(channel), "they are counted from 0"))
        mono = samples[:, channel] if channel is not None else samples.mean(axis=1, dtype=np.float32)
        if not np.isfinite(mono).all():
            raise AudioError(Problem("", "finite samples", "NaN or infinity", "re-encode the file"))
        kept += mono.tobytes()
        if len(kept) > MOST_SAMPLES * 4:
            raise AudioError(too_long(None, None))
    return np.frombuffer(kept, dtype=np.float32)


def too_long(samples: int | None, rate_hz: int | None) -> Problem:
    """What is wrong with a recording of so many samples; `None`: more than may be held."""
    got = "more" if samples is None or not rate_hz else f"{samples / rate_hz / 3600:.1f} h at {rate_hz} Hz"
    most = f"a recording of at most {MOST_SAMPLES // 10**6} million samples (2.6 h at 16 kHz)"
    return Problem("", most, got, "cut it into utterances: bench corpus import")


class Unpacked:
    """Recordings of which many parts are wanted; one that cannot be sought in is decoded once, to a temporary file."""

    def __init__(self) -> None:
        self._folder: tempfile.TemporaryDirectory[str] | None = None
        self._of: tuple[Path, Path] | None = None

    def __enter__(self) -> Unpacked:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        if self._folder:
            self._folder.cleanup()

    def path(self, recording: Path) -> Path:
        """A file with the same samples at the same times, in which a part is read without what comes before it.

        Raises:
            AudioError: as `read` does.
        """
        if self._of and self._of[0] == recording:
            return self._of[1]
        try:
            unpacked = recording if _counted_by_bytes(recording) else self._unpack(recording)
        except AudioError as error:
            raise AudioError(*error.at(str(recording))) from error
        self._of = (recording, unpacked)
        return unpacked

    def _unpack(self, recording: Path) -> Path:
        import soundfile

        self._folder = self._folder or tempfile.TemporaryDirectory(prefix="earwitness-")
        path = Path(self._folder.name) / "decoded.wav"
        with decode(recording) as sound:
            rate, channels = sound.sample_rate_hz, sound.channels
            with soundfile.SoundFile(path, "w", rate, channels, subtype="FLOAT", format="RF64") as file:
                blocks = sound.blocks
                while some := [*islice(blocks, _WRITTEN_BLOCKS)]:
                    file.write(np.concatenate(some))
        return path


def to_file_bytes(audio: Audio, container: str) -> tuple[bytes, str]:
    """The audio as a 16-bit file in memory, and its content type. Container: wav | flac | raw | opus.

    Opus is Ogg Opus at about 24 kbit/s; of sample rates it knows 8, 12, 16, 24 and 48 kHz.
    """
    if container == "raw":
        return to_pcm16(audio.samples), _CONTENT_TYPES[container]
    import soundfile

    pcm = np.frombuffer(to_pcm16(audio.samples), dtype="<i2")
    buffer = io.BytesIO()
    form, subtype = ("OGG", "OPUS") if container == "opus" else (container.upper(), "PCM_16")
    soundfile.write(buffer, pcm, audio.sample_rate_hz, format=form, subtype=subtype)
    return buffer.getvalue(), _CONTENT_TYPES[container]


def from_file_bytes(data: bytes) -> Audio:
    """Decode a file in memory (WAV, FLAC, OGG, MP3 ...), mixed down.

    Raises:
        AudioError: if it is not audio, is empty, or holds values that are not finite.
    """
    with decode(data) as sound:
        return _audio(sound, sound.blocks, None)


def write_wav(path: Path, audio: Audio) -> None:
    """Write a 16-bit WAV file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(to_file_bytes(audio, "wav")[0])


def sha256_file(path: Path) -> str:
    """Hex digest of a file's bytes.

    Raises:
        AudioError: if there is no such file, or it cannot be read.
    """
    path = fetched(path)
    try:
        if not stat.S_ISREG(path.stat().st_mode):  # opening a fifo would wait for ever
            raise AudioError(Problem(str(path), "an audio file", "a folder, a fifo or a device"))
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except (OSError, ValueError) as error:
        got = "none" if isinstance(error, FileNotFoundError) else str(error)
        raise AudioError(Problem(str(path), "an audio file", got)) from error
