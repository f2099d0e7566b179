"""A recogniser that recites a script: known text after known delays, to measure the measurer with.

Every delay is an absolute deadline counted from the arrival of one message: the instant at which the
server had it in hand (before decoding). docs/emulator.md tells which message starts which delay.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Coroutine, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from pydantic import Field

from bench.audio import read, resample, to_pcm16
from bench.config import SpecModel, read_spec
from bench.corpora.manifest import load_manifest, resolve_audio
from bench.emulator.clock import sleep_until
from bench.emulator.heard import Emit, HeardSpeech, spread
from bench.emulator.quirks import GARBLED
from bench.emulator.speech import is_voiced
from bench.emulator.word_errors import corrupt
from bench.engines.base import Samples
from bench.errors import ConfigError, Problem
from bench.scoring.text.normalize.alternatives import first_variants
from bench.types import Utterance, Word

_TOLERANCE_S = 0.05
"""How far a word may reach beyond the audio and still be heard: encodings pad and cut."""


class ScriptSegment(SpecModel):
    """A stretch of one speaker."""

    text: str
    start_s: float = Field(ge=0)
    end_s: float = Field(ge=0)
    speaker: str | None = None


class ScriptEntry(SpecModel):
    """What to say for one recording, and when. Delays are seconds of wall clock."""

    text: str = ""
    """What is said; empty with an `id`: the reference, with its segments and labels."""
    id: str | None = None
    """`corpus/utterance` of one of the script's manifests, which then gives hashes and bounds of speech."""
    segments: tuple[ScriptSegment, ...] = ()
    """What is said by whom and when, in place of `text`."""
    labels: dict[str, str] = Field(default_factory=dict)
    """emotion, age, gender, language: what a batch answer claims where the request asks for it."""
    early_end_s: float | None = Field(default=None, ge=0)
    """A final comes when this moment of the audio has arrived, although the speaker goes on."""
    sha256: str | None = None
    """`pcm_sha256` of the whole recording as it arrives; finds batch requests."""
    prefix_sha256: str | None = None
    """`pcm_sha256` of its first `prefix_s` seconds; finds streams, whose end is not known yet."""
    speech_start_s: float = Field(default=0.0, ge=0)
    speech_end_s: float | None = Field(default=None, ge=0)
    """Where speech ends in the audio; `None`: finals come only when asked for."""
    first_partial_delay_s: float | None = Field(default=0.2, ge=0)
    """From the arrival of the message that holds the sample at `speech_start_s`; `None`: no partials."""
    partial_interval_s: float = Field(default=0.25, gt=0)
    final_delay_s: float | None = Field(default=0.3, ge=0)
    """From the arrival of the message that holds the last sample before `speech_end_s`."""
    finalize_delay_s: float = Field(default=0.05, ge=0)
    """From the arrival of `finalize`."""
    close_delay_s: float = Field(default=0.05, ge=0)
    """From the arrival of `close_stream` to the last final."""
    batch_delay_s: float = Field(default=0.05, ge=0)
    """From the arrival of the last byte of the request's body to the response."""
    drafts: dict[str, str] = Field(default_factory=dict)
    """What a partial says in place of a word while it is the partial's last: recognisers revise the end."""
    words_per_s: float = Field(default=2.5, gt=0)
    """Speech rate where `speech_end_s` is not given."""
    longest_s: float | None = Field(default=None, gt=0)
    """Audio that goes on for longer is garbled, as a wrong declared rate and stereo taken for mono make it."""

    def words(self) -> tuple[Word, ...]:
        if self.segments:
            spoken = [
                replace(word, speaker=segment.speaker)
                for segment in self.segments
                for word in spread(segment.text.split(), segment.start_s, segment.end_s)
            ]
            return tuple(sorted(spoken, key=lambda word: word.start_s or 0.0))
        texts = self.text.split()
        end_s = self.speech_end_s
        return spread(
            texts, self.speech_start_s, self.speech_start_s + len(texts) / self.words_per_s if end_s is None else end_s
        )


class Script(SpecModel):
    """A script file. An entry is found by hash, else the next of `order` is taken, else `default`."""

    default: ScriptEntry | None = None
    order: tuple[ScriptEntry, ...] = ()
    """One per request, batch or stream, in order of arrival; each is used once."""
    utterances: tuple[ScriptEntry, ...] = ()
    prefix_s: float = Field(default=0.25, gt=0)
    manifests: tuple[str, ...] = ()
    """Of the recordings that entries name by `id`; paths are from the working directory, as prepared corpora's are."""
    recites: bool = False
    """Every utterance of the manifests has an entry: its reference."""
    listens: bool = False
    """Say nothing before a voiced sound was heard, and no word whose time has not come: silence, noise and very short
    clips are then answered as a recogniser would."""


def load_script(path: Path) -> Script:
    """Read a script file.

    Raises:
        ConfigError: if it is missing, not YAML, has unknown or ill-typed keys, or names an unknown recording.
        ManifestError, AudioError: if a manifest or a recording it names cannot be read.
    """
    return _with_recordings(read_spec(path, Script, "a script file"), path)


