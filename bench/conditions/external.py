"""Any transform of the library audiomentations by name (the extra `augment`), seeded by us.

The library draws from the global generators of `random` and NumPy. They are seeded for the call and put back
after it, under a lock, so that to the caller this is as pure as every other step.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Annotated, Any

import numpy as np
from numpy.random import Generator

from bench.audio import Audio
from bench.conditions.chain import Conditioned, StepContext, step
from bench.conditions.params import parameter
from bench.errors import AudioError, MissingExtraError, Problem, did_you_mean

_GLOBAL_GENERATORS = threading.Lock()


@step(
    example="audiomentations: {transform: TanhDistortion, options: {min_distortion: 0.2, max_distortion: 0.2}}",
    source="audiomentations (Jordal), the documentation of each transform",
    extra="augment",
)
def audiomentations(
    audio: Audio,
    context: StepContext,
    rng: Generator,
    *,
    transform: Annotated[str, parameter("name of the class in audiomentations")],
    options: Annotated[Mapping[str, Any] | None, parameter("its parameters; `p` is always 1")] = None,
) -> Conditioned:
    """A transform of audiomentations."""
    made = _transform(transform, dict(options or {}))
    with _seeded(int(rng.integers(2**32))):
        samples = made(samples=audio.samples.copy(), sample_rate=audio.sample_rate_hz)
    return Conditioned(Audio(np.ascontiguousarray(samples, dtype=np.float32), audio.sample_rate_hz))


def _transform(name: str, options: dict[str, Any]) -> Any:
    try:
        import audiomentations as library
        from audiomentations.core.transforms_interface import BaseWaveformTransform
    except ImportError as error:
        raise MissingExtraError("step audiomentations", "augment") from error
    transform = getattr(library, name, None)
    if not (isinstance(transform, type) and issubclass(transform, BaseWaveformTransform)):
        near = did_you_mean(name, [attribute for attribute in dir(library) if attribute[0].isupper()])
        raise AudioError(Problem(f"audiomentations.{name}", "a waveform transform", "no such class", near))
    try:
        return transform(**{**options, "p": 1.0})
    except (TypeError, ValueError, AssertionError) as error:
        raise AudioError(Problem(f"audiomentations.{name}", "parameters it takes", str(options), str(error))) from error


@contextmanager
def _seeded(seed: int) -> Iterator[None]:
    import random  # noqa: TID251 - audiomentations draws from it

    with _GLOBAL_GENERATORS:
        states = random.getstate(), np.random.get_state()  # noqa: NPY002
        random.seed(seed)
        np.random.seed(seed)  # noqa: NPY002
        try:
            yield
        finally:
            random.setstate(states[0])
            np.random.set_state(states[1])  # noqa: NPY002
