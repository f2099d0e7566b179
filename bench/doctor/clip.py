"""The clip of known text that a service is examined with, and sounds made from it."""

from __future__ import annotations

import io
import wave
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from bench import audio as audio_io
from bench.audio import Audio
from bench.corpora.manifest import load_manifest, resolve_audio
from bench.corpora.prepare import prepare
from bench.errors import AudioError, Problem, UsageError

RATE_HZ = 16_000
_DEFAULT_CORPUS, _DEFAULT_UTTERANCE = "quickstart-en", "two_cities-04"
_LONGEST_S = 30.0
_SHORTEST_S = 1.0
_NOISE_DBFS = -40.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Clip:
    """Mono speech at 16 kHz, and what is said in it."""

    audio: Audio
    text: str
    language: str
    """BCP-47."""
    name: str


def read_clip(path: Path, text: str, language: str) -> Clip:
    """A clip of the user's own.

    Raises:
        UsageError: if it is not audio, or too short or too long for a checklist of many calls.
    """
    try:
        audio = audio_io.resample(audio_io.read(path), RATE_HZ)
    except AudioError as error:
        raise UsageError(*error.at("--audio")) from error
    if not _SHORTEST_S <= audio.duration_s <= _LONGEST_S:
        expected = f"{_SHORTEST_S:g} to {_LONGEST_S:g} s of speech, which every call sends"
        raise UsageError(Problem(f"--audio {path}", expected, f"{audio.duration_s:.1f} s"))
    if not text.split():
        raise UsageError(Problem("--text", "what is said in the clip", "nothing"))
    return Clip(audio=audio, text=text, language=language, name=str(path))


def default_clip(root: Path) -> Clip:
    """One sentence of the packaged quickstart corpus, which is prepared under `root`.

    Raises:
        MissingExtraError: if the package that carries the recording is not installed.
    """
    path = prepare(_DEFAULT_CORPUS, root)
    manifest = load_manifest(path)
    utterance = next(u for u in manifest.utterances if u.id == _DEFAULT_UTTERANCE)
    audio = audio_io.resample(audio_io.read(resolve_audio(path.parent, utterance.audio)), RATE_HZ)
    return Clip(audio=audio, text=utterance.text, language=utterance.language, name=f"{_DEFAULT_CORPUS}/{utterance.id}")


def silence(seconds: float) -> Audio:
    return Audio(np.zeros(round(seconds * RATE_HZ), dtype=np.float32), RATE_HZ)


def noise(seconds: float) -> Audio:
    """White noise at -40 dBFS, the same each time."""
    level = 10 ** (_NOISE_DBFS / 20)
    samples = np.random.default_rng(0).normal(0, level, round(seconds * RATE_HZ))
    return Audio(samples.astype(np.float32), RATE_HZ)


def middle(audio: Audio, seconds: float) -> Audio:
    """A stretch around the middle of the clip, where speech is."""
    start = max(0, (len(audio.samples) - round(seconds * audio.sample_rate_hz)) // 2)
    return Audio(audio.samples[start : start + round(seconds * audio.sample_rate_hz)], audio.sample_rate_hz)


def interleaved(audio: Audio) -> Audio:
    """Stereo of two equal channels, as a receiver that expects mono takes it."""
    return Audio(np.repeat(audio.samples, 2), audio.sample_rate_hz)


def stereo_wav(audio: Audio) -> bytes:
    """A WAV file of two equal channels."""
    file = io.BytesIO()
    with wave.open(file, "wb") as writer:
        writer.setnchannels(2)
        writer.setsampwidth(2)
        writer.setframerate(audio.sample_rate_hz)
        writer.writeframes(audio_io.to_pcm16(interleaved(audio).samples))
    return file.getvalue()


def narrowband(audio: Audio) -> Audio:
    """What is left of it after a telephone line of 8 kHz, at 16 kHz again."""
    return audio_io.resample(audio_io.resample(audio, 8_000), RATE_HZ)
