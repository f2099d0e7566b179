"""`bench emulate`: a Pulse-compatible server on this machine."""

from __future__ import annotations

import logging
import os
from pathlib import Path

import click

from bench.cli.address import Address
from bench.emulator.dialects import DIALECTS
from bench.errors import Problem, UsageError


@click.command(name="emulate", short_help="Serve a vendor's API from this machine.")
@click.option("--dialect", default="pulse", show_default=True, help="Whose protocol: " + ", ".join(DIALECTS.names()))
@click.option(
    "--recognizer", default="moonshine", show_default=True, help="moonshine | pocketsphinx | whisper | script:FILE"
)
@click.option("--port", default=8000, show_default=True, type=click.IntRange(0, 65535), help="0: any free port.")
@click.option("--host", default="127.0.0.1", show_default=True, help="Other than loopback needs --api-key-env.")
@click.option("--api-key-env", metavar="NAME", help="Environment variable that holds the key requests must bear.")
@click.option(
    "--behaviour",
    type=Address(dir_okay=False, path_type=Path),
    help="YAML: faults, word errors, limits, languages (docs/emulator.md).",
)
@click.option(
    "--record", type=Address(dir_okay=False, path_type=Path), help="Keep what clients send, for doctor --traffic."
)
@click.option("--quiet", is_flag=True, help="No line for each request.")
def emulate_command(
    dialect: str,
    recognizer: str,
    port: int,
    host: str,
    api_key_env: str | None,
    behaviour: Path | None,
    record: Path | None,
    quiet: bool,
) -> None:
    """Serve the Pulse API, or another vendor's, from this machine, over a local recogniser or a script.

    \b
    bench emulate --recognizer moonshine --port 8000
    bench emulate --dialect deepgram --recognizer moonshine
    bench emulate --recognizer script:delays.yaml --behaviour faults.yaml
    bench emulate --record traffic.jsonl          then: bench doctor --traffic traffic.jsonl
    """
    from bench.emulator.server import serve_dialect
    from bench.emulator.settings import EmulatorSettings, load_behaviour

    settings = (load_behaviour(behaviour) if behaviour else EmulatorSettings()).model_copy(
        update={"api_key": _api_key(api_key_env), **({"record": record} if record else {})}
    )
    logging.basicConfig(level=logging.WARNING if quiet else logging.INFO, format="%(asctime)s %(name)s %(message)s")
    spoken = settings.dialect if dialect == "pulse" else dialect
    serve_dialect(
        dialect,
        recognizer,
        settings,
        host=host,
        port=port,
        ready=lambda address: click.echo(f"serving the {spoken} API at {address} (Ctrl-C stops)"),
    )


def _api_key(name: str | None) -> str | None:
    if name is None:
        return None
    key = os.environ.get(name)
    if not key:
        raise UsageError(Problem("--api-key-env", f"the environment variable {name} to hold a key", "nothing"))
    return key
