"""Files that travel with the package, and what the system lets a process have."""

import resource
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from bench.files import packaged_config, resource_dir, written_whole
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


@pytest.mark.parametrize("before", [None, "old"])
def test_a_write_that_fails_leaves_the_file_as_it_was_and_nothing_beside_it(before, tmp_path):
    path = tmp_path / "a.json"
    if before is not None:
        path.write_text(before)
    with pytest.raises(KeyboardInterrupt):
        _stopped_in_the_middle_of(path)
    left = {file.name: file.read_text() for file in tmp_path.iterdir()}
    assert left == ({} if before is None else {"a.json": before})


def _stopped_in_the_middle_of(path):
    with written_whole(path) as partial:
        partial.write_text("ne")
        raise KeyboardInterrupt


def test_what_is_written_whole_takes_the_place_of_what_was_there(tmp_path):
    path = tmp_path / "a.json"
    path.write_text("old")
    with written_whole(path) as partial:
        partial.write_text("new")
        assert path.read_text() == "old"
    assert {file.name: file.read_text() for file in tmp_path.iterdir()} == {"a.json": "new"}


def test_several_may_write_one_file_at_once(tmp_path):
    path = tmp_path / "a.json"
    begun, ended = threading.Event(), threading.Event()

    def other():
        with written_whole(path) as partial:
            partial.write_text("other")
            begun.set()
            ended.wait()

    with ThreadPoolExecutor(1) as thread:
        writing = thread.submit(other)
        begun.wait()
        with written_whole(path) as partial:
            partial.write_text("own")
        assert path.read_text() == "own"
        ended.set()
        writing.result()
    assert {file.name: file.read_text() for file in tmp_path.iterdir()} == {"a.json": "other"}
