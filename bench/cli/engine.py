"""`bench engine`: descriptions of vendors and of your own servers."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import click

from bench.cli.address import Address
from bench.cli.output import ALLOW_KEY, say
from bench.errors import ExitCode


@click.group(name="engine", short_help="Check a description of a vendor or of your own server.")
def engine_command() -> None:
    """Descriptions of vendors and of your own servers (docs/vendors.md)."""


@engine_command.command("check", short_help="Call it once, and show what each rule made of each message.")
@click.argument("description")
@click.option("--audio", type=Address(path_type=Path, exists=True, dir_okay=False), help="A recording to send.")
@click.option("--mode", type=click.Choice(["batch", "stream"]), help="Default: the first that it has.")
@click.option("--url", help="Stands for every address of the description, for instance an emulator's.")
@click.option("--language", default="en", show_default=True, help="Of the recording (BCP-47).")
@click.option("--allow-key", "allow_keys", multiple=True, metavar="NAME=HOST", help=ALLOW_KEY)
@click.option("--set", "overrides", multiple=True, metavar="KEY=VALUE", help="A setting of the engine.")
def check_command(
    description: str,
    audio: Path | None,
    mode: str | None,
    url: str | None,
    language: str,
    allow_keys: tuple[str, ...],
    overrides: tuple[str, ...],
) -> None:
    """Check DESCRIPTION, a YAML file or the name of a vendor; with --audio, call it once, message by message.

    \b
    bench engine check my-server.yaml                                  is it a description? by line and key
    bench engine check my-server.yaml --audio clip.wav --mode stream
    bench engine check deepgram --audio clip.wav --url http://127.0.0.1:8000

    Exit codes: 0 it is a description, and the call had an answer; 2 it is none; 4 the call failed.
    """
    from bench.config.overrides import settings
    from bench.doctor.engine_check import about, check_description
    from bench.doctor.subject import modes_of, read_any

    described = read_any(description)
    told = described[0]
    click.echo(f"{told.title or told.name} {told.version}: {' and '.join(modes_of(told))}; {told.proof.shown()}")
    if audio is None:
        return
    values = {**({"base_url": url} if url else {}), **settings(overrides)}
    outcome = check_description(
        described, values, audio, say, mode=mode, language=language, allowed=allow_keys, environment=os.environ
    )
    facts = about(outcome)
    for name, value in facts.items():
        say(f"{name}: {value}")
    if "failure" in facts:
        sys.exit(ExitCode.TRIALS_FAILED)
