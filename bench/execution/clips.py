"""The audio that a report plays: chosen from the scores, conditioned once more, and written beside them as Ogg Opus.

The one stage after scoring that needs the recordings. Where they are not on this machine, the report has no audio.
"""

from __future__ import annotations

import hashlib
import zlib
from collections.abc import Iterator, Sequence
from itertools import zip_longest

import numpy as np
from numpy.typing import NDArray

from bench.audio import Audio, read, resample, to_file_bytes
from bench.conditions.wire import heard
from bench.errors import AudioError, MissingExtraError, UnknownNameError
from bench.execution.audio import Job, Jobs, check_is_of_manifest, condition_audio
from bench.scoring.columns import ScoredColumns
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
    if not room_mb:
        folder.drop_clips()
        folder.write_clips(Clips())
        return Clips()
    wanted = list(chosen(folder.columns(mappings=()), seed=folder.spec().config.seed))
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


def chosen(trials: ScoredColumns, *, seed: int) -> Iterator[str]:
    """Every utterance key once: in turn the next worst of each engine, the next largest disagreement between engines,
    and the next of a seeded shuffle, so that a page of few clips holds some of each.
    """
    keys, engines = trials.texts("utterance_id").used(), trials.texts("engine")
    utterances, answered = trials.texts("utterance_id").ranks(), trials.words.counted
    by_engine = []
    for engine in sorted(engines.counted(answered)):
        own = answered & engines.are(engine)
        most = np.zeros(len(keys), np.int64)
        np.maximum.at(most, utterances[own], trials.errors[own])
        by_engine.append(most)
    shuffled = np.random.default_rng(seed).permutation(len(keys)).tolist()
    spread = np.ptp(by_engine, axis=0) if by_engine else np.zeros(len(keys), np.int64)
    lists = [*map(_worst, by_engine), _worst(spread), shuffled]
    yield from (keys[k] for k in dict.fromkeys(k for turn in zip_longest(*lists) for k in turn if k is not None))


def _worst(errors: NDArray[np.int64]) -> list[int]:
    """Places of those with any errors, most first."""
    order = np.argsort(-errors, kind="stable")
    worst: list[int] = order[errors[order] > 0].tolist()
    return worst


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
