"""How exact word times are: `python -m benchmarks.aligners [MANIFEST ...]`, for every aligner that is installed.

Compared are the ends of words. Words that espeak-ng speaks one by one, joined with silence, have ends known to 0.01 s;
words, voices and silences are not those of the tests, by which the noise under PocketSphinx was chosen, so no figure is
of clips it was fitted to. Of a manifest, utterances that carry word times are aligned as if they had none; where an
aligner made some of those times the row says so: agreement with itself proves nothing.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from bench import audio
from bench.aligners import ALIGNERS, make_aligner
from bench.aligners.base import Aligner
from bench.corpora.manifest import load_manifest
from bench.errors import BenchError
from bench.types import Word
from tests.aligners.joined import joined

WORDS = (
    "window", "river", "yellow", "kitchen", "letter", "paper", "mountain", "simple", "bridge", "travel", "breakfast",
    "number", "orange", "silver", "future", "quiet", "station", "planet", "village", "finger", "winter", "ticket",
    "engine", "forty",
)  # fmt: skip
VOICES = ("en", "en-us-nyc", "en-gb-scotland")
"""None with a variant such as `+f3`: its breath is noise that is new in every process."""
PAUSES_S = ((0.02, 0.08), (0.5, 1.0))
_CLIPS = 8
"""Per voice and range of silences."""
_WORDS_PER_CLIP = 6
_FIRST_SEED = 1000
_RECOGNIZERS: tuple[Mapping[str, Any], ...] = (
    {"engine": "pocketsphinx"},
    {"engine": "whisper", "settings": {"word_timestamps": True}},
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Clip:
    """A recording, and when its words were spoken."""

    sound: audio.Audio
    words: tuple[Word, ...]
    language: str


def synthetic_clips(pauses_s: tuple[float, float]) -> Iterator[Clip]:
    """Words one by one, with silences of lengths drawn from a range."""
    for number, voice in enumerate(VOICES):
        for seed in range(_FIRST_SEED + number * _CLIPS, _FIRST_SEED + (number + 1) * _CLIPS):
            chosen = tuple(map(str, np.random.default_rng(seed).choice(WORDS, _WORDS_PER_CLIP, replace=False)))
            sound, truth = joined(chosen, seed, voice=voice, pauses_s=pauses_s)
            yield Clip(sound=sound, words=truth, language="en")


def manifest_clips(path: Path) -> tuple[str, list[Clip]]:
    """A name for the speech of a manifest, and its utterances that carry word times."""
    manifest = load_manifest(path)
    made = f" (times made by {manifest.header.aligner})" if manifest.header.aligner else ""
    clips = [
        Clip(sound=audio.read(manifest.audio_path(each)), words=each.words, language=each.language)
        for each in manifest.utterances
        if each.words and any(word.end_s is not None for word in each.words)
    ]
    return f"{manifest.header.name}{made}", clips


def aligners() -> Iterator[Aligner]:
    """Those that can be used on this machine; of the others it is said why not."""
    others = [(name, {}) for name in ALIGNERS.names() if name != "recognizer"]
    for name, settings in (*others, *(("recognizer", settings) for settings in _RECOGNIZERS)):
        try:
            yield make_aligner(name, settings)
        except BenchError as error:
            print(f"not measured: {name} {dict(settings) or ''}: {error}", file=sys.stderr)


def end_errors_s(aligner: Aligner, clip: Clip) -> list[float]:
    """|error| of each word end that the aligner gave."""
    texts = [word.text for word in clip.words]
    spans = aligner.spans(clip.sound.samples, clip.sound.sample_rate_hz, texts, clip.language)
    pairs = zip(spans, clip.words, strict=True)
    return [abs(span[1] - word.end_s) for span, word in pairs if span is not None and word.end_s is not None]


def row(speech: str, aligner: Aligner, clips: Sequence[Clip]) -> str:
    """A line of the table; clips in languages that the aligner does not know are left out."""
    languages = aligner.languages
    known = [clip for clip in clips if languages is None or clip.language.partition("-")[0].lower() in languages]
    found = [end_errors_s(aligner, clip) for clip in known]
    errors = [error for clip in found for error in clip]
    words = sum(word.end_s is not None for clip in known for word in clip.words)
    timed = (f"{sum(map(bool, found))} of {len(known)}", f"{len(errors)} of {words}")
    figures = [f"{value:.2f}" for value in (*np.quantile(errors, (0.5, 0.95)), max(errors))] if errors else ["-"] * 3
    return f"| {' | '.join([speech, aligner.id, *timed, *figures])} |"


def main(manifests: Sequence[str]) -> None:
    speech = {
        f"joined words, {low:g} to {high:g} s of silence": list(synthetic_clips((low, high))) for low, high in PAUSES_S
    }
    speech |= dict(manifest_clips(Path(manifest)) for manifest in manifests)
    print("| speech | aligner | clips timed | words timed | median s | p95 s | max s |\n|---|---|---|---|---|---|---|")
    for aligner in aligners():
        for name, clips in speech.items():
            print(row(name, aligner, clips), flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
