"""Synthetic speech by espeak-ng in any language it has a voice for: a smoke test of the pipeline, never a headline.

The synthesiser keeps global state and is under the GPL, so it runs in a process of its own (`espeak_worker`), from
a package the user installs; nothing of it is linked or shipped here.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator, Sequence
from importlib.metadata import version
from importlib.util import find_spec
from io import BytesIO
from itertools import islice
from pathlib import Path

import numpy as np
from pydantic import Field

from bench import audio
from bench.config import SpecModel
from bench.corpora.cards import Card
from bench.corpora.entry import Entry
from bench.corpora.settings import parse_settings
from bench.errors import BenchError, ConfigError, MissingExtraError, Problem

_DISTRIBUTION = "espeakng-loader"


class Settings(SpecModel):
    kind: str
    sentences: dict[str, tuple[str, ...]]
    """Language -> texts to speak."""
    voices: dict[str, str] = Field(default_factory=dict)
    """Language -> espeak-ng voice, where it has another name."""


class Synthesised:
    """One entry per sentence, each standing alone: one voice speaks a language, so it can be no unit of resampling."""

    def __init__(self, card: Card, folder: Path) -> None:
        self._settings = parse_settings(Settings, card)
        self._languages = card.languages
        if not card.synthetic:
            raise ConfigError([Problem(f"{card.path}: synthetic", "true", "false", "nobody spoke these words")])
        missing = [language for language in card.languages if language not in self._settings.sentences]
        if missing:
            raise ConfigError([Problem(f"{card.path}: source.sentences", f"some for {missing[0]}", "none")])
        if find_spec("espeakng_loader") is None:
            raise MissingExtraError(_DISTRIBUTION, "synthesis")

    @property
    def described(self) -> str:
        """Synthesiser and version."""
        return f"pypi:{_DISTRIBUTION}=={version(_DISTRIBUTION)}"

    def entries(self, skip: int) -> Iterator[Entry]:
        """By language and number."""
        return islice(self._all(), skip, None)

    def _all(self) -> Iterator[Entry]:
        for language in self._languages:
            voice = self._settings.voices.get(language, language)
            texts = self._settings.sentences[language]
            for number, (text, spoken) in enumerate(zip(texts, synthesise(texts, voice), strict=True), start=1):
                yield Entry(
                    id=f"{language}-{number:03d}",
                    text=text,
                    language=language,
                    audio=audio.to_file_bytes(spoken, "wav")[0],
                    where=f"sentence {number} of {language}",
                    tags={"style": "synthetic", "voice": f"espeak-{voice}"},
                )


def synthesise(texts: Sequence[str], voice: str) -> list[audio.Audio]:
    """Speak texts, with half a second of silence around each.

    Raises:
        BenchError: if there is no such voice, or nothing came out for one of the texts.
    """
    request = json.dumps({"texts": list(texts), "voice": voice})
    worker = [sys.executable, "-m", "bench.corpora.espeak_worker"]
    done = subprocess.run(worker, input=request.encode(), capture_output=True, check=False, timeout=60 + len(texts))
    if done.returncode:
        detail = done.stderr.decode("utf-8", "replace").strip().splitlines()[-1:] or [f"exit code {done.returncode}"]
        raise _failed(voice, detail[0])
    output = BytesIO(done.stdout)
    rate_hz = int(output.readline())
    pause = np.zeros(rate_hz // 2, dtype=np.float32)
    spoken = []
    for text in texts:
        pcm = output.read(int(output.readline()))
        if not pcm:
            raise _failed(voice, f"silence for {text!r}")
        spoken.append(audio.Audio(np.concatenate([pause, audio.from_pcm16(pcm), pause]), rate_hz))
    return spoken


def _failed(voice: str, got: str) -> BenchError:
    return BenchError(Problem(f"espeak-ng voice {voice!r}", "speech", got, "see: espeak-ng --voices"))
