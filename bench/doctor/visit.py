"""An examination from the settings a user gives: checked before anything is called, announced, made, and summed up."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Protocol, TypeAlias

from bench.config import validated
from bench.doctor import described, examination, traffic
from bench.doctor.clip import Clip, default_clip, read_clip
from bench.doctor.contract import is_local
from bench.doctor.examination import Examination
from bench.doctor.finding import Finding, Usage, exit_code
from bench.doctor.subject import subject_of_engine
from bench.engines.pulse.settings import PulseSettings
from bench.engines.secrets import read_key
from bench.errors import ExitCode, Problem, UsageError
from bench.files import CORPORA_ROOT

Tell: TypeAlias = Callable[[Finding], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Visited:
    """What an examination found."""

    title: str
    """The address, or the file of traffic."""
    findings: tuple[Finding, ...]
    facts: Mapping[str, Any]
    """What was examined and used, for machines; `findings` come besides."""
    used: Usage | None = None
    """`None`: nothing was counted."""
    questions: Mapping[str, str] = field(default_factory=dict)
    """What each check asks, where that is known, by its name."""

    @property
    def exit_code(self) -> ExitCode:
        return exit_code(self.findings)

    def content(self) -> dict[str, Any]:
        """All of it, as JSON holds it."""
        findings = [
            {
                **asdict(finding),
                **({"question": self.questions[finding.check]} if finding.check in self.questions else {}),
            }
            for finding in self.findings
        ]
        return {"schema": 1, **self.facts, "findings": findings, "exit_code": self.exit_code}


class ServiceVisit(Protocol):
    """An examination that may begin."""

    @property
    def address(self) -> str: ...

    def announcement(self, price_per_minute: float | None) -> str:
        """What is about to be used."""

    def examine(self, tell: Tell, price_per_minute: float | None) -> Visited:
        """Call the service; `tell` hears each finding as it is known."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PulseVisit:
    """Of Pulse, by the checks of `doctor.examination`."""

    examination: Examination

    @property
    def address(self) -> str:
        return self.examination.settings.base_url

    def announcement(self, price_per_minute: float | None) -> str:
        clip, planned = self.examination.clip, self.examination.estimate
        calls = f"{planned.calls['batch']} batch and {planned.calls['stream']} stream calls"
        cost = "price unknown (--price-per-minute)"
        if price_per_minute is not None:
            cost = f"about {price_per_minute * planned.audio_minutes:.2f}"
        return (
            f"{self.address}: {len(self.examination.checks)} checks with {clip.name} "
            f"({clip.audio.duration_s:.1f} s): {calls}, {planned.audio_minutes:.1f} min of audio, cost: {cost}"
        )

    def examine(self, tell: Tell, price_per_minute: float | None) -> Visited:
        findings, used = examination.examine(self.examination, tell)
        clip, planned = self.examination.clip, self.examination.estimate
        facts = {
            "engine": "pulse",
            "url": self.address,
            "clip": {"name": clip.name, "text": clip.text, "language": clip.language},
            "planned": {"calls": dict(planned.calls), "audio_s": round(planned.audio_s, 3)},
            "used": {"calls": dict(used.calls), "audio_s": round(used.audio_s, 3)},
            "cost": None if price_per_minute is None else round(price_per_minute * used.audio_minutes, 6),
        }
        questions = {check.name: check.question for check in self.examination.checks}
        return Visited(title=self.address, findings=findings, facts=facts, used=used, questions=questions)


@dataclass(frozen=True, slots=True, kw_only=True)
class DescribedVisit:
    """Of an engine that is described, by what its dialect can have."""

    engine: str
    address: str
    examined: described.Examined
    only: tuple[str, ...]

    def announcement(self, price_per_minute: float | None) -> str:
        number = len(described.checks(self.examined.description))
        return f"{self.address}: {number} checks with {self.examined.clip.name}; about 7 calls"

    def examine(self, tell: Tell, price_per_minute: float | None) -> Visited:
        findings = described.examine(self.examined, self.only, tell)
        return Visited(title=self.address, findings=findings, facts={"engine": self.engine, "url": self.address})


def visit(
    engine: str,
    settings: Mapping[str, Any],
    clip: Callable[[], Clip],
    environment: Mapping[str, str],
    *,
    only: Sequence[str] = (),
    streams: int = 6,
) -> ServiceVisit:
    """An examination of an engine; nothing is called yet.

    Args:
        engine: `pulse`, or one that is described.
        settings: of the engine.
        clip: makes the clip that it is examined with, once everything else is right.
        environment: variables by name, for its key.
        only: these checks alone.
        streams: most at once, of Pulse.

    Raises:
        BenchError: for what is wrong with any of these.
    """
    if engine != "pulse":
        return _described(engine, settings, clip, environment, tuple(only))
    checked = validated(PulseSettings, dict(settings), "pulse")
    checks = examination.choose(checked, only, streams)
    name = checked.api_key_env
    may_do_without = not name or (is_local(checked.base_url) and not environment.get(name, "").strip())
    key = None if may_do_without else read_key(environment, name, "doctor")
    return PulseVisit(
        examination=Examination(clip=clip(), settings=checked, key=key, checks=checks, max_streams=streams)
    )


def _described(
    engine: str,
    settings: Mapping[str, Any],
    clip: Callable[[], Clip],
    environment: Mapping[str, str],
    only: tuple[str, ...],
) -> DescribedVisit:
    subject = subject_of_engine(engine, settings)
    known = described.checks(subject.description)
    unknown = [name for name in only if name not in known]
    if unknown:
        raise UsageError(Problem("--only", f"some of {', '.join(known)}", ", ".join(unknown)))
    examined = described.Examined(
        description=subject.description,
        hooks=subject.hooks,
        settings=subject.settings,
        key=subject.key(environment, f"engine {engine}"),
        clip=clip(),
    )
    return DescribedVisit(engine=engine, address=subject.address, examined=examined, only=only)


def visit_of_traffic(path: Path) -> Visited:
    """What a client's own calls show, as `bench emulate --record` kept them."""
    return Visited(title=path.name, findings=traffic.examine(traffic.read_traffic(path)), facts={})


def clip_of(audio: Path | None, text: str | None, language: str) -> Clip:
    """A clip of one's own, or the one that comes along.

    Raises:
        UsageError: for a recording without its text, or the other way round.
    """
    if audio is None and text is None:
        return default_clip(CORPORA_ROOT)
    if audio is None or text is None:
        raise UsageError(Problem("--audio, --text", "both or neither", "one", "the text is what the clip is held to"))
    return read_clip(audio, text, language)
