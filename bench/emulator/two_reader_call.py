"""A call of two real readers, made of clips that come with the package moonshine-voice, with overlap and silence.

The readers of `two_cities.wav` and `beckett.wav` take turns, each clip scaled to one level, 0.6 s of silence between
two of them but where the second begins 0.8 s before the first has ended. Where a clip's speech begins and ends is
what the corpus's voice activity detector said. Nobody spoke to anybody: prosody and overlap are made, voices and
words are real. Writes FOLDER/manifest.jsonl, FOLDER/script.yaml (which recites the truth) and the recordings.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from bench.audio import Audio, read, resample, write_wav
from bench.corpora.entry import Entry, Shelf
from bench.corpora.manifest import Header, Manifest, load_manifest, write_manifest
from bench.types import Segment, Utterance

RATE_HZ = 16_000
PAUSE_S, OVERLAP_S, TAIL_S = 0.6, 0.8, 1.0
LEVEL = 0.05
"""RMS of each clip."""
OVERLAPS_AT = 3
"""Every third turn begins before the one before it has ended."""


def make(folder: Path, manifest: Path, *, turns: int = 6, calls: int = 1) -> tuple[Path, Path]:
    """Write so many calls of so many turns, each of which begins with another clip; returns manifest and script."""
    corpus = load_manifest(manifest)
    readers: dict[str, list[Utterance]] = {}
    for utterance in corpus.utterances:
        readers.setdefault(utterance.cluster or utterance.id, []).append(utterance)
    folder.mkdir(parents=True, exist_ok=True)
    made = []
    for number in range(calls):
        order = list(readers.values())[:: -1 if number % 2 else 1]
        taken = [
            own[(number // 2 + turn // len(order)) % len(own)]
            for turn in range(turns)
            for own in [order[turn % len(order)]]
        ]
        made.append(_call(folder / f"call{number or ''}.wav", corpus, taken))
    header = Header(
        name="two-readers",
        licence=corpus.header.licence,
        source=f"bench.emulator.two_reader_call, of {corpus.header.name}",
        synthetic=False,
        notes="Turns of a call made of clips of two readers, who did not speak to each other.",
    )
    path, script = folder / "manifest.jsonl", folder / "script.yaml"
    write_manifest(path, header, made)
    script.write_text(f"recites: true\nmanifests: [{path}]\n", encoding="utf-8")
    return path, script


def _call(path: Path, corpus: Manifest, taken: Sequence[Utterance]) -> Utterance:
    mix = np.zeros(0, dtype=np.float32)
    segments: list[Segment] = []
    for number, utterance in enumerate(taken):
        clip = resample(read(corpus.audio_path(utterance)), RATE_HZ).samples
        clip = clip * (LEVEL / max(1e-9, float(np.sqrt(np.mean(np.square(clip))))))
        late_s = -OVERLAP_S if number and number % OVERLAPS_AT == 0 else PAUSE_S if number else 0.0
        start = max(0, len(mix) + round(late_s * RATE_HZ))
        mix = _added(mix, clip, start)
        begin_s, end_s = utterance.speech_start_s or 0.0, utterance.speech_end_s or len(clip) / RATE_HZ
        segments.append(
            Segment(
                text=utterance.text,
                start_s=round(start / RATE_HZ + begin_s, 3),
                end_s=round(start / RATE_HZ + end_s, 3),
                speaker=utterance.cluster,
            )
        )
    mix = _added(mix, np.zeros(round(TAIL_S * RATE_HZ), dtype=np.float32), len(mix))
    write_wav(path, Audio(mix, RATE_HZ))
    entry = Entry(
        id=path.stem,
        audio=path,
        where=path.name,
        text=" ".join(segment.text for segment in segments),
        language="en",
        cluster=path.stem,
        segments=tuple(segments),
    )
    return Shelf(folder=path.parent, corpus="two-readers").put(entry)


def _added(mix: np.ndarray, clip: np.ndarray, start: int) -> np.ndarray:
    longer = np.zeros(max(len(mix), start + len(clip)), dtype=np.float32)
    longer[: len(mix)] = mix
    longer[start : start + len(clip)] += clip
    return longer
