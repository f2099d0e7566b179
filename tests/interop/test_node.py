"""The vendor guide's Node flows (fetch, and the `ws` package) against the emulator, where Node is installed."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.interop.known_clip import KEY, TEXT, Clip

pytestmark = [
    pytest.mark.interop,
    pytest.mark.skipif(shutil.which("node") is None, reason="needs Node"),
]

_SCRIPTS = Path(__file__).parent / "node"


@pytest.fixture(scope="session")
def node(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The scripts with their one dependency installed beside them."""
    folder = tmp_path_factory.mktemp("node")
    shutil.copytree(_SCRIPTS, folder, dirs_exist_ok=True)
    npm = [shutil.which("npm") or "npm", "install", "--no-audit", "--no-fund", "--silent"]
    subprocess.run(npm, cwd=folder, check=True, timeout=300)
    return folder


def _run(folder: Path, script: str, *arguments: str, key: str = KEY):
    environment = {**os.environ, "SMALLEST_API_KEY": key}
    done = subprocess.run(
        ["node", script, *arguments],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        timeout=300,
        check=True,
    )
    return json.loads(done.stdout)


def test_the_batch_flow_reads_transcription(emulator, clip: Clip):
    answer = _run(_SCRIPTS, "batch.mjs", emulator.base_url, str(clip.wav_path))
    assert answer["status"] == 200
    assert answer["body"]["transcription"] == TEXT


def test_the_stream_flow_gets_partials_and_the_whole_text(emulator, clip: Clip, node: Path):
    seen = _run(node, "stream.mjs", emulator.base_url, str(clip.pcm_path))
    finals = [message for message in seen["messages"] if message["is_final"]]
    assert "".join(message["transcript"] for message in finals).strip() == TEXT
    assert any(not message["is_final"] for message in seen["messages"])
    assert seen["messages"][-1]["is_last"]
    assert seen["code"] == 1000


def test_a_wrong_key_is_refused_with_http(emulator, clip: Clip, node: Path):
    assert _run(node, "stream.mjs", emulator.base_url, str(clip.pcm_path), key="sk_wrong") == {"refused": 401}
