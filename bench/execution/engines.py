"""The engines of a plan, opened: with their API keys, and an emulator for each that wants one."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from pydantic import BaseModel

from bench.engines import ENGINES
from bench.engines.base import Engine, LocalEngine
from bench.engines.replay import ReplayEngine, ReplaySettings
from bench.engines.secrets import Secret
from bench.errors import ConfigError, Problem
from bench.execution.keys import Secrets
from bench.execution.plan import EnginePlan, Plan
from bench.remote import local
from bench.store import RunFolder
from bench.store.spec import EngineIdentity
from bench.store.strict import adapter


@contextmanager
def open_engines(plan: Plan, secrets: Secrets) -> Iterator[dict[str, Engine]]:
    """The engines of a plan, by id, with an emulator started for each that asks for one."""
    with ExitStack() as stack:
        engines: dict[str, Engine] = {}
        for engine in plan.engines.values():
            settings, keys = engine.settings, dict(secrets[engine.id])
            if engine.spec.emulate is not None:
                settings, keys = _emulated(engine, stack)
            if isinstance(settings, ReplaySettings):
                engines[engine.id] = _replayed(settings, engine.id)
                continue
            engines[engine.id] = ENGINES.load(engine.spec.engine).create(settings, keys)
        yield engines


def _replayed(settings: ReplaySettings, id: str) -> ReplayEngine:
    """An engine of another run, by what that run kept of it.

    Raises:
        ConfigError: if the run has no such engine.
    """
    identities = RunFolder.open(local(settings.run)).spec().engines
    name = settings.engine or (next(iter(identities)) if len(identities) == 1 else "")
    if name not in identities:
        known = f"one of {', '.join(sorted(identities))}"
        raise ConfigError([Problem(f"engine {id}: settings.engine", known, repr(settings.engine))])
    identity = adapter(EngineIdentity).dump_python(identities[name], mode="json")
    factory = ENGINES.load(identity["engine"])
    made = factory.create(factory.Settings.model_validate(identity["settings"]), {})
    if isinstance(made, LocalEngine):
        return ReplayEngine(version=made.version, batch=None, stream=None, identity=identity)
    return ReplayEngine(version=made.version, batch=made.batch, stream=made.stream, identity=identity)


def replayed_runs(plan: Plan) -> list[Path]:
    """The runs that engines of a plan are replayed from."""
    settings = (engine.settings for engine in plan.engines.values())
    return sorted({local(each.run) for each in settings if isinstance(each, ReplaySettings)})


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
