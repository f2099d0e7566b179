"""What a check is, what it finds, and what findings amount to. Pure."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Literal, TypeAlias

from bench.doctor.calls import Caller
from bench.errors import ExitCode
from bench.types import Mode

Verdict: TypeAlias = Literal["pass", "warn", "fail", "unknown"]
"""pass: as documented, and harmless to a client that follows the advice; warn: a trap that the service does not
tell of; fail: even a careful client loses or invents words; unknown: the calls it needs did not succeed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One line of the examination."""

    verdict: Verdict
    seen: str
    advice: str = ""
    check: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Need:
    """Calls that a check makes."""

    mode: Mode
    count: int = 1
    audio_s: float | None = None
    """Of each; `None`: the clip's length."""
    stretch: float = 1.0
    """Times that length: stereo is twice as many samples."""
    shared: bool = False
    """The plain call of the mode: made once, and looked at by many checks."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceCheck:
    """One question to the service."""

    name: str
    question: str
    run: Callable[[Caller], Awaitable[Finding]]
    needs: tuple[Need, ...]
    alone: bool = False
    """Not while other checks are calling: it measures time, or uses up the limit of streams."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Usage:
    """What an examination will use."""

    calls: Mapping[Mode, int]
    audio_s: float

    @property
    def audio_minutes(self) -> float:
        return self.audio_s / 60


def estimate(checks: Iterable[ServiceCheck], clip_s: float) -> Usage:
    """Calls and audio of these checks; shared calls count once."""
    needs = [need for check in checks for need in check.needs]
    shared = {need.mode: need for need in needs if need.shared}
    made = [need for need in needs if not need.shared] + list(shared.values())
    calls: dict[Mode, int] = {"batch": 0, "stream": 0}
    for need in made:
        calls[need.mode] += need.count
    return Usage(
        calls=calls,
        audio_s=sum(need.count * need.stretch * (clip_s if need.audio_s is None else need.audio_s) for need in made),
    )


def passed(seen: str, advice: str = "") -> Finding:
    return Finding(verdict="pass", seen=seen, advice=advice)


def warned(seen: str, advice: str) -> Finding:
    return Finding(verdict="warn", seen=seen, advice=advice)


def failed(seen: str, advice: str) -> Finding:
    return Finding(verdict="fail", seen=seen, advice=advice)


def worst(findings: Iterable[Finding]) -> Finding:
    """Of several findings of one check the most serious, the first among equals, with what all of them saw."""
    order: tuple[Verdict, ...] = ("fail", "unknown", "warn", "pass")
    all_of = sorted(findings, key=lambda finding: order.index(finding.verdict))
    first = all_of[0]
    return Finding(
        verdict=first.verdict, seen="; ".join(dict.fromkeys(finding.seen for finding in all_of)), advice=first.advice
    )


def exit_code(findings: Iterable[Finding]) -> ExitCode:
    """OK: all pass or warn; REGRESSED: something failed; INCONCLUSIVE: nothing did, but something is not known."""
    verdicts = {finding.verdict for finding in findings}
    if "fail" in verdicts:
        return ExitCode.REGRESSED
    return ExitCode.INCONCLUSIVE if "unknown" in verdicts else ExitCode.OK
