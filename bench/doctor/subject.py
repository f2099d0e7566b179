"""A described engine that is to be called once or examined: its description, its settings, and its key.

From the name of a vendor of the package, or a YAML file of one's own.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

from bench.config import validated
from bench.doctor.contract import is_local
from bench.engines import ENGINES
from bench.engines.dialect.engine import MODES, DescribedEngine, Own, Vendor, hosts_of
from bench.engines.dialect.loading import packaged, read_description
from bench.engines.dialect.model import Description
from bench.engines.dialect.reading import Hooks
from bench.engines.dialect.values import DialectSettings, settings_model
from bench.engines.secrets import Hosts, Secret, allowed_hosts, read_key
from bench.errors import Problem, UsageError
from bench.types import Mode

Described: TypeAlias = tuple[Description, Hooks, tuple[str, ...]]
"""A description, its hooks, and where its key may go by what the package says; a file may come from anyone, and has no
such host."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """A description with its settings, checked."""

    description: Description
    hooks: Hooks
    settings: DialectSettings
    own_hosts: tuple[str, ...]

    @property
    def address(self) -> str:
        return self.settings.base_url or self.description.base_url

    def key(
        self, environment: Mapping[str, str], whose: str, *, allowed: Sequence[str] = (), is_optional: bool = False
    ) -> Secret | None:
        """The key from the environment, bound to its hosts; `None`: it has none, and does without.

        An address on this machine may do without; any other where the key `is_optional`.

        Raises:
            ConfigError: if there is none, or `allowed` (`NAME=HOST`) is no such pair.
        """
        name = self.settings.api_key_env
        hosts = Hosts(own=self.own_hosts, allowed=allowed_hosts(allowed).get(name, ()))
        if not name or ((is_optional or is_local(self.address)) and not environment.get(name)):
            return None
        return read_key(environment, name, whose, hosts)

    def engine(self, key: Secret | None) -> DescribedEngine:
        return DescribedEngine(self.description, self.hooks, self.settings, key)


def modes_of(description: Description) -> tuple[Mode, ...]:
    """Those that it describes."""
    return tuple(mode for mode in MODES if getattr(description, mode) is not None)


def read_any(description: str) -> Described:
    """A vendor's description by its name, or one's own by its file; with the vendor's hosts.

    Raises:
        BenchError: if it is none.
    """
    if description not in ENGINES or Path(description).exists():
        return read_description(description), {}, ()
    if not isinstance(ENGINES.load(description), Vendor):
        raise UsageError(Problem(description, "a described engine", "one written by hand"))
    told, hooks = packaged(description)
    return told, hooks, hosts_of(told)


def subject_of_engine(engine: str, settings: Mapping[str, Any]) -> Subject:
    """An engine by its name in configs: a vendor, or `http` and `websocket` with a `description` in their settings.

    Raises:
        UsageError: if it is not described.
    """
    values = dict(settings)
    factory = ENGINES.load(engine)
    if isinstance(factory, Own):
        if not isinstance(values.get("description"), str):
            raise UsageError(Problem(f"--engine {engine}", "--set description=FILE", "none"))
        described: Described = (read_description(values.pop("description")), {}, ())
    elif isinstance(factory, Vendor):
        described = read_any(engine)
    else:
        raise UsageError(Problem(f"--engine {engine}", "pulse or a described engine (bench list engines)", "another"))
    return subject(*described, values, f"--engine {engine}")


def subject(
    description: Description, hooks: Hooks, own_hosts: tuple[str, ...], settings: Mapping[str, Any], where: str
) -> Subject:
    """A description with settings.

    Raises:
        ConfigError: if they do not fit; `where` names their place.
    """
    checked = validated(settings_model(description), dict(settings), where)
    return Subject(description=description, hooks=hooks, settings=checked, own_hosts=own_hosts)
