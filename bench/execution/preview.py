"""One utterance under every condition of a config: the audio as it is sent, and a picture of all."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench.audio import Audio, write_wav
from bench.conditions.wire import heard
from bench.errors import MissingExtraError, Problem, UnknownNameError, UsageError
from bench.execution.audio import Jobs, condition_audio
from bench.execution.plan import Plan
from bench.execution.planning import load_plan

_FLOOR_DB = -80.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Previewed:
    """A recording as it is sent."""

    path: Path
    audio: Audio
    dose: Mapping[str, float]
    """What was done to it, by name."""


def preview(config: Path, utterance: str | None, out: Path, tell: Callable[[Previewed], None]) -> Path:
    """Write a WAV file for every condition, and return the picture of all.

    Args:
        config: a run config.
        utterance: its id, or corpus/id; `None`: the first.
        out: folder to write.
        tell: is told each file.

    Raises:
        BenchError: for a config that is none, an utterance that is not in it, or without librosa.
    """
    plan = load_plan(config)
    key = next(iter(plan.utterances)) if utterance is None else _key(plan, utterance)
    jobs = Jobs(plan.utterances, plan.manifests, plan.conditions)
    sent: dict[str, Audio] = {}
    for id, condition in plan.conditions.items():
        conditioned = condition_audio(jobs.job(key, id, "batch"))
        sent[id] = heard(conditioned.audio, condition.request)
        path = out / f"{id}.wav"
        write_wav(path, sent[id])
        tell(Previewed(path=path, audio=sent[id], dose=conditioned.dose))
    picture = out / "preview.png"
    draw(sent, picture)
    return picture


def _key(plan: Plan, utterance: str) -> str:
    keys = [key for key, known in plan.utterances.items() if utterance in {key, known.id}]
    if not keys:
        raise UnknownNameError("utterance", utterance, plan.utterances)
    if len(keys) > 1:
        raise UsageError(Problem(f"--utterance {utterance}", "one utterance", ", ".join(keys), "write corpus/id"))
    return keys[0]


def draw(sent: Mapping[str, Audio], path: Path) -> None:
    """Waveform and spectrogram of each, one row a condition, on common axes.

    Raises:
        MissingExtraError: if librosa is not installed.
    """
    from matplotlib.figure import Figure

    longest_s = max(audio.duration_s for audio in sent.values())
    highest_hz = max(audio.sample_rate_hz for audio in sent.values()) / 2
    loudest = max(float(abs(audio.samples).max()) for audio in sent.values()) or 1.0
    figure = Figure(figsize=(12, 1.8 * len(sent) + 0.6), layout="constrained")
    for (left, right), (id, audio) in zip(figure.subplots(len(sent), 2, squeeze=False), sent.items(), strict=True):
        _waveform(left, id, audio)
        left.set_ylim(-loudest, loudest)  # quiet speech is no flat line
        _spectrogram(right, audio)
        for axes in (left, right):
            axes.set_xlim(0, longest_s)
        right.set_ylim(0, highest_hz / 1000)
        right.set_facecolor("black")
    path.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(path, dpi=100, metadata={"Software": None})


def _waveform(axes: Any, id: str, audio: Audio) -> None:
    axes.set_title(id, fontsize=9, loc="left")
    axes.set_xlabel("s", fontsize=8)
    times = [index / audio.sample_rate_hz for index in range(len(audio.samples))]
    axes.plot(times, audio.samples, linewidth=0.3)


def _spectrogram(axes: Any, audio: Audio) -> None:
    try:
        import librosa
    except ImportError as error:
        raise MissingExtraError("bench condition preview: librosa", "librosa") from error
    import numpy as np

    size = 2 ** round(np.log2(audio.sample_rate_hz * 0.025))
    powers = librosa.amplitude_to_db(np.abs(librosa.stft(audio.samples, n_fft=size)), ref=size / 4, top_db=None)
    extent = (0.0, audio.duration_s, 0.0, audio.sample_rate_hz / 2000)
    axes.imshow(powers, origin="lower", aspect="auto", extent=extent, vmin=_FLOOR_DB, vmax=0.0, cmap="magma")
    axes.set_xlabel("s", fontsize=8)
    axes.set_ylabel("kHz", fontsize=8)
