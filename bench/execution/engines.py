"""The engines of a plan, opened: with their API keys, and an emulator for each that wants one."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

from pydantic import BaseModel

from bench.engines import ENGINES
from bench.engines.base import Engine
from bench.engines.secrets import Secret
from bench.execution.keys import Secrets
from bench.execution.plan import EnginePlan, Plan


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
