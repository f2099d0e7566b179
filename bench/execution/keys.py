"""The API keys of a plan: read from the environment, checked, and bound to the hosts that they may be sent to."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import urlsplit

from bench.engines import ENGINES
from bench.engines.secrets import Hosts, Secret, allowed_hosts, read_key
from bench.errors import ConfigError, Problem
from bench.execution.plan import EnginePlan, Plan

Secrets = Mapping[str, Mapping[str, Secret]]
"""API keys by engine id and name of the environment variable."""


def read_secrets(plan: Plan, environment: Mapping[str, str], allowed: Sequence[str] = ()) -> Secrets:
    """The API keys each engine asks for, from the environment, each bound to the hosts it may be sent to.

    A config may come from anyone. It can make an engine send a key to the hosts that the package knows to be the
    key's own, and to this machine; any other host must be allowed by the user.

    Args:
        plan: of the run.
        environment: variables by name.
        allowed: `NAME=HOST`, as of `--allow-key`.

    Raises:
        ConfigError: naming every variable that holds no key, and every key that would go where it does not belong.
    """
    further = allowed_hosts(allowed)
    secrets: dict[str, dict[str, Secret]] = {}
    problems: list[Problem] = []
    for engine in plan.engines.values():
        factory = ENGINES.load(engine.spec.engine)
        names = () if engine.spec.emulate else factory.secret_names(engine.settings)
        secrets[engine.id] = {}
        for name in names:
            hosts = _hosts(factory, engine, name, further.get(name, ()))
            problems += _misplaced(factory, engine, name, hosts)
            try:
                secrets[engine.id][name] = read_key(environment, name, f"engine {engine.id}", hosts)
            except ConfigError as error:
                problems += error.problems
    if problems:
        raise ConfigError(problems)
    return secrets


def _hosts(factory: Any, engine: EnginePlan, name: str, allowed: tuple[str, ...]) -> Hosts | None:
    """Where a key may go; `None`: the engine of a third party does not say which hosts are its own."""
    if not hasattr(factory, "own_hosts"):
        return None
    return Hosts(own=factory.own_hosts(engine.settings).get(name, ()), allowed=allowed)


def _misplaced(factory: Any, engine: EnginePlan, name: str, hosts: Hosts | None) -> list[Problem]:
    if hosts is None:
        return []
    return [
        Problem(
            f"engine {engine.id}: {url}",
            f"an address that the key in {name} belongs to",
            "another one",
            f"if you mean it: --allow-key {name}={urlsplit(url).hostname}",
        )
        for url in factory.addresses(engine.settings)
        if not hosts.include(url)
    ]
