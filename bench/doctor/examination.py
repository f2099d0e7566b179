"""The examination: which checks, in which order, and their findings."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from bench.doctor import contract, ending, load, options, sound
from bench.doctor.calls import Caller, CallFailedError, UndeterminedError
from bench.doctor.clip import Clip
from bench.doctor.finding import Finding, Need, ServiceCheck, Usage, estimate
from bench.drivers import http
from bench.drivers.websocket import StreamPool
from bench.engines.pulse.settings import PulseSettings
from bench.engines.secrets import Secret
from bench.errors import UnknownNameError

CHECKS: tuple[ServiceCheck, ...] = (*contract.CHECKS, *ending.CHECKS, *sound.CHECKS, *options.CHECKS, *load.CHECKS)
"""In the order of the report. `redaction` and `features` come besides where the settings turn them on."""

_AT_ONCE = 3
_BATCH_TIMEOUT_S = 60.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Examination:
    """What is to be examined, and how."""

    clip: Clip
    settings: PulseSettings
    key: Secret | None
    checks: tuple[ServiceCheck, ...]
    max_streams: int = 6
    at_once: int = _AT_ONCE
    """Streams open at a time, but for the check that looks for the limit."""
    speed: float = 1.0
    """Times real time; other than 1 for tests alone."""
    ping_s: float = 5.0
    """Interval of pings, and how long a pong may take."""

    @property
    def estimate(self) -> Usage:
        return estimate(self.checks, self.clip.audio.duration_s)


def choose(settings: PulseSettings, only: Sequence[str], max_streams: int) -> tuple[ServiceCheck, ...]:
    """The checks of these names (none: all), in order.

    Raises:
        UnknownNameError: with the nearest known name.
    """
    redacts = settings.redact_pii or settings.redact_pci
    asks = any(getattr(settings, flag) for flag in options.FEATURE_FIELDS if flag != "word_timestamps")
    known = (*CHECKS, *((options.REDACTION,) if redacts else ()), *((options.FEATURES,) if asks else ()))
    names = [check.name for check in known]
    for name in only:
        if name not in names:
            raise UnknownNameError("check", name, names)
    streams = Need(mode="stream", count=max_streams)
    sized = (replace(c, needs=(*c.needs, streams)) if c.run is load.concurrency else c for c in known)
    return tuple(check for check in sized if not only or check.name in only)


def examine(examination: Examination, on_finding: Callable[[Finding], None]) -> tuple[tuple[Finding, ...], Usage]:
    """All findings, told in order as they are known, and what was really used."""
    return asyncio.run(_examine(examination, on_finding))


async def _examine(
    examination: Examination, on_finding: Callable[[Finding], None]
) -> tuple[tuple[Finding, ...], Usage]:
    client = http.new_client(timeout_s=_BATCH_TIMEOUT_S, max_connections=4)
    pool = StreamPool(ping_interval_s=examination.ping_s, ping_timeout_s=examination.ping_s)
    async with client, pool:
        caller = Caller(
            clip=examination.clip,
            settings=examination.settings,
            key=examination.key,
            client=client,
            streams=pool,
            gate=asyncio.Semaphore(examination.at_once),
            speed=examination.speed,
            max_streams=examination.max_streams,
        )
        findings = await _in_turn(caller, examination.checks, on_finding)
    return findings, Usage(calls=dict(caller.made), audio_s=caller.audio_s)


async def _in_turn(
    caller: Caller, checks: Sequence[ServiceCheck], on_finding: Callable[[Finding], None]
) -> tuple[Finding, ...]:
    """Checks that bear company run together, the others alone; findings come in the order of the checks."""
    findings: list[Finding] = []
    group: list[ServiceCheck] = []
    for check in (*checks, None):
        if check is not None and not check.alone:
            group.append(check)
            continue
        tasks = [asyncio.create_task(_finding(caller, member)) for member in group]
        for task in tasks:
            findings.append(await task)
            on_finding(findings[-1])
        group = []
        if check is not None:
            findings.append(await _finding(caller, check))
            on_finding(findings[-1])
        if _unreachable(findings):
            break
    return tuple(findings)


def _unreachable(findings: Sequence[Finding]) -> bool:
    """Nothing else need be tried: the first check failed."""
    return len(findings) == 1 and findings[0].check == contract.CHECKS[0].name and findings[0].verdict == "fail"


async def _finding(caller: Caller, check: ServiceCheck) -> Finding:
    try:
        finding = await check.run(caller)
    except UndeterminedError as error:
        finding = Finding(verdict="unknown", seen=str(error), advice="see what failed, and run this again")
    except CallFailedError as error:
        finding = Finding(verdict="fail", seen=str(error), advice="this call should have been answered: report it")
    return replace(finding, check=check.name)
