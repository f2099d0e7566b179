"""`bench try`: one recording, or the microphone, through one engine, as it comes."""

from __future__ import annotations

import os
import sys
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING

import click

from bench.cli.address import Address
from bench.cli.language import check_language
from bench.errors import ExitCode, Problem, UsageError

if TYPE_CHECKING:
    from bench.audio import Audio
    from bench.doctor.attempt import Attempt
    from bench.doctor.microphone import Live
    from bench.types import Event, Failure, Transcript


@click.command("try")
@click.argument("recording", type=Address(path_type=Path), required=False)
@click.option("--mic", type=click.FloatRange(0.5, 600), metavar="SECONDS", help="Speak so long instead (extra record).")
@click.option("--engine", required=True, help="See bench list engines.")
@click.option("--language", callback=check_language, help="BCP-47.")
@click.option("--set", "given", multiple=True, metavar="KEY=VALUE", help="A setting of the engine.")
@click.option("--mode", type=click.Choice(["stream", "batch"]), default="stream", show_default=True)
@click.option(
    "--endings", is_flag=True, help="Again with each way of ending the stream: what becomes of the last words."
)
def try_command(
    recording: Path | None,
    mic: float | None,
    engine: str,
    language: str | None,
    given: tuple[str, ...],
    mode: str,
    endings: bool,
) -> None:
    """Hear what an engine makes of one recording: partials and finals as they come, with their times.

    \b
    bench try call.wav --engine moonshine --language en
    bench try call.wav --engine pulse --language en --endings
    bench try --mic 8 --engine pulse --language en
    """
    from bench.audio import Audio
    from bench.config.overrides import settings
    from bench.doctor.attempt import attempt_of, try_once
    from bench.types import Failure

    if (recording is None) == (mic is None):
        raise UsageError(Problem("try", "a recording or --mic SECONDS", "both or neither"))
    attempt = attempt_of(engine, settings(given), language, os.environ)
    with _sound(recording, mic) as sound:
        audio = sound if isinstance(sound, Audio) else sound.audio
        what = "of audio" if mic is None else "from the microphone, now: speak"
        click.echo(f"{audio.duration_s:.2f} s {what}; to {engine}, {mode}")
        outcome = try_once(attempt, sound, mode, _show)  # type: ignore[arg-type]  # click checked it
    _show_outcome(outcome, audio)
    if endings and mode == "stream":
        _show_endings(attempt, audio)
    elif attempt.endings and mode == "stream":
        click.echo("what becomes of the last words with each way of ending the stream: --endings")
    if isinstance(outcome, Failure):
        sys.exit(ExitCode.TRIALS_FAILED)


def _sound(recording: Path | None, mic: float | None) -> AbstractContextManager[Audio | Live]:
    from bench.audio import read
    from bench.doctor.microphone import listening

    if recording is not None:
        return nullcontext(read(recording))
    assert mic is not None
    return listening(mic)


def _show(event: Event) -> None:
    if event.kind in ("partial", "final"):
        style = {"bold": True} if event.kind == "final" else {"dim": True}
        click.echo(click.style(f"{event.t_s:7.2f} s  {event.kind:<8}{event.text}", **style))


def _show_outcome(outcome: Transcript | Failure, audio: Audio) -> None:
    from bench.types import Failure

    if isinstance(outcome, Failure):
        click.echo(f"failed ({outcome.kind}): {outcome.message}")
        return
    after_s = outcome.timing.done_s - audio.duration_s if outcome.events else outcome.timing.done_s
    when = f"{after_s:.2f} s after the audio's end" if outcome.events else f"after {after_s:.2f} s"
    click.echo(f"text, complete {when}: {outcome.text or '(empty)'}")


def _show_endings(attempt: Attempt, audio: Audio) -> None:
    """The last words with each way of ending: what is missing there is what an integration would lose."""
    from bench.doctor.attempt import try_once
    from bench.types import Failure

    if not attempt.endings:
        click.echo(f"{attempt.engine} has one way of ending a stream")
    for ending in attempt.endings:
        outcome = try_once(attempt, audio, "stream", lambda event: None, finish=ending)
        said = f"failed: {outcome.message}" if isinstance(outcome, Failure) else outcome.text
        words = said.split()
        click.echo(f"finish: {ending:<14}{len(words)} words, ending in: ... {' '.join(words[-5:])}")
