"""`bench doctor`: the checklist before an integration goes to production."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from bench.cli.address import Address
from bench.cli.output import say
from bench.engines.secrets import Secret, read_key
from bench.errors import ExitCode, Problem, UsageError
from bench.files import CORPORA_ROOT

if TYPE_CHECKING:
    from bench.doctor.clip import Clip
    from bench.doctor.examination import Examination
    from bench.doctor.finding import Estimate, Finding
    from bench.engines.dialect.model import Description
    from bench.engines.dialect.reading import Hooks
    from bench.engines.dialect.values import DialectSettings
    from bench.engines.pulse.settings import PulseSettings

_OWN = ("http", "websocket")
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
    type=click.Path(path_type=Path),
    help="Examine what your own client sent, kept by bench emulate --record.",
)
@click.option(
    "--markdown", type=click.Path(dir_okay=False, path_type=Path), help="Also write the findings, to send to a vendor."
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
    from bench.doctor.examination import Examination, choose, examine
    from bench.doctor.finding import exit_code

    if traffic is not None:
        sys.exit(_client(traffic, markdown, as_json=as_json))
    if engine != "pulse":
        clip = _clip(audio, text, language)
        sys.exit(_described(engine, url, overrides, clip, only, markdown, yes=yes, as_json=as_json))
    settings = _settings(url, overrides)
    checks = choose(settings, only, streams)
    key = _key(settings)
    clip = _clip(audio, text, language)
    examination = Examination(clip=clip, settings=settings, key=key, checks=checks, max_streams=streams)
    click.echo(_announcement(examination, price_per_minute), err=as_json)
    _confirm(settings, yes)
    findings, used = examine(examination, lambda finding: None if as_json else _show(finding))
    code = exit_code(findings)
    _write(markdown, examination.settings.base_url, findings)
    if as_json:
        say(json.dumps(_report(examination, findings, used, price_per_minute), indent=2, ensure_ascii=False))
    else:
        click.echo(_summary(findings, used))
    sys.exit(code)


def _write(path: Path | None, title: str, findings: Sequence[Finding]) -> None:
    """The findings as Markdown, the gravest first."""
    from bench.engines.secrets import masked
    from bench.report.escape import markdown

    if path is None:
        return
    lines = [f"# bench doctor: {markdown(title)}", ""]
    for verdict in ("fail", "unknown", "warn", "pass"):
        some = [finding for finding in findings if finding.verdict == verdict]
        lines += [f"## {len(some)} {verdict}", ""] if some else []
        for finding in some:
            advice = f" To do: {markdown(finding.advice)}." if finding.advice else ""
            lines.append(f"- **{finding.check}**: {markdown(masked(finding.seen))}.{advice}")
        lines += [""] if some else []
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\n".join(lines), encoding="utf-8")


def _client(traffic: Path, markdown: Path | None, *, as_json: bool) -> ExitCode:
    """What a client's own calls show."""
    from bench.doctor.finding import exit_code
    from bench.doctor.traffic import examine, read_traffic

    findings = examine(read_traffic(traffic))
    _write(markdown, traffic.name, findings)
    if as_json:
        say(json.dumps({"schema": 1, "findings": [asdict(finding) for finding in findings]}, indent=2))
    else:
        for finding in findings:
            _show(finding)
    return exit_code(findings)


def _described(
    engine: str,
    url: str | None,
    overrides: tuple[str, ...],
    clip: Clip,
    only: tuple[str, ...],
    markdown: Path | None,
    *,
    yes: bool,
    as_json: bool,
) -> ExitCode:
    """The checks that an engine's dialect can have.

    Raises:
        UsageError: if it is not described, or has no such check.
    """
    from bench.doctor.contract import is_local
    from bench.doctor.described import Examined, checks, examine
    from bench.doctor.finding import exit_code
    from bench.engines.dialect.engine import hosts_of
    from bench.engines.secrets import Hosts, read_key

    description, hooks, settings = _description(engine, {"base_url": url} if url else {}, overrides)
    unknown = [name for name in only if name not in checks(description)]
    if unknown:
        raise UsageError(Problem("--only", f"some of {', '.join(checks(description))}", ", ".join(unknown)))
    address = settings.base_url or description.base_url
    name = settings.api_key_env
    may_do_without = not name or (is_local(address) and not os.environ.get(name))
    hosts = Hosts(own=hosts_of(description) if engine not in _OWN else ())
    key = None if may_do_without else read_key(os.environ, name, f"engine {engine}", hosts)
    click.echo(f"{address}: {len(checks(description))} checks with {clip.name}; about 7 calls", err=as_json)
    if not is_local(address) and not yes and not (sys.stdin.isatty() and click.confirm("Go on?", err=True)):
        raise UsageError(Problem("doctor", "--yes where nobody can be asked", "none", "the calls may cost money"))
    examined = Examined(description=description, hooks=hooks, settings=settings, key=key, clip=clip)
    findings = examine(examined, only, lambda finding: None if as_json else _show(finding))
    _write(markdown, address, findings)
    if as_json:
        told = {"schema": 1, "engine": engine, "url": address, "findings": [asdict(finding) for finding in findings]}
        click.echo(json.dumps(told, indent=2, ensure_ascii=False))
    return exit_code(findings)


