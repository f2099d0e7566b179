"""examples/ against the emulator: what they print is what was said, and what they send is what the service asks for."""

import contextlib
import functools
import http.server
import os
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from bench import audio
from bench.doctor.traffic import examine, read_traffic
from bench.emulator.process import EmulatorProcess
from bench.emulator.script import pcm_sha256
from tests.command import invoke
from tests.corpora.tiny import put_tone
from tests.node import HANGS_S, folder_with_ws

EXAMPLES = Path(__file__).parents[2] / "examples"
RECIPES = ("batch", "stream", "url", "features", "finalize", "microphone")
TEXT = "good morning to all of you"
SCRIPT = """
default: &said
  speech_end_s: 1.0
  segments:
    - {text: good morning, start_s: 0.1, end_s: 0.5, speaker: "0"}
    - {text: to all of you, start_s: 0.5, end_s: 1.0, speaker: "1"}
utterances:
  - {<<: *said, sha256: HASH, labels: {emotion: anger}}
"""
MICROPHONE = """
import threading, time
class RawInputStream:
    def __init__(self, samplerate, *, channels, dtype, blocksize, callback):
        assert (channels, dtype) == (1, "int16")
        self.block, self.pause, self.callback, self.is_on = bytes(2 * blocksize), blocksize / samplerate, callback, True
    def __enter__(self):
        threading.Thread(target=self.give, daemon=True).start()
    def __exit__(self, *error):
        self.is_on = False
    def give(self):
        while self.is_on:
            time.sleep(self.pause)
            self.callback(self.block, len(self.block) // 2, None, None)
"""
RECORDER = "import sys, time\nwhile True: time.sleep(0.1); sys.stdout.buffer.write(bytes(3200)); sys.stdout.flush()\n"
OFTEN_BUSY = {"seed": 14, "faults": [{"kind": "status", "status": 429, "retry_after_s": 1, "fraction": 0.3}]}


