"""`bench doctor`: the checklist before an integration goes to production."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from bench.cli.address import Address
from bench.cli.output import say, write_or_show
from bench.errors import Problem, UsageError

if TYPE_CHECKING:
    from bench.doctor.finding import Finding
    from bench.doctor.visit import Visited

_COLOURS = {"pass": "green", "warn": "yellow", "fail": "red", "unknown": "magenta"}


@click.command(short_help="Check a service before an integration goes to production.")
@click.option("--engine", default="pulse", show_default=True, help="What to examine: pulse, or a described engine.")
@click.option("--url", help="Its address, for instance an emulator's. Default: the real API.")
@click.option("--set", "overrides", multiple=True, metavar="KEY=VALUE", help="A setting of the engine.")
@click.option("--audio", type=Address(path_type=Path), help="A clip of clear speech, 1 to 30 s; needs --text.")
@click.option("--text", help="What is said in the clip.")
@click.option("--language", default="en", show_default=True, help="Of the clip (BCP-47).")
@click.option("--only", multiple=True, metavar="CHECK", help="This check alone; may be given several times.")
@click.option(
    "--streams", default=6, show_default=True, type=click.IntRange(1, 200), help="Most streams at once to try."
)
@click.option("--price-per-minute", type=click.FloatRange(min=0), help="Of audio, to show what the calls will cost.")
@click.option(
    "--traffic",
    type=Address(path_type=Path),
    help="Examine what your own client sent, kept by bench emulate --record.",
)
@click.option(
    "--markdown", type=Address(dir_okay=False, path_type=Path), help="Also write the findings, to send to a vendor."
)
@click.option("--json", "as_json", is_flag=True, help="The findings as JSON on standard output.")
@click.option("--yes", is_flag=True, help="Do not ask before calling a service that may cost money.")
def doctor(
    engine: str,
    url: str | None,
    overrides: tuple[str, ...],
    audio: Path | None,
    text: str | None,
    language: str,
    only: tuple[str, ...],
    streams: int,
    price_per_minute: float | None,
    traffic: Path | None,
    markdown: Path | None,
    as_json: bool,
    yes: bool,
) -> None:
    """Call a service with a short clip of known text, and check what real integrations tripped over.

    \b
    bench doctor                                  the real API; needs SMALLEST_API_KEY, asks first
    bench doctor --url http://127.0.0.1:8000      an emulator
    bench doctor --engine deepgram --url http://127.0.0.1:8000
    bench doctor --engine websocket --set description=my-server.yaml
    bench doctor --traffic traffic.jsonl          what your own client sent to bench emulate --record
    bench doctor --audio clip.wav --text "what is said in it" --language hi --json --yes

    Exit codes: 0 all pass or warn; 1 a check failed; 2 usage; 3 no check failed, but some could not be determined.
    """
    from bench.config.overrides import settings
    from bench.doctor.visit import clip_of, visit, visit_of_traffic

    if traffic is not None:
        _tell(visit_of_traffic(traffic), markdown, as_json=as_json, one_by_one=True)
    values = {**({"base_url": url} if url else {}), **settings(overrides)}
    begun = visit(engine, values, lambda: clip_of(audio, text, language), os.environ, only=only, streams=streams)
    click.echo(begun.announcement(price_per_minute), err=as_json)
    _confirm(begun.address, yes)
    visited = begun.examine(lambda finding: None if as_json else _show(finding), price_per_minute)
    _tell(visited, markdown, as_json=as_json)


def _tell(visited: Visited, markdown: Path | None, *, as_json: bool, one_by_one: bool = False) -> None:
    """Write and print what was found, and end with the code that says it; `one_by_one`: nothing was shown yet."""
    from bench.report.doctor import summary, to_markdown

    write_or_show(markdown, lambda: to_markdown(visited.title, visited.findings))
    if as_json:
        say(json.dumps(visited.content(), indent=2, ensure_ascii=False))
    else:
        for finding in visited.findings if one_by_one else ():
            _show(finding)
        used = visited.used
        calls = "" if used is None else f"; {sum(used.calls.values())} calls, {used.audio_minutes:.1f} min of audio"
        click.echo(summary(visited.findings) + calls)
    sys.exit(visited.exit_code)


def _confirm(address: str, yes: bool) -> None:
    from bench.doctor.contract import is_local

    if yes or is_local(address):
        return
    if not sys.stdin.isatty():
        raise UsageError(Problem("doctor", "--yes where nobody can be asked", "none", "the calls may cost money"))
    if not click.confirm("Go on?", err=True):
        raise UsageError(Problem("doctor", "a yes before the first call", "no"))


def _show(finding: Finding) -> None:
    verdict = click.style(f"{finding.verdict:<7}", fg=_COLOURS[finding.verdict])
    advice = f". To do: {finding.advice}" if finding.advice else ""
    click.echo(f"{verdict} ", nl=False)
    say(f"{finding.check:<18} {finding.seen}{advice}")
