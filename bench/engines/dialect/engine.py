"""From a description to an engine: what the registry holds for every described vendor, and for a user's own."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cached_property
from typing import Any, Self

from pydantic import BaseModel, ConfigDict

from bench.engines.base import About
from bench.engines.base import Accepts as Taken
from bench.engines.dialect import templates
from bench.engines.dialect.batch import Account, DescribedBatch
from bench.engines.dialect.loading import checked, packaged, read_description
from bench.engines.dialect.model import Accepts, Description
from bench.engines.dialect.reading import Hooks, Reader
from bench.engines.dialect.session import DescribedStream, PreparedStream
from bench.engines.dialect.values import COMMON, DialectSettings, bounded, settings_model
from bench.engines.secrets import Secret
from bench.errors import ConfigError, Problem
from bench.types import Mode

MODES: tuple[Mode, ...] = ("batch", "stream")


class DescribedEngine:
    """Adapters for the modes that a description has."""

    def __init__(self, description: Description, hooks: Hooks, settings: DialectSettings, key: Secret | None) -> None:
        reader = Reader(description, hooks)
        account = Account(settings, key)
        self.version: str | None = None
        """The service does not say which version answered."""
        self.batch = DescribedBatch(reader, account) if description.batch is not None else None
        self.stream: DescribedStream | PreparedStream | None = None
        if description.stream is not None:
            prepared = description.stream.prepare is not None
            self.stream = PreparedStream(reader, account) if prepared else DescribedStream(reader, account, {})


class Vendor:
    """Registry entry of a vendor whose description comes with the package. Nothing is read before it is asked for."""

    def __init__(self, name: str, dialect: str | None = None) -> None:
        self._name, self._dialect = name, dialect

    @property
    def description(self) -> Description:
        return packaged(self._name)[0]

    @cached_property
    def Settings(self) -> type[DialectSettings]:
        return settings_model(self.description)

    @property
    def about(self) -> About:
        return about(self.description, self._dialect)

    def about_of(self, settings: DialectSettings) -> About:
        return about(self.description, self._dialect, settings)

    @staticmethod
    def common_settings(common: Mapping[str, Any]) -> dict[str, Any]:
        return dict(common)

    def secret_names(self, settings: DialectSettings) -> tuple[str, ...]:
        return (settings.api_key_env,) if settings.api_key_env else ()

    def own_hosts(self, settings: DialectSettings) -> dict[str, tuple[str, ...]]:
        """What the package's own description names; a `base_url` of a config does not count."""
        return {self.description.key.env: hosts_of(self.description)}

    def addresses(self, settings: DialectSettings) -> tuple[str, ...]:
        return (settings.base_url or self.description.base_url,)

    def create(self, settings: DialectSettings, secrets: Mapping[str, Secret]) -> DescribedEngine:
        description, hooks = packaged(self._name)
        return DescribedEngine(description, hooks, settings, secrets.get(settings.api_key_env))


class OwnSettings(DialectSettings):
    """Of a server that the user describes: `description` is a file's path or the description itself; the options that
    it names come beside it.
    """

    model_config = ConfigDict(extra="allow", frozen=True)

    description: Any = None

    @classmethod
    def model_validate(cls, obj: Any, **options: Any) -> Self:
        """With the description read, so that it is recorded whole.

        Raises:
            ConfigError: if the description is wrong; ValidationError: if a setting is.
        """
        given = dict(obj) if isinstance(obj, Mapping) else {}
        source = given.pop("description", None)
        if source is None:
            raise ConfigError([Problem("description", "a file's path, or a description", "nothing")])
        own = isinstance(source, str)
        description = read_description(source) if own else checked(source, "description")
        made = settings_model(description).model_validate(given, **options)
        told = description.model_dump(mode="json", exclude_defaults=True, by_alias=True)
        return cls.model_construct(**{**made.model_dump(), "description": told})


