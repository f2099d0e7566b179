"""examples/ against the emulator: what they print is what was said, and what they send is what the service asks for."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from bench.emulator.process import EmulatorProcess
from tests.command import invoke
from tests.corpora.tiny import put_tone

EXAMPLES = Path(__file__).parents[2] / "examples"
TEXT = "good morning to all of you"


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    script = tmp_path_factory.mktemp("script") / "script.yaml"
    script.write_text(f"default: {{text: {TEXT}}}\n", encoding="utf-8")
    with EmulatorProcess(f"script:{script}", api_key="sk_example") as emulator:
        yield emulator.base_url


def run(command: list[str], service: str, folder: Path) -> str:
    environment = {**os.environ, "PULSE_BASE_URL": service, "SMALLEST_API_KEY": "sk_example", "NO_PROXY": "127.0.0.1"}
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


@pytest.mark.slow
@pytest.mark.parametrize("name", ["batch.py", "stream.py", "batch.mjs", "stream.mjs"])
def test_an_example_hears_every_word(tmp_path: Path, service: str, name: str) -> None:
    shutil.copy(EXAMPLES / "pulse" / name, tmp_path / name)
    call = put_tone(tmp_path / "call.wav", 1.0)
    if name.endswith(".py"):
        command = [sys.executable, name]
    else:
        node = shutil.which("node")
        if node is None:
            pytest.skip("node is not installed")
        command = [node, name]
        if name == "stream.mjs":
            got = subprocess.run(
                ["npm", "install", "--silent", "--no-audit", "ws@8"], cwd=tmp_path, capture_output=True, text=True
            )
            if got.returncode:
                pytest.skip(f"npm cannot fetch ws: {got.stderr[-200:]}")
    assert run([*command, str(call), "en"], service, tmp_path) == TEXT


@pytest.mark.parametrize("mode", ["batch", "stream"])
@pytest.mark.parametrize(("language", "suffix"), [("python", "py"), ("node", "mjs")])
def test_a_snippet_is_the_example(mode: str, language: str, suffix: str) -> None:
    said = invoke("snippet", "--engine", "pulse", "--mode", mode, "--language", language)
    assert said == (EXAMPLES / "pulse" / f"{mode}.{suffix}").read_text("utf-8")


def test_an_engine_without_examples_says_which_have_them() -> None:
    assert "expected an engine with examples (pulse)" in invoke("snippet", "--engine", "whisper", code=2)
