"""Files that travel with the package, and what the system lets a process have."""

import resource
from pathlib import Path

import pytest

from bench.files import packaged_config, resource_dir
from bench.machine import raise_open_files

CONFIGS = resource_dir("configs")


@pytest.mark.parametrize("name", ["quickstart", "quickstart.yaml", "configs/quickstart.yaml", "configs/quickstart"])
def test_a_config_of_the_package_has_four_names(name, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert packaged_config(Path(name)) == CONFIGS / "quickstart.yaml"


@pytest.mark.parametrize(
    "name", [".", "/", "configs", "nowhere", "quickstart.yml", "quickstart.v2", "../configs/quickstart", "/quickstart"]
)
def test_anything_else_is_left_as_it_is(name, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert packaged_config(Path(name)) == Path(name)


def test_open_files_are_raised_as_far_as_the_system_lets(monkeypatch):
    """macOS says that the hard limit is infinite, and refuses it."""
    asked = []

    def setrlimit(what, limits):
        asked.append(limits)
        if limits[0] == resource.RLIM_INFINITY:
            raise ValueError("current limit exceeds maximum limit")

    monkeypatch.setattr(resource, "getrlimit", lambda what: (256, resource.RLIM_INFINITY))
    monkeypatch.setattr(resource, "setrlimit", setrlimit)
    raise_open_files()
    assert asked[-1] == (10_240, resource.RLIM_INFINITY)
