"""The emulator in its own processes: up when entered, gone when left, whatever way that happens."""

from __future__ import annotations

import logging
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pytest
from click.testing import CliRunner

from bench.cli.emulate import emulate_command
from bench.emulator.process import EmulatorProcess
from bench.errors import BenchError, ConfigError, UsageError
from tests.emulator.running import HANGS_S, converse

KEY = "sk_planted_9876543210"


@pytest.fixture
def script(tmp_path: Path) -> Path:
    path = tmp_path / "script.yaml"
    path.write_text("default: {text: hello there, close_delay_s: 0}", encoding="utf-8")
    return path


def is_up(base_url: str) -> bool:
    address = urlsplit(base_url)
    try:
        socket.create_connection((address.hostname, address.port), 1).close()
    except OSError:
        return False
    return True


def wait_until_gone(base_url: str) -> None:
    until = time.monotonic() + HANGS_S
    while is_up(base_url) and time.monotonic() < until:
        time.sleep(0.05)


def test_it_is_up_inside_the_block_and_gone_after_it(script: Path, tmp_path: Path):
    log = tmp_path / "log"
    with EmulatorProcess(f"script:{script}", api_key=KEY, workers=2, log=log) as emulator:
        assert httpx.get(f"{emulator.base_url}/waves/v1/health", trust_env=False, timeout=HANGS_S).status_code == 200
        query = "model=pulse&language=en"
        header = {"Authorization": f"Bearer {KEY}"}
        assert converse(emulator.base_url, query, [{"type": "close_stream"}], headers=header)[1] == 1000
        assert converse(emulator.base_url, f"{query}&token={KEY}", [{"type": "close_stream"}])[1] == 1000
    assert not is_up(emulator.base_url)
    said = log.read_text(encoding="utf-8")
    assert said.count(" stream status=1000 ") == 2
    assert KEY not in said
    assert KEY not in repr(emulator)


def test_faults_are_handed_down(script: Path):
    with EmulatorProcess(f"script:{script}", faults={"faults": [{"kind": "status", "status": 503}]}) as emulator:
        answer = httpx.post(
            f"{emulator.base_url}/waves/v1/pulse/get_text?language=en", trust_env=False, timeout=HANGS_S
        )
    assert answer.status_code == 503


def test_it_goes_when_its_parent_is_killed(script: Path):
    code = f"""
import time
from bench.emulator.process import EmulatorProcess
with EmulatorProcess("script:{script}") as emulator:
    print(emulator.base_url, flush=True)
    time.sleep(600)
"""
    parent = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True)
    assert parent.stdout is not None
    base_url = parent.stdout.readline().strip()
    assert is_up(base_url)
    os.kill(parent.pid, signal.SIGKILL)
    parent.wait()
    parent.stdout.close()
    wait_until_gone(base_url)
    assert not is_up(base_url)


def test_what_cannot_start_says_why(tmp_path: Path):
    with pytest.raises(UsageError, match=r"none\.yaml: expected a script file"):
        EmulatorProcess(f"script:{tmp_path}/none.yaml").__enter__()
    with pytest.raises(ConfigError, match="faults"):
        EmulatorProcess("moonshine", faults={"faults": [{"kind": "earthquake"}]})


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--host", "0.0.0.0"], "--api-key-env"),
        (["--api-key-env", "NO_SUCH_VARIABLE"], "NO_SUCH_VARIABLE"),
        (["--behaviour", "missing.yaml"], "missing.yaml"),
        (["--recognizer", "pulse"], "pulse"),
    ],
)
def test_the_command_refuses_what_it_cannot_do(arguments: list[str], said: str, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(logging, "basicConfig", lambda **_: None)
    done = CliRunner().invoke(emulate_command, ["--port", "0", *arguments])
    assert isinstance(done.exception, BenchError)
    assert said in str(done.exception)


def test_a_key_in_a_behaviour_file_is_refused(tmp_path: Path):
    from bench.emulator.settings import load_behaviour

    path = tmp_path / "behaviour.yaml"
    path.write_text(f"api_key: {KEY}", encoding="utf-8")
    with pytest.raises(ConfigError, match="--api-key-env") as refused:
        load_behaviour(path)
    assert KEY not in str(refused.value)
    path.write_text("plan: {faults: [{kind: reset, fraction: 2}]}\nregion: [1]", encoding="utf-8")
    with pytest.raises(ConfigError, match=r"(?s)fraction.*region|region.*fraction"):
        load_behaviour(path)


def test_a_child_that_dies_is_started_again_once_and_named_once(script: Path, caplog: pytest.LogCaptureFixture):
    with EmulatorProcess(f"script:{script}") as emulator:
        url = f"{emulator.base_url}/waves/v1/health"
        (child,) = emulator._children
        child.kill()
        child.wait()
        assert httpx.get(url, trust_env=False, timeout=HANGS_S).status_code == 200, "whoever connected meanwhile waits"
        assert [record.getMessage() for record in caplog.records] == [
            "emulator: expected it to run, got its end (signal 9); it is started again"
        ]
        emulator._children[-1].kill()
        wait_until_gone(emulator.base_url)
        assert not is_up(emulator.base_url), "nobody waits for what comes no more"
        assert len(caplog.records) == 2
    assert len(caplog.records) == 2


def test_a_stop_is_no_death(script: Path, caplog: pytest.LogCaptureFixture):
    with EmulatorProcess(f"script:{script}", workers=2):
        pass
    time.sleep(0.2)
    assert caplog.records == []
