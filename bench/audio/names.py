"""What the ends of recordings' names say: that they are recordings, who reads them, and what headerless ones hold."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

_LIBSNDFILE = (
    ".wav", ".flac", ".mp3", ".ogg", ".opus", ".sph", ".aiff", ".aif", ".aifc", ".au", ".snd", ".caf", ".w64", ".rf64",
    ".wave", ".oga", ".mp2", ".nist", ".voc", ".bwf",
)  # fmt: skip
FFMPEG_SUFFIXES = (
    ".m4a", ".m4b", ".aac", ".amr", ".awb", ".3gp", ".wma", ".webm", ".mp4", ".mov", ".mkv", ".avi", ".3ga", ".3g2",
    ".m4r", ".m4v", ".mka", ".weba", ".wmv", ".asf", ".mpg", ".mpeg", ".flv", ".ac3", ".eac3", ".spx", ".ape", ".tta",
    ".wv", ".qcp", ".dss", ".g722", ".g729",
)  # fmt: skip
"""Of what PyAV reads, and libsndfile does not."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Headerless:
    """What a file without a header holds, one channel of it, by its name alone."""

    subtype: Literal["ULAW", "ALAW", "GSM610", "VOX_ADPCM", "PCM_16"]
    """As libsndfile calls it."""
    sample_rate_hz: int = 8_000


HEADERLESS: Mapping[str, Headerless] = {
    **dict.fromkeys((".ul", ".ulaw", ".mulaw", ".pcmu"), Headerless(subtype="ULAW")),
    **dict.fromkeys((".al", ".alaw", ".pcma"), Headerless(subtype="ALAW")),
    ".gsm": Headerless(subtype="GSM610"),
    ".vox": Headerless(subtype="VOX_ADPCM"),
    ".sln": Headerless(subtype="PCM_16"),
    **{f".sln{k}": Headerless(subtype="PCM_16", sample_rate_hz=k * 1000) for k in (12, 16, 24, 32, 48, 96, 192)},
    ".sln44": Headerless(subtype="PCM_16", sample_rate_hz=44_100),
}
"""Suffix -> what telephone systems write under it (Asterisk, FreeSWITCH, Dialogic)."""

AUDIO_SUFFIXES = (*_LIBSNDFILE, *FFMPEG_SUFFIXES, *HEADERLESS)
"""Of recordings, in order of preference where several have one name."""
