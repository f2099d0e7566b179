"""`bench engine`: descriptions of vendors and of your own servers."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from bench.cli.address import Address
from bench.cli.output import ALLOW_KEY, say
from bench.errors import ExitCode, Problem, UsageError

if TYPE_CHECKING:
    from bench.engines.dialect.model import Description
    from bench.engines.dialect.reading import Hooks
    from bench.engines.secrets import Secret


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
    from bench.config import validated
    from bench.doctor.engine_check import about, check
    from bench.engines.dialect.engine import DescribedEngine
    from bench.engines.dialect.values import settings_model

    told, hooks = _described(description)
    modes = [name for name in ("batch", "stream") if getattr(told, name) is not None]
    click.echo(f"{told.title or told.name} {told.version}: {' and '.join(modes)}; {told.proof.shown()}")
    if audio is None:
        return
    if mode is not None and mode not in modes:
        raise UsageError(Problem("--mode", f"one of {', '.join(modes)}", mode))
    values = {**({"base_url": url} if url else {}), **_overrides(overrides)}
    settings = validated(settings_model(told), values, "--set")
    engine = DescribedEngine(
        told, hooks, settings, _key(settings.api_key_env, url, _own_hosts(description, told), allow_keys)
    )
    from bench.audio import read

    chosen = mode or modes[0]
    outcome = check(engine, told, "batch" if chosen == "batch" else "stream", read(audio), language, say)
    for name, value in about(outcome).items():
        say(f"{name}: {value}")
    if "failure" in about(outcome):
        sys.exit(ExitCode.TRIALS_FAILED)


def _described(description: str) -> tuple[Description, Hooks]:
    from bench.engines import ENGINES
    from bench.engines.dialect.engine import Vendor
    from bench.engines.dialect.loading import packaged, read_description

    if description in ENGINES and not Path(description).exists():
        if not isinstance(ENGINES.load(description), Vendor):
            raise UsageError(Problem(description, "a described engine", "one written by hand"))
        return packaged(description)
    return read_description(description), {}


def _overrides(overrides: tuple[str, ...]) -> dict[str, object]:
    import yaml

    values: dict[str, object] = {}
    for override in overrides:
        name, equals, value = override.partition("=")
        if not equals:
            raise UsageError(Problem("--set", "key=value", repr(override), "for example --set model=nova-3"))
        values[name.strip()] = yaml.safe_load(value)
    return values


def _own_hosts(description: str, told: Description) -> tuple[str, ...]:
    """Those of a vendor's key, by what the package says; a file may come from anyone, and has none."""
    from bench.engines import ENGINES
    from bench.engines.dialect.engine import hosts_of

    is_packaged = description in ENGINES and not Path(description).exists()
    return hosts_of(told) if is_packaged else ()


def _key(name: str, url: str | None, own: tuple[str, ...], allow_keys: tuple[str, ...]) -> Secret | None:
    """The key from the environment, bound to its hosts; an address given by hand may do without."""
    from bench.engines.secrets import Hosts, read_key
    from bench.execution.keys import allowed_hosts

    hosts = Hosts(own=own, allowed=allowed_hosts(allow_keys).get(name, ()))
    may_do_without = not name or (url is not None and not os.environ.get(name))
    return None if may_do_without else read_key(os.environ, name, "engine check", hosts)
