"""Answers that somebody has already: an engine that is never asked. Its settings say where they are from."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from bench.config import SpecModel
from bench.engines.base import Engine
from bench.engines.secrets import Secret
from bench.errors import Problem, UsageError


class ImportedSettings(SpecModel):
    source: str
    """The file or folder they were read from."""
    sha256: str
    """Digest of what was read."""


class ImportedEngine:
    """Stands for a system whose answers were imported."""

    Settings = ImportedSettings

    @classmethod
    def secret_names(cls, settings: Any) -> tuple[str, ...]:
        return ()

    @classmethod
    def create(cls, settings: ImportedSettings, secrets: Mapping[str, Secret]) -> Engine:
        """Raises UsageError: there is nothing to ask."""
        raise UsageError(
            Problem(f"answers of {settings.source}", "to be scored", "a call to ask for them again", "run: bench score")
        )
