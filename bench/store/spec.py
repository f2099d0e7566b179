"""What a run was told to do, and what it was done with and on: `resolved.json` and `environment.json` as types."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from bench.config import RunConfig
from bench.corpora.identity import DIGEST_CHARS
from bench.types import Condition, Params

FORMAT = 1
"""Of the run folder, `schema` in resolved.json; a folder of another format is refused."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EngineIdentity:
    """What of an engine decides its answers, as effective."""

    engine: str
    """The registered name, not the run's own id of it."""
    settings: Params = field(default_factory=dict)
    emulate: Params | None = None
    """The emulator that answers in its place; `None`: none does."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NormalizerIdentity:
    """A text profile by name and version, and a digest of its rules."""

    id: str
    """`name@version`."""
    hash: str
    """SHA-256 of what the rules say, in hex."""

    @property
    def name(self) -> str:
        """What the rules of today are had by: `get_normalizer(name)`."""
        return self.id.partition("@")[0]

    @property
    def short_hash(self) -> str:
        return self.hash[:DIGEST_CHARS]

    def __str__(self) -> str:
        return f"{self.id} ({self.short_hash})"


@dataclass(frozen=True, slots=True, kw_only=True)
class ScoredVersions:
    """By which versions of their definitions a run's metrics were made."""

    metrics: dict[str, int]
    """Of single trials, by name."""
    measures: dict[str, int] = field(default_factory=dict)
    """Of all else, by name. Scores of before 2026-11-29 do not say."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Replan:
    """What a run that went on with another plan kept of its trials, and did not."""

    at: str
    """UTC, ISO 8601."""
    kept: int
    added: int
    left_out: int
    """Trials of the plan before; their answers stay on disk, and count nowhere."""
    answered_left_out: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class RunSpec:
    """A run as effective: its config, and everything the config's names stood for when it was created."""

    config: RunConfig
    engines: Mapping[str, EngineIdentity]
    """By the run's id of it."""
    conditions: tuple[Condition, ...]
    """In the config's order: the first is what others are compared with."""
    manifests: Mapping[str, str]
    """Corpus -> absolute path of the manifest it came from."""
    normalizer: NormalizerIdentity
    terms: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Corpus -> every term that is said in it or may be sent."""
    replans: tuple[Replan, ...] = ()
    """In the order they were made."""

    @property
    def told(self) -> dict[str, tuple[str, Params, Params | None]]:
        """Registered name, settings and emulator of each engine, by id: what a sweep is recognised by."""
        return {name: (engine.engine, engine.settings, engine.emulate) for name, engine in self.engines.items()}


@dataclass(frozen=True, slots=True, kw_only=True)
class Machine:
    """Processors and memory; `None`: the system does not say."""

    cpus: int | None = None
    cpu: str | None = None
    memory_gb: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Environment:
    """What the numbers were made with and on. `None`, or empty: not known."""

    started_at: str
    """UTC, ISO 8601."""
    earwitness: str | None = None
    """Version."""
    commit: str | None = None
    """Of earwitness, where it runs from a clone."""
    dirty: bool | None = None
    """Whether the clone had changes that were not committed."""
    python: str | None = None
    platform: str | None = None
    machine: Machine = Machine()
    calibration: Mapping[str, Any] | None = None
    """The machine's latest calibration, as `calibration.record` wrote it."""
    packages: Mapping[str, str | None] = field(default_factory=dict)
    """Name -> version of what the numbers depend on."""
    argv: tuple[str, ...] = ()
    """The command's arguments."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Node:
    """A machine of a cluster that ran some of a run's trials: `nodes/NAME.json`."""

    name: str
    earwitness: str | None = None
    python: str | None = None
    platform: str | None = None
    machine: Machine = Machine()
    calibration: Mapping[str, Any] | None = None
    """Its own latest; `None`: it has none."""
