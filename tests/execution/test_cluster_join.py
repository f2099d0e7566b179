"""A cluster that cannot be joined is one message, whatever Ray makes of it."""

from types import SimpleNamespace

import pytest

from bench.errors import UsageError
from bench.execution import cluster


class RayError(Exception):
    """As Ray has one."""


@pytest.mark.parametrize("error", [ConnectionError, RuntimeError, ValueError, TimeoutError, RayError])
def test_whatever_joining_raises_names_the_address(monkeypatch, error):
    def init(**_):
        raise error("Version mismatch")

    ray = SimpleNamespace(init=init, exceptions=SimpleNamespace(RayError=RayError))
    monkeypatch.setattr(cluster, "ray_module", lambda: ray)
    with pytest.raises(UsageError, match=r"--address auto: expected a Ray cluster there, got Version mismatch"):
        cluster._cluster("auto").__enter__()