def _with_recordings(script: Script, path: Path) -> Script:
    """The script with the hashes of those entries that name their recording."""
    recordings = {
        utterance.key: (manifest.path.parent, utterance)
        for manifest in map(load_manifest, map(Path, script.manifests))
        for utterance in manifest.utterances
    }
    if script.recites:
        given = {entry.id for entry in script.utterances}
        more = tuple(ScriptEntry(id=key) for key in recordings if key not in given)
        script = script.model_copy(update={"utterances": (*script.utterances, *more)})
    unknown = [entry.id for entry in script.utterances if entry.id is not None and entry.id not in recordings]
    if unknown:
        known = f"an utterance of {', '.join(script.manifests) or 'a manifest under the key manifests'}"
        raise ConfigError([Problem(f"{path}: utterances: id", known, repr(id)) for id in unknown])
    known_by_hash = tuple(
        known
        for entry in script.utterances
        for known in ([entry] if entry.id is None else _known_by_hash(entry, *recordings[entry.id], script.prefix_s))
    )
    return script.model_copy(update={"utterances": known_by_hash})


def _known_by_hash(entry: ScriptEntry, folder: Path, utterance: Utterance, prefix_s: float) -> Iterator[ScriptEntry]:
    """The entry at each rate that its recording may be sent at."""
    recording = read(resolve_audio(folder, utterance.audio))
    for rate_hz in sorted({recording.sample_rate_hz, *_WIRE_RATES_HZ}):
        sent = recording if rate_hz == recording.sample_rate_hz else resample(recording, rate_hz)
        scripts = {
            **_reference(entry, utterance),
            "sha256": pcm_sha256(sent.samples),
            "prefix_sha256": pcm_sha256(sent.samples[: round(prefix_s * rate_hz)]),
            "speech_start_s": utterance.speech_start_s or 0.0,
            "speech_end_s": utterance.speech_end_s,
        }
        yield entry.model_copy(
            update={key: value for key, value in scripts.items() if key not in entry.model_fields_set}
        )


_WIRE_RATES_HZ = (8000, 16000)


def _reference(entry: ScriptEntry, utterance: Utterance) -> dict[str, object]:
    """What the utterance's reference has for an entry that says nothing itself."""
    if entry.text or entry.segments:
        return {}
    segments = [
        ScriptSegment(text=segment.text, start_s=segment.start_s, end_s=segment.end_s, speaker=segment.speaker)
        for segment in utterance.segments
        if segment.start_s is not None and segment.end_s is not None
    ]
    labels = dict(utterance.labels)
    return {"text": first_variants(utterance.text), "segments": tuple(segments), "labels": labels}


def pcm_sha256(samples: Samples) -> str:
    """Hex digest of samples as little-endian 16-bit PCM."""
    return hashlib.sha256(to_pcm16(samples)).hexdigest()


class ScriptRecognizer:
    """Serves entries of a script. Requests that no entry fits are answered with no words."""

    endpoints_itself = True

    def __init__(self, script: Script) -> None:
        self._script = script
        self._whole = {entry.sha256: entry for entry in script.utterances if entry.sha256}
        self._prefix = {entry.prefix_sha256: entry for entry in script.utterances if entry.prefix_sha256}
        self._order = iter(script.order)

    def close(self) -> None: ...

    async def transcribe(
        self, samples: Samples, sample_rate_hz: int, language: str | None, arrived_s: float
    ) -> tuple[Word, ...]:
        entry = None
        if self._whole:
            entry = self._whole.get(await asyncio.to_thread(pcm_sha256, samples))
        entry = entry or self.unmatched()
        await sleep_until(arrived_s + entry.batch_delay_s)
        return self.audible(entry, len(samples) / sample_rate_hz, self.is_voice(samples))

    async def labels(self, samples: Samples) -> Mapping[str, str]:
        entry = self._whole.get(await asyncio.to_thread(pcm_sha256, samples)) if self._whole else None
        return {} if entry is None else entry.labels

    def open(self, sample_rate_hz: int, language: str | None, emit: Emit) -> ScriptSession:
        return ScriptSession(self, sample_rate_hz, emit)

    def prefix_samples(self, sample_rate_hz: int) -> int:
        """How many samples a stream is known by; 0: by none."""
        return round(self._script.prefix_s * sample_rate_hz) if self._prefix else 0

    def by_prefix(self, samples: Samples) -> ScriptEntry:
        return self._prefix.get(pcm_sha256(samples)) or self.unmatched()

    def is_voice(self, samples: Samples) -> bool:
        """Whether to speak at these samples; a script that does not listen speaks at anything."""
        return not self._script.listens or is_voiced(samples)

    def audible(self, entry: ScriptEntry, heard_s: float, voiced: bool) -> tuple[Word, ...]:
        """The entry's words, as far as this much audio lets them be heard."""
        words = entry.words()
        if self._script.listens:
            words = words[: _spoken(words, heard_s + _TOLERANCE_S)] if voiced else ()
        too_long = entry.longest_s is not None and heard_s > entry.longest_s
        return corrupt(words, GARBLED).words if too_long else words

    def unmatched(self) -> ScriptEntry:
        return next(self._order, None) or self._script.default or ScriptEntry(text="")


