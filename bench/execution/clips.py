"""The audio that a report plays: chosen from the scores, conditioned once more, and written beside them as Ogg Opus.

The one stage after scoring that needs the recordings. Where they are not on this machine, the report has no audio.
"""

from __future__ import annotations

import hashlib
import zlib
from collections import defaultdict
from collections.abc import Iterator, Sequence
from itertools import zip_longest

import numpy as np

from bench.audio import Audio, read, resample, to_file_bytes
from bench.conditions.wire import heard
from bench.errors import AudioError, MissingExtraError, UnknownNameError
from bench.execution.audio import Job, Jobs, check_is_of_manifest, condition_audio
from bench.scoring.cells import ScoredTrial
from bench.store import RunFolder
from bench.store.clips import Clips, UtteranceClips, WriteClip

CLIP_MB = 3.0
"""Room for clips, in millions of bytes, where nothing else is asked for: about a quarter of an hour."""
LONGEST_S = 30.0
"""Clips are cut there."""
_PLAYED_HZ = 16_000
"""Clips are at this rate, to be small; the engines heard the full rate."""
_MIRRORED = bytes(int(f"{byte:08b}"[::-1], 2) for byte in range(256))
"""Every byte with its bits in the other order."""


def write_clips(folder: RunFolder, *, room_mb: float = CLIP_MB) -> Clips:
    """Choose, make and write the clips of a scored run; what was there before is replaced.

    Clips are made utterance by utterance, under every condition, until `room_mb` is used up.

    Raises:
        RunFolderError: if the run is not scored.
    """
    trials = folder.scores(texts=False, mappings=())
    wanted = list(chosen(trials, seed=folder.spec().config.seed))
    made: dict[str, UtteranceClips] = {}
    with folder.new_clips() as write:
        maker = _Maker(folder, write)
        for key in wanted:
            if maker.written >= room_mb * 1e6:
                break
            trial_clips = maker.clips(key)
            if trial_clips.recorded is not None:
                made[key] = trial_clips
    clips = Clips(utterances=made, whole=len(made) == len(wanted))
    folder.write_clips(clips)
    return clips


def chosen(trials: Sequence[ScoredTrial], *, seed: int) -> Iterator[str]:
    """Every utterance key once: in turn the next worst of each engine, the next largest disagreement between engines,
    and the next of a seeded shuffle, so that a page of few clips holds some of each.
    """
    by_engine: dict[str, dict[str, int]] = defaultdict(dict)
    for trial in trials:
        if trial.words is not None:
            own = by_engine[trial.cell.engine]
            own[trial.utterance_id] = max(own.get(trial.utterance_id, 0), trial.words.errors)
    keys = sorted({trial.utterance_id for trial in trials})
    shuffled = [keys[k] for k in np.random.default_rng(seed).permutation(len(keys))]
    lists = [_worst(own) for _, own in sorted(by_engine.items())]
    lists += [_worst({key: _spread([own.get(key, 0) for own in by_engine.values()]) for key in keys}), shuffled]
    yield from dict.fromkeys(key for turn in zip_longest(*lists) for key in turn if key is not None)


def _worst(errors: dict[str, int]) -> list[str]:
    """Keys with any errors, most first."""
    return sorted((key for key, number in errors.items() if number), key=lambda key: (-errors[key], key))


def _spread(numbers: Sequence[int]) -> int:
    return max(numbers) - min(numbers) if numbers else 0


def encode_clip(audio: Audio) -> tuple[bytes, str]:
    """A clip as a file, and the suffix of its name. The same audio gives the same bytes."""
    return _numbered_alike(to_file_bytes(resample(audio, _PLAYED_HZ), "opus")[0]), ".opus"


def _numbered_alike(ogg: bytes) -> bytes:
    """An Ogg file of one stream with serial number 0, where libsndfile draws another for every file (RFC 3533)."""
    pages, begin = [], 0
    while begin < len(ogg):
        num_segments = ogg[begin + 26]
        body = begin + 27 + num_segments
        end = body + sum(ogg[begin + 27 : body])
        head, tail = ogg[begin : begin + 14] + bytes(4) + ogg[begin + 18 : begin + 22], ogg[begin + 26 : end]
        pages += [head, _ogg_checksum(head + bytes(4) + tail), tail]
        begin = end
    return b"".join(pages)


def _ogg_checksum(page: bytes) -> bytes:
    """Ogg's CRC: zlib's polynomial with the bits the other way round, begun at 0 and not inverted."""
    crc = zlib.crc32(page.translate(_MIRRORED), 0xFFFFFFFF) ^ 0xFFFFFFFF
    return crc.to_bytes(4, "big").translate(_MIRRORED)


class _Maker:
    """Makes the audio of utterances again by the same steps."""

    def __init__(self, folder: RunFolder, write: WriteClip) -> None:
        self._write = write
        self._conditions = folder.conditions()
        self._jobs = Jobs(folder.utterances(), folder.spec().manifests, self._conditions)
        self.written = 0
        """Bytes so far."""

    def clips(self, key: str) -> UtteranceClips:
        """The recording, and what every condition that changes it made of it."""
        sent: dict[str, str] = {}
        recorded = None
        for id, condition in self._conditions.items():
            job = self._jobs.job(key, id, "batch")
            request = condition.request
            changed = bool(condition.steps) or request.encoding != "linear16" or request.sample_rate_hz is not None
            try:
                check_is_of_manifest(job)
                recorded = recorded or self._kept([key, ""], read(job.path, end_s=LONGEST_S))
                if changed:
                    sent[id] = self._kept([key, id], self._sent(job))
            except (AudioError, MissingExtraError, UnknownNameError):
                # A recording, an extra or a step that is not on this machine is no reason to have no report.
                continue
        return UtteranceClips(recorded=recorded, sent=sent)

    def _sent(self, job: Job) -> Audio:
        return heard(condition_audio(job).audio, job.condition.request)

    def _kept(self, key: Sequence[str], audio: Audio) -> str:
        samples = audio.samples[: int(LONGEST_S * audio.sample_rate_hz)]
        content, suffix = encode_clip(Audio(samples, audio.sample_rate_hz))
        self.written += len(content)
        return self._write(hashlib.sha256(repr(key).encode()).hexdigest()[:16] + suffix, content)
