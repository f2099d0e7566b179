"""One utterance under every condition of a config: as it is sent, as a picture, and as a page to hear it."""

from __future__ import annotations

import html
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

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
    """Write a WAV file for every condition, a picture of all, and return the page with players.

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
    page = out / "index.html"
    page.write_text(_page(key, plan.utterances[key].text, sent), encoding="utf-8")
    return page


def _page(key: str, text: str, sent: Mapping[str, Audio]) -> str:
    """A page that opens from disk; it names the files beside it."""
    title = html.escape(f"{key} under every condition")
    players = "\n".join(
        f"<h2>{html.escape(id)}</h2>\n<p>{audio.sample_rate_hz} Hz, {audio.duration_s:.2f} s</p>\n"
        f'<audio controls preload="none" src="{quote(id)}.wav" aria-label="{html.escape(id)}"></audio>'
        for id, audio in sent.items()
    )
    return (
        f'<!doctype html>\n<html lang="en">\n<meta charset="utf-8">\n<title>{title}</title>\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        "<style>:root { color-scheme: light dark; font-family: system-ui } img { max-width: 100% }</style>\n"
        f"<main>\n<h1>{title}</h1>\n<p>{html.escape(text)}</p>\n{players}\n"
        '<h2>Waveforms and spectrograms</h2>\n<img src="preview.png" alt="Waveform and spectrogram of each">\n'
        "</main>\n</html>\n"
    )


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
