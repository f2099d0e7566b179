"""Turns with pauses inside, made of clips of real readers that come with the package moonshine-voice.

    bench demo --for studies/end-of-turn

Each turn is two clips of one reader at one level, with 0.1 to 1.2 s of silence between the speech of the first and of
the second, and 2.5 s after it, so that an end that is declared late is heard. Where a clip's speech begins and ends is
what the corpus's voice activity detector said. Voices, words and the pauses within clips are real; that the clips
belong together is made. Writes FOLDER/manifest.jsonl, FOLDER/script.yaml (which recites the truth) and the recordings.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np

from bench.audio import Audio, Samples, read, resample, write_wav
from bench.corpora.entry import Entry, Shelf
from bench.corpora.manifest import Header, Manifest, load_manifest, write_manifest
from bench.types import Segment, Utterance

RATE_HZ = 16_000
LEAD_S, TAIL_S = 0.3, 2.5
PAUSES_S = (0.1, 1.2)
LEVEL = 0.05
"""RMS of each clip."""


def make(folder: Path, manifest: Path, *, turns: int = 12, seed: int = 1) -> tuple[Path, Path]:
    """Write so many turns, readers in turn; returns manifest and script."""
    corpus, rng = load_manifest(manifest), np.random.default_rng(seed)
    folder.mkdir(parents=True, exist_ok=True)
    pairs = [pair for pair, _ in zip(_pairs(corpus), range(turns), strict=False)]
    pauses_s = rng.uniform(*PAUSES_S, len(pairs))
    made = [_turn(folder, corpus, n, pair, float(pauses_s[n])) for n, pair in enumerate(pairs)]
    header = Header(
        name="turns",
        licence=corpus.header.licence,
        source=f"bench.emulator.turns_corpus, of {corpus.header.name}",
        synthetic=False,
        vad=corpus.header.vad,
        notes="Each turn is two clips of one reader, with a pause between that is made.",
    )
    path, script = folder / "manifest.jsonl", folder / "script.yaml"
    write_manifest(path, header, made)
    script.write_text(f"recites: true\nmanifests: [{path}]\n", encoding="utf-8")
    return path, script


def _pairs(corpus: Manifest) -> Iterator[tuple[Utterance, Utterance]]:
    """Each clip with the next of its reader, readers in turn; then with the one after the next, and so on."""
    readers: dict[str, list[Utterance]] = {}
    for utterance in corpus.utterances:
        if utterance.speech_start_s is not None and utterance.speech_end_s is not None:
            readers.setdefault(utterance.cluster or utterance.id, []).append(utterance)
    longest = max(map(len, readers.values()))
    for apart in range(1, longest):
        for place in range(longest):
            for own in readers.values():
                if place < len(own) and len(own) > 1:
                    yield own[place], own[(place + apart) % len(own)]


def _turn(folder: Path, corpus: Manifest, number: int, pair: tuple[Utterance, Utterance], pause_s: float) -> Utterance:
    parts: list[Samples] = [_quiet(LEAD_S)]
    segments: list[Segment] = []
    for utterance in pair:
        speech = _speech(corpus, utterance)
        parts += [_quiet(pause_s)] if segments else []
        start_s = sum(map(len, parts)) / RATE_HZ
        end_s = start_s + len(speech) / RATE_HZ
        segments.append(Segment(text=utterance.text, start_s=round(start_s, 3), end_s=round(end_s, 3)))
        parts.append(speech)
    samples = np.concatenate([*parts, _quiet(TAIL_S)])
    path = folder / f"turn{number:03}.wav"
    write_wav(path, Audio(samples, RATE_HZ))
    entry = Entry(
        id=path.stem,
        audio=path,
        where=path.name,
        text=" ".join(segment.text for segment in segments),
        language=pair[0].language,
        cluster=pair[0].cluster,
        speech_start_s=segments[0].start_s,
        speech_end_s=segments[-1].end_s,
        segments=tuple(segments),
        turn_end_s=segments[-1].end_s,
    )
    return Shelf(folder=folder, corpus="turns").put(entry)


def _speech(corpus: Manifest, utterance: Utterance) -> Samples:
    """From the first to the last speech of a clip, at one level."""
    clip = resample(read(corpus.audio_path(utterance)), RATE_HZ).samples
    begin, end = (round((moment or 0.0) * RATE_HZ) for moment in (utterance.speech_start_s, utterance.speech_end_s))
    speech = clip[begin:end]
    return np.asarray(speech * (LEVEL / max(1e-9, float(np.sqrt(np.mean(np.square(speech)))))), dtype=np.float32)


def _quiet(seconds: float) -> Samples:
    return np.zeros(round(seconds * RATE_HZ), dtype=np.float32)