def _description(
    engine: str, values: dict[str, Any], overrides: tuple[str, ...]
) -> tuple[Description, Hooks, DialectSettings]:
    """A vendor's, or that of a server of one's own (`--engine websocket --set description=FILE`)."""
    from bench.config import validated
    from bench.config.overrides import settings
    from bench.engines import ENGINES
    from bench.engines.dialect.engine import Own, Vendor
    from bench.engines.dialect.loading import packaged, read_description
    from bench.engines.dialect.values import settings_model

    factory = ENGINES.load(engine)
    values |= settings(overrides)
    if isinstance(factory, Own):
        if not isinstance(values.get("description"), str):
            raise UsageError(Problem(f"--engine {engine}", "--set description=FILE", "none"))
        told: tuple[Description, Hooks] = read_description(values.pop("description")), {}
    elif isinstance(factory, Vendor):
        told = packaged(engine)
    else:
        raise UsageError(Problem(f"--engine {engine}", "pulse or a described engine (bench list engines)", "another"))
    return *told, validated(settings_model(told[0]), values, f"--engine {engine}")


def _settings(url: str | None, overrides: tuple[str, ...]) -> PulseSettings:
    from bench.config import validated
    from bench.config.overrides import settings
    from bench.engines.pulse.settings import PulseSettings

    values: dict[str, Any] = {"base_url": url} if url else {}
    return validated(PulseSettings, {**values, **settings(overrides)}, "pulse")


def _key(settings: PulseSettings) -> Secret | None:
    """The key from the environment; an address on this machine may do without.

    Raises:
        ConfigError: if there is none.
    """
    from bench.doctor.contract import is_local

    name = settings.api_key_env
    if not name or (is_local(settings.base_url) and not os.environ.get(name, "").strip()):
        return None
    return read_key(os.environ, name, "doctor")


def _clip(audio: Path | None, text: str | None, language: str) -> Clip:
    from bench.doctor.clip import default_clip, read_clip

    if audio is None and text is None:
        return default_clip(CORPORA_ROOT)
    if audio is None or text is None:
        raise UsageError(Problem("--audio, --text", "both or neither", "one", "the text is what the clip is held to"))
    return read_clip(audio, text, language)


def _announcement(examination: Examination, price: float | None) -> str:
    """What is about to be used, before anything is called."""
    clip, planned = examination.clip, examination.estimate
    cost = "price unknown (--price-per-minute)" if price is None else f"about {price * planned.audio_minutes:.2f}"
    calls = f"{planned.calls['batch']} batch and {planned.calls['stream']} stream calls"
    return (
        f"{examination.settings.base_url}: {len(examination.checks)} checks with {clip.name} "
        f"({clip.audio.duration_s:.1f} s): {calls}, {planned.audio_minutes:.1f} min of audio, cost: {cost}"
    )


def _confirm(settings: PulseSettings, yes: bool) -> None:
    from bench.doctor.contract import is_local

    if yes or is_local(settings.base_url):
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


def _summary(findings: tuple[Finding, ...], used: Estimate) -> str:
    counts = [f"{sum(f.verdict == verdict for f in findings)} {verdict}" for verdict in _COLOURS]
    return f"{', '.join(counts)}; {sum(used.calls.values())} calls, {used.audio_minutes:.1f} min of audio"


def _report(
    examination: Examination, findings: tuple[Finding, ...], used: Estimate, price: float | None
) -> dict[str, Any]:
    from bench.doctor.finding import exit_code

    questions = {check.name: check.question for check in examination.checks}
    planned = examination.estimate
    return {
        "schema": 1,
        "engine": "pulse",
        "url": examination.settings.base_url,
        "clip": {"name": examination.clip.name, "text": examination.clip.text, "language": examination.clip.language},
        "planned": {"calls": dict(planned.calls), "audio_s": round(planned.audio_s, 3)},
        "used": {"calls": dict(used.calls), "audio_s": round(used.audio_s, 3)},
        "cost": None if price is None else round(price * used.audio_minutes, 6),
        "findings": [{**asdict(finding), "question": questions[finding.check]} for finding in findings],
        "exit_code": exit_code(findings),
    }
