"""`bench condition preview`: listen to a config's conditions, and look at them."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from bench.cli.address import Address
from bench.errors import MissingExtraError, Problem, UnknownNameError, UsageError

if TYPE_CHECKING:
    from bench.audio import Audio
    from bench.execution.plan import Plan

_FLOOR_DB = -80.0


@click.group()
def condition() -> None:
    """What conditions do to audio."""


@condition.command()
@click.argument("config", type=Address(path_type=Path))
@click.option("--utterance", metavar="ID", help="Id of an utterance, or corpus/id. Default: the first.")
@click.option("--out", type=Address(path_type=Path), default=Path("preview"), show_default=True, help="Folder.")
def preview(config: Path, utterance: str | None, out: Path) -> None:
    """Write one utterance under every condition of CONFIG: the audio as sent, and a picture of all.

    \b
    bench condition preview configs/quickstart.yaml --utterance two_cities-01 --out preview
    """
    from bench.audio import write_wav
    from bench.conditions.wire import heard
    from bench.execution.audio import Jobs, condition_audio
    from bench.execution.planning import load_plan

    plan = load_plan(config)
    key = next(iter(plan.utterances)) if utterance is None else _key(plan, utterance)
    jobs = Jobs(plan.utterances, plan.manifests, plan.conditions)
    made: dict[str, Audio] = {}
    for id in plan.conditions:
        conditioned = condition_audio(jobs.job(key, id, "batch"))
        made[id] = heard(conditioned.audio, plan.conditions[id].request)
        write_wav(out / f"{id}.wav", made[id])
        doses = ", ".join(f"{name} {value:.4g}" for name, value in sorted(conditioned.dose.items()))
        click.echo(f"{out / id}.wav  {made[id].sample_rate_hz} Hz  {made[id].duration_s:.2f} s  {doses}")
    picture = out / "preview.png"
    draw(made, picture)
    click.echo(str(picture))


def _key(plan: Plan, utterance: str) -> str:
    keys = [key for key, one in plan.utterances.items() if utterance in {key, one.id}]
    if not keys:
        raise UnknownNameError("utterance", utterance, plan.utterances)
    if len(keys) > 1:
        raise UsageError(Problem(f"--utterance {utterance}", "one utterance", ", ".join(keys), "write corpus/id"))
    return keys[0]


def draw(made: dict[str, Audio], path: Path) -> None:
    """Waveform and spectrogram of each, one row a condition, on common axes.

    Raises:
        MissingExtraError: if librosa is not installed.
    """
    from matplotlib.figure import Figure

    longest_s = max(audio.duration_s for audio in made.values())
    highest_hz = max(audio.sample_rate_hz for audio in made.values()) / 2
    loudest = max(float(abs(audio.samples).max()) for audio in made.values()) or 1.0
    figure = Figure(figsize=(12, 1.8 * len(made) + 0.6), layout="constrained")
    for (left, right), (id, audio) in zip(figure.subplots(len(made), 2, squeeze=False), made.items(), strict=True):
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
    times = [place / audio.sample_rate_hz for place in range(len(audio.samples))]
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
