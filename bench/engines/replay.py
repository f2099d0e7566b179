"""Registry entry `replay`: an engine of an earlier run, answered from what that run recorded. Asks nobody.

Which engine that is, and its recordings, are handed in by whoever opens it (`execution.engines`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel, ConfigDict

from bench.engines.base import BatchAdapter, JobAdapter, PreparedAdapter, StreamAdapter
from bench.engines.secrets import Secret
from bench.errors import Problem, UsageError


class ReplaySettings(BaseModel):
    """Which run, and which of its engines."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    run: str
    """Its folder or URL: one that was run with `record: true`, or any other for its answers without latency."""
    engine: str | None = None
    """The run's own id of it; `None`: the only one."""


@dataclass(slots=True)
class ReplayEngine:
    """The adapters of an engine, for messages that were recorded."""

    version: str | None
    batch: BatchAdapter | JobAdapter | None
    stream: StreamAdapter | PreparedAdapter | None
    identity: Mapping[str, Any]
    """Of the engine that answered then, as its run kept it: part of its answers' keys."""


class Replay:
    """The registry's factory. It needs no key, and calls no host."""

    Settings = ReplaySettings

    @classmethod
    def secret_names(cls, settings: ReplaySettings) -> tuple[str, ...]:
        return ()

    @classmethod
    def own_hosts(cls, settings: ReplaySettings) -> Mapping[str, tuple[str, ...]]:
        return {}

    @classmethod
    def addresses(cls, settings: ReplaySettings) -> tuple[str, ...]:
        return ()

    @classmethod
    def create(cls, settings: ReplaySettings, secrets: Mapping[str, Secret]) -> ReplayEngine:
        """Only a run can open it.

        Raises:
            UsageError: always.
        """
        raise UsageError(
            Problem("engine replay", f"a run that opens {settings.run}", "a call without one", "use bench run")
        )
