"""Audio in and out: decode, mix down, resample, encode, hash. The only importer of soundfile, soxr and PyAV's decoders.

Samples are float32, mono, -1..1, shape (n,). Raises AudioError for anything a file can do wrong.
"""

from __future__ import annotations

from bench.audio.files import (
    MOST_SAMPLES,
    Unpacked,
    from_file_bytes,
    probe,
    read,
    read_blocks,
    sha256_file,
    to_file_bytes,
    too_long,
    write_wav,
)
from bench.audio.names import AUDIO_SUFFIXES, FFMPEG_SUFFIXES
from bench.audio.samples import (
    Audio,
    AudioInfo,
    Samples,
    StreamResampler,
    from_pcm16,
    resample,
    to_pcm16,
)

__all__ = [
    "AUDIO_SUFFIXES",
    "FFMPEG_SUFFIXES",
    "MOST_SAMPLES",
    "Audio",
    "AudioInfo",
    "Samples",
    "StreamResampler",
    "Unpacked",
    "from_file_bytes",
    "from_pcm16",
    "probe",
    "read",
    "read_blocks",
    "resample",
    "sha256_file",
    "to_file_bytes",
    "to_pcm16",
    "too_long",
    "write_wav",
]
