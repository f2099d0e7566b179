"""The engines of a plan, opened: with the API keys they ask for, and an emulator for each that wants one."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager

from pydantic import BaseModel

from bench.engines import ENGINES
from bench.engines.base import Engine
from bench.engines.secrets import Secret, read_key
from bench.errors import ConfigError, Problem
from bench.execution.plan import EnginePlan, Plan

Secrets = Mapping[str, Mapping[str, Secret]]
"""API keys by engine id and name of the environment variable."""


def read_secrets(plan: Plan, environment: Mapping[str, str]) -> Secrets:
    """The API keys each engine asks for, from the environment.

    Raises:
        ConfigError: naming every variable that holds no key.
    """
    secrets: dict[str, dict[str, Secret]] = {}
    problems: list[Problem] = []
    for engine in plan.engines.values():
        names = () if engine.spec.emulate else ENGINES.load(engine.spec.engine).secret_names(engine.settings)
        secrets[engine.id] = {}
        for name in names:
            try:
                secrets[engine.id][name] = read_key(environment, name, f"engine {engine.id}")
            except ConfigError as error:
                problems += error.problems
    if problems:
        raise ConfigError(problems)
    return secrets


@contextmanager
def open_engines(plan: Plan, secrets: Secrets) -> Iterator[dict[str, Engine]]:
    """The engines of a plan, by id, with an emulator started for each that asks for one."""
    with ExitStack() as stack:
        engines = {}
        for engine in plan.engines.values():
            settings, keys = engine.settings, dict(secrets[engine.id])
            if engine.spec.emulate is not None:
                settings, keys = _emulated(engine, stack)
            engines[engine.id] = ENGINES.load(engine.spec.engine).create(settings, keys)
        yield engines


def _emulated(engine: EnginePlan, stack: ExitStack) -> tuple[BaseModel, dict[str, Secret]]:
    """Settings pointed at a fresh emulator, and the key it was given."""
    from bench.emulator.process import EmulatorProcess

    spec = engine.spec.emulate
    assert spec is not None
    key = "loopback-only"
    dialect = engine.about.dialect if engine.about else None
    emulator = stack.enter_context(
        EmulatorProcess(
            recognizer=spec.recognizer,
            api_key=key,
            faults=spec.faults,
            workers=spec.workers,
            behaviour={**({"dialect": dialect} if dialect else {}), **spec.behaviour},
        )
    )
    names = ENGINES.load(engine.spec.engine).secret_names(engine.settings)
    return engine.settings.model_copy(update={"base_url": emulator.base_url}), dict.fromkeys(names, Secret(key))