class Own:
    """Registry entries `http` and `websocket`: a server described in the config, inline or by file."""

    Settings = OwnSettings

    def __init__(self, mode: Mode) -> None:
        self.mode = mode

    @staticmethod
    def common_settings(common: Mapping[str, Any]) -> dict[str, Any]:
        return dict(common)

    @staticmethod
    def about_of(settings: OwnSettings) -> About:
        """What the description says; an emulator of it must be told its dialect."""
        return about(checked(settings.description, "description"), None, settings)

    @staticmethod
    def secret_names(settings: OwnSettings) -> tuple[str, ...]:
        return (settings.api_key_env,) if settings.api_key_env else ()

    @staticmethod
    def own_hosts(settings: OwnSettings) -> dict[str, tuple[str, ...]]:
        """None: a description in a config may come from anyone, and name any variable and any host."""
        return {}

    @staticmethod
    def addresses(settings: OwnSettings) -> tuple[str, ...]:
        description = checked(settings.description, "description")
        if settings.base_url:
            return (settings.base_url,)
        return (description.base_url, *description.hosts.values())

    def create(self, settings: OwnSettings, secrets: Mapping[str, Secret]) -> DescribedEngine:
        description = checked(settings.description, "description")
        told = settings_model(description).model_validate(_set(settings))
        return DescribedEngine(description, {}, told, secrets.get(settings.api_key_env))


_ADDRESS = re.compile(r"\b(?:https|wss)://(?:[^/\s\"']*\})?\.?([A-Za-z0-9][A-Za-z0-9.-]*)")


def hosts_of(description: Description) -> tuple[str, ...]:
    """Every host that a description names; of one with a variable part, what stands behind that."""
    text = description.model_dump_json()
    return tuple(sorted({match[1].lower() for match in _ADDRESS.finditer(text) if "." in match[1]}))


def _set(settings: OwnSettings) -> dict[str, Any]:
    return settings.model_dump(exclude={"description"})


def about(description: Description, dialect: str | None, settings: DialectSettings | None = None) -> About:
    """What a description says of its vendor; with settings, also which of them it is sent otherwise."""
    otherwise = {} if settings is None else bounded(description, settings)
    bounds = {name: f"outside of its bounds: {sent:g} is sent" for name, sent in otherwise.items()}
    modes: tuple[Mode, ...] = tuple(mode for mode in MODES if getattr(description, mode) is not None)
    return About(
        title=description.title or description.name,
        modes=modes,
        accepts={mode: accepted(getattr(description, mode).accepts) for mode in modes},
        proof=description.proof.shown(),
        unsaid={
            mode: {
                **{name: str(what) for name, what in description.fixed.get(mode, {}).items()},
                **dict.fromkeys(unsaid(description, mode), "unknown"),
                **(bounds if mode == "stream" else {}),
            }
            for mode in modes
        },
        dialect=dialect,
    )


def accepted(accepts: Accepts) -> Taken:
    """What may be sent, as the rest of the harness asks for it."""
    return Taken(
        encodings=tuple(accepts.encodings),
        rates_hz=accepts.rates,
        containers=accepts.containers,
        min_chunk_ms=accepts.min_chunk_ms,
        max_chunk_ms=accepts.max_chunk_ms,
        max_s=min((s for s in (accepts.max_seconds, accepts.max_session_s) if s is not None), default=None),
        max_bytes=accepts.max_bytes,
    )


def unsaid(description: Description, mode: Mode) -> tuple[str, ...]:
    """Common settings that the vendor has no way to be told in a mode: its default applies."""
    section: BaseModel | None = description.batch if mode == "batch" else description.stream
    if section is None:
        return COMMON
    mentioned = templates.names(section.model_dump())
    for name, derived in description.derived.items():
        mentioned |= {derived.of} | templates.names(derived.map) if name in mentioned else frozenset()
    mentioned |= {"endpointing_ms"} if "endpointing_s" in mentioned else set()
    constant = description.fixed.get(mode, {})
    return tuple(
        name
        for name in COMMON
        if name not in mentioned and name not in constant and not (mode == "batch" and name == "endpointing_ms")
    )
