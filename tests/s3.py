"""A file-backed S3 server as a process of its own (npm `s3rver`), which can be killed and started again."""

from __future__ import annotations

import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path

import pytest

BUCKET = "bucket"
_PLACES = (Path(".venv-cluster/node/node_modules/.bin/s3rver"), Path("node_modules/.bin/s3rver"))


class S3Server:
    """Serves a folder; the environment of this process points at it."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self._port = free.getsockname()[1]
        self.url = f"http://127.0.0.1:{self._port}"
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Serve, and return once it answers."""
        node, program = shutil.which("node"), next((str(path) for path in _PLACES if path.exists()), None)
        if node is None or program is None:
            pytest.skip("needs node and s3rver (npm): make cluster")
        self._folder.mkdir(parents=True, exist_ok=True)
        options = ("--directory", str(self._folder), "--address", "127.0.0.1", "--port", str(self._port), "--silent")
        self._process = subprocess.Popen([node, program, *options, "--configure-bucket", BUCKET])
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", self._port)) == 0:
                    return
            time.sleep(0.1)
        raise AssertionError("the S3 server did not come up")

    def kill(self) -> None:
        """As a power cut would."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None

    def objects(self) -> set[str]:
        """Names below the bucket."""
        root = self._folder / BUCKET
        return {
            path.relative_to(root).as_posix().removesuffix("._S3rver_object") for path in root.rglob("*._S3rver_object")
        }


@contextmanager
def s3_server(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[S3Server]:
    """Up for the length of the block, with credentials and a cache of one's own in the environment."""
    server = S3Server(folder / "s3")
    environment = {
        "AWS_ACCESS_KEY_ID": "S3RVER",
        "AWS_SECRET_ACCESS_KEY": "S3RVER",
        "AWS_ENDPOINT_URL": server.url,
        "AWS_DEFAULT_REGION": "us-east-1",
        "EARWITNESS_CACHE": str(folder / "cache"),
    }
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    import_module("s3fs").S3FileSystem.clear_instance_cache()  # which knows another server's address
    server.start()
    try:
        yield server
    finally:
        server.kill()