@pytest.fixture(scope="module")
def node(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the examples for Node, and `ws` for them."""
    folder = folder_with_ws(tmp_path_factory)
    for path in (EXAMPLES / "pulse").glob("*.mjs"):
        shutil.copy(path, folder)
    return folder


@pytest.fixture(scope="module")
def python(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("python")
    for path in (EXAMPLES / "pulse").glob("*.py"):
        shutil.copy(path, folder)
    (folder / "sounddevice.py").write_text(MICROPHONE, encoding="utf-8")
    return folder


class Service:
    """An emulator that keeps what clients send."""

    def __init__(self, folder: Path, **behaviour: object) -> None:
        self.call = str(put_tone(folder / "call.wav", 1.0))
        heard = pcm_sha256(audio.read(folder / "call.wav").samples)
        (folder / "script.yaml").write_text(SCRIPT.replace("HASH", heard), encoding="utf-8")
        self.traffic = folder / "traffic.jsonl"
        given = {**behaviour, "record": str(self.traffic)}
        self.emulator = EmulatorProcess(f"script:{folder / 'script.yaml'}", api_key="sk_example", behaviour=given)

    def run(self, folder: Path, name: str, *given: str) -> str:
        """What an example prints."""
        (folder / "recorder.py").write_text(RECORDER, encoding="utf-8")
        changed = {
            "PULSE_BASE_URL": self.emulator.base_url,
            "SMALLEST_API_KEY": "sk_example",
            "NO_PROXY": "127.0.0.1",
            "RECORDER": f"{sys.executable} recorder.py",
        }
        command = [sys.executable if name.endswith(".py") else "node", name, *given]
        done = subprocess.run(
            command, cwd=folder, env={**os.environ, **changed}, capture_output=True, text=True, timeout=HANGS_S
        )
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()

    def findings(self) -> dict[str, str]:
        """What the doctor says of everything that was sent."""
        return {finding.check: finding.verdict for finding in examine(read_traffic(self.traffic))}


@contextlib.contextmanager
def web_folder(folder: Path) -> Iterator[str]:
    handler = functools.partial(http.server.SimpleHTTPRequestHandler, directory=str(folder))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


@pytest.mark.slow
@pytest.mark.parametrize(("language", "suffix"), [("python", "py"), ("node", "mjs")])
def test_every_recipe_hears_every_word_and_passes_the_doctor(
    tmp_path: Path, request: pytest.FixtureRequest, language: str, suffix: str
) -> None:
    folder = request.getfixturevalue(language)
    for number in range(3):  # a service that stood still hears all at once, and takes it for haste
        place = tmp_path / str(number)
        place.mkdir()
        service = every_recipe_run(place, folder, suffix)
        findings = service.findings()
        if findings["client-pace"] == "pass":
            break
    assert findings == dict.fromkeys(findings, "pass")
    assert {"client-body", "client-header", "client-end", "client-is-last", "client-pace"} <= set(findings)
    said = invoke("doctor", "--traffic", service.traffic, "--markdown", tmp_path / "send" / "doctor.md")
    assert sum(line.startswith("pass ") for line in said.splitlines()) == len(findings)
    page = (tmp_path / "send" / "doctor.md").read_text("utf-8")
    assert page.startswith(f"# bench doctor: traffic.jsonl\n\n## {len(findings)} pass\n\n- **client")


def every_recipe_run(place: Path, folder: Path, suffix: str) -> Service:
    service = Service(place)
    call = service.call
    with service.emulator, web_folder(place) as web:
        assert service.run(folder, f"batch.{suffix}", call, "en") == TEXT
        assert service.run(folder, f"url.{suffix}", f"{web}/call.wav", "en") == TEXT
        told = "0: good morning\n1: to all of you\nemotion: anger"
        assert service.run(folder, f"features.{suffix}", call, "en") == told
        assert service.run(folder, f"stream.{suffix}", call, "en") == TEXT
        assert service.run(folder, f"finalize.{suffix}", call, call).split("\n")[0] == TEXT
        assert service.run(folder, f"microphone.{suffix}", "1.5", "en") == TEXT
    return service


@pytest.mark.slow
@pytest.mark.parametrize(("language", "suffix"), [("python", "py"), ("node", "mjs")])
def test_what_is_refused_for_now_is_asked_again_in_time(
    tmp_path: Path, request: pytest.FixtureRequest, language: str, suffix: str
) -> None:
    service = Service(tmp_path, plan=OFTEN_BUSY)
    with service.emulator:
        folder = request.getfixturevalue(language)
        assert [service.run(folder, f"batch.{suffix}", service.call, "en") for _ in range(3)] == [TEXT] * 3
    assert service.findings()["client-retries"] == "pass"


def test_every_recipe_is_there_in_both_languages() -> None:
    names = [path.name for path in (EXAMPLES / "pulse").iterdir() if path.is_file()]
    assert sorted(names) == sorted(f"{name}.{suffix}" for name in RECIPES for suffix in ("py", "mjs"))


@pytest.mark.parametrize("recipe", ["url", "features", "finalize", "microphone"])
def test_a_snippet_may_be_another_recipe(recipe: str) -> None:
    assert invoke("snippet", "--recipe", recipe) == (EXAMPLES / "pulse" / f"{recipe}.py").read_text("utf-8")


@pytest.mark.parametrize("mode", ["batch", "stream"])
@pytest.mark.parametrize(("language", "suffix"), [("python", "py"), ("node", "mjs")])
def test_a_snippet_is_the_example(mode: str, language: str, suffix: str) -> None:
    said = invoke("snippet", "--engine", "pulse", "--mode", mode, "--language", language)
    assert said == (EXAMPLES / "pulse" / f"{mode}.{suffix}").read_text("utf-8")


def test_an_engine_without_examples_says_why() -> None:
    said = invoke("snippet", "--engine", "whisper", code=2)
    assert "--engine whisper --mode stream: " in said
    assert "got none: whisper is a recogniser on this machine" in said