class ScriptSession:
    """One recited stream: timers started by what arrives, each cancelled by what overtakes it."""

    def __init__(self, recognizer: ScriptRecognizer, sample_rate_hz: int, emit: Emit) -> None:
        self._recognizer, self._rate, self._emit = recognizer, sample_rate_hz, emit
        self._entry: ScriptEntry | None = None
        self._voiced = False
        self._arrivals: list[tuple[int, float]] = []
        """(samples heard by then, instant), until the entry is known and its timers run."""
        self._unknown: list[Samples] = []
        self._heard = 0
        self._tasks: list[asyncio.Task[None]] = []
        self._partials_started = self._final_started = self._said = False
        self._ended = 0
        """Words of turns that were ended early."""
        if not recognizer.prefix_samples(sample_rate_hz):
            self._know(recognizer.unmatched())

    def _know(self, entry: ScriptEntry) -> None:
        self._entry, self._unknown = entry, []

    async def accept(self, samples: Samples, arrived_s: float) -> None:
        self._heard += len(samples)
        self._voiced = self._voiced or self._recognizer.is_voice(samples)
        self._arrivals.append((self._heard, arrived_s))
        if self._entry is None:
            self._unknown.append(samples)
            if self._heard >= self._recognizer.prefix_samples(self._rate):
                self._recognise_prefix()
        if self._entry is not None:
            self._start_timers(self._entry)

    def _recognise_prefix(self) -> None:
        heard = np.concatenate(self._unknown) if self._unknown else np.zeros(0, dtype=np.float32)
        self._know(self._recognizer.by_prefix(heard[: self._recognizer.prefix_samples(self._rate)]))

    def _arrival_of(self, sample: int) -> float | None:
        return next((instant for heard, instant in self._arrivals if heard > sample), None)

    def _start_timers(self, entry: ScriptEntry) -> None:
        onset = self._arrival_of(round(entry.speech_start_s * self._rate))
        if onset is not None and not self._partials_started:
            self._partials_started = True
            if entry.first_partial_delay_s is not None:
                self._run(self._partials(onset + entry.first_partial_delay_s, entry))
        if entry.early_end_s is not None and self._ended == 0:
            cut = self._arrival_of(round(entry.early_end_s * self._rate))
            words = _spoken(self._words, entry.early_end_s) if cut is not None else 0
            if words:
                self._run(self._emit(HeardSpeech(words=self._words[:words], final=True)))
                self._ended = words
        if entry.speech_end_s is not None and entry.final_delay_s is not None and not self._final_started:
            end = self._arrival_of(max(0, round(entry.speech_end_s * self._rate) - 1))
            if end is not None:
                self._final_started = True
                self._run(self._final_at(end + entry.final_delay_s))
        if self._partials_started and (self._final_started or entry.speech_end_s is None):
            self._arrivals.clear()

    def _run(self, coroutine: Coroutine[Any, Any, None]) -> None:
        self._tasks.append(asyncio.get_running_loop().create_task(coroutine))

    @property
    def _words(self) -> tuple[Word, ...]:
        assert self._entry is not None
        return self._recognizer.audible(self._entry, self._heard / self._rate, self._voiced)[self._ended :]

    async def _partials(self, first_s: float, entry: ScriptEntry) -> None:
        told = 0
        for k in range(10_000):
            await sleep_until(first_s + k * entry.partial_interval_s)
            if self._said:
                return
            due_s = entry.speech_start_s + k * entry.partial_interval_s
            known = max(1, _spoken(self._words, min(due_s, self._heard / self._rate)))
            if known > told and self._words:
                told = known
                await self._emit(HeardSpeech(words=_drafted(self._words[:known], entry.drafts)))
            if told >= len(entry.words()):
                return

    async def _final_at(self, instant_s: float) -> None:
        await sleep_until(instant_s)
        if not self._said:
            self._said = True
            await self._emit(HeardSpeech(words=self._words, final=True))

    async def finalize(self, arrived_s: float) -> HeardSpeech:
        return await self._end(arrived_s, "finalize")

    async def finish(self, arrived_s: float) -> HeardSpeech:
        return await self._end(arrived_s, "close")

    async def _end(self, arrived_s: float, how: str) -> HeardSpeech:
        if self._entry is None:
            self._recognise_prefix()
        assert self._entry is not None
        delay_s = self._entry.close_delay_s if how == "close" else self._entry.finalize_delay_s
        await sleep_until(arrived_s + delay_s)
        said, self._said = self._said, True
        for task in self._tasks:
            task.cancel()
        return HeardSpeech(words=() if said or not self._heard else self._words, final=True)

    async def abort(self) -> None:
        for task in self._tasks:
            task.cancel()


def _drafted(words: tuple[Word, ...], drafts: Mapping[str, str]) -> tuple[Word, ...]:
    *settled, last = words
    return (*settled, replace(last, text=drafts.get(last.text, last.text)))


def _spoken(words: Sequence[Word], until_s: float) -> int:
    return sum(1 for word in words if (word.end_s or 0.0) <= until_s)
