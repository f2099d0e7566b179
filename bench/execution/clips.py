"""The audio that a report plays: chosen from the scores, conditioned once more, and written beside them.

The one stage after scoring that needs the recordings. Where they are not on this machine, the report has no audio.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterator, Sequence

from bench.audio import Audio, read, resample, to_file_bytes
from bench.conditions.wire import heard
from bench.errors import AudioError, MissingExtraError, UnknownNameError
from bench.execution.audio import Job, Jobs, condition_audio
from bench.scoring.cells import ScoredTrial
from bench.store import RunFolder
from bench.store.clips import Clips, ExampleClips, ListeningClips, WriteClip

_EXAMPLES = 12
_PER_UTTERANCE = 2
_LISTENED_S = 15.0
_PLAYED_HZ = 16_000
"""Clips are at this rate or below, to be small; the engines heard the full rate."""


def write_clips(folder: RunFolder) -> Clips:
    """Choose, make and write the clips of a scored run; what was there before is replaced.

    Raises:
        RunFolderError: if the run is not scored.
    """
    trials = folder.scores()
    with folder.new_clips() as write:
        maker = _Maker(folder, write)
        clips = Clips(
            examples=tuple(
                maker.example(trial.trial_id, trial.utterance_id, trial.cell.condition) for trial in _worst(trials)
            ),
            listening=_listening(folder, trials, maker),
        )
    folder.write_clips(clips)
    return clips


def encode_clip(audio: Audio) -> tuple[bytes, str]:
    """A clip as a file, and the suffix of its name."""
    small = resample(audio, min(audio.sample_rate_hz, _PLAYED_HZ))
    return to_file_bytes(small, "flac")[0], ".flac"


def _worst(trials: Sequence[ScoredTrial]) -> Iterator[ScoredTrial]:
    """The answered trials with most word errors, at most two of an utterance."""
    wrong = [trial for trial in trials if trial.words is not None and trial.words.errors]
    chosen: Counter[str] = Counter()
    for trial in sorted(wrong, key=lambda trial: (-trial.words_or_all_deleted.errors, trial.trial_id)):
        if chosen[trial.utterance_id] < _PER_UTTERANCE and chosen.total() < _EXAMPLES:
            chosen[trial.utterance_id] += 1
            yield trial


def _listening(folder: RunFolder, trials: Sequence[ScoredTrial], maker: _Maker) -> ListeningClips | None:
    """Of the utterance of middling length."""
    lengths = sorted({(trial.duration_s, trial.utterance_id) for trial in trials})
    if not lengths:
        return None
    utterance = lengths[len(lengths) // 2][1]
    used = {trial.cell.condition for trial in trials if trial.utterance_id == utterance}
    made = {id: maker.clips(utterance, id, _LISTENED_S) for id in folder.conditions() if id in used}
    clean = next((clean for clean, _ in made.values() if clean is not None), None)
    sent = tuple((condition, path) for condition, (_, path) in made.items() if path is not None)
    return ListeningClips(utterance=utterance, clean=clean, conditions=sent) if clean and sent else None


class _Maker:
    """Makes the audio of trials again by the same steps; every clip is written once."""

    def __init__(self, folder: RunFolder, write: WriteClip) -> None:
        self._write = write
        self._jobs = Jobs(folder.utterances(), folder.spec().manifests, folder.conditions())
        self._made: dict[tuple[str, str, float | None], tuple[str | None, str | None]] = {}

    def example(self, trial_id: str, utterance_id: str, condition_id: str) -> ExampleClips:
        clean, sent = self.clips(utterance_id, condition_id)
        return ExampleClips(trial_id=trial_id, clean=clean, sent=sent)

    def clips(
        self, utterance_id: str, condition_id: str, longest_s: float | None = None
    ) -> tuple[str | None, str | None]:
        """Paths of the clean recording and of what was sent. `longest_s`: both are cut there; `None`: not."""
        key = (utterance_id, condition_id, longest_s)
        if key not in self._made:
            self._made[key] = self._make(self._jobs.job(utterance_id, condition_id, "batch"), utterance_id, longest_s)
        return self._made[key]

    def _make(self, job: Job, utterance_id: str, longest_s: float | None) -> tuple[str | None, str | None]:
        request = job.condition.request
        changed = bool(job.condition.steps) or request.encoding != "linear16" or request.sample_rate_hz is not None
        try:
            clean = read(job.path)
            sent = heard(condition_audio(job).audio, request) if changed else None
        except (AudioError, MissingExtraError, UnknownNameError):
            # A recording, an extra or a step that is not on this machine is no reason to have no report.
            return None, None
        return self._kept([utterance_id, "", longest_s], clean, longest_s), (
            None if sent is None else self._kept([utterance_id, job.condition.id, longest_s], sent, longest_s)
        )

    def _kept(self, key: Sequence[object], audio: Audio, longest_s: float | None) -> str:
        samples = audio.samples if longest_s is None else audio.samples[: int(longest_s * audio.sample_rate_hz)]
        content, suffix = encode_clip(Audio(samples, audio.sample_rate_hz))
        return self._write(hashlib.sha256(repr(key).encode()).hexdigest()[:16] + suffix, content)
